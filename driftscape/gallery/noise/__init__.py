"""What noise that is not white does to a quadratic loss: spectra, minima, currents.

linear_chain         SGD with a linear gradient, everything about it exact
misfit               distance of a measured curve from a stated one
spectra_panels       drawings of one weight's spectrum, and of a pair's
uneven_noise         a parabola under noise that grows to one side, in three interpretations
lowest_point         the minimum of a measured potential, with an error bar
uneven_minima, correlated_noise, potential_panels   Phi beside the loss: roads, checks, drawings
"""

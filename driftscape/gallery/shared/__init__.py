"""Physics and statistics that several figures use.

histogram         distance of a sampled density in the plane from a given density, without bias
escape_times      logarithms of measured escape times, and straight lines through them
curvature_noise   wells under gradient noise that follows the curvature
curvature_times   their exact escape times and the theorem of Xie et al.
linear_chain      SGD with a linear gradient: its exact covariance, correlations and spectra
"""

"""The Fokker-Planck equation of an SDE on a grid, in 1 to 3 dimensions.

build           `fokker_planck`: read the arguments and discretise
operator        `FokkerPlanck`: the object that users see
equation        `GridEquation`: the equation on one grid, with everything solved on it
stationary, relaxation, passages, circulation   answers, as functions of a `GridEquation`

choose_box      the box of a problem, by one of the two searches that follow
box_search      on coarse grids, with a stated tail
settling        by Fourier collocation, for smooth steady states on the whole plane or space
hypoellipticity whether the steady state has a density

coefficients    drift and D of a dynamics
flux, cross     finite volumes: the flux through a face, and its cross terms
singular        the same beside a wall at which the noise vanishes
generator       the matrix of these fluxes
region, ghosts  targets that absorb, with boundaries between the cells
linear_solver   sparse LU in nested-dissection order
steady, spectrum, evolution, current   algorithms on a generator
stream          the stream function of a current in the plane
refinement      Richardson extrapolation from three grids

collocation     the steady state in coordinates adapted to it
affine_frame    these coordinates
spectral        stationary numbers and decay rates from three collocations
attraction      whether a collocation includes all attractors
geometric_tail  the mass beyond the side of a box
"""

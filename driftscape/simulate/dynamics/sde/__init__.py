"""Stochastic differential equations: interpretations, integration schemes, driving noises.

sde             base class: parameters, scheme, driving noise and step
ito             the Ito SDE
stratonovich    the Stratonovich SDE
isothermal      the isothermal (Haenggi-Klimontovich) SDE
atype           the A-type SDE, whose steady state is exp(-beta Phi)
interpretation  the Ito drift of every interpretation
schemes         integration schemes and their orders of convergence
updates         update rules of the schemes
driving         Gaussian, two-valued and stable increments
"""

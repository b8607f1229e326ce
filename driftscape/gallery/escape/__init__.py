"""Escape times of SGD and of its SDEs.

escape_times         their logarithms, and lines through them
kramers_panels, barrier_panels   drawings of Kramers' escape and of SGD's barrier
curvature_noise      wells under noise that follows the curvature
curvature_theory     their exact times, and the laws
curvature_panels, divergence_panels   drawings
two_basins_chain     injected noise in two basins, and its exact law
two_basins_panels    its drawings
"""

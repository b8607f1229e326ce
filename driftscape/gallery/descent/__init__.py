"""A density on its way down the free energy, by JKO steps.

wasserstein_step     a JKO step in one dimension, minimised as it stands
descent_roads        the way by steps, by the grid, by an ensemble
jko_panels           drawings
"""

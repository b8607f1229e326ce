"""Free energy and entropy production, of grids and of ensembles.

free_energy               `free_energy` along an evolution, of a grid or of an ensemble
sampled_free_energy       the same at the snapshots of a run
sample_entropy            entropy of a sample by nearest neighbours, with its bias
entropy_production        `entropy_production`, its expression and theory
entropy_production_parts  the same, split into non-adiabatic and housekeeping
jko                       `jko_step`
steady_law                density and velocity of a steady state at any points
"""

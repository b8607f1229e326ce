"""Free energy and entropy production of ensembles.

free_energy               `free_energy` at the snapshots of a run
entropy_production        `entropy_production` of a stationary run
entropy_production_parts  `entropy_production_parts`: non-adiabatic and housekeeping
sampled_free_energy       mean potential and entropy of the snapshots, with errors
sample_entropy            the entropy of a sample by nearest neighbours, with its bias
"""

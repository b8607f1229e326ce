"""The rotating double well: its flow, its steady state, its way there.

noiseless            the flow without noise
double_well_panels   drawings of flow and density
path_current         the probability current of an ensemble, beside a stated one
relaxation_rates     slow rates and frequencies read off correlations in time
steady_state_roads, steady_state_checks, steady_state_panels   its steady state
binned_free_energy   the free energy of an ensemble from counts in bins, without their bias
free_energy_roads, free_energy_panels   its way to the steady state
"""

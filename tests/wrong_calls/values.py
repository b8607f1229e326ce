"""Values that are wrong almost everywhere, and landscapes and dynamics that are right."""

from driftscape import landscapes, simulate

NAN, INF, HUGE = float("nan"), float("inf"), 10**400

WELL, WELLS, SCREW = landscapes.quartic_well(), landscapes.double_well(), landscapes.archimedes()
BOWL = landscapes.mean_estimation()
ITO, SGD = simulate.Ito(beta=5, dt=0.01), simulate.SGD(learning_rate=0.1)

"""Faults in `compare`, its p-values, and the operators of SGD."""

from .mutation import Mutation

_DRAWS = "driftscape/analysis/comparison/discrete_law.py"
_DISPLACED = "driftscape/analysis/comparison/displaced.py"
_AGREEMENT = "driftscape/analysis/comparison/agreement.py"
_OF_DRAWS = "tests/analysis/comparison/test_discrete_law.py"
_OF_DISPLACED = "tests/analysis/comparison/test_displaced.py"
_OF_AGREEMENT = "tests/analysis/comparison/test_agreement.py"
_OF_OPERATOR = "tests/theory/operators/transfer/test_operator.py"
_EXACT = f"{_OF_DRAWS}::test_three_moments_of_the_squared_length_are_exact"

MUTATIONS = [
    Mutation(
        _DRAWS,
        "+ 12 * square +",
        "+ 6 * square +",
        [_EXACT],
        "the skewness of the squared length of all means together",
    ),
    Mutation(
        _DRAWS,
        "variance = square / n + 2 * k * (n - 1) / n",
        "variance = 2 * k * (n - 1) / n",
        [_EXACT],
        "its variance without the kurtosis: few skewed values are rejected too often",
    ),
    Mutation(
        _DRAWS,
        "np.where(np.abs(skewness) > _RARE, bound, p)",
        "p",
        [f"{_OF_DRAWS}::test_a_rare_event_is_no_gamma_law"],
        "a rare event that is not seen is rejected",
    ),
    Mutation(
        _DISPLACED,
        "sums.ravel() / (2 * time)",
        "sums.ravel() / time",
        [f"{_OF_DISPLACED}::test_on_a_circle_turns_are_counted"],
        "the grid's displacements are twice too large",
    ),
    Mutation(
        _DISPLACED,
        "phi.T @ (mass * u + y)",
        "phi.T @ (2 * mass * u)",
        [f"{_OF_DISPLACED}::test_a_rotating_gaussian_is_exact"],
        "a displacement counted at its beginning and not at both ends",
    ),
    Mutation(
        _AGREEMENT,
        "swamped = bias > THRESHOLD or (bias > 0 and not abs(found.z) <= THRESHOLD)",
        "swamped = False",
        [f"{_OF_AGREEMENT}::test_a_row_that_its_bias_swamps_cannot_tell"],
        "eleven errors off agree, for the bias is as large",
    ),
    Mutation(
        _AGREEMENT,
        "if not alone < UNLIKELY:",
        "if True:",
        [f"{_OF_AGREEMENT}::test_a_rejected_row_is_in_the_p_value_of_all"],
        "a p-value beside a row that is twelve errors off",
    ),
    Mutation(
        "driftscape/theory/operators/transfer/stationary.py",
        "+ _effect_of_loss(chain, values)",
        "",
        [f"{_OF_OPERATOR}::test_what_is_lost_beyond_the_box_is_in_the_truncation"],
        "what leaves the box is in no truncation",
    ),
    Mutation(
        "driftscape/theory/operators/transfer/chain.py",
        "_ERRORS = 3.0",
        "_ERRORS = 0.03",
        ["tests/theory/operators/transfer/test_passages.py::test_signs_pass_as_enumerated"],
        "the error of a passage whose samples have two values",
    ),
    Mutation(
        "driftscape/analysis/stationarity.py",
        "float(mean_p_value(z[name], len(means), rate.skewness))",
        "float(mean_p_value(z[name], len(means), 0.0))",
        ["tests/analysis/test_stationarity.py::test_false_alarms_of_few_skewed_trajectories"],
        "few skewed trajectories are said not to be stationary",
    ),
]

"""Faults in splitting, in its loops, and in splitting probabilities."""

from .mutation import Mutation

_ESTIMATE = "driftscape/analysis/passages/splitting.py"
_SHARE = "driftscape/analysis/passages/splitting_probability.py"
_LOOPS = "driftscape/simulate/rare/loops.py"
_CLONING = "driftscape/simulate/rare/cloning.py"
_OF_ESTIMATE = "tests/analysis/passages/test_splitting.py"
_OF_SHARE = "tests/analysis/passages/test_splitting_probability.py"
_OF_LOOPS = "tests/simulate/rare/test_loops.py"
_OF_SPLITTING = "tests/simulate/rare/test_splitting.py"
_BAD = f"{_OF_LOOPS}::test_a_bad_coordinate_costs_precision_not_truth"

MUTATIONS = [
    Mutation(
        _ESTIMATE,
        "return sample_mean(\n        p,",
        "return sample_mean(\n        np.repeat(p, 2),",
        [f"{_OF_ESTIMATE}::test_errors_have_the_size_of_the_scatter"],
        "the error of a crossing probability / sqrt(2)",
    ),
    Mutation(
        _ESTIMATE,
        "return sample_mean(\n        parts, ",
        "return sample_mean(\n        np.repeat(parts, 2), ",
        [f"{_OF_ESTIMATE}::test_errors_have_the_size_of_the_scatter"],
        "the error of a time by splitting / sqrt(2)",
    ),
    Mutation(
        _ESTIMATE,
        "loop[own].mean() / p[own].mean()",
        "(loop[own] / p[own]).mean()",
        [f"{_OF_ESTIMATE}::test_the_times_are_weighed"],
        "times of runs that are not weighed by how often they reach the target",
    ),
    Mutation(
        _ESTIMATE,
        "np.asarray(out + (1 - out) * home)",
        "np.asarray(out)",
        [f"{_OF_ESTIMATE}::test_the_times_are_weighed"],
        "hits on the way back from home are not counted",
    ),
    Mutation(
        _ESTIMATE,
        "_TOO_MANY = 6.0",
        "_TOO_MANY = 600.0",
        [f"{_OF_ESTIMATE}::test_walkers_that_know_better_are_heard"],
        "walkers that contradict splitting are not heard",
    ),
    Mutation(
        _LOOPS,
        "left = left * (1 - arrived.mean(axis=1))",
        "left = left * 1.0",
        [f"{_BAD}[(x+1)**2-4-0.05]"],
        "walkers that reach the target before the settled loops are forgotten",
    ),
    Mutation(
        _LOOPS,
        "states[:, dead] = states[:, alive[(luck * len(alive)).astype(int)]]",
        "states[:, dead] = self.states[:, dead]",
        [f"{_OF_LOOPS}::test_walkers_that_have_reached_the_target_are_copies_of_others"],
        "walkers that reached the target stay where they left home: entrances that lead there",
    ),
    Mutation(
        _LOOPS,
        "_DIFFERENT = 4.0",
        "_DIFFERENT = 40.0",
        [f"{_OF_LOOPS}::test_halves_that_differ_are_not_alike"],
        "loops are used before the start is forgotten",
    ),
    Mutation(
        _LOOPS,
        'order = own[np.argsort(luck[m, own], kind="stable")]',
        "order = own",
        [f"{_OF_LOOPS}::test_starts_are_drawn_without_favour"],
        "excursions start from the first loops alone",
    ),
    Mutation(
        _CLONING,
        "weight[m] *= len(alive) / replicas",
        "weight[m] *= 1 - (kill - 1) / replicas",
        [f"{_OF_SPLITTING}::test_unbiased_against_brute_force"],
        "the factor of a round",
    ),
    Mutation(
        _CLONING,
        "begun[:, again], entered[again] = path.state, path.top",
        "entered[again] = path.top",
        [f"{_OF_SPLITTING}::test_unbiased_against_brute_force"],
        "a clone that begins where its parent did, and not beyond the level",
    ),
    Mutation(
        "driftscape/simulate/splitting.py",
        "scouts = problem.place(starts, [_SCOUTS_SEED])",
        "globals().update(_SCOUTS_SEED=problem.seed); "
        "scouts = problem.place(starts, problem.seeds)",
        [f"{_OF_SPLITTING}::test_default_levels_belong_to_the_problem"],
        "default levels drawn anew for each seed",
    ),
    Mutation(
        _LOOPS,
        "< _BY_CHANCE",
        "< 0",
        [f"{_OF_LOOPS}::test_a_coordinate_that_is_low_in_two_basins_is_refused"],
        "a second basin where the coordinate is low goes unnoticed",
    ),
    Mutation(
        _SHARE,
        "+ left**2 * (share**2 - share + 1 / 3))",
        "+ 0 * left)",
        [f"{_OF_SHARE}::test_none_seen_is_not_certain"],
        "what is undecided is not in the error",
    ),
    Mutation(
        _SHARE,
        "ends = end(reached, 0.0), end(1 - others, 1.0)",
        "ends = end(reached, 0.0), end(reached, 0.0)",
        [f"{_OF_SHARE}::test_none_seen_is_not_certain"],
        "what is undecided is not in the interval",
    ),
    Mutation(
        _SHARE,
        "spread = own + (1 - passed) * to_come**2 - mean**2",
        "spread = own + (1 - passed) * to_come**2",
        [f"{_OF_SHARE}::test_what_is_undecided_is_in_the_interval"],
        "the variance of a share that is censored at random",
    ),
    Mutation(
        _SHARE,
        "max(error, min(bound.stderr for bound in ends))",
        "error",
        [f"{_OF_SHARE}::test_none_seen_is_not_certain"],
        "no error where none was seen",
    ),
]

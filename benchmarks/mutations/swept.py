"""Faults in the analyses of sweeps and in fits to their points."""

from .mutation import Mutation

_SWEEPS = "driftscape/analysis/sweeps"
_FITTING = "driftscape/analysis/fitting"
_EACH = "tests/analysis/sweeps/test_each_point.py"
_ESTIMATES = "tests/analysis/sweeps/test_estimates.py"
_FIT = "tests/analysis/fitting/test_fit.py"

MUTATIONS = [
    Mutation(
        f"{_SWEEPS}/each_point.py", "    if len(errors) == len(results):", "    if False:", [_EACH],
        "a wrong argument becomes NaN at every point",
    ),
    Mutation(
        f"{_SWEEPS}/each_point.py", 'f"{point.label}{warning.message}"', 'f"{warning.message}"',
        [_EACH], "a warning does not say at which point it was given",
    ),
    Mutation(
        f"{_SWEEPS}/points.py",
        "value.isel({name: at[name] for name in names}) if names else value",
        "value.isel({name: 0 for name in names}) if names else value",
        [_EACH], "the first point is analysed in place of each",
    ),
    Mutation(
        "driftscape/analysis/estimate/sources.py", "products = values @ values.T",
        "products = np.diag((values**2).sum(axis=1))", [_ESTIMATES],
        "the points of a sweep are taken as independent",
    ),
    Mutation(
        f"{_SWEEPS}/estimates.py",
        "Block(numbers=numbers[a:b], values=values[a:b], **block)",
        "Block(numbers=numbers[a:b], values=values[a:b], **(block | {'noise': 'another'}))",
        [_ESTIMATES], "a point forgets the name of its noise",
    ),
    Mutation(
        f"{_FITTING}/inference.py",
        "weight = (2 * nu - lost - 1) / ((nu - lost) * (nu - lost - 1))", "weight = 0.0", [_FIT],
        "the weights of a fit are taken as known",
    ),
    Mutation(
        f"{_FITTING}/inference.py", "second += (square + lost**2) / nu", "second += square / nu",
        [_FIT], "chi square of few trajectories is taken too literally",
    ),
    Mutation(
        f"{_FITTING}/fit.py", "zip(map(float, said.gain[k]), memory, strict=True)",
        "zip(map(abs, map(float, said.gain[k])), memory, strict=True)", [_FIT],
        "the errors of the points add up in every parameter",
    ),
]  # fmt: skip

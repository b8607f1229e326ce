"""SGD's barrier differs from its SDE's: three distributions of the gradient noise, one SDE.

W. Hu, C. J. Li, L. Li, J.-G. Liu, "On the diffusion approximation of nonconvex stochastic gradient
descent" (2017).  See the left panel: three kinds of samples with the same mean and variance have
the same SDE, and SGD escapes with three different exponents.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np

from .... import analysis, simulate, theory
from ....analysis import Estimate
from ....landscapes import Exponential, Landscape, Normal, Rademacher
from ....theory import Theory
from ...report.figure import About, Check, Figure, style
from ...shared.escape_times import Points, fitted
from .panels import BATCH, SDE_BARRIER, momentum, picture

ABOUT = About(
    title="SGD crosses a barrier that differs from the barrier of its SDE",
    citation="W. Hu, C. J. Li, L. Li, J.-G. Liu, “On the diffusion approximation of nonconvex "
    "stochastic gradient descent”, 2017.",
    link="https://arxiv.org/abs/1705.07562",
    claim="SGD in a non-convex landscape is approximated by its diffusion process; from a local "
    "minimum it escapes in a number of iterations that is exponential in the inverse step size, by "
    "the large deviations of that process. The exponent then depends only on the mean and variance "
    "of the gradient.",
    look_for="Per-sample loss (x² − 1)²/4 + s x with s of mean 0 and variance 1; from −1 across "
    "the top at 0 to ½. Left: ln τ against b/η; black: slopes from large deviations; grey: slope "
    "of the SDE, the same for all three. Middle: ln τ minus the exponent of large deviations: a "
    "constant. Right: the momentum of the most likely path; the areas are the slopes. Bars are one "
    "standard error.",
)

DISTRIBUTIONS = {
    "Gaussian": ("s", Normal()),
    "Rademacher": ("s", Rademacher()),
    "exponential": ("(s - 1)", Exponential()),
}
PASSAGE: dict[str, Any] = {
    "start": -1,
    "target": "x > 1/2",
}  # beyond the top, where a step may overshoot or return
DIRECT = {"Gaussian": (8, 10, 12), "Rademacher": (8, 10, 12), "exponential": (6, 7, 8)}
SPLIT = (12, 18, 28, 48, 80)  # 1/learning_rate
BATCHED = (24, 32, 48, 72)  # batch_size/learning_rate with batches
SEED = 17
SDE_SPLIT = (12, 18, 28)
RUNS, REPLICAS = 40, 200
TERMS = (lambda x: x, np.ones_like, lambda x: 1 / x)  # exponent, prefactor, its first correction


def draw(full: bool = False, seed: int = SEED) -> Figure:
    """Simulate, compare and draw; `full`: eight times the trajectories."""
    more = 8 if full else 1
    seeds = itertools.count(seed)
    wells = {name: _well(name) for name in DISTRIBUTIONS}
    direct = {
        name: [(x, _direct(well, _sgd(x), more * 3000, next(seeds))) for x in DIRECT[name]]
        for name, well in wells.items()
    }
    split = {
        name: [(x, _split(well, _sgd(x), more, next(seeds))) for x in SPLIT]
        for name, well in wells.items()
    }
    batched = [
        (x, _split(wells["exponential"], _sgd(x, BATCH), more, next(seeds))) for x in BATCHED
    ]
    sde = [
        (x, _split(wells["exponential"], _sgd(x).as_sde(substeps=2), more, next(seeds)))
        for x in SDE_SPLIT
    ]
    slopes = {name: _slope(points) for name, points in split.items()}
    barriers = {
        name: theory.sgd_barrier(well, minimum=-1, saddle=0) for name, well in wells.items()
    }

    one, other = dict(split["exponential"])[80], dict(split["Gaussian"])[80]
    longer = f"{one.value / other.value:.0e}".replace("e+", "e")
    finding = (
        "ln τ grows with b/η at "
        + ", ".join(f"{s.value:.4f} ± {s.stderr:.4f} ({name})" for name, s in slopes.items())
        + "; large deviations of the discrete chain give .5, .5376 and .8278, its SDE .5 for all. "
        f"At η = 1/80 SGD needs {longer} times longer with centred exponential samples than with "
        "Gaussian samples of the same variance. Larger batches do not change this: with four "
        "samples the slope in b/η is the same. The diffusion approximation is valid on times of "
        "order 1/η, but not on the exponentially long times of an escape, unless the gradient "
        "itself is Gaussian."
    )
    with style():
        drawing = picture(direct, split, batched, sde, barriers)
    return Figure(
        ABOUT,
        _checks(wells, direct, split, slopes, _slope(batched), sde, barriers),
        drawing,
        finding,
        {
            "batch size": f"1 and {BATCH}",
            "trajectories": f"{more * 3000:,}",
            "splitting": f"{RUNS} runs of {more * REPLICAS:,} replicas",
            "seeds": f"{seed} to {next(seeds) - 1}",
        },
    )


def _well(name: str) -> Landscape:
    noise, distribution = DISTRIBUTIONS[name]
    return Landscape.from_loss(
        f"(x**2 - 1)**2/4 + {noise}*x",
        coordinates="x",
        samples={"s": distribution},
        name=f"quartic well, {name} samples",
    )


def _sgd(inverse: float, batch_size: int = 1) -> simulate.SGD:
    return simulate.SGD(learning_rate=batch_size / inverse, batch_size=batch_size)


def _direct(well: Landscape, dynamics: simulate.Dynamics, trajectories: int, seed: int) -> Estimate:
    passages = simulate.first_passage(
        well, dynamics, **PASSAGE, trajectories=trajectories, seed=seed, max_time=1e6
    )
    return analysis.mean_first_passage_time(passages, method="mean")


def _split(well: Landscape, dynamics: simulate.Dynamics, more: int, seed: int) -> Estimate:
    return analysis.mean_first_passage_time_by_splitting(
        simulate.splitting(
            well,
            dynamics,
            **PASSAGE,
            reaction_coordinate="x",
            runs=RUNS,
            replicas=more * REPLICAS,
            kill=more * REPLICAS // 3,
            seed=seed,
        )
    )


def _slope(points: Points) -> Estimate:
    return fitted(points, TERMS)


def _checks(
    wells: dict[str, Landscape],
    direct: Mapping[str, Points],
    split: Mapping[str, Points],
    slopes: Mapping[str, Estimate],
    batch_slope: Estimate,
    sde: Points,
    barriers: dict[str, Theory],
) -> tuple[Check, ...]:
    middle = (np.arange(2000) + 0.5) / 2000 - 1
    checks = []
    for name, barrier in barriers.items():
        area = Estimate(float(momentum(name, middle).mean()), 1e-6, 2000, "midpoint rule")
        checks.append(Check(f"{name}: ∫p dx = barrier of SGD", area, barrier))
    for name, slope in slopes.items():
        checks.append(Check(f"{name}: slope of ln τ = barrier of SGD", slope, barriers[name]))
    for name in ("Rademacher", "exponential"):
        hypothesis = f"{name}: slope of ln τ = barrier of the SDE"
        checks.append(Check(hypothesis, slopes[name], SDE_BARRIER, "rejected"))
    exponential = barriers["exponential"]
    slope_of = f"exponential, b = {BATCH}: slope of ln τ in b/η"
    checks += [
        Check(f"{slope_of} = barrier of SGD", batch_slope, exponential),
        Check(f"{slope_of} = barrier of the SDE", batch_slope, SDE_BARRIER, "rejected"),
    ]
    for name in ("Gaussian", "Rademacher"):
        both = dict(direct[name])[12], dict(split[name])[12]
        checks.append(
            Check(f"{name}, η = 1/12: mean time by direct simulation = by splitting", *both)
        )
    for inverse, time in sde:
        exact = theory.mean_first_passage_time(
            wells["exponential"], beta=2 * inverse, start=-1, target=0.5
        )
        exact = Theory(exact.value, 0.02 * exact.value, "exact for dt → 0")  # here dt = eta/2
        checks.append(Check(f"SDE at η = 1/{inverse}: mean time = exact", time, exact))
    own = dict(split["exponential"])[18]
    hypothesis = "exponential, η = 1/18: mean time of SGD = of its SDE"
    checks.append(Check(hypothesis, own, dict(sde)[18], "rejected"))
    return tuple(checks)

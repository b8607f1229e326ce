r"""Splitting against the exact chain, and the position of exits: probabilities and bounds.

In the three landscapes x is independent, as in the quartic well.  One chain on the line, solved on
a grid of its states, is therefore exact for all of them and for every reaction coordinate.

    line      dx = (x - x^3) dt + sqrt(2/beta) dW
    plane     and an independent y in a parabola
    driven    and y attracted by x, without a potential

Trajectories are replicas of each of 20 runs.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

import numpy as np
from scipy.special import ndtr

from driftscape import analysis, landscapes, simulate, theory
from driftscape.landscapes import Landscape

from ..made_up import made_up_passages
from ..seeds import MOST, SEEDS, of_seed
from .experiment import Experiment

BETA, DT = 10.0, 0.01
HOME, LEAVE = -0.95, -0.8

LINE = landscapes.quartic_well()
PLANE = Landscape.from_potential("(x**2 - 1)**2/4 + y**2/2", coordinates="x y", name="plane")
DRIVEN = Landscape.from_drift(["x - x**3", "(x - y)/2"], coordinates="x y", name="driven")
STARTS: dict[str, Any] = {"quartic_well": -1, "plane": [-1, 0], "driven": [-1, -1]}
COORDINATES = {
    LINE: ("x", "-x", "x**2", "(x+1)**2", "(x**2-1)**2/4"),
    PLANE: ("x", "x + y", "x - y", "y", "-x"),
    DRIVEN: ("x", "x + y", "x - y", "y", "x + 0.3*sin(3*y)"),
}
#: two of three landscapes are measured at one size
SPARSE, BOTH = (200,), (30, 200)


@cache
def chain(beta: float = BETA, home: float = HOME, leave: float = LEAVE) -> tuple[float, float]:
    """Return mean time from -1 past 0 of the Euler chain, and the probability of a crossing."""
    edges = np.arange(-1300, 1) * 0.002
    x = (edges[1:] + edges[:-1]) / 2

    def leads(here: Any) -> Any:
        ends = edges - (here + DT * (here - here**3))[:, None]
        return np.diff(ndtr(ends / np.sqrt(2 * DT / beta)), axis=1)

    step = leads(x)
    times = np.linalg.solve(np.eye(len(x)) - step, np.full(len(x), DT))
    time = DT + float((leads(np.array([-1.0])) @ times)[0])

    def ends(within: Any, to: Any) -> Any:
        return np.linalg.solve(
            np.eye(within.sum()) - step[np.ix_(within, within)], step[np.ix_(within, to)]
        )

    far, inside = x > leave, x < home
    out, back = ends(~inside, inside)[far[~inside]], ends(~far, far)[inside[~far]]
    law = np.full(far.sum(), 1 / far.sum())
    for _ in range(100):
        law = law @ out @ back
        law /= law.sum()
    return time, float(1 - (law @ out).sum())


def rare(landscape: Any, xi: str, seed: int, n: int, **levels: float) -> Any:
    """Split excursions by a reaction coordinate, with crossings only at the ends of steps."""
    return simulate.splitting(
        landscape, simulate.Ito(beta=BETA, dt=DT), start=STARTS[landscape.name], target="x > 0",
        reaction_coordinate=xi, seed=seed, replicas=n, bridge=False, threads=1, **levels,
    )  # fmt: skip


def two_roads(seed: int, n: int) -> Any:
    """Make what `simulate.first_passage` would: a fair coin but for the first."""
    rng = np.random.default_rng([seed, n])
    time = np.where(rng.random(n) < 0.8, 0.5 + rng.exponential(2.0, n), rng.uniform(0, 0.5, n))
    target = np.where(time > 0.5, rng.random(n) < 0.5, 1).astype(int)
    end = np.minimum(rng.uniform(1.0, 6.0, n), 3.0)
    return made_up_passages(time, target, end, {"left": "x < -1", "right": "x > 1"}, seed)


def bound(seed: int, n: int) -> Any:
    """Return the lower of the bounds of the probability to go right."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", analysis.TailWarning)
        return analysis.splitting_probability(two_roads(seed, n), "right").bounds[0]


@lru_cache(maxsize=1)
def ways_out() -> Any:
    """Return passages from .2 in the quartic well to -1 or +1."""
    return simulate.first_passage(
        LINE, simulate.Ito(beta=5, dt=0.005), start=0.2, trajectories=SEEDS * MOST, seed=71,
        target={"left": "x < -1", "right": "x > 1"}, max_time=200,
    )  # fmt: skip


@lru_cache(maxsize=1)
def exits() -> Any:
    """Return exits at y = 1 of Brownian motion with speed 1 along y: <x^2> is 2/beta."""
    stream = Landscape.from_drift(["0", "1"], coordinates="x y", name="stream")
    return simulate.first_passage(
        stream, simulate.Ito(beta=4, dt=0.02), start=(0, 0), target="y > 1", seed=72,
        trajectories=SEEDS * MOST, max_time=200,
    )  # fmt: skip


def experiments() -> list[Experiment]:
    """Return crossings, times by each coordinate, probabilities and exits."""
    time, crossing = chain()
    levels = {"home": HOME, "leave": LEAVE}
    result = [
        Experiment(
            "crossing_probability, line, x", crossing,
            lambda seed, n: analysis.crossing_probability(rare(LINE, "x", seed, n, **levels)),
            BOTH, wrong=1.3 * crossing,
        )
    ]  # fmt: skip
    for landscape, coordinates in COORDINATES.items():
        for xi in coordinates:
            result.append(
                Experiment(
                    f"mean_first_passage_time_by_splitting, {landscape.name}, {xi}", time,
                    lambda seed, n, landscape=landscape, xi=xi: (
                        analysis.mean_first_passage_time_by_splitting(rare(landscape, xi, seed, n))
                    ),
                    BOTH if landscape is LINE else SPARSE, wrong=1.5 * time,
                )
            )  # fmt: skip
    half = theory.splitting_probability(LINE, beta=5, start=0.2, left=-1, right=1).value
    result += [
        Experiment(
            "splitting_probability, quartic well, all seen", half,
            lambda seed, n: analysis.splitting_probability(of_seed(ways_out(), seed, n), "right"),
            BOTH, wrong=half + 0.15,
        ),
        Experiment(
            "splitting_probability, lower bound, censored", 0.2 + 0.4 * (1 - float(np.exp(-1.25))),
            bound, (50, 200), wrong=0.6,
        ),
        Experiment(
            "exit_law, mean of x", 0.0,
            lambda seed, n: analysis.exit_law(of_seed(exits(), seed, n), "x").mean(),
            BOTH, wrong=0.3,
        ),
        Experiment(
            "exit_law, mean of x**2", 0.5,
            lambda seed, n: analysis.exit_law(of_seed(exits(), seed, n), "x**2").mean(),
            BOTH, wrong=0.25,
        ),
    ]  # fmt: skip
    return result

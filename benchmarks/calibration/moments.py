r"""Stationary moments, displacements and velocities on a parabola, which are known exactly.

Euler and Maruyama's steady state of dx = -x dt + sqrt(2/beta) dW is normal with the variance
1/(beta (1 - dt/2)), from which the runs start.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from driftscape import analysis, simulate
from driftscape.landscapes import Landscape, Normal

from ..seeds import MOST, SEEDS, of_seed
from .experiment import Experiment

DT, BETA, STEPS, START = 0.05, 2.0, 40, 1.5
VARIANCE = 1 / (BETA * (1 - DT / 2))
BOWL = Landscape.from_potential("x**2/2", coordinates="x", name="bowl")
SLOPE = Landscape.from_potential("y/4 + x**2/2", coordinates="x y", name="slope")
SIZES = (20, 30, 50, 200)
TRUTH = {
    "x": 0.0,
    "x**2": VARIANCE,
    "x**4": 3 * VARIANCE**2,
    "exp(2*x)": float(np.exp(2 * VARIANCE)),
    "x**3": 0.0,
}


@lru_cache(maxsize=1)
def stationary() -> Any:
    """Return runs that begin in the steady state, with snapshots and averages."""
    return simulate.run(
        BOWL, simulate.Ito(beta=BETA, dt=DT), steps=STEPS, trajectories=SEEDS * MOST, seed=11,
        start=Normal(0, VARIANCE**0.5), save_every=4,
    )  # fmt: skip


@lru_cache(maxsize=1)
def kept() -> Any:
    """Return the same runs with averages over every step and without snapshots."""
    return simulate.run(
        BOWL, simulate.Ito(beta=BETA, dt=DT), steps=STEPS, trajectories=SEEDS * MOST, seed=12,
        start=Normal(0, VARIANCE**0.5), keep=simulate.Average("x**4"),
    )  # fmt: skip


@lru_cache(maxsize=1)
def falling() -> Any:
    """Return runs down a slope from a point."""
    return simulate.run(
        SLOPE, simulate.Ito(beta=BETA, dt=DT), steps=STEPS, trajectories=SEEDS * MOST, seed=13,
        start=(START, 0), save_every=10,
    )  # fmt: skip


@lru_cache(maxsize=1)
def refined() -> Any:
    """Return runs on the parabola at three step sizes along one path."""
    return simulate.refine(
        BOWL, simulate.Ito(beta=BETA, dt=0.2), observables="x**2", discard_steps=60, time=40,
        trajectories=SEEDS * MOST, seed=14,
    )  # fmt: skip


def experiments() -> list[Experiment]:
    """Return the moments of one run, and displacements down a slope."""

    def moment(text: str) -> Any:
        return lambda seed, n: analysis.moment(
            of_seed(stationary(), seed, n), text, discard_steps=0
        )

    result = [
        Experiment(f"moment {text}, time averages", truth, moment(text), SIZES)
        for text, truth in TRUTH.items()
    ]
    result.append(
        Experiment(
            "moment x**4, kept average", TRUTH["x**4"],
            lambda seed, n: analysis.moment(of_seed(kept(), seed, n), "x**4"), SIZES,
            wrong=1.5 * TRUTH["x**4"],
        )
    )  # fmt: skip
    for text in ("x**2", "x**4", "exp(2*x)"):
        result.append(
            Experiment(
                f"moment {text}, one snapshot", TRUTH[text],
                lambda seed, n, text=text: analysis.moment(
                    of_seed(stationary(), seed, n).isel(time=[-1]), text, discard_steps=0
                ),
                SIZES,
            )
        )  # fmt: skip
    result.append(
        Experiment(
            "displacement down a bowl", START * ((1 - DT) ** STEPS - 1),
            lambda seed, n: analysis.displacement(of_seed(falling(), seed, n), "x"), wrong=-START,
        )
    )  # fmt: skip
    result.append(
        Experiment(
            "drift velocity down a slope", -0.25,
            lambda seed, n: analysis.drift_velocity(
                of_seed(falling(), seed, n), "y", per="time", discard_steps=10
            ),
            wrong=0.25,
        )
    )  # fmt: skip
    exact = [1 / (BETA * (1 - dt / 2)) for dt in (0.2, 0.1, 0.05)]

    def bias(level: int) -> Any:
        def measure(seed: int, n: int) -> Any:
            run = of_seed(refined(), seed, n)
            return analysis.step_bias(run, "x**2").bias[level]

        return measure

    result += [
        Experiment(f"step bias of x**2 at dt {dt:g}", value - 1 / BETA, bias(level), wrong=0.0)
        for level, (dt, value) in enumerate(zip((0.2, 0.1, 0.05), exact, strict=True))
    ]
    return result

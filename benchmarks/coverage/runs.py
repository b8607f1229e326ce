r"""Calculations with two points of a sweep, with censored passages, and with pieces.

Euler and Maruyama's steady state of dx = -x dt + sqrt(2/beta) dW is normal with the variance
1/(beta (1 - dt/2)).  The runs begin at 0, so that after n steps the variance is smaller by the
factor 1 - (1 - dt)^(2 n).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import numpy as np

from driftscape import analysis, simulate
from driftscape.landscapes import Landscape, Normal

from ..calibration.experiment import Experiment
from ..calibration.passages import passed
from ..made_up import sealed
from ..seeds import MOST, SEEDS, of_seed

DT, BETAS, STEPS = 0.05, (2.0, 2.2), 60
BOWL = Landscape.from_potential("x**2/2", coordinates="x", name="bowl")
SHARE = 1 - (1 - DT) ** (2 * STEPS)
TRUTH = [float(np.exp(-SHARE / (2 * beta * (1 - DT / 2)))) for beta in BETAS]  # E cos(x)
SIZES = (30, 50, 200)
CALCULATED: dict[str, Callable[[Any, Any], Any]] = {
    "difference": lambda a, b: a - b,
    "ratio": lambda a, b: a / b,
    "product": lambda a, b: a * b,
}
END = 0.7  # of the observation of passages of mean 1


@lru_cache(maxsize=2)
def swept(common: bool) -> Any:
    """Return final states at two temperatures, by the same noise or by two."""
    return simulate.sweep(
        BOWL, simulate.Ito(beta=1, dt=DT), over={"beta": list(BETAS)}, steps=STEPS,
        trajectories=SEEDS * MOST, seed=21, common=common, keep="final",
    )  # fmt: skip


@lru_cache(maxsize=1)
def long() -> Any:
    """Return one long trajectory for each seed."""
    beta = BETAS[0]
    return simulate.run(
        BOWL, simulate.Ito(beta=beta, dt=DT), steps=16_000, trajectories=SEEDS, seed=22,
        start=Normal(0, (1 / (beta * (1 - DT / 2))) ** 0.5), save_every=10,
    )  # fmt: skip


def points(common: bool, seed: int, n: int) -> list[Any]:
    """Return E cos(x) at both temperatures."""
    run = of_seed(swept(common), seed, n)
    return [analysis.moment(run.isel(beta=i), "cos(x)", at="final") for i in range(len(BETAS))]


def forgetful(seed: int, n: int) -> list[Any]:
    """Return them as if their errors were independent."""
    return [
        analysis.Estimate(each.value, each.stderr, each.n_eff, "", skewness=each.skewness)
        for each in points(True, seed, n)
    ]


def pieces(expression: str, count: int, seed: int, _: int) -> Any:
    """Return a moment of one long trajectory."""
    return analysis.moment(
        long().isel(trajectory=[seed]), expression, pieces=count, discard_steps=0
    )


def restricted(factor: float, seed: int, n: int) -> Any:
    """Return the mean of min(T, END) of exponential times, minus that of shorter ones."""
    made = passed("exponential", seed, n)
    shorter = sealed(made.assign(passage_time=factor * made["passage_time"]))
    return analysis.restricted_mean(made, up_to=END) - analysis.restricted_mean(shorter, up_to=END)


def experiments() -> list[Experiment]:
    """Return calculations with two points of a sweep, and moments of one long trajectory."""
    result = []
    for name, function in CALCULATED.items():
        for common in (True, False):
            noise = "common noise" if common else "separate noise"
            result.append(
                Experiment(
                    f"{name} of two points of a sweep, {noise}", float(function(*TRUTH)),
                    lambda seed, n, f=function, common=common: f(*points(common, seed, n)), SIZES,
                )
            )  # fmt: skip
        result.append(
            Experiment(
                f"twin: {name} of two points of a sweep, common noise", float(function(*TRUTH)),
                lambda seed, n, f=function: f(*forgetful(seed, n)), SIZES[-1:], twin=True,
            )
        )  # fmt: skip
    variance = 1 / (BETAS[0] * (1 - DT / 2))
    for count in (32, 64):
        for expression, truth in (("x", 0.0), ("x**2", variance)):
            result.append(
                Experiment(
                    f"moment {expression} of one trajectory, {count} pieces", truth,
                    partial(pieces, expression, count), (1,),
                )
            )  # fmt: skip
    shorter = 0.8
    exact = -np.expm1(-END) - shorter * -np.expm1(-END / shorter)
    result.append(
        Experiment(
            "difference of restricted means, exponential times, common noise", float(exact),
            partial(restricted, shorter), (50, 200), more=5,
        )
    )  # fmt: skip
    return result

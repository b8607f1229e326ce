r"""Calculations with means of drawn values, one for each trajectory.

Exponential values x of mean 1 have y = x**1.2, of mean Gamma(2.2), as their partner; normal values
x = 2 + z have y = 2.5 + z + 0.3 w.  Without common noise x and y are of different trajectories.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from driftscape.analysis import Estimate
from driftscape.analysis.sample_mean import sample_mean

from ..calibration.experiment import Experiment

SIZES = (20, 30, 50, 200)
MORE = 5  # times as many seeds, because drawn values cost little
MEANS = {"exponential": (1.0, math.gamma(2.2)), "normal": (2.0, 2.5)}
CALCULATED: dict[str, Callable[[Any, Any], Any]] = {
    "difference": lambda a, b: a - b,
    "ratio": lambda a, b: a / b,
    "product": lambda a, b: a * b,
    "sum of squares": lambda a, b: a**2 + b**2,
    "difference of logarithms": lambda a, b: np.log(a) - np.log(b),
}
ONE: dict[str, Callable[[Any], Any]] = {
    "square": lambda a: a**2, "square root": np.sqrt, "inverse": lambda a: 1 / a, "exp": np.exp,
    "logarithm": np.log,
}  # fmt: skip


def pair(law: str, seed: int, n: int, common: bool, memory: bool = True) -> list[Estimate]:
    """Return the means of x and y over n trajectories; without memory they are independent."""
    rng = np.random.default_rng([seed, n, sorted(MEANS).index(law), common])
    if law == "exponential":
        drawn = rng.exponential(size=(2, n))
        x, y = drawn[0], drawn[0 if common else 1] ** 1.2
    else:
        drawn = rng.standard_normal((3, n))
        x, y = 2 + drawn[0], 2.5 + drawn[0 if common else 1] + 0.3 * drawn[2]
    noises = ("one", "one" if common else "another") if memory else (None, None)
    return [
        sample_mean(values, "mean", noise=noise)
        for values, noise in zip((x, y), noises, strict=True)
    ]


def overlapping(seed: int, n: int) -> Estimate:
    """Return the difference of two means that have half of their trajectories in common."""
    rng = np.random.default_rng([seed, n])
    x = rng.exponential(size=3 * n // 2)
    first, second = np.arange(n), np.arange(n // 2, n // 2 + n)
    return sample_mean(x[first], "x", noise="one", numbers=first) - sample_mean(
        1.5 * x[second], "y", noise="one", numbers=second
    )


def experiments() -> list[Experiment]:
    """Return functions of two means and of one, and twins that forget the common noise."""
    result = []
    for law, means in MEANS.items():
        for common in (True, False):
            noise = "common noise" if common else "separate noise"
            for name, function in CALCULATED.items():
                result.append(
                    Experiment(
                        f"{name}, {law} values, {noise}", float(function(*means)),
                        lambda seed, n, f=function, law=law, common=common: f(
                            *pair(law, seed, n, common)
                        ),
                        SIZES, more=MORE,
                    )
                )  # fmt: skip
        result += [
            Experiment(
                f"{name}, {law} values", float(function(means[0])),
                lambda seed, n, f=function, law=law: f(pair(law, seed, n, True)[0]), SIZES,
                more=MORE,
            )
            for name, function in ONE.items()
        ]  # fmt: skip
        result += [
            Experiment(
                f"twin: {name}, {law} values, common noise", float(CALCULATED[name](*means)),
                lambda seed, n, f=CALCULATED[name], law=law: f(*pair(law, seed, n, True, False)),
                SIZES[-1:], twin=True, more=MORE,
            )
            for name in ("difference", "ratio", "product")
        ]  # fmt: skip
    result.append(
        Experiment(
            "difference, half of the trajectories in common", -0.5, overlapping, SIZES, more=MORE
        )
    )
    return result

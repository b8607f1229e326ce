"""SGD and its two modified equations on the example that Li, Tai and E solve.

f = x^2 is the mean of (x - 1)^2 - 1 and (x + 1)^2 - 1.  Both equations are Ornstein-Uhlenbeck
processes there, and SGD is

    x' = (1 - 2 eta) x + 2 eta r,        r = 1 or -1.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .... import simulate, theory
from ....analysis import Estimate
from ....landscapes import Landscape, Rademacher

RATES = (0.125, 0.25, 1 / 3, 0.4)
TIME_RATES = (1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4)


def parabola() -> Landscape:
    """Return the paper's example."""
    return Landscape.from_loss(
        "(x - r)**2 - 1", coordinates="x", samples={"r": Rademacher()}, start=(1,)
    )


def sde_moments(eta: float, order: int, time: float = math.inf) -> tuple[float, float]:
    """Return mean and variance from x = 1 on of dx = -k x dt + 2 sqrt(eta) dW, k = 2, 2(1 + eta).

    Examples
    --------
    >>> sde_moments(0.25, 1), sde_moments(0.25, 2)
    ((0.0, 0.25), (0.0, 0.2))
    """
    k = 2.0 if order == 1 else 2 * (1 + eta)
    return math.exp(-k * time), 2 * eta / k * (1 - math.exp(-2 * k * time))


def operator(eta: float) -> Any:
    """Return SGD's transfer operator; its law lies within [-1, 1] at every learning rate."""
    sgd = simulate.SGD(learning_rate=eta)
    return theory.transfer_operator(parabola(), sgd, box=(-1.1, 1.1), shape=256)


def sgd_at(eta: float, time: float) -> tuple[float, float]:
    """Return mean and variance of SGD from x = 1 on, by its transfer operator."""
    kernel = operator(eta)
    law = kernel.evolve(1.0, round(time / eta)).isel(time=0) * kernel.grid.volume
    mean = float((law * law.x).sum())
    return mean, float((law * law.x**2).sum()) - mean**2


def staircase(eta: float, depth: int = 14) -> Any:
    """Return 2**depth equally likely places of SGD's stationary law, sorted.

    x = 2 eta sum (1 - 2 eta)^k r_k: at eta = 1/4 uniform on (-1, 1), beyond it on a Cantor set.

    Examples
    --------
    >>> staircase(0.25, 2).tolist()
    [-0.75, -0.25, 0.25, 0.75]
    """
    places = np.zeros(1)
    for k in range(depth):
        kick = 2 * eta * (1 - 2 * eta) ** k
        places = np.concatenate([places - kick, places + kick])
    return np.sort(places)


@dataclass(frozen=True)
class Parabola:
    """What SGD does on the paper's example.

    Attributes
    ----------
    at_time
        Learning rate -> (mean, variance) at time 1, from the operator.
    operator, variance
        Learning rate -> stationary variance, from the operator and measured.
    final
        States at learning rate 1/3.
    """

    at_time: dict[float, tuple[float, float]]
    operator: dict[float, float]
    variance: dict[float, Estimate]
    final: Any


def look(trajectories: int, seeds: Iterator[int]) -> Parabola:
    """Run SGD, and ask its operator."""
    variance, final = {}, np.zeros(0)
    for eta in RATES:
        run = simulate.run(
            parabola(),
            simulate.SGD(learning_rate=eta),
            steps=round(20 / eta),
            trajectories=trajectories,
            seed=next(seeds),
            keep="final",
        )
        x = run.final.values[:, 0]
        variance[eta] = Estimate(
            float((x**2).mean()), float((x**2).std() / len(x) ** 0.5), len(x), "final states"
        )
        final = x if eta == 1 / 3 else final
    return Parabola(
        {eta: sgd_at(eta, 1.0) for eta in TIME_RATES},
        {eta: operator(eta).expectation("x**2").value for eta in RATES},
        variance,
        final,
    )

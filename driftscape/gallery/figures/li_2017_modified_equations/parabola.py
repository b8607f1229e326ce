"""SGD and its two modified equations on the example of Li, Tai and E.

f = x^2 is the mean of (x - 1)^2 - 1 and (x + 1)^2 - 1.  Both equations are Ornstein-Uhlenbeck
processes, and SGD is

    x' = (1 - 2 eta) x + 2 eta r,        r = 1 or -1.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .... import simulate, theory
from ....analysis import Estimate
from ....landscapes import Landscape, Rademacher
from ....typing import Float

RATES = (0.125, 0.25, 1 / 3, 0.4)
TIME_RATES = (1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4)


def parabola() -> Landscape:
    """Return the paper's example."""
    return Landscape.from_loss(
        "(x - r)**2 - 1", coordinates="x", samples={"r": Rademacher()}, start=(1,)
    )


def sde_moments(eta: float, order: int, time: float = math.inf) -> tuple[float, float]:
    """Return mean and variance of dx = -k x dt + 2 sqrt(eta) dW from x = 1; k = 2 or 2(1 + eta).

    The rate k is that of order 1 or 2.

    Examples
    --------
    >>> sde_moments(0.25, 1), sde_moments(0.25, 2)
    ((0.0, 0.25), (0.0, 0.2))
    """
    k = 2.0 if order == 1 else 2 * (1 + eta)
    return math.exp(-k * time), 2 * eta / k * (1 - math.exp(-2 * k * time))


def operator(eta: float) -> theory.TransferOperator:
    """Return SGD's transfer operator; x lies within [-1, 1] at every learning rate."""
    sgd = simulate.SGD(learning_rate=eta)
    return theory.transfer_operator(parabola(), sgd, box=(-1.1, 1.1), shape=256)


def sgd_at(eta: float, time: float) -> tuple[float, float]:
    """Return mean and variance of SGD started at x = 1, by its transfer operator."""
    kernel = operator(eta)
    mass = kernel.evolve(1.0, round(time / eta)).isel(time=0) * kernel.grid.volume
    mean = float((mass * mass.x).sum())
    return mean, float((mass * mass.x**2).sum()) - mean**2


def staircase(eta: float, depth: int = 14) -> Float:
    """Return 2**depth equally likely points of SGD's stationary distribution, sorted.

    x = 2 eta sum (1 - 2 eta)^k r_k is uniform on (-1, 1) at eta = 1/4; for larger eta it lies on a
    Cantor set.

    Examples
    --------
    >>> staircase(0.25, 2).tolist()
    [-0.75, -0.25, 0.25, 0.75]
    """
    points = np.zeros(1)
    for k in range(depth):
        kick = 2 * eta * (1 - 2 * eta) ** k
        points = np.concatenate([points - kick, points + kick])
    return np.sort(points)


@dataclass(frozen=True)
class Parabola:
    """Results of SGD on the paper's example.

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
    final: Float


def measure_parabola(trajectories: int, seeds: Iterator[int]) -> Parabola:
    """Run SGD and solve its transfer operator."""
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

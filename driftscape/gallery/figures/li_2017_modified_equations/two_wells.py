"""SGD beside its two modified equations between two wells.

The wells are those of x^2/2 - 2 ln cosh x, whose slope grows no faster than x, so that SGD stays
stable up to learning rates of 2.  Noise is Gaussian and batch_size = learning_rate/SMALLEST: the
temperature stays as it is, and to the equation of order 1 nothing changes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from .... import analysis, simulate, theory
from ....landscapes import Landscape, Normal
from ....theory import Theory
from .powers_and_rates import decay_rate

SMALLEST = 1 / 64
TEMPERATURE = 0.25  # dx = -f'(x) dt + sqrt(2 TEMPERATURE) dW
LOSS = "x**2/2 - 2*log(cosh(x))"
BOX = (-8, 8)
NODES = 304
CELLS = 384
SETTLED, END = 12, 48  # times between which the slowest mode is all that decays

MINIMUM = 2.0
for _ in range(40):  # x = 2 tanh x; each round leaves a sixth of the error
    MINIMUM = 2 * math.tanh(MINIMUM)
FLOOR = MINIMUM**2 / 2 - 2 * math.log(math.cosh(MINIMUM))


def wells() -> Landscape:
    """Return the double well with samples so noisy that a batch of one is at TEMPERATURE."""
    noise = Normal(0, math.sqrt(2 * TEMPERATURE / SMALLEST))
    return Landscape.from_loss(
        f"{LOSS} + s*x", coordinates="x", samples={"s": noise}, start=(-MINIMUM,)
    )


def sgd_of(batch: int) -> simulate.SGD:
    """Return SGD with learning rate and batch size in proportion."""
    return simulate.SGD(learning_rate=batch * SMALLEST, batch_size=batch)


@dataclass(frozen=True)
class Numbers:
    """What is asked of SGD or of an equation between two wells.

    Attributes
    ----------
    loss
        Stationary mean of f, above its minimum.
    rate
        Slowest decay rate: how fast the two wells exchange.
    time
        Mean first-passage time from a minimum to beyond the top, per unit of time.
    """

    loss: Any
    rate: Any
    time: Any


@lru_cache(maxsize=64)
def of_operator(batch: int) -> Numbers:
    """Ask SGD's transfer operator."""
    operator = theory.transfer_operator(wells(), sgd_of(batch), box=BOX, shape=NODES)
    return Numbers(
        _above(operator.expectation(LOSS)),
        operator.compare_grids(lambda level: float(level.eigenvalues(1)[0].real)),
        operator.mean_first_passage_time("x > 0", start=-MINIMUM),
    )


def of_sde(batch: int, order: int) -> Numbers:
    """Ask the Fokker-Planck equation; that of order 1 is the same for all."""
    return _sde(batch if order == 2 else 1, order)


@lru_cache(maxsize=64)
def _sde(batch: int, order: int) -> Numbers:
    equation = _fokker_planck(batch, order)
    return Numbers(
        _above(equation.expectation(LOSS)),
        equation.extrapolate(lambda level: level.eigenvalues(1)[0].real).theory(),
        equation.mean_first_passage_time("x > 0", start=-MINIMUM),
    )


@lru_cache(maxsize=64)
def _fokker_planck(batch: int, order: int) -> Any:
    sde = sgd_of(batch).as_sde(order=order)
    return theory.fokker_planck(wells(), sde, box=(-6, 6), shape=CELLS)


def kicked_loss(batch: int) -> Theory:
    """Return the loss of the equation of order 2 once half the noise of a step is added to x.

    With additive Gaussian noise a step of SGD is a flow by the drift of order 2, but for
    O(eta^3), then a kick of variance 2 eta TEMPERATURE.  With half a kick before and half after, a
    step is symmetric, hence that of the SDE to second order; SGD is seen after all of the kick.
    (The scheme of B. Leimkuhler and C. Matthews, Appl. Math. Res. Express 2013, 34, looks in
    between.)
    """
    kicks, weights = np.polynomial.hermite_e.hermegauss(24)
    kicks = kicks * math.sqrt(batch * SMALLEST * TEMPERATURE)

    def mean(level: Any) -> float:
        x = level.grid.points + kicks
        loss = x**2 / 2 - 2 * np.log(np.cosh(x))
        return float(level.steady_mass @ (loss @ weights) / weights.sum())

    found: Theory = _above(_fokker_planck(batch, 2).extrapolate(mean).theory())
    return found


def late_time(batch: int) -> Theory:
    """Return the time of order 1 to a target 0.5826 standard deviations of a step behind the top.

    Steps see a boundary at their ends only, which moves it so far, -zeta(1/2)/sqrt(2 pi), to
    first order (D. Siegmund, Adv. Appl. Probab. 11 (1979) 701).
    """
    behind = 0.5825971579390107 * math.sqrt(2 * batch * SMALLEST * TEMPERATURE)
    found: Theory = _fokker_planck(1, 1).mean_first_passage_time(f"x > {behind}", start=-MINIMUM)
    return found


def measured(batch: int, trajectories: int, seeds: Iterator[int]) -> Numbers:
    """Ask ensembles of SGD: final states and the decay of the mean, then first passages."""
    well, sgd = wells(), sgd_of(batch)
    per_time = round(1 / sgd.time_step * SETTLED) / SETTLED
    run = simulate.run(
        well,
        sgd,
        steps=round(END * per_time),
        trajectories=trajectories,
        seed=next(seeds),
        save_every=round(SETTLED * per_time),
    )
    hits = simulate.first_passage(
        well,
        sgd,
        start=-MINIMUM,
        target="x > 0",
        trajectories=trajectories,
        seed=next(seeds),
        max_steps=10**6,
    )
    x = run.state.isel(coordinate=0).transpose("trajectory", "time").values
    return Numbers(
        _above(analysis.moment(run, LOSS, discard_steps=round(END * per_time))),
        decay_rate(x[:, 1], x[:, -1], END - SETTLED),
        analysis.mean_first_passage_time(hits),
    )


@dataclass(frozen=True)
class Asked:
    """One batch size: SGD, its equations, and their two corrections."""

    sgd: Numbers
    first: Numbers
    second: Numbers
    kicked: Theory
    late: Theory


def ask(batch: int) -> Asked:
    """Ask all of them."""
    return Asked(
        of_operator(batch),
        of_sde(batch, 1),
        of_sde(batch, 2),
        kicked_loss(batch),
        late_time(batch),
    )


def relative_errors(asked: Any, name: str, kind: str) -> Any:
    """Return an equation's error relative to SGD, for each batch size asked."""
    exact = np.array([getattr(a.sgd, name).value for a in asked.values()])
    there = [a.kicked if kind == "kicked" else getattr(getattr(a, kind), name)
             for a in asked.values()]  # fmt: skip
    return np.array([t.value for t in there]) / exact - 1


def _above(mean: Any) -> Any:
    """Return the same above the minimum."""
    return replace(mean, value=mean.value - FLOOR)

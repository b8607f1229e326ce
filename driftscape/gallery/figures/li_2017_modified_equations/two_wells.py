"""SGD and its two modified equations in a double well.

The loss x^2/2 - 2 ln cosh x has a slope that grows no faster than x, so that SGD is stable up to
learning rates of 2.  The noise is Gaussian and batch_size = learning_rate/SMALLEST: the temperature
is constant, and the equation of order 1 is always the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Generic, TypeVar

import numpy as np

from .... import analysis, simulate, theory
from ....analysis import Estimate
from ....landscapes import Landscape, Normal
from ....theory import Theory
from ....typing import Float
from .powers_and_rates import decay_rate

SMALLEST = 1 / 64
TEMPERATURE = 0.25  # dx = -f'(x) dt + sqrt(2 TEMPERATURE) dW
LOSS = "x**2/2 - 2*log(cosh(x))"
BOX = (-8, 8)
NODES = 304
CELLS = 384
SETTLED, END = 12, 48  # between these times only the slowest mode decays

MINIMUM = 2.0
for _ in range(40):  # x = 2 tanh x; each iteration divides the error by six
    MINIMUM = 2 * math.tanh(MINIMUM)
FLOOR = MINIMUM**2 / 2 - 2 * math.log(math.cosh(MINIMUM))


def wells() -> Landscape:
    """Return the double well, with sample noise that gives batches of one the TEMPERATURE."""
    noise = Normal(0, math.sqrt(2 * TEMPERATURE / SMALLEST))
    return Landscape.from_loss(
        f"{LOSS} + s*x", coordinates="x", samples={"s": noise}, start=(-MINIMUM,)
    )


def sgd_of(batch: int) -> simulate.SGD:
    """Return SGD with a learning rate proportional to the batch size."""
    return simulate.SGD(learning_rate=batch * SMALLEST, batch_size=batch)


N = TypeVar("N", Estimate, Theory)


@dataclass(frozen=True)
class Numbers(Generic[N]):
    """Three numbers of SGD or of an equation in the double well; ``numbers["loss"]`` names one.

    Attributes
    ----------
    loss
        Stationary mean of f, above its minimum.
    rate
        Slowest decay rate, that of the exchange between the wells.
    time
        Mean first-passage time from a minimum across the top.
    """

    loss: N
    rate: N
    time: N

    def __getitem__(self, name: str) -> N:
        return {"loss": self.loss, "rate": self.rate, "time": self.time}[name]


@lru_cache(maxsize=64)
def by_operator(batch: int) -> Numbers[Theory]:
    """Solve for SGD by its transfer operator."""
    operator = theory.transfer_operator(wells(), sgd_of(batch), box=BOX, shape=NODES)
    return Numbers(
        _above(operator.expectation(LOSS)),
        operator.compare_grids(lambda level: float(level.eigenvalues(1)[0].real)),
        operator.mean_first_passage_time("x > 0", start=-MINIMUM),
    )


def by_sde(batch: int, order: int) -> Numbers[Theory]:
    """Solve the Fokker-Planck equation; that of order 1 is the same for all batch sizes."""
    return _sde(batch if order == 2 else 1, order)


@lru_cache(maxsize=64)
def _sde(batch: int, order: int) -> Numbers[Theory]:
    equation = _fokker_planck(batch, order)
    return Numbers(
        _above(equation.expectation(LOSS)),
        equation.extrapolate(lambda level: level.eigenvalues(1)[0].real).theory(),
        equation.mean_first_passage_time("x > 0", start=-MINIMUM),
    )


@lru_cache(maxsize=64)
def _fokker_planck(batch: int, order: int) -> theory.FokkerPlanck:
    sde = sgd_of(batch).as_sde(order=order)
    return theory.fokker_planck(wells(), sde, box=(-6, 6), shape=CELLS)


def half_step_loss(batch: int) -> Theory:
    """Return the loss of the equation of order 2 after half the noise of a step is added to x.

    With additive Gaussian noise a step of SGD is, up to O(eta^3), a flow along the drift of order
    2 and then a kick of variance 2 eta TEMPERATURE.  With half a kick before and half after the
    flow a step is symmetric and equals that of the SDE to second order; SGD is observed after the
    whole kick.  (The scheme of B. Leimkuhler and C. Matthews, Appl. Math. Res. Express 2013, 34,
    is observed in between.)
    """
    kicks, weights = np.polynomial.hermite_e.hermegauss(24)
    kicks = kicks * math.sqrt(batch * SMALLEST * TEMPERATURE)

    def mean(level: theory.FokkerPlanck) -> float:
        x = level.grid.points + kicks
        loss = x**2 / 2 - 2 * np.log(np.cosh(x))
        return float(level.steady_mass @ (loss @ weights) / weights.sum())

    return _above(_fokker_planck(batch, 2).extrapolate(mean).theory())


def shifted_time(batch: int) -> Theory:
    """Return the time of order 1 to a target 0.5826 standard deviations of a step behind the top.

    A discrete walk crosses a boundary only at the ends of its steps.  To first order this shifts
    the boundary by -zeta(1/2)/sqrt(2 pi) standard deviations of a step (D. Siegmund, Adv. Appl.
    Probab. 11 (1979) 701).
    """
    behind = 0.5825971579390107 * math.sqrt(2 * batch * SMALLEST * TEMPERATURE)
    return _fokker_planck(1, 1).mean_first_passage_time(f"x > {behind}", start=-MINIMUM)


def measure(batch: int, trajectories: int, seeds: Iterator[int]) -> Numbers[Estimate]:
    """Measure with ensembles of SGD: final states, the decay of the mean, first passages."""
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
    passages = simulate.first_passage(
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
        analysis.mean_first_passage_time(passages),
    )


@dataclass(frozen=True)
class Answers:
    """The numbers at one batch size.

    Attributes
    ----------
    sgd
        By the transfer operator.
    first, second
        By the equations of order 1 and 2.
    half_step
        Loss of order 2 with half the noise of a step.
    shifted
        Time of order 1 to the shifted target.
    """

    sgd: Numbers[Theory]
    first: Numbers[Theory]
    second: Numbers[Theory]
    half_step: Theory
    shifted: Theory

    def equation(self, kind: str, name: str) -> Theory:
        """Return a number of the equation `kind`: "first", "second" or "half_step"."""
        if kind == "half_step":
            return self.half_step
        return {"first": self.first, "second": self.second}[kind][name]


def solve(batch: int) -> Answers:
    """Compute all numbers at one batch size."""
    return Answers(
        by_operator(batch),
        by_sde(batch, 1),
        by_sde(batch, 2),
        half_step_loss(batch),
        shifted_time(batch),
    )


def relative_errors(answers: dict[int, Answers], name: str, kind: str) -> Float:
    """Return the relative distance of an equation from SGD, for each batch size."""
    exact = np.array([each.sgd[name].value for each in answers.values()])
    predicted = np.array([each.equation(kind, name).value for each in answers.values()])
    return np.asarray(predicted / exact - 1)


def _above(mean: N) -> N:
    """Return a mean loss above the minimum of the loss."""
    return replace(mean, value=mean.value - FLOOR)

"""Ensembles: trajectories from 1 to 1e6, steps from 1 to 1e5."""

# ruff: noqa: NPY002  what one would write

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np

from ..naive import contender
from ..workloads import WORKLOADS
from .curve import Curve, Point, Setting, fixed
from .ideal import Ideal, Rate, Small, Wide

if TYPE_CHECKING:
    from .curve import Start, System

FEW = (1, 2, 4, 8, 16, 32, 64, 128, 256, 1024)
MANY = (1, 10, 100, 1000, 10_000, 100_000, 1_000_000)
STEPS = (1, 10, 100, 1000, 10_000, 100_000)
UNIT = "a step of a trajectory"
WORDS = "work times the best rate of the curve; and 1 ms + 50 ns a trajectory"


def well() -> System:
    """Return the quartic well and its dynamics."""
    from driftscape import landscapes, simulate

    return landscapes.quartic_well(), simulate.Ito(beta=10, dt=0.01)


def curves(where: Setting) -> list[Curve]:
    """Return the curves of small ensembles, of large ensembles, and of steps."""
    from driftscape import landscapes, simulate

    screw = landscapes.archimedes(), simulate.SGD(learning_rate=0.05)
    return [
        _small(where, "quartic well", well(), -1.0, _naive_well),
        _small(where, "ARCHIMEDES", screw, (0.5, 0.3, 0.1), _naive_screw),
        _large(where, 100),
        _large(where, 1),
        _long(where),
    ]


def _run(where: Setting, trajectories: int, steps: int, system: System, start: Start) -> Point:
    from driftscape import simulate

    call = partial(
        simulate.run, *system, steps=steps, trajectories=trajectories, start=start, keep="final",
        **where.given,
    )  # fmt: skip
    return Point(trajectories, call, trajectories * steps, fixed(trajectories))


def _small(
    where: Setting, title: str, system: System, start: Start, naive: Callable[[int], object]
) -> Curve:
    """Return ensembles of few trajectories, all with the same work where one block is full."""
    points = []
    for count in where.sizes(*FEW):
        steps = where.steps(max(count, 8))
        points.append(_run(where, count, steps, system, start))
    unlimited = where.backend == "cpu"
    ideal: Ideal = Small() if unlimited else Wide()
    steps = where.steps(10)
    beside = {"naive Numba": Point(1, partial(naive, steps), steps)} if unlimited else {}
    return Curve(f"small ensembles, {title}", "trajectories", UNIT, points, ideal, beside)


def _large(where: Setting, steps: int) -> Curve:
    """Return ensembles of any size over few steps, whose start and results are most of the time."""
    points = [_run(where, count, steps, well(), -1.0) for count in where.sizes(*MANY)]
    title = f"trajectories over {steps} step{'s' if steps > 1 else ''}, quartic well"
    ideal: Ideal = Rate(WORDS) if where.backend == "cpu" else Wide()
    return Curve(title, "trajectories", UNIT, points, ideal)


def _long(where: Setting) -> Curve:
    """Return runs of one size over any number of steps."""
    points = []
    for steps in where.sizes(*STEPS):
        point = _run(where, where.many, steps, well(), -1.0)
        points.append(Point(steps, point.call, point.units, point.granted))
    title = f"steps of {where.many} trajectories, quartic well"
    return Curve(title, "steps", UNIT, points, Rate(WORDS))


def _naive_screw(steps: int) -> object:
    return contender(WORKLOADS["W1"], 1, steps).run()


def _naive_well(steps: int) -> object:
    return _compiled()(-1.0, steps, 0.01, math.sqrt(0.002))


@cache
def _compiled() -> Callable[..., object]:
    from numba import njit

    compiled: Callable[..., object] = njit(_loop)
    return compiled


def _loop(x: float, steps: int, dt: float, scale: float) -> float:
    """One trajectory of the quartic well, as one would write it."""
    for _ in range(steps):
        x += dt * (x - x * x * x) + scale * np.random.standard_normal()
    return x

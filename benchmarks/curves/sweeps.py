"""Sweeps: 1 to 1000 points that share the trajectories of one run."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from .curve import Curve, Point, Setting
from .ensembles import UNIT, well
from .ideal import Multiple

if TYPE_CHECKING:
    from .curve import Start, System

POINTS = (1, 10, 100, 1000)


def curves(where: Setting) -> list[Curve]:
    """Return the sweeps of an inverse temperature and of a learning rate."""
    from driftscape import landscapes, simulate

    screw = landscapes.archimedes(), simulate.SGD(learning_rate=0.05)
    betas, rates = (partial(np.linspace, *ends) for ends in ((5, 20), (0.01, 0.1)))
    return [
        _curve(where, "beta, quartic well", well(), "beta", betas, -1.0),
        _curve(where, "learning rate, ARCHIMEDES", screw, "learning_rate", rates, (0.5, 0.3, 0.1)),
    ]


def _curve(
    where: Setting, title: str, system: System, name: str,
    values: Callable[[int], np.ndarray], start: Start,
) -> Curve:  # fmt: skip
    from driftscape import simulate

    many = 10 * where.many // 1000 * 1000 or 100
    steps = where.steps(many)
    given = {"steps": steps, "start": start, "keep": "final", **where.given}
    points = [
        Point(
            count,
            partial(
                simulate.sweep, *system, over={name: values(count)}, trajectories=many // count,
                **given,
            ),
            many * steps,
        )
        for count in where.sizes(*POINTS)
    ]  # fmt: skip
    bare = Point(1, partial(simulate.run, *system, trajectories=many, **given), many * steps)
    words = "1.2 times one run of as many trajectories, as promised"
    return Curve(
        f"sweeps of {title}", "points", UNIT, points, Multiple(lambda count: 1.2, words),
        {"bare run": bare},
    )  # fmt: skip

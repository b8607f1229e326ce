"""Snapshots: at every step, every second, ... and none."""

from __future__ import annotations

from functools import partial
from typing import Any

from .curve import Curve, Point, Setting
from .ensembles import UNIT, well
from .ideal import Multiple

EVERY = (1, 2, 5, 10, 100, 1000)
MOST = 3e8  # bytes of the snapshots of one run


def curves(where: Setting) -> list[Curve]:
    """Return the curves of a landscape of one coordinate and of one of three."""
    from driftscape import landscapes, simulate

    screw = landscapes.archimedes(), simulate.SGD(learning_rate=0.05)
    return [_curve(where, "quartic well", well()), _curve(where, "ARCHIMEDES", screw)]


def _curve(where: Setting, title: str, system: tuple[Any, Any]) -> Curve:
    from driftscape import simulate

    size = 8 * len(system[0].coordinates) * where.many
    steps = min(where.steps(where.many), int(MOST / size))
    given = {"steps": steps, "trajectories": where.many, **where.given}
    work = where.many * steps
    points = [
        Point(
            every,
            partial(simulate.run, *system, save_every=every, **given),
            work,
            size * (steps // every + 1) / where.copied if where.copied else 0.0,
        )
        for every in where.sizes(*EVERY)
    ]
    bare = Point(0, partial(simulate.run, *system, keep="final", **given), work)
    words = "1.5 times a run without snapshots, as promised"
    words += " and the copy of the snapshots to the processor" if where.copied else ""
    return Curve(
        f"snapshots, {title}", "steps between snapshots", UNIT, points,
        Multiple(lambda every: 1.5, words), {"bare run": bare},
    )  # fmt: skip

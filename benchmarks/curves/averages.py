"""Averages: 0 to 8 expressions that a run averages along its trajectories."""

from __future__ import annotations

from functools import partial

from .curve import Curve, Point, Setting
from .ensembles import UNIT
from .ideal import Marginal

EXPRESSIONS = ("x1", "x2", "x1*x2", "x1**2", "x2**2", "x1**2*x2", "x1*x2**2", "x1**3")


def curves(where: Setting) -> list[Curve]:
    """Return the curve of a landscape of two coordinates."""
    from driftscape import landscapes, simulate

    well, ito = landscapes.double_well(), simulate.Ito(beta=4, dt=0.01)
    steps = where.steps(where.many)
    given = {"steps": steps, "trajectories": where.many, "start": (1.0, 0.0), **where.given}
    work = where.many * steps

    def kept(count: int) -> list[object]:
        return ["final", simulate.Average(*EXPRESSIONS[:count])] if count else ["final"]

    points = [
        Point(count, partial(simulate.run, well, ito, keep=kept(count), **given), work)
        for count in (0, 1, 2, 4, 8)
    ]
    bare = Point(0, partial(simulate.run, well, ito, keep="final", **given), work)
    words = "a run without averages, and for each expression the best cost of one on the curve"
    return [Curve("averages", "expressions", UNIT, points, Marginal(words), {"bare run": bare})]

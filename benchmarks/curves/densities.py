"""Densities: of one and of two coordinates, sampled at every step and more rarely."""

from __future__ import annotations

from functools import partial

from .curve import Curve, Point, Setting
from .ensembles import UNIT
from .ideal import Multiple

EVERY = (1, 2, 5, 10, 100)


def curves(where: Setting) -> list[Curve]:
    """Return the curves of one and of two coordinates, on one landscape."""
    from driftscape import landscapes, simulate

    well, ito = landscapes.double_well(), simulate.Ito(beta=4, dt=0.01)
    steps = where.steps(where.many)
    given = {"steps": steps, "trajectories": where.many, "start": (1.0, 0.0), **where.given}
    work = where.many * steps
    bare = Point(0, partial(simulate.run, well, ito, keep="final", **given), work)
    ideal = Multiple(
        lambda every: 1 + 2 / every,
        "1 + 2/(steps between samples) times a run without a density: three times at every step, "
        "as promised",
    )
    found = []
    for axes, label in (("x1", "one coordinate"), ("x1 x2", "two coordinates")):
        bounds = dict.fromkeys(axes.split(), (-3, 3))
        points = []
        for every in where.sizes(*EVERY):
            kept = ["final", simulate.Density(axes, bounds=bounds, bins=60, every=every)]
            points.append(Point(every, partial(simulate.run, well, ito, keep=kept, **given), work))
        title = f"densities of {label}"
        found.append(Curve(title, "steps between samples", UNIT, points, ideal, {"bare run": bare}))
    return found

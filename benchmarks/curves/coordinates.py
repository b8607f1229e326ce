"""Coordinates: a chain and a mean field of wells, 1 to 64 of them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from .curve import Curve, Point, Setting, fixed
from .ideal import Rate

if TYPE_CHECKING:
    from driftscape.landscapes import Landscape

SIZES = (1, 2, 4, 8, 16, 32, 64)


def chain(count: int) -> Landscape:
    """Return wells of which each is tied to the next: sum x^4/4 - x^2/2 + sum (x_i - x_i+1)^2/4."""
    names = [f"x{i}" for i in range(count)]
    wells = [f"{x}**4/4 - {x}**2/2" for x in names]
    ties = [f"({x} - {y})**2/4" for x, y in zip(names, names[1:], strict=False)]
    return _landscape(f"chain_{count}", names, wells + ties)


def mean_field(count: int) -> Landscape:
    """Return wells tied to their mean: sum x^4/4 - x^2/2 + sum x^2/4 - (sum x)^2/(4 n)."""
    names = [f"x{i}" for i in range(count)]
    wells = [f"{x}**4/4 - {x}**2/4" for x in names]
    return _landscape(
        f"mean_field_{count}", names, [*wells, f"-({' + '.join(names)})**2/{4 * count}"]
    )


def _landscape(name: str, names: list[str], terms: list[str]) -> Landscape:
    from driftscape.landscapes import Landscape

    return Landscape.from_potential(" + ".join(terms), coordinates=" ".join(names), name=name)


def curves(where: Setting) -> list[Curve]:
    """Return the curves of both systems."""
    from driftscape import simulate

    ito = simulate.Ito(beta=4, dt=0.01)
    found = []
    for title, make in (("a chain", chain), ("a mean field", mean_field)):
        points = []
        for count in where.sizes(*SIZES):
            steps = where.steps(where.many * count)
            call = partial(
                simulate.run, make(count), ito, steps=steps, trajectories=where.many,
                start=(0.5,) * count,
                keep="final", **where.given,
            )  # fmt: skip
            points.append(Point(count, call, where.many * count * steps, fixed(where.many)))
        unit = "a coordinate of a trajectory over a step"
        words = Rate("work times the best rate of the curve; and 1 ms + 50 ns a trajectory")
        found.append(Curve(f"coordinates of {title}", "coordinates", unit, points, words))
    return found

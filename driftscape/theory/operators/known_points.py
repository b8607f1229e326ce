"""Points that a landscape states, as numbers: its start, minima and fixed points."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...landscapes import Landscape


def known_points(landscape: Landscape) -> list[list[float]]:
    """Return start, minima and fixed points, as far as they are numbers."""
    facts = landscape.facts
    points = (landscape.start, *facts.minima, *(point.at for point in facts.fixed_points))
    return as_numbers(landscape, points)


def as_numbers(
    landscape: Landscape, points: Iterable[Sequence[object]], axes: Sequence[int] | None = None
) -> list[list[float]]:
    """Return coordinates of points that may be formulas of the parameters.

    Points that depend on something else are left out.  `axes` are the coordinates wanted, by
    default all.
    """
    known = []
    for point in points:
        try:
            values = [landscape.parse(str(x)).subs(landscape.parameter_symbols) for x in point]
            known.append([float(values[k]) for k in (range(len(values)) if axes is None else axes)])
        except (TypeError, ValueError):
            continue  # a formula of something else than the parameters
    return known

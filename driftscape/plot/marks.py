"""Minima, saddles and other zeros that a picture marks: from the facts, else by a search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..landscapes import Landscape
from ..landscapes.box import Interval
from ..landscapes.formulas.language import Formula
from ..theory import Equilibrium, fixed_points
from ..typing import Float

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NEAR = 1e-6  # share of the box: a point farther from a slice than this is not on it
_CROSS = 1.5  # size of a cross, in units of a circle
_SAME = 1e-3  # share of the box: closer points are one
_ISOLATED = 3  # so many degenerate zeros may be points by themselves
_DIMS = 2  # coordinates in which zeros are searched
_VALLEY = 2001  # points of the curve of minima

#: kind of a point -> its name, the name of several, and how it is drawn
_KINDS: Mapping[str, tuple[str, str, dict[str, Any]]] = {
    "minimum": ("minimum", "minima", {"marker": "o", "mfc": "white"}),
    "saddle": ("saddle", "saddles", {"marker": "X", "mfc": "white"}),
    "maximum": ("maximum", "maxima", {"marker": "^", "mfc": "white"}),
    "stable": ("stable zero", "stable zeros", {"marker": "o", "mfc": "black"}),
    "unstable": ("unstable zero", "unstable zeros", {"marker": "o", "mfc": "white"}),
    "weak": ("weak focus", "weak foci", {"marker": "o", "mfc": "0.6"}),
    "degenerate": ("degenerate zero", "degenerate zeros", {"marker": "D", "mfc": "0.6"}),
}
_OF_HEIGHTS = {"stable": "minimum", "saddle": "saddle", "unstable": "maximum"}

Points = dict[str, Float]


def stationary_points(
    landscape: Landscape, box: Mapping[str, Interval], at: Mapping[str, float]
) -> Points:
    """Return the minima, saddles and maxima of the potential or the expected loss in a picture.

    They are those of the facts and, in a picture of all coordinates, those that a search finds.  Of
    a drift they are its zeros, as `zeros_of` returns them.

    Parameters
    ----------
    landscape
        The landscape.
    box
        Coordinate along an axis -> (low, high).
    at
        Value of the other coordinates.

    Returns
    -------
    dict
        Kind -> points in the order of the axes, shape (n, axes).
    """
    if landscape.kind == "drift":
        return zeros_of(landscape, box, at)
    facts = landscape.facts
    top = "saddle" if landscape.dim > 1 else "maximum"
    stated = {"minimum": facts.minima, top: facts.saddles}
    found = {kind: _evaluated(landscape, rows) for kind, rows in stated.items()}
    if not at and not facts.valley and landscape.dim <= _DIMS:
        found = _union(found, _searched(_bare(landscape), box, heights=True), box)
    return _inside(landscape, found, box, at)


def zeros_of(
    landscape: Landscape, box: Mapping[str, Interval], at: Mapping[str, float],
    beta: float | None = None,
) -> Points:  # fmt: skip
    """Return the zeros of the drift in a picture, by the first word of `Equilibrium.kind`."""
    if at or landscape.dim > _DIMS:
        return {}
    found = _searched(landscape, box, beta)
    if not found and landscape.kind == "loss":  # its drift is minus the gradient
        facts = landscape.facts
        stated = {"stable": facts.minima, "saddle": facts.saddles}
        found = {kind: _evaluated(landscape, rows) for kind, rows in stated.items()}
    if len(found.get("degenerate", ())) > _ISOLATED:
        del found["degenerate"]  # points of a curve of zeros, wherever the search met it
    return _inside(landscape, found, box, at)


def valley(landscape: Landscape, box: Mapping[str, Interval], at: Mapping[str, float]) -> Float:
    """Return the curve of minima of the facts in the order of the axes, shape (n, axes)."""
    curve = landscape.facts.valley
    if not curve:
        return np.empty((0, len(box)))
    reach = 2 * max(abs(end) for ends in box.values() for end in ends)
    values = {**landscape.parameter_symbols}
    along = np.linspace(-reach, reach, _VALLEY)
    columns = []
    for text in curve:
        field = landscape.parse(text, "s").subs(values)
        symbol = [each for each in field.free_symbols if each.name == "s"]
        columns.append([float(field.subs(symbol[0], s)) if symbol else float(field) for s in along])
    return _on_slice(landscape, np.array(columns).T, box, at)


def draw_valley(ax: Axes, curve: Float) -> None:
    """Draw the curve of minima in the plane as a dashed line."""
    if len(curve) > 1:
        ax.plot(*curve.T, "k--", lw=1.1, label="valley", zorder=5)


def draw_points(ax: Axes, points: Points, heights: Mapping[str, Float] | None = None) -> None:
    """Mark points in the plane; along a line at the `heights` of the curve there."""
    from matplotlib import rcParams

    for kind, at in points.items():
        if not len(at):
            continue
        y = at[:, 1] if heights is None else heights[kind]
        one, several, look = _KINDS[kind]
        size = rcParams["lines.markersize"] * (_CROSS if kind == "saddle" else 1)
        ax.plot(
            at[:, 0], y, ls="none", mec="black", mew=1.1, ms=size, zorder=6,
            label=one if len(at) == 1 else several, **look,
        )  # fmt: skip


def _union(stated: Points, searched: Points, box: Mapping[str, Interval]) -> Points:
    """Return all points; a searched one that is also stated is the stated one."""
    near = _SAME * max(high - low for low, high in box.values())
    known = np.concatenate(list(stated.values()))
    found = dict(stated)
    for kind, points in searched.items():
        apart = [abs(known - point).max(axis=1, initial=0).min(initial=np.inf) for point in points]
        found[kind] = np.concatenate([found.get(kind, known[:0]), points[np.array(apart) > near]])
    return found


def _evaluated(landscape: Landscape, rows: Sequence[Sequence[Formula]]) -> Float:
    values = {**landscape.parameter_symbols}
    points = [[float(landscape.parse(x).subs(values)) for x in point] for point in rows]
    return np.array(points).reshape(len(points), landscape.dim)


def _bare(landscape: Landscape) -> Landscape:
    """Return the landscape without what turns: its drift is minus the gradient."""
    if landscape.kind != "potential":
        return landscape
    return Landscape.from_potential(
        landscape.formulas["potential"], coordinates=landscape.coordinates,
        parameters=landscape.parameters, name=landscape.name,
    )  # fmt: skip


def _searched(
    landscape: Landscape, box: Mapping[str, Interval], beta: float | None = None,
    heights: bool = False,
) -> Points:  # fmt: skip
    """Return zeros of the drift by kind; none where they cannot be searched."""
    try:
        zeros = fixed_points(landscape, beta=beta, box=dict(box))
    except ValueError:  # a quadrature, or a drift that needs beta
        return {}
    kinds: dict[str, list[Float]] = {}
    for zero in zeros:
        kinds.setdefault(_kind(zero, heights), []).append(zero.at)
    return {kind: np.array(rows) for kind, rows in sorted(kinds.items()) if kind}


def _kind(zero: Equilibrium, heights: bool) -> str:
    first = zero.kind.partition(" ")[0]
    return _OF_HEIGHTS.get(first, "") if heights else first


def _inside(
    landscape: Landscape, points: Points, box: Mapping[str, Interval], at: Mapping[str, float]
) -> Points:
    return {kind: _on_slice(landscape, rows, box, at) for kind, rows in points.items()}


def _on_slice(
    landscape: Landscape, points: Float, box: Mapping[str, Interval], at: Mapping[str, float]
) -> Float:
    """Return the points that lie in the picture, in the order of its axes."""
    size = max(high - low for low, high in box.values())
    kept = np.ones(len(points), dtype=bool)
    for name, column in zip(landscape.coordinates, points.T, strict=True):
        if name in box:
            kept &= (column >= box[name][0]) & (column <= box[name][1])
        else:
            kept &= abs(column - at[name]) < _NEAR * size
    places = [landscape.coordinates.index(name) for name in box]
    return points[kept][:, places]

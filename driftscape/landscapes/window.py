"""The window of a landscape: the box in which `on_grid` shows it by default.

It contains the known points (minima, saddles, fixed points and the start), and reaches along each
axis to where the potential or the expected loss has risen four times as high above its lowest
point as the highest of these points.
"""

from __future__ import annotations

import numpy as np

from ..typing import Float
from .box import Interval
from .errors import NotAvailable
from .field import Field
from .fields import Fields

_RISE = 4.0  # height of the window's edges, in units of that of the highest known point
_FARTHEST = 1.0  # largest distance of an edge from the known points, in units of their extent
_MARGIN = 0.15  # the smallest one
_WIDTHS = 3.0  # the same around a single point, in units of the width of the density at beta = 1
_BOXES = 4096  # that the search for zeros of the drift may take
_FAR = 1e6  # a zero beyond is none that anyone looks for
_LARGE = 1e-2  # extent of a group of zeros, relative to its distance from 0, that is a valley


def window(landscape: Fields) -> dict[str, Interval]:
    """Return coordinate -> (low, high).

    Raises
    ------
    ValueError
        No box is stated, and none follows from the landscape's points.
    """
    values = {**landscape.parameter_symbols}
    stated = {
        name: tuple(float(landscape.parse(end).subs(values)) for end in ends)
        for name, ends in landscape.facts.window.items()
    }
    known: dict[str, Interval] = {
        name: (low, high) for name, (low, high) in {**(landscape.domain or {}), **stated}.items()
    }
    if set(known) < set(landscape.coordinates):
        known = derived(landscape) | known
    return {name: known[name] for name in landscape.coordinates}


def height(landscape: Fields) -> Field | None:
    """Return the potential or the expected loss; None for a drift."""
    if landscape.kind == "drift":
        return None
    return landscape.potential if landscape.kind == "potential" else landscape.expected_loss


def known_points(landscape: Fields) -> Float:
    """Return minima, saddles, fixed points and the start, shape (n, d)."""
    facts, values = landscape.facts, {**landscape.parameter_symbols}
    listed = [*facts.minima, *facts.saddles, *(point.at for point in facts.fixed_points)]
    points = [[float(landscape.parse(x).subs(values)) for x in point] for point in listed]
    return np.array([*points, [float(x) for x in landscape.start]])


def derived(landscape: Fields) -> dict[str, Interval]:
    """Return the box that follows from the known points, or from zeros of the drift."""
    points = known_points(landscape)
    if len(points) == 1:
        points = np.vstack([points, _zeros(landscape)])
    field = height(landscape)
    low, high = points.min(axis=0), points.max(axis=0)
    extent = float((high - low).max())
    if field is not None and extent > 0:
        with np.errstate(all="ignore"):
            heights = field(points)
            rise = _RISE * float(np.ptp(heights))
            level = float(heights.min()) + rise
            reach = _reach(field, points, level, extent) if 0 < rise < np.inf else None
        if reach is not None:
            low, high = np.minimum(low, reach[0]), np.maximum(high, reach[1])
            return _pairs(landscape, low, high)
    width = _thermal(landscape, points)
    usual = np.where(np.isfinite(width), _WIDTHS * width, extent / 2)
    usual = np.maximum(usual, _MARGIN * extent)
    if not (usual > 0).all():
        raise _unknown(landscape)
    return _pairs(landscape, low - usual, high + usual)


def _pairs(landscape: Fields, low: Float, high: Float) -> dict[str, Interval]:
    """Return the ends with three digits of their distance, rounded away from the middle."""
    pairs = {}
    for name, a, b in zip(landscape.coordinates, low, high, strict=True):
        places = 2 - int(np.floor(np.log10(b - a)))
        digit = 10.0**-places
        ends = np.floor(a / digit) * digit, np.ceil(b / digit) * digit
        pairs[name] = (round(float(ends[0]), places), round(float(ends[1]), places))
    return pairs


def _reach(field: Field, points: Float, level: float, extent: float) -> tuple[Float, Float]:
    """Return how far the window goes so that its edges, seen from the points, have this level."""
    d = points.shape[1]
    steps = extent * np.linspace(_MARGIN, _FARTHEST, 60)
    ends = []
    for way in (-1, 1):
        corner = np.empty(d)
        for axis in range(d):
            moved = np.repeat(points[:, None], len(steps), axis=1)
            moved[..., axis] += way * steps
            above = ~(field(moved) < level)  # NaN is above
            first = np.where(above.any(axis=1), above.argmax(axis=1), len(steps) - 1)
            there = way * (points[:, axis] + way * steps[first])
            corner[axis] = way * there.max()
        ends.append(corner)
    return ends[0], ends[1]


def _thermal(landscape: Fields, points: Float) -> Float:
    """Return the largest width sqrt(D_ii/|d_i b_i|) of a density at beta = 1 near the points."""
    try:
        drift, noise = landscape.drift(1.0), landscape.diffusion
    except NotAvailable:
        return np.full(landscape.dim, np.nan)
    with np.errstate(all="ignore"):
        shift = 1e-4 * (1 + np.abs(points).max())
        widths = np.empty_like(points)
        for axis in range(landscape.dim):
            step = shift * np.eye(landscape.dim)[axis]
            slope = (drift(points + step) - drift(points - step))[:, axis] / (2 * shift)
            widths[:, axis] = np.sqrt(noise(points)[:, axis, axis] / np.abs(slope))
    widths[~(np.isfinite(widths) & (widths < _FAR))] = np.nan
    whole = np.isfinite(widths).any(axis=0)
    return np.where(whole, np.nanmax(np.where(whole, widths, 0.0), axis=0), np.nan)


def _zeros(landscape: Fields) -> Float:
    """Return the zeros of the noiseless drift, where a search of all space finds them all."""
    from .integration.zeros import zeros

    field = landscape.drift(1.0) if landscape.kind == "drift" else landscape.gradient
    found = zeros(
        field.entries, landscape.symbols, most=_BOXES, tables=field.tables,
        fixed={s: float(v) for s, v in landscape.parameter_symbols.items()},
    )  # fmt: skip
    middles: Float = (found.low + found.high) / 2
    small = found.high - found.low < _LARGE * (1 + np.abs(middles))
    if not found.complete or not len(middles) or not small.all() or np.abs(middles).max() > _FAR:
        raise _unknown(landscape)
    return middles


def _unknown(landscape: Fields) -> ValueError:
    axes = ", ".join(f"'{name}': (low, high)" for name in landscape.coordinates)
    return ValueError(
        f"no window of {landscape.name} is known: it states no minima, saddles or domain, and the "
        f"zeros of its drift were not found; give box={{{axes}}}."
    )

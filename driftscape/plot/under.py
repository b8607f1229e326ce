"""What lies beneath states: the contours of their landscape, in a box that shows both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..landscapes import Landscape, NotAvailable
from ..landscapes.box import Interval
from ..landscapes.window import window
from ..typing import Float
from .landscape import draw_contours, heights_of

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

_MARGIN = 0.04  # of the extent of the states
_POINTS = 121
_LEVELS = 8
_TAIL = 1e-3  # share of the states that may lie outside the box at each end


def box_of(landscape: Landscape, names: tuple[str, ...], states: Float) -> dict[str, Interval]:
    """Return coordinate -> (low, high) of a box that shows the states.

    Along each axis it reaches over the states, and over the landscape's window as far as that is
    less than as wide again.

    Parameters
    ----------
    landscape
        The landscape.
    names
        Coordinates along the axes.
    states
        Shape (..., axes).
    """
    flat = states.reshape(-1, len(names))
    flat = flat[np.isfinite(flat).all(axis=1)]
    try:
        known = window(landscape)
    except ValueError:
        known = {}
    box = {}
    for name, column in zip(names, flat.T, strict=True):
        low, high = np.quantile(column, [_TAIL, 1 - _TAIL])
        extent = float(high - low)
        if name in known:
            reach = extent if extent > 0 else np.inf
            low = min(low, max(known[name][0], low - reach))
            high = max(high, min(known[name][1], high + reach))
        extent = float(high - low) or 1.0
        box[name] = (float(low) - _MARGIN * extent, float(high) + _MARGIN * extent)
    return box


def heights(
    landscape: Landscape, names: tuple[str, ...], box: dict[str, Interval]
) -> xr.DataArray | None:
    """Return the potential or the expected loss over a box, None where there is neither."""
    if landscape.kind == "drift":
        return None
    try:
        return landscape.on_grid(box, coordinates=names, points=_POINTS)
    except NotAvailable:
        return None


def draw_under(
    ax: Axes, landscape: Landscape, names: tuple[str, ...], states: Float
) -> dict[str, Interval]:
    """Draw contours beneath states in the plane; return the box, which the axes then show."""
    box = box_of(landscape, names, states)
    grid = heights(landscape, names, box)
    if grid is not None:
        draw_contours(ax, grid, heights_of(_LEVELS, grid.values))
    ax.set(xlim=box[names[0]], ylim=box[names[1]])
    return box

"""A landscape as a picture: a curve, or filled contours with minima and saddles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..landscapes import Landscape
from ..landscapes.box import BoxLike, Interval
from ..landscapes.checks import check_landscape
from ..landscapes.on_grid import PointsLike
from ..typing import Float
from ..validate import check_flag, check_numbers, check_whole, shown, whole
from .canvas import drawing, figure_of, legend_below
from .marks import draw_points, draw_valley, stationary_points, valley
from .states import shown_coordinates
from .words import axis_label, coordinate, landscape_titles, set_title

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap

_LEVELS = 12
_TOP = 0.9  # quantile of the heights above which contours are not distinguished
_DEEP, _HIGH = "#a7aeb6", "#fdfdfd"  # coloured points and black lines stand out from both


def landscape(
    landscape: Landscape,
    *,
    ax: Axes | None = None,
    box: BoxLike | None = None,
    coordinates: str | Iterable[str] | None = None,
    at: Mapping[str, float] | None = None,
    field: str | None = None,
    levels: int | ArrayLike | None = None,
    points: PointsLike | None = None,
    marks: bool = True,
    colorbar: bool = True,
) -> Axes:
    """Draw a landscape: a curve along one coordinate, filled contours over two.

    Minima (circles), saddles (crosses) and maxima (triangles) are those of the landscape's facts
    and those that `theory.fixed_points` finds in the box.  A valley of the facts is a dashed line.

    Parameters
    ----------
    landscape
        The landscape.
    ax
        Where to draw; default: the axes of a new figure.
    box
        (low, high) for each coordinate along an axis, or coordinate -> (low, high); default: the
        landscape's window, as of `Landscape.on_grid`.
    coordinates
        One or two coordinates along the axes; default: the first two.

    Other Parameters
    ----------------
    at
        Value of the other coordinates; default: those of the first minimum.
    field
        `"potential"`, `"expected_loss"` or `"speed"`; default: the one that the landscape has.
    levels
        Number of contours, or their heights in ascending order.  By default there are 12, closer
        to each other near the bottom, and the highest tenth of the picture is left white.
    points
        Number of grid points along each axis.
    marks
        Whether to mark minima, saddles and the valley.
    colorbar
        Whether to draw the scale of the contours.

    Returns
    -------
    matplotlib.axes.Axes
        The axes that were drawn on.

    Raises
    ------
    TypeError, ValueError
        An argument is refused, or no window is known.

    Examples
    --------
    >>> from driftscape import landscapes, plot
    >>> ax = plot.landscape(landscapes.double_well())
    >>> ax.get_xlabel(), [text.get_text() for text in ax.get_legend().get_texts()]
    ('$x_{1}$', ['minima', 'saddle'])
    """
    check_landscape(landscape)
    names = shown_coordinates(landscape, coordinates, 2)
    check_flag("marks", marks)
    check_flag("colorbar", colorbar)
    if len(names) == 1 and levels is not None:
        raise ValueError(f"levels={shown(levels)}; a curve has none, leave them out.")
    grid = landscape.on_grid(box, field=field, points=points, coordinates=names, at=at)
    if grid.ndim > len(names):
        raise ValueError(f"field={field!r} has components; see plot.streams and plot.current.")
    heights = None if len(names) == 1 else heights_of(levels, grid.values)
    own = ax is None
    with drawing(ax) as ax:
        if heights is None:
            _curve(ax, grid)
        else:
            draw_contours(ax, grid, heights, colorbar=colorbar)
        if marks and grid.name in ("potential", "expected_loss", "speed"):
            _mark(ax, landscape, grid, names, own)
        frame(ax, names)
        set_title(ax, landscape_titles(landscape))
    return ax


def frame(ax: Axes, names: tuple[str, ...]) -> None:
    """Label the axes of coordinates."""
    ax.set_xlabel(coordinate(names[0]))
    if len(names) > 1:
        ax.set_ylabel(coordinate(names[1]))
        ax.grid(visible=False)


def draw_contours(
    ax: Axes, grid: xr.DataArray, heights: Float | None = None, *, colorbar: bool = False
) -> None:
    """Draw filled contours of a scalar on a grid, pale enough to draw on."""
    heights = heights_of(None, grid.values) if heights is None else heights
    x, y = (grid[name].values for name in reversed(grid.dims))
    values = np.where(np.isfinite(grid.values), grid.values, np.inf)
    filled = ax.contourf(x, y, np.minimum(values, heights[-1]), heights, cmap=_pale(), zorder=0.3)
    ax.contour(x, y, values, heights, colors="0.45", linewidths=0.4, linestyles="solid", zorder=0.4)
    if colorbar:
        bar = figure_of(ax).colorbar(filled, ax=ax, label=axis_label(grid), pad=0.02)
        chosen = heights[:: max(1, len(heights) // 5)]
        bar.set_ticks(chosen.tolist(), labels=[f"{_rounded(h, heights):g}" for h in chosen])


def _pale() -> Colormap:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("pale", [_DEEP, _HIGH])


def _rounded(height: float, heights: Float) -> float:
    """Return a height with as many digits as tell the heights apart."""
    places = 2 - int(np.floor(np.log10(np.ptp(heights))))
    return round(float(height), places) + 0.0


def heights_of(levels: int | ArrayLike | None, values: Float) -> Float:
    """Return the heights of the contours, ascending."""
    count = _LEVELS if levels is None else whole(levels)
    if count is None:
        heights = check_numbers("levels", levels, "how many contours, or their heights")
        if heights.ndim != 1 or len(heights) < 2 or not (np.diff(heights) > 0).all():
            raise ValueError(f"levels={shown(levels)}; give heights in ascending order.")
        return heights
    check_whole("levels", count, 2, 1000)
    finite = values[np.isfinite(values)]
    low, high = float(finite.min()), float(np.quantile(finite, _TOP))
    if not low < high:  # it is flat
        high = low + max(abs(low), 1.0)
    return low + (high - low) * (np.arange(count + 1) / count) ** 1.5


def _curve(ax: Axes, grid: xr.DataArray) -> None:
    (name,) = grid.dims
    ax.plot(grid[name].values, grid.values, "k-", zorder=2)
    ax.set_ylabel(axis_label(grid))
    finite = grid.values[np.isfinite(grid.values)]
    room = 0.06 * float(np.ptp(finite))
    ax.set_ylim(float(finite.min()) - room, float(finite.max()) + room)
    ax.set_xlim(float(grid[name][0]), float(grid[name][-1]))


def _mark(
    ax: Axes, landscape: Landscape, grid: xr.DataArray, names: tuple[str, ...], own: bool
) -> None:
    box: dict[str, Interval] = {n: (float(grid[n][0]), float(grid[n][-1])) for n in names}
    at = {n: float(grid[n]) for n in landscape.coordinates if n not in names}
    points: dict[str, Any] = stationary_points(landscape, box, at)
    curve = valley(landscape, box, at)
    if len(curve) > 1 and len(names) == 2:
        draw_valley(ax, curve)
        points.pop("minimum", None)
    heights = None
    if len(names) == 1:
        x = grid[names[0]].values
        heights = {k: np.interp(rows[:, 0], x, grid.values) for k, rows in points.items()}
    draw_points(ax, points, heights)
    legend_below(ax, own)

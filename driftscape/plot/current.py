"""Arrows of a probability current in the plane, on the density."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..theory.operators.fokker_planck.operator import FokkerPlanck
from ..typing import Bools, Float
from ..validate import check_flag, check_not_negative, check_whole, shown
from .canvas import drawing, figure_of
from .words import axis_label, coordinate, set_title

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap

_ARROWS = 21
_LONGEST = 1.3  # of an arrow, in units of the distance between two
_SEEN = 1e-2  # of the largest density: where it is less nothing is drawn
_TAIL = 1e-3  # arrows of less than this share of the largest are dots: they are left out


def current(
    field: xr.Dataset | xr.DataArray | FokkerPlanck,
    *,
    ax: Axes | None = None,
    arrows: int = _ARROWS,
    resolved: float = 2.0,
    density: bool = True,
) -> Axes:
    """Draw the stationary probability current J in the plane as arrows, on the density.

    Arrows of a measured current whose length is less than `resolved` standard errors are grey.

    Parameters
    ----------
    field
        What `analysis.current` returned; or `theory.fokker_planck(...)`, or its `.current()`.
    ax
        Where to draw; default: the axes of a new figure.

    Other Parameters
    ----------------
    arrows
        Largest number of arrows along each axis; of a finer grid, cells are averaged.
    resolved
        Number of standard errors from which on an arrow is drawn as measured; 0 for all.
    density
        Whether the density lies beneath, where it is known.

    Returns
    -------
    matplotlib.axes.Axes
        The axes that were drawn on.

    Raises
    ------
    TypeError, ValueError
        It is no current, or not one in a plane.

    Examples
    --------
    >>> from driftscape import landscapes, plot, theory
    >>> fp = theory.fokker_planck(landscapes.double_well(rotation=1.5), beta=1, shape=64)
    >>> ax = plot.current(fp)
    >>> ax.get_xlabel(), ax.get_title("left")
    ('$x_{1}$', 'probability current (per area per time)')
    """
    check_whole("arrows", arrows, 2, 200)
    check_flag("density", density)
    check_not_negative("resolved", resolved)
    flow, error, rho = _parts(field)
    names = tuple(str(name) for name in reversed(flow.dims[1:]))
    if len(names) != 2:
        raise ValueError(f"the current is over {', '.join(names)}; arrows need two coordinates.")
    flow = flow.transpose("coordinate", names[1], names[0])
    if rho is not None:
        flow, error, rho = _where_dense(flow, error, rho, names)
    step = max(1, -(-max(flow.sizes[name] for name in names) // arrows))
    x, y = (_coarse(flow[name].values, step) for name in names)
    u, v = (_coarse(flow.sel(coordinate=name).values, step) for name in names)
    size = np.hypot(u, v)
    known = _known(error, names, step, size, resolved)
    with drawing(ax, square=True) as ax:
        if density and rho is not None:
            mesh = ax.pcolormesh(
                *(rho[name].values for name in names), rho.transpose(names[1], names[0]).values,
                cmap=_pale(), shading="nearest", rasterized=True, zorder=0.3,
            )  # fmt: skip
            figure_of(ax).colorbar(mesh, ax=ax, label=axis_label(rho), pad=0.02)
        _draw(ax, (x, y, u, v), size, known)
        ax.set(xlabel=coordinate(names[0]), ylabel=coordinate(names[1]))
        ax.grid(visible=False)
        set_title(ax, [axis_label(flow, "probability current"), "probability current"], share=0.75)
    return ax


def _parts(field: object) -> tuple[xr.DataArray, xr.DataArray | None, xr.DataArray | None]:
    """Return the current, its standard error and the density, as far as they are known."""
    import xarray as xr

    if isinstance(field, FokkerPlanck):
        return field.current(), None, field.steady_state()
    if isinstance(field, xr.Dataset) and "current" in field:
        flow = field["current"]
        parts = flow, field.get("stderr"), field.get("density")
    elif isinstance(field, xr.DataArray):
        flow = field
        parts = flow, None, None
    else:
        raise TypeError(
            f"field={shown(field)}; give what analysis.current returns, or "
            "theory.fokker_planck(...), or its .current()."
        )
    if flow.ndim < 2 or flow.dims[0] != "coordinate":
        raise ValueError(
            f"field= has dimensions {', '.join(map(str, flow.dims))}; a current has coordinate, "
            "its component, and the axes."
        )
    return parts


def _coarse(values: Float, step: int) -> Float:
    """Average over blocks of cells along every axis; what is left over at the ends is dropped."""
    for axis in range(values.ndim):
        count = values.shape[axis] // step
        first = (values.shape[axis] - count * step) // 2
        cut = np.take(values, range(first, first + count * step), axis)
        shape = (*cut.shape[:axis], count, step, *cut.shape[axis + 1 :])
        values = cut.reshape(shape).mean(axis=axis + 1)
    return values


def _known(
    error: xr.DataArray | None, names: tuple[str, ...], step: int, size: Float, resolved: float
) -> Bools:
    """Return which arrows are longer than so many standard errors."""
    known: Bools = size > _TAIL * size.max()
    if error is None:
        return known
    parts = [error.sel(coordinate=name).transpose(names[1], names[0]).values for name in names]
    spread = np.sqrt(_coarse(parts[0] ** 2 + parts[1] ** 2, step) / step**2)
    return known & (size > resolved * spread)


def _draw(ax: Axes, arrows: tuple[Float, ...], size: Float, known: Bools) -> None:
    x, y, u, v = arrows
    visible = size > _TAIL * size.max()
    apart = abs(x[1] - x[0]) if len(x) > 1 else 1.0
    scale = float(size.max()) / (_LONGEST * apart) if size.max() > 0 else 1.0
    at = np.meshgrid(x, y)
    for shown_ones, color in ((visible & ~known, "0.7"), (visible & known, "black")):
        if shown_ones.any():
            drawn = ax.quiver(
                *(part[shown_ones] for part in (*at, u, v)), color=color, angles="xy",
                scale_units="x", scale=scale, width=0.004, zorder=3 if color == "black" else 2,
            )  # fmt: skip
    if visible.any():
        digit = 10.0 ** np.floor(np.log10(size.max()))
        unit = float(np.floor(size.max() / digit) * digit)
        ax.quiverkey(drawn, 0.99, 1.03, unit, f"{unit:g}", labelpos="W", coordinates="axes")


def _where_dense(
    flow: xr.DataArray, error: xr.DataArray | None, rho: xr.DataArray, names: tuple[str, ...]
) -> tuple[xr.DataArray, xr.DataArray | None, xr.DataArray]:
    """Cut everything to the cells around the density; a box may be much larger."""
    cut = {}
    for name, other in zip(names, reversed(names), strict=True):
        along = rho.max(other).values
        seen = np.flatnonzero(along > _SEEN * along.max())
        cut[name] = slice(int(seen.min()), int(seen.max()) + 1)
    return flow.isel(cut), None if error is None else error.isel(cut), rho.isel(cut)


def _pale() -> Colormap:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("density", ["#ffffff", "#9ecae1"])

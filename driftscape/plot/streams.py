"""The phase portrait of a drift: streamlines, zeros by their stability, nullclines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from ..landscapes import Landscape
from ..landscapes.box import BoxLike
from ..landscapes.checks import check_beta, check_landscape
from ..landscapes.on_grid import PointsLike
from ..simulate import GD, SDE, Dynamics, GradientFlow, Ito
from ..theory.one_step import drift_of, inverse_temperature
from ..typing import Float
from ..validate import check_flag, check_kind, check_positive, shown
from .canvas import colors, drawing, legend_below
from .landscape import frame
from .marks import draw_points, draw_valley, valley, zeros_of
from .states import shown_coordinates
from .words import coordinate, dynamics_title, landscape_titles, set_title

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

_POINTS = 61
_THIN, _THICK = 0.4, 2.0  # widths of the slowest and the fastest streamlines


def streams(
    landscape: Landscape,
    dynamics: Dynamics | None = None,
    *,
    ax: Axes | None = None,
    box: BoxLike | None = None,
    coordinates: str | Iterable[str] | None = None,
    at: Mapping[str, float] | None = None,
    beta: float | None = None,
    nullclines: bool = False,
    density: float = 1.0,
    points: PointsLike = _POINTS,
    marks: bool = True,
) -> Axes:
    """Draw the phase portrait dx/dt = b(x): streamlines, thicker where the drift is faster.

    Zeros of the drift are marked: filled circles where they are stable, open ones where they are
    unstable, crosses at saddles; a valley of the facts is a dashed line.  Where not all
    coordinates are shown the streamlines are those of the components in the plane, and zeros are
    not marked.

    Parameters
    ----------
    landscape
        The landscape, of at least two coordinates.
    dynamics
        Its drift is drawn: of SGD, GD and GradientFlow, or of an SDE in the sense of Ito, with the
        noise-induced drift of its interpretation.  Default: the drift of the landscape, minus the
        gradient and the circulation.
    ax
        Where to draw; default: the axes of a new figure.
    box, coordinates, at
        As for `plot.landscape`.
    beta
        Inverse temperature, where the drift of the landscape depends on it; a dynamics has its own.
    nullclines
        Whether to draw the lines along which one component of the drift vanishes.

    Other Parameters
    ----------------
    density
        Of the streamlines; 1 gives about 30 along each axis.
    points
        Number of grid points along each axis.
    marks
        Whether to mark the zeros.

    Returns
    -------
    matplotlib.axes.Axes
        The axes that were drawn on.

    Raises
    ------
    TypeError, ValueError
        An argument is refused, or the drift of this dynamics is not known.

    Examples
    --------
    >>> from driftscape import landscapes, plot
    >>> ax = plot.streams(landscapes.van_der_pol(), nullclines=True)
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['$\\\\dot{x} = 0$', '$\\\\dot{y} = 0$', 'unstable zero']
    """
    check_landscape(landscape)
    names = shown_coordinates(landscape, coordinates, 2)
    if len(names) < 2:
        raise ValueError(
            f"streamlines need two coordinates, and {', '.join(names)} is one; see plot.landscape."
        )
    check_flag("nullclines", nullclines)
    check_flag("marks", marks)
    check_beta(beta)
    check_positive("density", density)
    if dynamics is not None and beta is not None:
        raise ValueError(f"beta={shown(beta)} and a dynamics, which has its own; leave one out.")
    grid = landscape.on_grid(box, points=points, coordinates=names, at=at)
    field = _drift(landscape, dynamics, grid, beta)
    x, y = (grid[name].values for name in names)
    speed = np.hypot(*field)
    top = float(np.nanmax(np.where(np.isfinite(speed), speed, np.nan)))
    width = _THIN + (_THICK - _THIN) * np.sqrt(np.nan_to_num(speed) / top) if top > 0 else _THIN
    own = ax is None
    with drawing(ax, square=True) as ax:
        ax.streamplot(
            x, y, *field, density=density, linewidth=width, color="0.55", arrowsize=0.8, zorder=1
        )
        if nullclines:
            for component, name, color in zip(field, names, colors()[1:3], strict=True):
                ax.contour(x, y, component, [0.0], colors=color, linewidths=1.6, zorder=3)
                base, _, index = coordinate(name).strip("$").partition("_")
                text = rf"$\dot{{{base}}}{'_' if index else ''}{index} = 0$"
                ax.plot([], [], color=color, lw=1.6, label=text)
        if marks and _plain(landscape, dynamics):
            ends = {n: (float(grid[n][0]), float(grid[n][-1])) for n in names}
            others = {n: float(grid[n]) for n in landscape.coordinates if n not in names}
            cold = _beta(dynamics) if dynamics is not None else beta
            draw_valley(ax, valley(landscape, ends, others))
            draw_points(ax, zeros_of(landscape, ends, others, cold))
        frame(ax, names)
        ax.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
        legend_below(ax, own)
        titles = landscape_titles(landscape)
        more = "" if dynamics is None else f"; {dynamics_title(dynamics)}"
        set_title(ax, [*(f"{text}{more}" for text in titles), *titles])
    return ax


def _drift(
    landscape: Landscape, dynamics: Dynamics | None, grid: xr.DataArray, beta: float | None
) -> tuple[Float, Float]:
    """Return the two components of the drift in the plane, each of the shape of the grid."""
    if dynamics is None:
        field = landscape.drift(beta)
    else:
        check_kind("dynamics", dynamics, Dynamics, "a dynamics, simulate.Ito(beta=1, dt=0.01)")
        if isinstance(dynamics, GradientFlow):
            field = landscape.drift(dynamics.beta)
        elif isinstance(dynamics, GD):
            field = landscape.gradient
        else:
            field = drift_of(landscape, dynamics).field
    shown_names = tuple(str(name) for name in reversed(grid.dims))
    mesh = dict(zip(shown_names, np.meshgrid(*(grid[n].values for n in shown_names)), strict=True))
    columns = [mesh[n] if n in mesh else np.full(grid.shape, float(grid[n]))
               for n in landscape.coordinates]  # fmt: skip
    with np.errstate(all="ignore"):
        values = field(np.stack(columns, -1))
    values = -values if isinstance(dynamics, GD) else values
    first, second = (values[..., landscape.coordinates.index(n)] for n in shown_names)
    return first, second


def _plain(landscape: Landscape, dynamics: Dynamics | None) -> bool:
    """Return whether the drift that is drawn is that of which zeros are searched."""
    if isinstance(dynamics, SDE):
        return isinstance(dynamics, Ito)
    return not isinstance(dynamics, GD) or landscape.kind == "loss"


def _beta(dynamics: Dynamics) -> float | None:
    found = None if isinstance(dynamics, GD) else inverse_temperature(dynamics)
    return None if found is None else float(found)

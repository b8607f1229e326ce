"""Trajectories: against time, in the plane, in space."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ..labels import COMMON
from ..typing import Float
from ..validate import check_choice, check_flag
from .canvas import drawing, figure_of
from .states import States, Trajectories
from .under import draw_under
from .words import coordinate, dynamics_title, landscape_titles, set_title, written

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from mpl_toolkits.mplot3d import Axes3D

STYLES = ("lines", "points", "time")
_LEAST, _MOST = 3.0, 14.0  # area of a dot in points^2
_INK = 4000.0  # area of all dots, between these limits


def paths(
    run: xr.Dataset,
    trajectories: Trajectories = 5,
    *,
    ax: Axes | None = None,
    coordinates: str | Iterable[str] | None = None,
    style: str = "lines",
    landscape: bool = True,
    colorbar: bool = True,
    diverged: str | None = None,
) -> Axes:
    """Draw trajectories of a run: one coordinate against time, two in the plane, three in space.

    Parameters
    ----------
    run
        What `simulate.run` returned, with snapshots (`save_every=`).
    trajectories
        How many, the first ones; or the numbers of some.
    ax
        Where to draw, of three dimensions for three coordinates; default: those of a new figure.
    coordinates
        One to three coordinates; default: the first three of the landscape.
    style
        "lines" joins the snapshots, "points" shows each, both in a colour for each trajectory;
        "time" shows each snapshot in the colour of its time.

    Other Parameters
    ----------------
    landscape
        In the plane: whether contours of the landscape lie beneath.
    colorbar
        Whether the style "time" has a scale of its colours.
    diverged
        None refuses a run with diverged trajectories, "drop" leaves those out.

    Returns
    -------
    matplotlib.axes.Axes
        The axes that were drawn on.

    Raises
    ------
    TypeError, ValueError
        It is no run, it has no snapshots, or an argument is refused.

    Examples
    --------
    The climb of ARCHIMEDES:

    >>> from driftscape import landscapes, plot, simulate
    >>> run = simulate.run(landscapes.archimedes(), simulate.SGD(learning_rate=0.1), steps=2000,
    ...                    trajectories=1, seed=7, save_every=2)
    >>> ax = plot.paths(run, style="time")
    >>> ax.get_zlabel(), ax.get_title("left")
    ('$z$', 'archimedes; SGD, $\\\\eta$ = 0.1')
    """
    check_choice("style", style, STYLES)
    check_flag("landscape", landscape)
    check_flag("colorbar", colorbar)
    states = States.of(run, trajectories, coordinates, diverged)
    time, x = states.snapshots()
    with drawing(ax, space=states.count == 3, square=states.count == 2) as ax:
        if states.count == 1:
            lines: list[Float] = [np.broadcast_to(time, x.shape[:2]), x[..., 0]]
        else:
            lines = list(np.moveaxis(x, -1, 0))
        if landscape and states.count == 2:
            draw_under(ax, states.landscape, states.names, x)
        if style == "time":
            _by_time(ax, time, lines, colorbar)
        else:
            dot: dict[str, Any] = {"ls": "none", "marker": "o", "ms": _dot(lines[0].size) ** 0.5}
            look: dict[str, Any] = {"lw": 1.0} if style == "lines" else dot
            for number, line in zip(states.numbers, zip(*lines, strict=True), strict=True):
                ax.plot(*line, **look, label=f"trajectory {number}", zorder=2)
        label(ax, states)
        titles = landscape_titles(states.landscape)
        set_title(ax, [f"{text}; {dynamics_title(states.dynamics)}" for text in titles] + titles)
    return ax


def label(ax: Axes, states: States) -> None:
    """Label the axes of the coordinates that are shown; a single one is shown against time."""
    names = [coordinate(name) for name in states.names]
    if states.count == 1:
        ax.set(xlabel=written(COMMON["time"]), ylabel=names[0])
        return
    ax.set(xlabel=names[0], ylabel=names[1])
    if states.count == 3:
        space = cast("Axes3D", ax)
        space.set_zlabel(names[2])
        shape(space)
    else:
        ax.grid(visible=False)


def shape(ax: Axes3D) -> None:
    """Give a box in space a height that is greater than its width, and few ticks."""
    from matplotlib.ticker import MaxNLocator

    ax.set_box_aspect((1, 1, 1.25), zoom=0.84)
    ax.view_init(elev=18, azim=-58)
    ax.zaxis.set_rotate_label(False)
    ax.zaxis.label.set_rotation(0)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(3))
        axis.labelpad = 2


def _dot(count: int) -> float:
    """Return the area of each of so many dots, in points^2."""
    return min(_MOST, max(_LEAST, _INK / count))


def _by_time(ax: Axes, time: Float, lines: list[Float], colorbar: bool) -> None:
    when = np.broadcast_to(time, lines[0].shape).ravel()
    options: dict[str, Any] = {"c": when, "s": _dot(when.size), "lw": 0, "cmap": "viridis"}
    if len(lines) == 3:
        options["depthshade"] = False
    dots = ax.scatter(*(line.ravel() for line in lines), zorder=2, rasterized=True, **options)
    if not colorbar:
        return
    layout: dict[str, Any] = {"shrink": 0.7, "pad": 0.1} if len(lines) == 3 else {"pad": 0.02}
    figure_of(ax).colorbar(dots, ax=ax, label=written(COMMON["time"]), **layout)

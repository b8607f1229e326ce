"""An ensemble at one time: points in the plane or in space, or on the curve of a potential."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from ..typing import Float
from ..validate import check_flag
from .canvas import drawing
from .paths import label
from .states import States, Trajectories, When
from .under import box_of, draw_under, heights
from .words import axis_label, coordinate, dynamics_title, landscape_titles, set_title

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

GOLDEN = (5**0.5 - 1) / 2  # multiples of it, modulo 1, fill an interval evenly
_SPREAD = 0.35  # share of the height of the picture over which points on a line are spread


def cloud(
    run: xr.Dataset,
    at: When = "final",
    *,
    ax: Axes | None = None,
    coordinates: str | Iterable[str] | None = None,
    trajectories: Trajectories | None = None,
    landscape: bool = True,
    label_as: str | None = None,
    diverged: str | None = None,
) -> Axes:
    """Draw the states of an ensemble at one time, on the contours of the landscape.

    With one coordinate the points lie above the curve of the potential, spread upwards so that many
    can be seen: their height above the curve has no meaning.

    Parameters
    ----------
    run
        What `simulate.run` returned.
    at
        "final", "start", or a step of which the run has a snapshot.
    ax
        Where to draw, of three dimensions for three coordinates; default: those of a new figure.
    coordinates
        One to three coordinates; default: the first two of the landscape.
    trajectories
        How many, the first ones; or the numbers of some; default: all.

    Other Parameters
    ----------------
    landscape
        Whether the landscape lies beneath.
    label_as
        Label of the points, for a legend of several clouds.
    diverged
        None refuses a run with diverged trajectories, "drop" leaves those out.

    Returns
    -------
    matplotlib.axes.Axes
        The axes that were drawn on.

    Raises
    ------
    TypeError, ValueError
        It is no run, it has no such states, or an argument is refused.

    Examples
    --------
    >>> from driftscape import landscapes, plot, simulate
    >>> run = simulate.run(landscapes.double_well(), simulate.Ito(beta=4, dt=0.01), time=5,
    ...                    trajectories=500, seed=1)
    >>> ax = plot.cloud(run)
    >>> ax.get_title("left").endswith("time 5"), len(ax.lines[0].get_xdata())
    (True, 500)
    """
    check_flag("landscape", landscape)
    most = 2 if coordinates is None else 3
    states = States.of(run, trajectories, coordinates, diverged, most)
    time, x = states.at(at)
    with drawing(ax, space=states.count == 3, square=states.count == 2) as ax:
        if states.count == 2 and landscape:
            draw_under(ax, states.landscape, states.names, x)
        columns = list(x.T)
        if states.count == 1:
            columns.append(draw_line(ax, states, x, landscape)(x[:, 0]))
        else:
            label(ax, states)
        shown = min(1.0, 30 / len(x) ** 0.6)
        ax.plot(*columns, "o", ms=3, alpha=max(0.25, shown), label=label_as, zorder=3)
        titles = landscape_titles(states.landscape)
        when = f"time {time:g}"
        more = f"{dynamics_title(states.dynamics)}; {when}"
        set_title(ax, [*(f"{text}; {more}" for text in titles), f"{titles[-1]}; {when}"])
    return ax


class Above:
    """Where the points of a line are drawn: above the curve of the landscape, spread upwards."""

    def __init__(self, x: Float, curve: Float, room: float) -> None:
        self.x, self.curve, self.room = x, curve, room

    def __call__(self, x: Float) -> Float:
        """Return the height of each trajectory's point, the same spread at every call."""
        spread = np.modf(GOLDEN * np.arange(1, len(x) + 1))[0]
        return np.asarray(np.interp(x, self.x, self.curve) + self.room * spread)


def draw_line(ax: Axes, states: States, x: Float, landscape: bool) -> Above:
    """Draw the curve beneath the points of one coordinate and return where these are."""
    box = box_of(states.landscape, states.names, x)
    grid = heights(states.landscape, states.names, box) if landscape else None
    ax.set(xlabel=coordinate(states.names[0]), xlim=box[states.names[0]])
    if grid is None:
        ax.set(ylim=(-0.05, 1.05), yticks=[])
        ends = np.array(box[states.names[0]])
        return Above(ends, np.zeros(2), 1.0)
    along, curve = grid[states.names[0]].values, grid.values
    ax.plot(along, curve, "k-", zorder=2)
    ax.set_ylabel(axis_label(grid))
    room = _SPREAD * float(np.ptp(curve[np.isfinite(curve)]))
    low, high = float(np.nanmin(curve)), float(np.nanmax(curve))
    ax.set_ylim(low - 0.1 * room, high + 1.05 * room)
    return Above(along, curve, room)

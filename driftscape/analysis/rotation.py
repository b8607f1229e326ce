r"""The rotation of a stationary run: area swept, turns, time of a turn.

    area rate     E[x dy - y dx]/(2 dt)         half the torque as the spacing goes to 0
    winding rate  turns about a point, per unit of time, anticlockwise

The area needs no winding numbers, and its law has light tails.  Turns are counted by unwrapping the
angle between snapshots.  If noise carries paths close to the point, their law is heavy-tailed (for
white noise in the plane it has no mean in the limit of no spacing): their median is given as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..theory.torque import Plane, plane_axes
from ..typing import Float
from ..validate import check_numbers, shown
from .estimate import Estimate
from .passages.skewed import Inverse
from .run_data import RunData, TooFewData, read_run
from .sweeps.each_point import each_point

if TYPE_CHECKING:
    import xarray as xr

_COARSE = 0.5  # share of steps of more than a quarter turn above which turns cannot be counted


@dataclass(frozen=True)
class Winding:
    """The turns about a point, from `analysis.winding`.

        period = 1/|rate|

    Attributes
    ----------
    rate
        Mean number of turns per unit of time, positive anticlockwise.
    median
        Median over trajectories, in turns per unit of time.
    period
        Mean time of a turn, 1/|rate|; infinite if the rate is within two standard errors of zero.
        Its interval is the inverse of that of the rate.
    turns
        Turns of each trajectory, shape (trajectories,).
    coarse
        Share of steps between snapshots of more than a quarter turn: if it is not small, the
        snapshots are too far apart to count turns.
    """

    rate: Estimate
    median: float
    period: Inverse
    turns: Float
    coarse: float

    def __str__(self) -> str:
        return f"{self.rate} (median {self.median:.4g}), a turn in {self.period}"


@each_point
def area_rate(
    run: xr.Dataset,
    *,
    plane: Plane = None,
    discard_steps: int | None = None,
    diverged: str | None = None,
) -> Estimate:
    """Measure the area that a stationary run sweeps about the origin, per unit of time.

        area rate = E[x(0) y(t) - y(0) x(t)]/(2 t),        t the time between snapshots

    The path is taken as straight between snapshots.  For t -> 0 this is half the torque; for larger
    t it is smaller.

    Parameters
    ----------
    run
        What `simulate.run` returned, with snapshots.
    plane
        The two coordinates (x, y); default: those of a landscape that has two.
    discard_steps
        Number of steps to leave out at the beginning; default: ten units of time, which are
        10/learning_rate steps of SGD or 10/dt steps of an SDE.
    diverged
        None refuses a run with diverged trajectories, "drop" leaves those out.

    Returns
    -------
    Estimate
        Per unit of time, positive anticlockwise.

    Raises
    ------
    TooFewData
        (a ValueError) Fewer than 16 trajectories, or no snapshot is left; its `.estimate` is the
        partial result.
    Diverged
        (a ValueError) Some trajectories diverged and `diverged` is None.
    ValueError
        No snapshots, or no such plane.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate, theory
    >>> run = simulate.run(landscapes.double_well(rotation=1.5), simulate.Ito(beta=1, dt=0.01),
    ...                    time=60, trajectories=256, seed=1, save_every=1)
    >>> rate = analysis.area_rate(run)
    >>> (2 * rate).compare(theory.torque(landscapes.double_well(rotation=1.5))).verdict
    'agrees'
    """
    data, x, spacing = _paths(run, plane, discard_steps, diverged)
    swept = x[:, :-1, 0] * x[:, 1:, 1] - x[:, :-1, 1] * x[:, 1:, 0]
    return data.mean(
        swept.mean(axis=1) / (2 * spacing), f"area between {x.shape[1]} snapshots",
        "per unit of time", enough=x.shape[1] > 1,
    )  # fmt: skip


@each_point
def winding(
    run: xr.Dataset,
    *,
    plane: Plane = None,
    about: tuple[float, float] = (0.0, 0.0),
    discard_steps: int | None = None,
    diverged: str | None = None,
) -> Winding:
    """Count the turns of a stationary run about a point.

        rate = E[change of the angle over the run]/(2 pi time)

    A turn between two snapshots and back is not counted, so that the rate decreases as snapshots
    are farther apart.  For SDEs `circulation_period` has neither that loss nor the noise of
    counting.

    Parameters
    ----------
    run
        What `simulate.run` returned, with frequent snapshots (`save_every=1` is best).
    plane
        The two coordinates (x, y); default: those of a landscape that has two.
    about
        The point, in the plane.
    discard_steps
        Number of steps to leave out at the beginning; default: ten units of time, which are
        10/learning_rate steps of SGD or 10/dt steps of an SDE.
    diverged
        None refuses a run with diverged trajectories, "drop" leaves those out.

    Returns
    -------
    Winding
        Its `.rate` and `.period` are estimates.

    Raises
    ------
    TooFewData
        (a ValueError) Fewer than 16 trajectories, or no snapshot is left; its `.estimate` is the
        partial result.
    Diverged
        (a ValueError) Some trajectories diverged and `diverged` is None.
    ValueError
        No snapshots, no such plane, or most steps between snapshots exceed a quarter turn.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate
    >>> cycle = simulate.run(landscapes.van_der_pol(), simulate.GradientFlow(dt=0.01), time=210,
    ...                      trajectories=32, save_every=1)
    >>> counted = analysis.winding(cycle)  # clockwise, 30 turns of 6.663
    >>> abs(counted.period.value - 6.663) < 0.02, counted.median < 0
    (True, True)
    """
    data, x, spacing = _paths(run, plane, discard_steps, diverged)
    centre = check_numbers("about", about, "two finite numbers")
    if centre.shape != (2,):
        raise ValueError(f"about={shown(about)}; give two finite numbers.")
    z = (x[..., 0] - centre[0]) + 1j * (x[..., 1] - centre[1])
    steps = np.angle(z[:, 1:] * z[:, :-1].conj()) / (2 * np.pi)
    coarse = float((np.abs(steps) > 0.25).mean()) if steps.size else 0.0
    if coarse > _COARSE:
        raise ValueError(
            f"{100 * coarse:.0f} % of the steps between snapshots exceed a quarter turn: "
            "turns are lost between them; use a smaller save_every=."
        )
    turns = steps.sum(axis=1)
    time = spacing * max(1, steps.shape[1])
    rate = data.mean(
        turns / time, f"turns over {x.shape[1]} snapshots", "turns per unit of time",
        enough=x.shape[1] > 1,
    )  # fmt: skip
    period = Inverse.of(rate, 1.0, "1/|winding rate|", "units of time")
    return Winding(rate, float(np.median(turns / time)), period, turns, coarse)


def _paths(
    run: xr.Dataset, plane: Plane, discard_steps: int | None, diverged: str | None
) -> tuple[RunData, Float, float]:
    """Return the run, its stationary path in the plane, and the time between snapshots."""
    data = read_run(run, diverged)
    axes = list(plane_axes(data.landscape, plane))
    first = data.first_snapshot(discard_steps)
    x = data.state[:, first:][..., axes]
    if x.shape[1] < 2:
        raise TooFewData(
            f"{x.shape[1]} snapshots are left; run longer, save more often or discard less.",
            Estimate(float("nan"), float("inf"), len(x), "snapshots"),
        )
    spacing = data.interval(first) * float(data.dynamics.time_step)
    return data, x, spacing

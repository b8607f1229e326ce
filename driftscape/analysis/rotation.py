r"""How fast a stationary run goes round: area swept, turns made, time a turn takes.

    area rate     E[x dy - y dx]/(2 dt)         half the torque as the spacing goes to 0
    winding rate  turns about a point, per unit of time, anticlockwise

Area needs no winding numbers, and has light tails.  Turns are counted by unwrapping the angle
between snapshots; where noise carries paths close by the point they are heavy-tailed (for white
noise in the plane, without a mean in the limit of no spacing): their median is given as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..theory.torque import Plane, plane_axes
from ..typing import Float
from .estimate import Estimate
from .passages.skewed import Inverse
from .run_data import RunData, TooFewData, read_run

_HALF_TURN = 0.5  # share of steps that may turn by more than a quarter before turns are lost


@dataclass(frozen=True)
class Winding:
    """Turns about a point.

    Attributes
    ----------
    rate
        Mean number of turns per unit of time, anticlockwise, `Estimate`.
    median
        Median over trajectories, per unit of time.
    period
        Mean time of a turn, 1/|rate|, `Estimate`; infinite where the rate is within two standard
        errors of zero.  Its interval is that of the rate, turned over.
    turns
        Turns of each trajectory, shape (trajectories,).
    coarse
        Share of steps between snapshots that turned by more than a quarter: where it is not small
        the snapshots are too far apart to count turns.
    """

    rate: Estimate
    median: float
    period: Estimate
    turns: Float
    coarse: float

    def __str__(self) -> str:
        return f"{self.rate} (median {self.median:.4g}), a turn in {self.period}"


def area_rate(
    run: Any, *, plane: Plane = None, discard_steps: int | None = None, diverged: str | None = None
) -> Estimate:
    """Measure the area that a stationary run sweeps about the origin, per unit of time.

    Between snapshots the path is taken as straight: E[x(0) y(t) - y(0) x(t)]/(2 t) at the spacing
    t, which is half the torque for t -> 0 and less beyond.

    Parameters
    ----------
    run
        What `simulate.run` returned, with snapshots.
    plane
        Two coordinates; default: the two of a landscape that has two.
    discard_steps, diverged
        As in `analysis.moment`.

    Returns
    -------
    Estimate
        Positive anticlockwise.

    Raises
    ------
    ValueError, TooFewData
        No snapshots, no such plane, too few trajectories.

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


def winding(
    run: Any,
    *,
    plane: Plane = None,
    about: tuple[float, float] = (0.0, 0.0),
    discard_steps: int | None = None,
    diverged: str | None = None,
) -> Winding:
    """Count the turns that a stationary run makes about a point.

    What turns between two snapshots and back is not seen, so that the rate falls as they lie
    farther apart; `circulation_period` has neither that loss nor the noise of counting, for SDEs.

    Parameters
    ----------
    run, plane, discard_steps, diverged
        As for `area_rate`; save often enough (`save_every=1` at best).
    about
        The point, in the plane.

    Returns
    -------
    Winding

    Raises
    ------
    ValueError, TooFewData
        As for `area_rate`; or most steps between snapshots turn by more than a quarter.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate
    >>> cycle = simulate.run(landscapes.van_der_pol(), simulate.GradientFlow(dt=0.01), time=210,
    ...                      trajectories=32, save_every=1)
    >>> made = analysis.winding(cycle)  # clockwise, 30 turns of 6.663
    >>> abs(made.period.value - 6.663) < 0.02, made.median < 0
    (True, True)
    """
    data, x, spacing = _paths(run, plane, discard_steps, diverged)
    z = (x[..., 0] - about[0]) + 1j * (x[..., 1] - about[1])
    steps = np.angle(z[:, 1:] * z[:, :-1].conj()) / (2 * np.pi)
    coarse = float((np.abs(steps) > 0.25).mean()) if steps.size else 0.0
    if coarse > _HALF_TURN:
        raise ValueError(
            f"{100 * coarse:.0f} % of the steps between snapshots turn by more than a quarter: "
            "turns are lost between them; use a smaller save_every=."
        )
    turns = steps.sum(axis=1)
    time = spacing * max(1, steps.shape[1])
    rate = data.mean(
        turns / time, f"turns over {x.shape[1]} snapshots", "turns per unit of time",
        enough=x.shape[1] > 1,
    )  # fmt: skip
    period = Inverse.of(rate, 1.0, "1/|winding rate|", "of time")
    return Winding(rate, float(np.median(turns / time)), period, turns, coarse)


def _paths(
    run: Any, plane: Plane, discard_steps: int | None, diverged: str | None
) -> tuple[RunData, Float, float]:
    data = read_run(run, diverged)
    axes = list(plane_axes(data.landscape, plane))
    first = data.first_snapshot(discard_steps)
    x = data.state[:, first:][..., axes]
    if x.shape[1] < 2:
        raise TooFewData(
            f"{x.shape[1]} snapshots are left; run longer, save more often, or discard less.",
            Estimate(float("nan"), float("inf"), len(x), "snapshots"),
        )
    spacing = float(np.diff(data.snapshots)[0]) * float(data.dynamics.time_step)
    return data, x, spacing

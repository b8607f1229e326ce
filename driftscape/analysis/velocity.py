"""Mean velocity and mean displacement of a coordinate.

The predictions are `theory.entropic_drift` for any loss and `theory.drift_velocity` for ARCHIMEDES.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from ..simulate import Dynamics
from ..typing import Float
from ..validate import check_choice
from .estimate import Estimate
from .run_data import RunData, read_run
from .sweeps.each_point import each_point

if TYPE_CHECKING:
    import xarray as xr


@each_point
def displacement(run: xr.Dataset, coordinate: str, *, diverged: str | None = None) -> Estimate:
    """Measure the mean displacement E[z_T - z_0] of a coordinate over the whole run.

    It includes the transient at the beginning.

    Parameters
    ----------
    run
        What `simulate.run` returned.
    coordinate
        Name of the coordinate z.
    diverged
        None refuses a run with diverged trajectories, "drop" leaves those out.

    Returns
    -------
    Estimate
        The mean over trajectories; its `unit` states the number of steps.

    Raises
    ------
    TooFewData
        (a ValueError) Fewer than 16 trajectories; its `.estimate` is the partial result.
    Diverged
        (a ValueError) Some trajectories diverged and `diverged` is None.
    ValueError
        No such coordinate.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate
    >>> sgd = simulate.SGD(learning_rate=0.1)
    >>> run = simulate.run(landscapes.archimedes(), sgd, steps=1000, trajectories=200, seed=1)
    >>> analysis.displacement(run, "z").unit
    'per 1000 steps'
    """
    data = read_run(run, diverged)
    column = data.column(coordinate)
    moved = data.final[:, column] - data.start[:, column]
    return data.mean(moved, f"mean displacement of {coordinate}", f"per {data.steps} steps")


@each_point
def drift_velocity(
    run: xr.Dataset,
    coordinate: str,
    *,
    per: Literal["step", "time"] = "step",
    discard_steps: int | None = None,
    diverged: str | None = None,
) -> Estimate:
    """Measure the stationary mean velocity v of a coordinate z.

        v = mean over trajectories of (z_T - z_T0) / (T - T0)

    Parameters
    ----------
    run
        What `simulate.run` returned.
    coordinate
        Name of the coordinate z.
    per
        "step", or "time" for the unit of time (a step takes `learning_rate` or `dt`).
    discard_steps
        T0 in steps; the first snapshot at or after it is taken.  Default: ten units of time, that
        is 10/learning_rate or 10/dt steps, after which a transverse mode of curvature 1 has
        relaxed to 5e-5.  Give more for a softer landscape, and 0 for a run with a stationary start.
    diverged
        None refuses a run with diverged trajectories, "drop" leaves those out.

    Returns
    -------
    Estimate
        The mean over trajectories, per step or per unit of time.

    Raises
    ------
    TooFewData
        (a ValueError) Fewer than 16 trajectories, or all steps are discarded; its `.estimate` is
        the partial result.
    Diverged
        (a ValueError) Some trajectories diverged and `diverged` is None.
    ValueError
        No such coordinate, or the run has no snapshots and `discard_steps` is not 0.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate, theory
    >>> sgd = simulate.SGD(learning_rate=0.1)
    >>> screw = landscapes.archimedes()
    >>> run = simulate.run(screw, sgd, steps=1000, trajectories=200, seed=1)
    >>> v = analysis.drift_velocity(run, "z")
    >>> v.compare(theory.drift_velocity(screw, sgd, "z")).verdict
    'agrees'
    """
    data = read_run(run, diverged)
    column = data.column(coordinate)
    unit = _time_unit(per, data.dynamics)
    first = data.first_step(discard_steps)
    begin, z = _begin(data, column, first)
    enough = begin < data.steps
    if not enough:
        begin, z = 0, data.start[:, column]
    velocity = (data.final[:, column] - z) / ((data.steps - begin) * unit)
    method = f"mean displacement of {coordinate} from step {begin} to {data.steps}"
    return data.mean(velocity, method, f"per {per}", enough)


def _time_unit(per: str, dynamics: Dynamics) -> float:
    """Return the duration of a step in the unit of the velocity."""
    check_choice("per", per, ("step", "time"))
    return 1.0 if per == "step" else dynamics.time_step


def _begin(data: RunData, column: int, first: int) -> tuple[int, Float]:
    """Return the first stored step at or after `first`, and the coordinate at it."""
    if first == 0:
        return 0, data.start[:, column]
    if first >= data.steps:
        return data.steps, data.final[:, column]
    if not len(data.snapshots):
        raise ValueError(
            f"the run has only final states, so that its first {first} steps cannot be discarded; "
            "pass discard_steps=0 (to include the transient), or run it with save_every=."
        )
    index = int(np.searchsorted(data.snapshots, first))
    if index == len(data.snapshots):
        return data.steps, data.final[:, column]
    return int(data.snapshots[index]), data.state[:, index, column]

"""How fast a coordinate moves on average: the mean velocity and displacement of a run.

Theory: `theory.entropic_drift` for any loss, `theory.drift_velocity` for ARCHIMEDES.
"""

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from .estimate import Estimate
from .run_data import read_run

if TYPE_CHECKING:
    import xarray as xr


def displacement(run: "xr.Dataset", coordinate: str, *, diverged: str | None = None) -> Estimate:
    """Return the mean of `final - start` of one coordinate over the whole run, transient included.

    The error is the scatter over trajectories.

    Raises
    ------
    TooFewData, Diverged
        See `analysis.ensemble`.
    """
    data = read_run(run, diverged)
    column = data.column(coordinate)
    moved = data.final[:, column] - data.start[:, column]
    return data.mean(moved, f"mean displacement of {coordinate}", f"per {data.steps} steps")


def drift_velocity(
    run: "xr.Dataset",
    coordinate: str,
    *,
    per: Literal["step", "time"] = "step",
    discard_steps: int | None = None,
    diverged: str | None = None,
) -> Estimate:
    """Measure the stationary mean velocity of a coordinate.

        v = mean over trajectories of (z_T - z_T0) / (T - T0)

    Parameters
    ----------
    run
        What `simulate.run` returned.
    coordinate
        Its name.
    per
        Per step, or per unit of time (`learning_rate` or `dt` a step).
    discard_steps
        T0, in steps; the first snapshot from there on is taken.  Default: ten units of time, that
        is 10/learning_rate or 10/dt steps, after which a transverse mode of curvature 1 has
        relaxed to 5e-5; pass more for a softer landscape, 0 for a run started stationary.
    diverged
        None refuses a run with diverged trajectories, "drop" leaves those out.

    Raises
    ------
    TooFewData
        Fewer than 16 trajectories, or no more steps than are discarded; carries what there is.
    Diverged
        See `diverged`.

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


def _time_unit(per: str, dynamics: Any) -> float:
    if per not in ("step", "time"):
        raise ValueError(f'per={per!r}; pass "step" or "time".')
    return 1.0 if per == "step" else dynamics.time_step


def _begin(data: Any, column: int, first: int) -> tuple[int, Any]:
    """Return the first known step from `first` on, and the coordinate there."""
    if first == 0:
        return 0, data.start[:, column]
    if first >= data.steps:
        return data.steps, data.final[:, column]
    if not len(data.snapshots):
        raise ValueError(
            f"the run kept only final states, so its first {first} steps cannot be discarded; "
            "pass discard_steps=0 (the transient then counts), or run it with save_every=."
        )
    index = int(np.searchsorted(data.snapshots, first))
    if index == len(data.snapshots):
        return data.steps, data.final[:, column]
    return int(data.snapshots[index]), data.state[:, index, column]

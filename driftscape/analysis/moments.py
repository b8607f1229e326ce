"""Stationary moments, measured as time averages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..simulate import provenance
from ..theory.observable import Observable
from ..typing import Float
from .estimate import Estimate
from .run_data import RunData, read_run

if TYPE_CHECKING:
    import xarray as xr


def moment(
    run: xr.Dataset,
    expression: str,
    *,
    discard_steps: int | None = None,
    diverged: str | None = None,
) -> Estimate:
    """Measure the stationary mean E[f] of an expression f of the coordinates.

    f is averaged over time along each trajectory, then over trajectories.  The standard error is
    the scatter over trajectories, whatever the correlation in time.

    Parameters
    ----------
    run
        What `simulate.run` returned.
    expression
        f as text such as `"x**2"`, in the landscape's coordinates and parameters.
    discard_steps
        Number of steps to leave out at the beginning; default: ten units of time, which are
        10/learning_rate steps of SGD or 10/dt steps of an SDE.  If it is not given and the run has
        the `simulate.Average` of the same expression, that average is taken; it contains every
        step after its own `discard_steps`.
    diverged
        None refuses a run with diverged trajectories, "drop" leaves those out.

    Returns
    -------
    Estimate
        The mean over trajectories of the time averages.

    Raises
    ------
    TooFewData
        (a ValueError) Fewer than 16 trajectories, or no snapshot is left; its `.estimate` is the
        partial result.
    Diverged
        (a ValueError) Some trajectories diverged and `diverged` is None.
    FormulaError
        (a ValueError) The expression has an unknown name or function.
    ValueError
        The run has no snapshots.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate, theory
    >>> well = landscapes.quartic_well()
    >>> ito = simulate.Ito(beta=2, dt=0.01)
    >>> run = simulate.run(well, ito, steps=20_000, trajectories=100, seed=1, save_every=20)
    >>> measured = analysis.moment(run, "x**2")
    >>> measured.compare(theory.moment(well, "x**2", beta=2)).verdict
    'agrees'
    """
    data = read_run(run, diverged)
    observable = Observable.of(data.landscape, expression)
    kept = kept_average(run, data, observable) if discard_steps is None else None
    if kept is not None:
        return data.mean(kept, f"time average of {expression}, {kept_method(run)}")
    means, count = data.time_means(observable, discard_steps)
    method = f"mean of {expression} over {count} snapshots"
    return data.mean(means, method, enough=count > 0)


def kept_average(run: xr.Dataset, data: RunData, observable: Observable) -> Float | None:
    """Return the run's own time average of this expression for each trajectory, or None."""
    if "average" not in run:
        return None
    for index, text in enumerate(run["expression"].values.tolist()):
        if Observable.of(data.landscape, text).expression == observable.expression:
            average = run["average"].transpose("trajectory", "expression")
            values: Float = np.asarray(average.values)[data.keep, index]
            return values
    return None


def kept_method(run: xr.Dataset) -> str:
    """Return the words for the run's own averages: over which steps they are."""
    first = next(
        part["discard_steps"] for part in provenance(run)["keep"] if isinstance(part, dict)
    )
    return f"by the run, over every step from {first} on"

"""Stationary moments: measured as time averages."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ..simulate import provenance
from ..theory.observable import Observable
from .estimate import Estimate
from .run_data import RunData, read_run

if TYPE_CHECKING:
    import xarray as xr


def moment(
    run: "xr.Dataset",
    expression: str,
    *,
    discard_steps: int | None = None,
    diverged: str | None = None,
) -> Estimate:
    """Measure the stationary mean of an expression of the coordinates.

    It is averaged over time along each trajectory, then over trajectories; the error is the
    scatter over trajectories, whatever the correlation in time.

    Parameters
    ----------
    run
        What `simulate.run` returned.
    expression
        Text such as `"x**2"`, in the landscape's coordinates and parameters.
    discard_steps
        Steps to leave out at the beginning; default: ten units of time.  A run that kept
        `simulate.Average` of this very expression is read there (it averages every step, and
        discarded what its own `discard_steps` said) unless `discard_steps` is given.
    diverged
        None refuses a run with diverged trajectories, "drop" leaves those out.

    Raises
    ------
    TooFewData, Diverged
        See `analysis.ensemble`.
    FormulaError
        (a ValueError) The expression has an unknown name or function.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate, theory
    >>> well = landscapes.quartic_well()
    >>> law = simulate.Ito(beta=2, dt=0.01)
    >>> run = simulate.run(well, law, steps=20_000, trajectories=100, seed=1, save_every=20)
    >>> measured = analysis.moment(run, "x**2")
    >>> measured.compare(theory.moment(well, "x**2", beta=2)).verdict
    'agrees'
    """
    data = read_run(run, diverged)
    observable = Observable.of(data.landscape, expression)
    kept = kept_average(run, data, observable) if discard_steps is None else None
    if kept is not None:
        return data.mean(kept, f"time average of {expression}, {kept_how(run)}")
    means, count = data.time_means(observable, discard_steps)
    method = f"mean of {expression} over {count} snapshots"
    return data.mean(means, method, enough=count > 0)


def kept_average(run: "xr.Dataset", data: RunData, observable: Observable) -> Any:
    """Return the run's own time average of this expression, one a trajectory, or None."""
    if "average" not in run:
        return None
    for index, text in enumerate(run["expression"].values.tolist()):
        if Observable.of(data.landscape, text).expression == observable.expression:
            average = run["average"].transpose("trajectory", "expression")
            return np.asarray(average.values)[data.keep, index]
    return None


def kept_how(run: "xr.Dataset") -> str:
    """Say from which step on the run's own averages count."""
    first = next(
        part["discard_steps"] for part in provenance(run)["keep"] if isinstance(part, dict)
    )
    return f"kept by the run over every step from {first} on"

"""Stationary moments, measured as time averages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from ..theory.observable import Observable
from ..typing import Float
from ..validate import check_choice
from .estimate import Estimate
from .pieces import check_pieces, cut, dependence
from .run_data import RunData, TooFewData, read_run
from .sweeps.each_point import each_point

if TYPE_CHECKING:
    import xarray as xr


@each_point
def moment(
    run: xr.Dataset,
    expression: str,
    *,
    at: Literal["all", "final"] = "all",
    pieces: int = 1,
    discard_steps: int | None = None,
    diverged: str | None = None,
) -> Estimate:
    """Measure the mean E[f] of an expression f of the coordinates, by default the stationary one.

    f is averaged over time along each trajectory, then over trajectories.  The standard error is
    the scatter over trajectories, whatever the correlation in time.  With `pieces=` it is the
    scatter over consecutive pieces of few long trajectories.

    Parameters
    ----------
    run
        What `simulate.run` returned.
    expression
        f as text such as `"x**2"`, in the landscape's coordinates and parameters.
    at
        "all" averages over the snapshots, "final" takes the final states alone, which need not be
        stationary.
    pieces
        Number of pieces into which each trajectory is cut, whose means count as independent; for
        few long trajectories.  That they are independent is tested.

    Other Parameters
    ----------------
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
        (a ValueError) Fewer than 16 trajectories or pieces, or no snapshot is left, or the pieces
        depend on each other; its `.estimate` is the partial result.
    Diverged
        (a ValueError) Some trajectories diverged and `diverged` is None.
    FormulaError
        (a ValueError) The expression has an unknown name or function.
    ValueError
        The run has no snapshots; or `at`, `pieces` and `discard_steps` have other values, or
        exclude each other.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate, theory
    >>> well = landscapes.quartic_well()
    >>> ito = simulate.Ito(beta=2, dt=0.01)
    >>> run = simulate.run(well, ito, steps=20_000, trajectories=100, seed=1, save_every=20)
    >>> measured = analysis.moment(run, "x**2")
    >>> measured.compare(theory.moment(well, "x**2", beta=2)).verdict
    'agrees'

    A single long trajectory:

    >>> long = simulate.run(well, ito, steps=400_000, trajectories=1, seed=2, save_every=20)
    >>> analysis.moment(long, "x**2", pieces=50).compare(measured).verdict
    'agrees'
    """
    check_choice("at", at, ("all", "final"))
    data = read_run(run, diverged)
    observable = Observable.of(data.landscape, expression)
    if at == "final":
        if pieces != 1 or discard_steps is not None:
            raise ValueError('at="final" takes the last states alone: no pieces=, discard_steps=.')
        return data.mean(observable(data.final), f"mean of {expression} over the final states")
    if pieces != 1:
        return _of_pieces(data, observable, expression, pieces, discard_steps)
    kept = kept_average(data, observable) if discard_steps is None else None
    if kept is not None:
        return data.mean(kept, f"time average of {expression}, {kept_method(data)}")
    if not len(data.snapshots):
        raise ValueError(
            "the run has no snapshots; run it again with save_every= or with "
            f'keep=simulate.Average("{expression}"), or pass at="final" for its final states.'
        )
    means, count = data.time_means(observable, discard_steps)
    method = f"mean of {expression} over {count} snapshots"
    return data.mean(means, method, enough=count > 0)


def _of_pieces(
    data: RunData, observable: Observable, expression: str, pieces: int, discard_steps: int | None
) -> Estimate:
    """Return the mean over pieces of trajectories; refuse pieces that are not independent."""
    first = data.first_snapshot(discard_steps)
    pieces = check_pieces(pieces, max(0, len(data.snapshots) - first))
    values = np.asarray(observable(data.state[:, first:]))
    means = cut(values, pieces)
    length = values.shape[1] // pieces
    begin = int(data.snapshots[len(data.snapshots) - length * pieces])
    estimate = data.mean(
        means.ravel(),
        f"mean of {expression} over {pieces} pieces of {length} snapshots of each trajectory",
        pieces=pieces, cut=f"from step {begin} to {int(data.snapshots[-1])}",
    )  # fmt: skip
    if reason := dependence(values, means):
        raise TooFewData(f"The pieces are not independent: {reason}", estimate)
    return estimate


def kept_average(data: RunData, observable: Observable) -> Float | None:
    """Return the run's own time average of this expression for each trajectory, or None."""
    contents = data.contents
    averages = [part for part in contents.each[0]["keep"] if "average" in part]
    for index, text in enumerate(averages[0]["average"] if averages else ()):
        if Observable.of(data.landscape, text).expression == observable.expression:
            values: Float = contents.array("average")[data.keep, index]
            return values
    return None


def kept_method(data: RunData) -> str:
    """Return the words for the run's own averages: over which steps they are."""
    first = next(
        part["discard_steps"] for part in data.contents.each[0]["keep"] if "average" in part
    )
    return f"by the run, over every step from {first} on"

"""Test loss, train loss and their difference at the end of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..landscapes import Landscape
from ..landscapes.errors import NotAvailable
from ..landscapes.formulas.evaluate import evaluate
from ..typing import Float
from ..validate import check_kind
from .estimate import Estimate
from .run_data import RunData, read_run
from .sweeps.each_point import each_point

if TYPE_CHECKING:
    import xarray as xr


_BLOCK = 2_000_000  # losses evaluated at once


@each_point
def test_loss(
    run: xr.Dataset,
    *,
    on: Landscape | None = None,  # noqa: PT028
    diverged: str | None = None,  # noqa: PT028
) -> Estimate:
    """Measure the expected loss E_x l(theta_T; x) of the final states theta_T, over trajectories.

    Parameters
    ----------
    run
        What `simulate.run` returned, of any dynamics on a landscape made by `from_loss`.
    on
        A landscape of the same coordinates whose expected loss is taken; default: that of the run.
        After descent on a data set give a landscape of held-out rows, or of the law of the rows.
    diverged
        None refuses a run with diverged trajectories, "drop" leaves those out.

    Returns
    -------
    Estimate
        The mean over trajectories.

    Raises
    ------
    NotAvailable
        (a ValueError) The landscape has no loss; or it is a data set, whose expected loss is the
        train loss, and `on` is not given.
    ValueError
        `on` has other coordinates.
    TooFewData
        (a ValueError) Fewer than 16 trajectories; its `.estimate` is the partial result.
    Diverged
        (a ValueError) Some trajectories diverged and `diverged` is None.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate, theory
    >>> gd = simulate.SGD(learning_rate=0.1, sampling="fixed", train_size=10, batch_size="full")
    >>> mean = landscapes.mean_estimation()
    >>> run = simulate.run(mean, gd, steps=20, trajectories=20_000, seed=1)
    >>> exact = theory.overfitting(mean, gd, steps=20)
    >>> analysis.test_loss(run).compare(exact.test).verdict
    'agrees'
    >>> analysis.generalization_gap(run).compare(exact.gap).verdict
    'agrees'
    """
    data = read_run(run, diverged)
    return data.mean(_test(data, on), "mean expected loss of the final states")


# pytest collects functions by the name test_...: this one is no test where a test imports it
test_loss.__test__ = False  # type: ignore[attr-defined]


@each_point
def train_loss(run: xr.Dataset, *, diverged: str | None = None) -> Estimate:
    """Measure the train loss (1/N) sum_i l(theta_T; x_i) of the final states theta_T.

    The x_i are the training set of each trajectory, or, if the landscape is a data set, its rows,
    whatever the dynamics.

    Parameters
    ----------
    run
        What `simulate.run` returned: SGD with a training set, or a landscape that is a data set.
    diverged
        None refuses a run with diverged trajectories, "drop" leaves those out.

    Returns
    -------
    Estimate
        The mean over trajectories.

    Raises
    ------
    ValueError
        The run had no training set.
    NotAvailable
        (a ValueError) The landscape has no loss.
    TooFewData
        (a ValueError) Fewer than 16 trajectories; its `.estimate` is the partial result.
    Diverged
        (a ValueError) Some trajectories diverged and `diverged` is None.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate
    >>> gd = simulate.SGD(learning_rate=0.1, sampling="fixed", train_size=10, batch_size="full")
    >>> run = simulate.run(landscapes.mean_estimation(), gd, steps=20, trajectories=200, seed=1)
    >>> analysis.train_loss(run).value < analysis.test_loss(run).value
    True
    """
    data = read_run(run, diverged)
    return data.mean(_train(data), "mean train loss of the final states")


@each_point
def generalization_gap(
    run: xr.Dataset, *, on: Landscape | None = None, diverged: str | None = None
) -> Estimate:
    """Measure the mean of test loss - train loss over trajectories.

    The difference is taken for each trajectory, so that common noise cancels.

    Parameters
    ----------
    run
        What `simulate.run` returned: SGD with a training set, or a landscape that is a data set.
    on
        A landscape of the same coordinates for the test loss; default: that of the run.
    diverged
        None refuses a run with diverged trajectories, "drop" leaves those out.

    Returns
    -------
    Estimate
        The mean over trajectories.

    Raises
    ------
    ValueError
        The run had no training set, or `on` has other coordinates.
    NotAvailable
        (a ValueError) As for `test_loss`.
    TooFewData
        (a ValueError) Fewer than 16 trajectories; its `.estimate` is the partial result.
    Diverged
        (a ValueError) Some trajectories diverged and `diverged` is None.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate
    >>> gd = simulate.SGD(learning_rate=0.1, sampling="fixed", train_size=10, batch_size="full")
    >>> run = simulate.run(landscapes.mean_estimation(), gd, steps=20, trajectories=200, seed=1)
    >>> analysis.generalization_gap(run).value > 0
    True
    """
    data = read_run(run, diverged)
    return data.mean(_test(data, on) - _train(data), "mean of test loss - train loss")


def _test(data: RunData, on: Landscape | None) -> Float:
    """Return the expected loss of each final state."""
    landscape = data.landscape
    if on is not None:
        check_kind("on", on, Landscape, "a landscape of held-out rows or of their law")
    if on is not None and on.coordinates != landscape.coordinates:
        raise ValueError(
            f"on= has the coordinates {', '.join(on.coordinates)}, the run "
            f"{', '.join(landscape.coordinates)}; give a landscape of the same ones."
        )
    if on is None and landscape.data is not None:
        raise NotAvailable(
            f"the expected loss of {landscape.name} is that of its data, the train loss; for a "
            "test loss give on=, a landscape of held-out rows or of their law."
        )
    return np.asarray((on or landscape).expected_loss(data.final), dtype=float)


def _train(data: RunData) -> Float:
    """Return the train loss of each final state."""
    if data.landscape.data is not None:
        return np.asarray(data.landscape.expected_loss(data.final), dtype=float)
    if "training" not in data.contents:
        raise ValueError(
            f"{data.dynamics} has no training set; run SGD with sampling='reshuffled' "
            "(or 'fixed', 'iid', 'without-replacement') and train_size=."
        )
    landscape = data.landscape
    if landscape.kind != "loss":
        raise NotAvailable(f"{landscape.name} ({landscape.kind} landscape) has no loss per sample.")
    field = landscape.sample_loss
    samples = data.contents.array("training")[data.keep]
    rows = max(1, _BLOCK // samples.shape[1])
    parts = []
    for first in range(0, len(samples), rows):
        block = slice(first, first + rows)
        values: dict[Any, Any] = dict(landscape.parameter_symbols)
        values |= {s: data.final[block, i, None] for i, s in enumerate(landscape.symbols)}
        values |= {s: samples[block, :, v] for v, s in enumerate(landscape.sample_laws)}
        losses = np.asarray(evaluate(field.entries, values, field.assignments)[0], dtype=float)
        parts.append(np.broadcast_to(losses, samples[block].shape[:2]).mean(axis=1))
    return np.concatenate(parts)

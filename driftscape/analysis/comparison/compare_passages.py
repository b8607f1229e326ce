"""Compare first passages of an ensemble with those of an operator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...simulate import dynamics_of, landscape_of
from ...simulate.dataset.contents import Contents
from ...theory import TransferOperator
from ...theory.theory import Theory
from ...typing import Float
from ...validate import real
from ..estimate import Estimate
from ..passages.passage_data import PassageData, read_passages
from ..run_data import MIN_TRAJECTORIES, TooFewData
from ..sample_mean import sample_mean
from ..sweeps.each_point import each_point
from .agreement import Agreement
from .quantities import GridOperator, check_coordinates
from .rows import Rows
from .survivors import Survivors

if TYPE_CHECKING:
    import xarray as xr


@each_point
def compare_passages(
    passages: xr.Dataset,
    operator: GridOperator,
    *,
    coarser: xr.Dataset | None = None,
    diverged: str | None = None,
) -> Agreement:
    r"""Compare first passages, from one start to one target, with those of an operator.

    The quantities are E[min(T, t_end)], with t_end the time after which trajectories are censored
    (infinite if there are none), and the survival P(T > t) at three times t.

    Parameters
    ----------
    passages
        What `simulate.first_passage` returned.
    operator
        `theory.fokker_planck(...)` of the same landscape, at any beta; or, for SGD,
        `theory.transfer_operator(...)`.
    coarser
        The same first passages at a larger dt.  The error of the step size is scaled down from
        them, at order one; without them it is not known.
    diverged
        None refuses passages with diverged trajectories, "drop" leaves those out.

    Returns
    -------
    Agreement
        `print` shows it as a table.  Its `bias` is the possible error of each number by the grid
        and by the step size, in standard errors; NaN for an SDE without `coarser`.  For SGD and a
        transfer operator there is no error of the step size.

    Raises
    ------
    ValueError
        Other coordinates than the grid's; several targets or starting points; `coarser` is of
        another dynamics, start or target, or its dt is not larger.
    TooFewData
        (a ValueError) Fewer than 16 trajectories.
    Diverged
        (a ValueError) Some trajectories diverged and `diverged` is None.

    See Also
    --------
    compare : The same for stationary runs.

    Notes
    -----
    The operator gives the probability law of the passage times, and with it the standard error and
    the skewness of every mean: no mean is assumed to be normal.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate, theory
    >>> well, ito = landscapes.quartic_well(), simulate.Ito(beta=4, dt=0.01)
    >>> passages = simulate.first_passage(
    ...     well, ito, start=-1, target="x > 0", trajectories=1000, max_time=1e4, seed=1)
    >>> print(analysis.compare_passages(passages, theory.fokker_planck(well, beta=4)).verdict)
    agrees
    """
    data = read_passages(passages, diverged)
    check_coordinates(landscape_of(passages), operator)
    target, start = _target_and_start(data)
    mean = operator.mean_first_passage_time(target, start=start)
    survivors = Survivors(operator, target, start, mean, _end(data))
    measured, expected = _measure(data, survivors), survivors.expected()
    end = survivors.end
    name = "mean first-passage time" if np.isinf(end) else f"mean of min(T, {end:.4g})"
    names = [name, *(f"P(T > {t:.4g})" for t in survivors.counted)]
    step = _step_errors(passages, coarser, survivors, expected, diverged)
    count, law = len(data.time), survivors.law
    rows = Rows.of(
        names, measured, expected, step, law.stderr(count), lambda left: law.p_values(left, count)
    )
    test = law.joint_test(count, np.nan_to_num(step), np.array([t.truncation for t in expected]))
    difference = np.array([m.value - t.value for m, t in zip(measured, expected, strict=True)])
    return rows.agreement(test.p_value(difference))


def _end(data: PassageData) -> float:
    """Return the time up to which all trajectories without a passage were observed."""
    return float(data.time[data.code < 0].min(initial=np.inf))


def _measure(data: PassageData, survivors: Survivors) -> list[Estimate]:
    """Return the means of min(T, end) and of the survivors."""
    time, n = np.minimum(data.time, survivors.end), len(data.time)
    values = np.concatenate([time[:, None], time[:, None] > survivors.counted], axis=1)
    estimates = [
        sample_mean(
            column, f"mean of {n} first passages{data.note()}", unit, noise=data.noise,
            numbers=data.numbers, quiet=True,
        )
        for column, unit in zip(values.T, ["units of time", "", "", ""], strict=True)
    ]  # fmt: skip
    if n < MIN_TRAJECTORIES:
        raise TooFewData(
            f"{n} passages give no reliable standard error; run at least {MIN_TRAJECTORIES}.",
            estimates[0],
        )
    return estimates


def _target_and_start(data: PassageData) -> tuple[str, list[float]]:
    """Return the target and the starting point; refuse several of them."""
    assert isinstance(data.contents, Contents)  # the others have no landscape
    targets = data.contents.each[0]["targets"]
    start = np.unique(data.contents.array("start"), axis=0)
    if len(targets) != 1 or len(start) != 1:
        raise ValueError(
            f"{len(targets)} targets and {len(start)} starting points; one of each is compared."
        )
    (text,) = targets.values()
    return text, list(map(float, start[0]))


def _step_errors(
    passages: xr.Dataset,
    coarser: xr.Dataset | None,
    survivors: Survivors,
    expected: list[Theory],
    diverged: str | None,
) -> Float:
    """Scale the error at a larger step down, at order one; its standard error is added to its size.

    It is zero if both sides are the chain of SGD itself, NaN if it is not known.
    """
    fine = dynamics_of(passages).to_dict()
    if "dt" not in fine:
        if coarser is not None:
            raise ValueError("coarser= is of a larger dt, and SGD has none; leave it away.")
        exact = isinstance(survivors.operator, TransferOperator)
        return np.full(len(expected), 0.0 if exact else np.nan)
    if coarser is None:
        return np.full(len(expected), np.nan)
    coarse = read_passages(coarser, diverged)
    large = dynamics_of(coarser).to_dict()
    dt, larger_dt = real(fine.pop("dt")), real(large.pop("dt", None))
    ratio = np.nan if dt is None or larger_dt is None else dt / larger_dt
    same = _target_and_start(coarse) == (survivors.target, survivors.start)
    if fine != large or not ratio < 1 or not same:
        raise ValueError(
            "coarser= must be of the same dynamics, start and target, at a larger dt alone."
        )
    if _end(coarse) < survivors.end:
        raise ValueError(
            "coarser= has passages that are censored earlier than those of passages=; give a "
            "larger max_time=."
        )
    errors = []
    for estimate, theory in zip(_measure(coarse, survivors), expected, strict=True):
        difference = estimate.value - theory.value
        errors.append(ratio * np.sign(difference) * (abs(difference) + estimate.stderr))
    return np.array(errors)

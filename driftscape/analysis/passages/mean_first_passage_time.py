"""The mean first-passage time, whether or not all passages were seen."""

from __future__ import annotations

import math
import warnings
from typing import Any, Literal

import numpy as np

from ..ensemble import MIN_TRAJECTORIES, TooFewData
from ..estimate import Estimate
from ..sample_mean import sample_mean
from .exponentiality import Exponentiality, judge, off_grid
from .life_table import life_table
from .passage import CONSIDERABLE, Passages, TailWarning, passages
from .points import at_every_point
from .settled import settled
from .survival import restricted_mean

METHODS = ("auto", "mean", "exponential", "restricted")

_MEANINGLESS = 0.5  # censored share beyond which a restricted mean does not pass for a mean


@at_every_point
def mean_first_passage_time(
    hits: Any,
    *,
    target: str | None = None,
    method: Literal["auto", "mean", "exponential", "restricted"] = "auto",
    discard_time: float | None = None,
    diverged: str | None = None,
) -> Estimate:
    r"""Estimate the mean time to the first passage.

    Parameters
    ----------
    hits
        What `simulate.first_passage` returned.
    target
        With several targets: the mean over those that reach this one first.  Default: to
        whichever comes first.
    method
        "mean"
            The sample mean.  All passages must have been seen.
        "exponential"
            Kaplan-Meier up to a time a, an exponential tail beyond it,

                tau = int_0^a S dt + S(a) (time on the way after a)/(passages after a),

            with a = 0 the maximum-likelihood mean of an exponential law, tau/sqrt(passages) its
            error.  a is twice the first of a few quantiles after which `exponentiality`
            accepts.
        "restricted"
            The mean of min(T, longest time watched), see `restricted_mean`: a lower bound.
        "auto"
            "mean" where nothing is censored, else "exponential" where a tail is accepted, else
            "restricted" with a warning.
    discard_time
        Time a of the exponential tail, instead of the search for it.
    diverged
        None refuses passages with diverged trajectories, "drop" leaves those out.

    Returns
    -------
    Estimate
        In units of time; `method` says what was done.
        With `over=` in `first_passage`: an `xarray.Dataset` of its dimensions, with `value`,
        `stderr`, `low`, `high` (at 95 %), `n_eff`, `method` and `unit`.

    Raises
    ------
    TooFewData
        Fewer than 16 passages, or more than half of the trajectories censored and no exponential
        tail to go on with; carries what there is.
    Diverged
        See `diverged`.
    ValueError
        A method that these passages do not allow.

    Warns
    -----
    TailWarning
        More than a tenth of the trajectories are censored, and the tail is a guess; or the value
        is a lower bound.
    SkewnessWarning
        A mean of so few times, and so skewed, that its interval may cover less than it says.

    Notes
    -----
    The exponential tail is what first passage from a well becomes once the trajectories have
    settled in it (one quasi-stationary law); it cannot be known from passages that were not seen.
    With a second, deeper well on the way the tail can change again.  The search for the tail leaves
    a bias of up to half a standard error where four fifths are censored, less otherwise, if they
    were watched for five settling times at least.  A rise that is not over at the end of the watch
    is not seen either: settling for a fifth of the mean time, watched until a fifth had passed, the
    value was too high by 1.4 errors with 200 trajectories and by 2 with 1000, and the warning is
    all that says so.

    References
    ----------
    J. Lawless, Statistical Models and Methods for Lifetime Data (2003), chapters 3 and 4.

    Examples
    --------
    >>> from driftscape import landscapes, simulate, theory
    >>> well, ito = landscapes.quartic_well(), simulate.Ito(beta=5, dt=1e-2)
    >>> settings = {"target": "x > 0", "trajectories": 4000, "max_time": 1e3, "seed": 1}
    >>> hits = simulate.first_passage(well, ito, start=-1, **settings)
    >>> tau = mean_first_passage_time(hits)
    >>> tau.compare(theory.mean_first_passage_time(well, beta=5, start=-1, target=0)).verdict
    'agrees'
    """
    if method not in METHODS:
        raise ValueError(f"method={method!r}; known: {', '.join(map(repr, METHODS))}.")
    if discard_time is not None and (
        method in ("mean", "restricted") or not 0 <= discard_time < np.inf
    ):
        raise ValueError(
            f'discard_time={discard_time}; it is a time >= 0, for method="exponential".'
        )
    data = passages(hits, diverged)
    reached = data.reached(target)
    if reached.sum() < MIN_TRAJECTORIES:
        raise _too_few(data, target)
    if target is not None and len(data.targets) > 1:
        return _conditional(data, target, method)
    if method == "mean" or (method == "auto" and not data.censored and discard_time is None):
        return _sample_mean(data)
    if method == "restricted":
        return restricted_mean(hits, diverged=diverged)
    begin, tested = _begin(data, discard_time)
    if begin is not None:
        tail, unseen = _with_tail(data, begin, tested)
        if data.censored > CONSIDERABLE:
            _warn(data, f"{100 * unseen:.2g} % of the mean is a guessed tail; {tested}")
        return tail
    found = f"no exponential tail was found: {tested}"
    if method == "exponential":
        raise ValueError(
            f'{found}. Pass method="restricted", or discard_time= to take it from there on.'
        )
    bound = restricted_mean(hits, diverged=diverged)
    if data.censored > _MEANINGLESS:
        raise TooFewData(
            f"{100 * data.censored:.3g} % of the trajectories are censored, and {found}; the mean "
            "cannot be told. Raise max_time, or ask for analysis.restricted_mean.",
            bound,
        )
    _warn(data, f"{found}. The mean is restricted to the time watched: a lower bound")
    return bound


def _sample_mean(data: Passages) -> Estimate:
    if data.censored:
        raise ValueError(
            f'method="mean" needs all passages; {100 * data.censored:.3g} % are censored. '
            'Pass method="exponential" or "restricted", or raise max_time.'
        )
    method = f"mean of {len(data.time)} first-passage times{data.note()}"
    return sample_mean(data.time, method, "of time", stacklevel=4)


def _conditional(data: Passages, target: str, method: str) -> Estimate:
    """Return the mean over those that reached one of several targets first."""
    if method not in ("auto", "mean", "restricted"):
        raise ValueError(
            f'method={method!r} is for any target; given one, pass "mean" or "restricted".'
        )
    times = data.time[data.reached(target)]
    censored, unit = data.code < 0, "of time"
    method_text = f"mean over the {len(times)} trajectories that reached {target!r} first"
    if censored.any():
        end = float(data.time.max())
        if method == "mean" or data.time[censored].min() < times.max():
            raise ValueError(
                f"{100 * data.censored:.3g} % of the trajectories are censored: how long those "
                f"take that would reach {target!r} is not known. Raise max_time"
                + (', or pass method="restricted".' if method == "mean" else ".")
            )
        unit = f"of time, among passages before {end:g} (a lower bound)"
        if method == "auto":
            warnings.warn(
                f"{100 * data.censored:.3g} % of the trajectories are censored. The mean is over "
                f"passages to {target!r} before {end:g}: a lower bound.",
                TailWarning,
                stacklevel=4,
            )
    return sample_mean(times, method_text + data.note(), unit, stacklevel=4)


def _begin(data: Passages, discard_time: float | None) -> tuple[float | None, Exponentiality | str]:
    """Return where the exponential tail begins, None where there is none, and what tells it."""
    if discard_time is None:
        return settled(data)
    passed = data.code >= 0
    if (passed & (data.time > discard_time)).sum() < MIN_TRAJECTORIES:
        raise ValueError(
            f"discard_time={discard_time}: fewer than {MIN_TRAJECTORIES} passages come later; give "
            "an earlier time."
        )
    return discard_time, judge(off_grid(data.time, passed), passed, discard_time)


def _with_tail(data: Passages, begin: float, tested: Any) -> tuple[Estimate, float]:
    count = int((data.code >= 0)[data.time > begin].sum())
    mean_after = float(np.maximum(data.time - begin, 0.0).sum()) / count
    table = life_table(data)
    value, variance = table.restricted(begin, mean_after)
    left = float(np.concatenate([[1.0], table.survival])[np.sum(table.time <= begin)])
    error = math.sqrt(variance + (left * mean_after) ** 2 / count)
    how = "total time/passages" if not begin else f"Kaplan-Meier to {begin:.4g}, exponential beyond"
    method = f"{how}; {tested}; {100 * data.censored:.3g} % censored{data.note()}"
    estimate = Estimate(value, error, int((data.code >= 0).sum()), method, "of time")
    return estimate, float(table.survival[-1]) * mean_after / value


def _too_few(data: Passages, target: str | None) -> TooFewData:
    reached = int(data.reached(target).sum())
    total = float(data.time.sum())
    where = "any target" if target is None else repr(target)
    return TooFewData(
        f"{reached} of {len(data.time)} trajectories reached {where}; at least "
        f"{MIN_TRAJECTORIES} passages are needed: raise max_time or trajectories. (For bounds of "
        "the rate see analysis.escape_rate.)",
        Estimate(
            total / max(reached, 1), total / math.sqrt(reached) / reached if reached else math.inf,
            reached, "total time/passages, as if exponential" if reached else "total time watched",
            "of time",
        ),
    )  # fmt: skip


def _warn(data: Passages, text: str) -> None:
    message = f"{100 * data.censored:.3g} % of the trajectories are censored. {text}."
    warnings.warn(message, TailWarning, stacklevel=4)

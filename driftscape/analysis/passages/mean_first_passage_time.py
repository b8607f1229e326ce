"""Estimate the mean first-passage time, whether or not all passages were observed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np

from ...validate import check_choice, check_not_negative
from ..estimate import Estimate
from ..run_data import MIN_TRAJECTORIES, TooFewData
from ..sample_mean import sample_mean
from ..sweeps.each_point import each_point
from ..warn import warn
from .exponentiality import Exponentiality, judge, off_grid
from .life_table import life_table
from .passage_data import CONSIDERABLE, PassageData, TailWarning, read_passages
from .settled import settled
from .survival import restricted_mean

if TYPE_CHECKING:
    import xarray as xr

METHODS = ("auto", "mean", "exponential", "restricted")

# censored share above which a restricted mean is not returned in place of a mean
_MEANINGLESS = 0.5


@each_point
def mean_first_passage_time(
    passages: xr.Dataset,
    *,
    target: str | None = None,
    method: Literal["auto", "mean", "exponential", "restricted"] = "auto",
    discard_time: float | None = None,
    diverged: str | None = None,
) -> Estimate:
    r"""Estimate the mean first-passage time E[T] to a target.

    Parameters
    ----------
    passages
        What `simulate.first_passage` returned.
    target
        With several targets: the mean over the trajectories that reach this one first.  Default:
        the mean time to whichever target is reached first.
    method
        "mean"
            The sample mean.  All passages must have been observed.
        "exponential"
            Kaplan-Meier up to a time a, an exponential tail beyond it,

                tau = int_0^a S dt + S(a) (time on the way after a)/(passages after a),

            For a = 0 this is the maximum-likelihood mean of an exponential law, with the error
            tau/sqrt(passages).  The time a is twice the first of a few quantiles after which
            `exponentiality` accepts.
        "restricted"
            The mean of min(T, longest time observed), see `restricted_mean`: a lower bound.
        "auto"
            "mean" if no trajectory is censored, else "exponential" if an exponential tail is
            accepted, else "restricted" with a warning.
    discard_time
        Time a at which the exponential tail begins.  Default: it is searched for as above.
    diverged
        None refuses passages with diverged trajectories, "drop" leaves those out.

    Returns
    -------
    Estimate
        The mean in units of time; its `method` states how it was found.

    Raises
    ------
    TooFewData
        Fewer than 16 passages; or more than half of the trajectories are censored and no
        exponential tail is accepted.  Its `.estimate` is the partial result.
    Diverged
        Some trajectories diverged and `diverged` is None.
    ValueError
        A method that these passages do not allow; no such target.

    Warns
    -----
    TailWarning
        More than a tenth of the trajectories are censored, so that the value depends on the
        extrapolated tail; or the value is a lower bound.
    SkewnessWarning
        The times are so few and so skewed that the interval of their mean may cover the true mean
        less often than stated.

    Notes
    -----
    First-passage times from a well have an exponential tail once the trajectories have settled in
    the well (their positions then follow one quasi-stationary law).  The tail is an assumption
    about passages that were not observed: with a second, deeper well on the way it can change
    again.  The search for the tail leaves a bias of up to half a standard error if four fifths of
    the trajectories are censored, and less otherwise, provided that they were observed for at least
    five settling times.  A transient that is not over at the end of the observation is not
    detected: where settling took a fifth of the mean time, and the trajectories were observed until
    a fifth of them had passed, the value was too high by 1.4 standard errors with 200 trajectories
    and by 2 with 1000, and only the warning indicates it.

    References
    ----------
    J. Lawless, Statistical Models and Methods for Lifetime Data (2003), chapters 3 and 4.

    Examples
    --------
    >>> from driftscape import landscapes, simulate, theory
    >>> well, ito = landscapes.quartic_well(), simulate.Ito(beta=5, dt=1e-2)
    >>> settings = {"target": "x > 0", "trajectories": 4000, "max_time": 1e3, "seed": 1}
    >>> passages = simulate.first_passage(well, ito, start=-1, **settings)
    >>> tau = mean_first_passage_time(passages)
    >>> tau.compare(theory.mean_first_passage_time(well, beta=5, start=-1, target=0)).verdict
    'agrees'
    """
    check_choice("method", method, METHODS)
    if discard_time is not None:
        discard_time = check_not_negative("discard_time", discard_time)
        if method in ("mean", "restricted"):
            raise ValueError(
                f'discard_time={discard_time} is for method="exponential", and method={method!r}; '
                "leave it out."
            )
    data = read_passages(passages, diverged)
    reached = data.reached(target)
    if reached.sum() < MIN_TRAJECTORIES:
        raise _too_few(data, target)
    if target is not None and len(data.targets) > 1:
        return _conditional(data, target, method)
    if method == "mean" or (method == "auto" and not data.censored and discard_time is None):
        return _sample_mean(data)
    if method == "restricted":
        return restricted_mean(passages, diverged=diverged)
    begin, tested = _begin(data, discard_time)
    if begin is not None:
        tail, unseen = _with_tail(data, begin, tested)
        if data.censored > CONSIDERABLE:
            _warn(data, f"{100 * unseen:.2g} % of the mean is an extrapolated tail; {tested}")
        return tail
    found = f"no exponential tail was found: {tested}"
    if method == "exponential":
        raise ValueError(
            f'{found}. Pass method="restricted", or discard_time= to take it from there on.'
        )
    bound = restricted_mean(passages, diverged=diverged)
    if data.censored > _MEANINGLESS:
        raise TooFewData(
            f"{100 * data.censored:.3g} % of the trajectories are censored, and {found}; the mean "
            "cannot be estimated. Raise max_time, or take analysis.restricted_mean.",
            bound,
        )
    _warn(data, f"{found}. The mean is restricted to the time observed: a lower bound")
    return bound


def _sample_mean(data: PassageData) -> Estimate:
    if data.censored:
        raise ValueError(
            f'method="mean" needs all passages; {100 * data.censored:.3g} % are censored. '
            'Pass method="exponential" or "restricted", or raise max_time.'
        )
    method = f"mean of {len(data.time)} first-passage times{data.note()}"
    return sample_mean(
        data.time, method, "units of time", noise=data.noise, numbers=data.numbers,
        time_step=data.time_step,
       
    )  # fmt: skip


def _conditional(data: PassageData, target: str, method: str) -> Estimate:
    """Return the mean over the trajectories that reached one of several targets first."""
    if method not in ("auto", "mean", "restricted"):
        raise ValueError(
            f'method={method!r} needs target=None; with a target pass "mean" or "restricted".'
        )
    times = data.time[data.reached(target)]
    censored = data.code < 0
    method_text = f"mean over the {len(times)} trajectories that reached {target!r} first"
    if censored.any():
        end = float(data.time.max())
        if method == "mean" or data.time[censored].min() < times.max():
            raise ValueError(
                f"{100 * data.censored:.3g} % of the trajectories are censored: the times at "
                f"which these would reach {target!r} are not known. Raise max_time"
                + (', or pass method="restricted".' if method == "mean" else ".")
            )
        method_text += f", among passages before {end:g}: a lower bound"
        if method == "auto":
            warn(
                f"{100 * data.censored:.3g} % of the trajectories are censored. The "
                f"mean is over passages to {target!r} before {end:g}: a lower bound.",
                TailWarning,
            )
    numbers = data.numbers if data.numbers is None else data.numbers[data.reached(target)]
    return sample_mean(
        times, method_text + data.note(), "units of time", noise=data.noise_of_reached(target),
        numbers=numbers, time_step=data.time_step,
    )  # fmt: skip


def _begin(
    data: PassageData, discard_time: float | None
) -> tuple[float | None, Exponentiality | str]:
    """Return the time at which the exponential tail begins, None if there is none, and the test."""
    if discard_time is None:
        return settled(data)
    passed = data.code >= 0
    if (passed & (data.time > discard_time)).sum() < MIN_TRAJECTORIES:
        raise ValueError(
            f"discard_time={discard_time}: fewer than {MIN_TRAJECTORIES} passages are later; give "
            "an earlier time."
        )
    return discard_time, judge(off_grid(data.time, passed), passed, discard_time)


def _with_tail(
    data: PassageData, begin: float, tested: Exponentiality | str
) -> tuple[Estimate, float]:
    """Return the mean with an exponential tail, and the share of it that the tail adds."""
    passed = (data.code >= 0) & (data.time > begin)
    count = int(passed.sum())
    mean_after = float(np.maximum(data.time - begin, 0.0).sum()) / count
    table = life_table(data)
    value, variance = table.restricted(begin, mean_after)
    left = float(np.concatenate([[1.0], table.survival])[np.sum(table.time <= begin)])
    error = math.sqrt(variance + (left * mean_after) ** 2 / count)
    tail = left / count * (np.maximum(data.time - begin, 0.0) - mean_after * passed)
    total = int((data.code >= 0).sum())
    contributions = data.contributions(
        table.restricted_contributions(begin, mean_after) + tail, total
    )
    how = "total time/passages" if not begin else f"Kaplan-Meier to {begin:.4g}, exponential beyond"
    method = f"{how}; {tested}; {100 * data.censored:.3g} % censored{data.note()}"
    # without their skewness: with it 98 % of the intervals at 95 % cover, see docs/calibration.md
    estimate = Estimate(
        value,
        error,
        total,
        method,
        "units of time",
        contributions=contributions,
        time_step=data.time_step,
    )
    return estimate, float(table.survival[-1]) * mean_after / value


def _too_few(data: PassageData, target: str | None) -> TooFewData:
    reached = int(data.reached(target).sum())
    total = float(data.time.sum())
    where = "any target" if target is None else repr(target)
    return TooFewData(
        f"{reached} of {len(data.time)} trajectories reached {where}; at least "
        f"{MIN_TRAJECTORIES} passages are needed: raise max_time or trajectories. (For bounds of "
        "the rate see analysis.escape_rate.)",
        Estimate(
            total / max(reached, 1), total / math.sqrt(reached) / reached if reached else math.inf,
            reached, "total time/passages, as if exponential" if reached else "total time observed",
            "units of time",
        ),
    )  # fmt: skip


def _warn(data: PassageData, text: str) -> None:
    share = f"{100 * data.censored:.3g} % of the trajectories are censored"
    warn(f"{share}. {text}.", TailWarning)

"""Estimate survival and incidence curves with confidence bands, and restricted means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...labels import Label, labelled
from ...typing import Float
from ...validate import check_positive, check_probability
from ..estimate import Estimate
from ..run_data import MIN_TRAJECTORIES, TooFewData
from ..sweeps.each_point import each_point
from .life_table import LifeTable, life_table
from .passage_data import read_passages

if TYPE_CHECKING:
    import xarray as xr

_ROUNDING = 1e-15  # rounding of sums that cancel: a smaller probability or variance is zero

_LABELS = {
    "survival": Label("survival: not yet at any target", formula="S(t) = P(T > t)"),
    "incidence": Label("incidence: reached first", formula="F_k(t) = P(target k first, T <= t)"),
    "at_risk": Label("trajectories at risk"),
    "events": Label("passages at this time"),
    "target": Label("target"),
}


@each_point
def survival(
    passages: xr.Dataset,
    *,
    target: str | None = None,
    level: float = 0.95,
    diverged: str | None = None,
) -> xr.Dataset:
    r"""Estimate the survival S(t) (Kaplan-Meier) and the incidence F_k(t) (Aalen-Johansen).

        S(t) = P(no target reached by t),    F_k(t) = P(target k reached first, by t)

    S + sum_k F_k = 1.  Censored trajectories count for as long as they were observed.

    Parameters
    ----------
    passages
        What `simulate.first_passage` returned.
    target
        Return F of this target only; default: of all targets, along the dimension `target`.
    level
        Level of the pointwise confidence bands.  They apply Greenwood's error on the scale
        log(-log S), so that they stay between 0 and 1.
    diverged
        None refuses passages with diverged trajectories, "drop" leaves those out.

    Returns
    -------
    xarray.Dataset
        Functions of `time`, from 0 through the distinct passage times to the end: `survival`,
        `incidence`, each with `_low`, `_high` and `_stderr`, and the counts `at_risk` and `events`.
        All are step functions, constant from one time to the next; plot them by
        `.survival.plot.step(where="post")`.

    Raises
    ------
    Diverged
        Some trajectories diverged and `diverged` is None.
    ValueError
        No such target; a level that is not a probability.

    Notes
    -----
    For other packages: `passages.passage_time.values` and `~passages.censored.values` are the
    durations and events of lifelines and R.  `scipy.stats.ecdf` and the `fit` of scipy's
    distributions take `CensoredData.right_censored(passages.passage_time.values,
    passages.censored.values)`.

    References
    ----------
    E. Kaplan, P. Meier, J. Am. Stat. Assoc. 53 (1958) 457; J. Kalbfleisch, R. Prentice, The
    Statistical Analysis of Failure Time Data (2002), sections 1.4 and 8.2.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> ito = simulate.Ito(beta=5, dt=1e-2)
    >>> settings = {"target": "x > 0", "trajectories": 1000, "max_time": 5, "seed": 1}
    >>> passages = simulate.first_passage(landscapes.quartic_well(), ito, start=-1, **settings)
    >>> curve = survival(passages)
    >>> bool(curve.survival[0] == 1)
    True
    """
    import xarray as xr
    from scipy.special import ndtri

    level = check_probability("level", level)
    data = read_passages(passages, diverged)
    chosen = slice(None) if target is None else [data.index(target)]
    table = life_table(data)
    z = float(ndtri((1 + level) / 2))
    alive = table.survival
    variables: dict[str, Any] = {}

    def put(name: str, values: Float, stderr: Float, low: Float, high: Float, first: float) -> None:
        parts = {"": values, "_stderr": stderr, "_low": low, "_high": high}
        dims = ("target", "time")[-values.ndim :]
        for suffix, part in parts.items():
            variables[name + suffix] = (dims, padded(part, 0.0 if suffix == "_stderr" else first))

    # only the times of passages, and the end: the curves are constant between them
    rows = table.passed > 0
    rows[-1] = True
    from_zero = bool(table.time[rows][0] > 0)

    def padded(values: Float, first: float) -> Float:
        shape = (*values.shape[:-1], int(from_zero))
        return np.concatenate([np.full(shape, first), values[..., rows]], axis=-1)

    stderr = alive * np.sqrt(np.cumsum(table.greenwood))
    put("survival", alive, stderr, *_band(alive, stderr, z), 1.0)
    reached = table.incidence.T[chosen]
    error = np.sqrt(np.stack([_variance(table, k) for k in range(len(data.targets))])[chosen])
    low, high = _band(1 - reached, error, z)
    put("incidence", reached, error, 1 - high, 1 - low, 0.0)
    variables["at_risk"] = ("time", padded(table.at_risk, float(len(data.time))))
    variables["events"] = ("time", padded(table.passed, 0.0))
    names = np.asarray(data.targets)[chosen]
    curve = xr.Dataset(variables, {"time": padded(table.time, 0.0), "target": names})
    curve.attrs |= {"level": level, "trajectories": len(data.time), "dropped": data.dropped}
    labelled(curve, _LABELS)
    return curve if target is None else curve.squeeze("target")


@each_point
def restricted_mean(
    passages: xr.Dataset, *, up_to: float | None = None, diverged: str | None = None
) -> Estimate:
    """Estimate E[min(T, up_to)], the area under the survival curve, without extrapolation.

    Parameters
    ----------
    passages
        What `simulate.first_passage` returned.
    up_to
        A time; default: the longest time for which any trajectory was observed.  The result is a
        lower bound of the mean first-passage time if passages come later.
    diverged
        None refuses passages with diverged trajectories, "drop" leaves those out.

    Returns
    -------
    Estimate
        The mean in units of time, to any target, with Greenwood's error.

    Raises
    ------
    TooFewData
        Fewer than 16 passages; its `.estimate` is the partial result.
    Diverged
        Some trajectories diverged and `diverged` is None.
    ValueError
        No trajectory was observed up to that time.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> ito = simulate.Ito(beta=5, dt=1e-2)
    >>> settings = {"target": "x > 0", "trajectories": 1000, "max_time": 5, "seed": 1}
    >>> passages = simulate.first_passage(landscapes.quartic_well(), ito, start=-1, **settings)
    >>> restricted_mean(passages).method.partition(", error")[0]
    'restricted mean up to 5 by Kaplan-Meier, a lower bound of the mean'
    """
    data = read_passages(passages, diverged)
    table = life_table(data)
    end = table.horizon if up_to is None else check_positive("up_to", up_to)
    if not 0 < end or (end > table.horizon and table.survival[-1] > 0):
        raise ValueError(
            f"up_to={up_to}; trajectories were observed up to {table.horizon:g}: give a time "
            "in between."
        )
    value, variance = table.restricted(end)
    count = int(table.passed[table.time <= end].sum())
    late = bool((data.time > end).any() or ((data.code < 0) & (data.time >= end)).any())
    contributions = data.contributions(table.restricted_contributions(end), count)
    below = ", a lower bound of the mean" if late else ""
    estimate = Estimate(
        value, float(np.sqrt(variance)) if count else np.inf, count,
        f"restricted mean up to {end:g} by Kaplan-Meier{below}, error by Greenwood; {count} "
        f"passages, {100 * data.censored:.3g} % censored{data.note()}",
        "units of time", skewness=contributions.skewness, contributions=contributions,
        time_step=data.time_step,
    )  # fmt: skip
    if count < MIN_TRAJECTORIES:
        raise TooFewData(
            f"{count} passages up to {end:g} give no reliable standard error; at least "
            f"{MIN_TRAJECTORIES} are needed: raise max_time or trajectories.",
            estimate,
        )
    return estimate


def _band(curve: Float, stderr: Float, z: float) -> tuple[Float, Float]:
    """Return the band of a decreasing curve; its error is taken on the scale of log(-log)."""
    curve = np.where(curve > _ROUNDING, curve, 0.0)
    inside = (curve > 0) & (curve < 1)
    safe = np.where(inside, curve, 0.5)
    spread = z * stderr / (safe * -np.log(safe))
    with np.errstate(over="ignore"):
        low, high = safe ** np.exp(spread), safe ** np.exp(-spread)
    high = np.where(inside, high, curve)
    # at 0 there is no error to scale: the last upper end remains valid
    return np.where(inside, low, curve), np.where(curve > 0, high, np.minimum.accumulate(high, -1))


def _variance(table: LifeTable, k: int) -> Float:
    """Return the variance of F_k just after each time, from the increments F_k(t) - F_k(s)."""
    curve, share = table.incidence[:, k], table.events[:, k] / table.at_risk
    pull, weight = table.before * share / table.at_risk, table.greenwood
    own = np.cumsum(table.before * (1 - share) * pull)
    mixed = curve * np.cumsum(pull) - np.cumsum(curve * pull)
    square = curve**2 * np.cumsum(weight) - 2 * curve * np.cumsum(curve * weight)
    square = square + np.cumsum(curve**2 * weight)
    variance = own - 2 * mixed + square
    return np.where(variance > _ROUNDING, variance, 0.0)

"""Estimate the rate of escape: the number of passages over the time at risk."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ...validate import check_not_negative
from ..run_data import TooFewData
from ..sweeps.each_point import each_point
from .exponentiality import FEWEST, judge, off_grid
from .passage_data import read_passages
from .skewed import Rate

if TYPE_CHECKING:
    import xarray as xr


@each_point
def escape_rate(
    passages: xr.Dataset,
    *,
    target: str | None = None,
    discard_time: float = 0.0,
    diverged: str | None = None,
) -> Rate:
    """Estimate the rate of escape k; a censored trajectory counts for the time it was observed.

        k = (passages after `discard_time`)/(time that all trajectories spent on their way after it)

    For an exponential law this is 1/tau.  Where trajectories have to settle in the well first, k
    is too low with `discard_time=0`, and a larger `discard_time` gives the rate of the settled
    trajectories; `method` states whether `exponentiality` accepts.

    Parameters
    ----------
    passages
        What `simulate.first_passage` returned.
    target
        Count passages to this target only, over the same time at risk: the rates of several targets
        add up.  Default: passages to any target.
    discard_time
        Time >= 0 after which passages and time at risk are counted.
    diverged
        None refuses passages with diverged trajectories, "drop" leaves those out.

    Returns
    -------
    Rate
        An `Estimate` per unit of time with error sqrt(passages)/(time at risk).  Its `.interval()`
        is exact for a Poisson count, and asymmetric; without any passage it is an upper bound.

    Raises
    ------
    Diverged
        Some trajectories diverged and `diverged` is None.
    TooFewData
        No time at risk is left after `discard_time`.
    ValueError
        No such target.

    References
    ----------
    F. Garwood, Biometrika 28 (1936) 437.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> ito = simulate.Ito(beta=10, dt=1e-2)
    >>> settings = {"target": "x > 0", "trajectories": 1000, "max_time": 5, "seed": 1}
    >>> passages = simulate.first_passage(landscapes.quartic_well(), ito, start=-1, **settings)
    >>> k = escape_rate(passages, discard_time=2)
    >>> k.interval().low < 1 / 30.4 < k.interval().high
    True
    """
    discard_time = check_not_negative("discard_time", discard_time)
    data = read_passages(passages, diverged)
    passed = data.reached(target)
    exposure = float(np.maximum(data.time - discard_time, 0.0).sum())
    count = int((passed & (data.time > discard_time)).sum()) if discard_time else int(passed.sum())
    if not exposure > 0:
        raise TooFewData(
            f"no trajectory was on its way after {discard_time:g}; give an earlier time.",
            Rate(math.nan, math.inf, count, "no time at risk", "per time"),
        )
    method = f"{count} passages in {exposure:.6g} of time at risk"
    if count >= FEWEST:
        method += f"; {judge(off_grid(data.time, data.code >= 0), passed, discard_time)}"
    rate = count / exposure
    counted = passed & (data.time > discard_time) if discard_time else passed
    shares = (counted - rate * np.maximum(data.time - discard_time, 0.0)) / exposure
    return Rate(
        rate, math.sqrt(max(count, 1)) / exposure, count,
        method + data.note(), "per time", exposure,
        time_step=data.time_step,
        contributions=data.contributions(shares if count else 0 * shares, count),
    )  # fmt: skip

"""Estimate the mean of independent values, with its standard error and its skewness."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from ..typing import Float
from .estimate import Contributions, Estimate, Noise
from .warn import warn

MIN_TRAJECTORIES = 16
"""Smallest number of trajectories: a standard error of fewer is uncertain by more than a fifth."""

SKEWED = 0.5
"""Skewness of a mean above which `SkewnessWarning` is given."""

_ROUNDING = 1e-14  # of the largest value: smaller scatter is rounding


class SkewnessWarning(UserWarning):
    """The values are so few and so skewed that the interval of their mean may be too narrow."""


def sample_mean(
    values: Float,
    method: str,
    unit: str = "",
    *,
    noise: Noise = None,
    numbers: ArrayLike | None = None,
    pieces: int = 1,
    cut: str = "",
    time_step: float | None = None,
    quiet: bool = False,
) -> Estimate:
    """Return the mean of independent values, shape (n,), with its error and skewness.

    The mean of no values is nan; the error of a single one is infinite.  Fewer values than
    `MIN_TRAJECTORIES` give no warning: the caller has to refuse them.

    Parameters
    ----------
    values
        Shape (n,).
    method, unit, time_step
        For the `Estimate`.
    noise, numbers
        Name of the noise, one or that of each trajectory, and numbers of the trajectories, which
        give the values in this order.
        Values of the same trajectories in other estimates are then paired with these.  Default: a
        noise of their own.
    pieces, cut
        Number of values of each trajectory, side by side, and how they were cut, in words.
    quiet
        Whether to give no warning.

    Warns
    -----
    SkewnessWarning
        Unless `quiet`: the skewness of the mean, that of the values over sqrt(n), is above
        `SKEWED`.  In 20 000 samples of 16 to 1000 values each, intervals at 95 % covered the true
        mean in 93 to 98 % of the samples for exponential values, squares and cubes of normal ones,
        and lognormal ones exp(x); in 90 to 96 % for fourth powers, of which three quarters warn at
        20 values; and in 84 to 92 % for exp(2 x), which warn as often.  Student's intervals cover
        72 to 93 % for fourth powers and 61 to 85 % for exp(2 x).

    Examples
    --------
    >>> squares = np.random.default_rng(1).standard_normal(400) ** 2
    >>> found = sample_mean(squares, "mean square")
    >>> print(found, found.interval().high - found.value > found.value - found.interval().low)
    0.835 ± 0.065 True
    """
    count = len(values)
    average = float(np.mean(values)) if count else math.nan
    if count < 2:
        return Estimate(average, math.inf, count, method, unit, time_step=time_step)
    error = float(np.std(values, ddof=1)) / math.sqrt(count)
    skewness = _skewness(values) / math.sqrt(count)
    if count >= MIN_TRAJECTORIES and abs(skewness) > SKEWED and not quiet:
        warn(
            f"{method}: {count} values of skewness {skewness * math.sqrt(count):.2g} make a "
            f"mean of skewness {skewness:.2g}; its interval accounts for that, but may still "
            "be too narrow. Run more trajectories.",
            SkewnessWarning,
        )
    return Estimate(
        average, error, count, method, unit, skewness=skewness, time_step=time_step,
        contributions=Contributions.of_values(values, noise, numbers, pieces=pieces, cut=cut),
    )  # fmt: skip


def _skewness(values: Float) -> float:
    """Return Fisher's unbiased ratio of cumulants; 0 for fewer than three values, or equal ones."""
    n, deviation = len(values), values - np.mean(values)
    spread = math.sqrt(np.mean(deviation**2))
    if n < 3 or not _ROUNDING * float(np.max(np.abs(values))) < spread < math.inf:
        return 0.0
    biased = float(np.mean((deviation / spread) ** 3))
    return biased * math.sqrt(n * (n - 1)) / (n - 2)

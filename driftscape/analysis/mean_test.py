"""The p-value of a mean that belongs to the interval of an `Estimate`."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..typing import Float


def mean_p_value(t: ArrayLike, count: int, skewness: ArrayLike) -> Float:
    """Return the two-sided p-value of Student's t of the mean of `count` values.

    It is below 1 - level if `Estimate.interval(level)` does not contain the true value, that is if
    the intervals by Student's law and by Hall's transform of t both do not contain it.

    Parameters
    ----------
    t
        (mean - true value)/stderr.
    count
        Number of values.
    skewness
        Skewness of the mean, as in `Estimate`.

    Examples
    --------
    >>> from driftscape.analysis import Estimate
    >>> mean = Estimate(3.0, 1.0, 20, "", skewness=0.5)
    >>> low, high = mean.interval(0.95)
    >>> [float(mean_p_value(3.0 - end, 20, 0.5).round(9)) for end in (low, high)]
    [0.05, 0.05]
    """
    from scipy.special import stdtr  # 0.1 s to import

    t, k = np.asarray(t, float), np.asarray(skewness, float)
    sign = np.where(t < 0, -1.0, 1.0)
    with np.errstate(invalid="ignore"):  # an infinite t stays infinite
        unskewed = np.where(np.isinf(t), t, t + k * t**2 / 3 + k**2 * t**3 / 27 + k / 6)
    size = np.clip(np.minimum(np.abs(t), sign * unskewed), 0.0, None)
    return np.asarray(2 * stdtr(count - 1, -size))

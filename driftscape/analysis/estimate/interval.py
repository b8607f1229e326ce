"""The confidence interval of a mean: Student's law, and Hall's transform of skewed values."""

from __future__ import annotations

import math
from typing import NamedTuple

_SYMMETRIC = 1e-6  # skewness below which the transformation is only rounding


class Interval(NamedTuple):
    """A two-sided confidence interval, low < value < high."""

    low: float
    high: float


def interval(value: float, stderr: float, n_eff: float, skewness: float, tail: float) -> Interval:
    """Return the interval outside of which each side has the probability `tail`.

    Parameters
    ----------
    value, stderr, n_eff, skewness
        As in `Estimate`.
    tail
        A probability below 1/2.
    """
    if math.isinf(stderr) and not math.isnan(value):
        return Interval(-math.inf, math.inf)
    from scipy.special import ndtri, stdtrit  # 0.1 s to import, and rarely needed

    known = n_eff < 2 or math.isinf(n_eff)
    t = -float(ndtri(tail) if known else stdtrit(n_eff - 1, tail))
    below, above = max(t, _unskewed(t, skewness)), min(-t, _unskewed(-t, skewness))
    return Interval(value - below * stderr, value - above * stderr)


def _unskewed(t: float, k: float) -> float:
    """Return the value whose transform by Hall, for an estimate of skewness k, is t."""
    if not abs(k) > _SYMMETRIC:
        return t
    root = 1 + k * (t - k / 6)
    return 3 / k * (math.copysign(abs(root) ** (1 / 3), root) - 1)

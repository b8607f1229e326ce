r"""The confidence interval of a function of means.

Student's law, Hall's transform of skewed values, and the curvature h of the function: to second
order t = (f(m) - f(mu))/stderr is T - h T^2/2, T being Student's t of the means.  An interval of T
becomes that of t by the farther one of this parabola and of the function

    (2/h) [(1 + 3 h T/2)^(1/3) - 1] = T - h T^2/2 + ...

which grows with T everywhere.  In 4000 samples each of 20, 50 and 200 exponential or normal values,
with relative errors up to a third, intervals at 95 % of squares, exponentials, logarithms,
inverses, products and ratios cover the true value in 93.8 to 98.2 % (99.6 % for inverses of a
relative error of a third; 90 % for products of two means within two errors of zero); without the
curvature in 92 to 96.5 %.  Verdicts at four standard errors then reject right predictions 16 times
too often at a relative error of a tenth, with it as rarely as they should, or more rarely.
"""

from __future__ import annotations

import math
from typing import NamedTuple

_SYMMETRIC = 1e-6  # skewness below which the transformation is only rounding


class Interval(NamedTuple):
    """A two-sided confidence interval, low < value < high."""

    low: float
    high: float


def interval(
    value: float,
    stderr: float,
    n_eff: float,
    skewness: float,
    tail: float,
    curvature: float = 0.0,
) -> Interval:
    """Return the interval outside of which each side has the probability `tail`.

    Parameters
    ----------
    value, stderr, n_eff, skewness
        As in `Estimate`.
    tail
        A probability below 1/2.
    curvature
        As in `Contributions`.
    """
    if math.isinf(stderr) and not math.isnan(value):
        return Interval(-math.inf, math.inf)
    from scipy.special import ndtri, stdtrit  # 0.1 s to import, and rarely needed

    known = n_eff < 2 or math.isinf(n_eff)
    t = -float(ndtri(tail) if known else stdtrit(n_eff - 1, tail))
    below, above = max(t, _unskewed(t, skewness)), min(-t, _unskewed(-t, skewness))
    below, above = _bent(below, above, curvature)
    return Interval(value - below * stderr, value - above * stderr)


def _bent(high: float, low: float, h: float) -> tuple[float, float]:
    """Return the ends of t of a function with the curvature h, for those of its linear part."""
    if not abs(h) > _SYMMETRIC or not math.isfinite(h):
        return high, low
    # a parabola has an end at its vertex, where T reaches that
    ends = [t - h * t**2 / 2 for t in (high, low, 1 / h) if low <= t <= high]
    roots = [1 + 1.5 * h * t for t in (high, low)]
    far, near = (2 / h * (math.copysign(abs(x) ** (1 / 3), x) - 1) for x in roots)
    return max(far, *ends), min(near, *ends)


def _unskewed(t: float, k: float) -> float:
    """Return the value whose transform by Hall, for an estimate of skewness k, is t."""
    if not abs(k) > _SYMMETRIC:
        return t
    root = 1 + k * (t - k / 6)
    return 3 / k * (math.copysign(abs(root) ** (1 / 3), root) - 1)

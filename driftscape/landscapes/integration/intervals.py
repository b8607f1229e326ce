"""Interval arithmetic on arrays, rounded outwards.

An interval is a pair of arrays, its lower and its upper ends.  The interval of a condition says
whether it is surely and whether it is possibly true.  NaN stands for an expression that is
undefined everywhere.  Reference: R. E. Moore, Interval Analysis (1966).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any, TypeAlias

import numpy as np

from ...typing import Bools

Interval: TypeAlias = tuple[Any, Any]

EPS = 2.0**-52
_TINY = 5e-324
_LARGEST = np.finfo(float).max
_FUNCTION = 8  # error of NumPy's functions, in units of the last place
_MANY_TURNS = 1e8  # argument above which sine and cosine are bounded by -1 and 1 only


def widened(found: Interval, ulps: int = 1) -> Interval:
    """Return an interval with its ends moved outwards by the rounding error."""
    low, high = np.asarray(found[0], float), np.asarray(found[1], float)
    # an end that overflows is a finite number
    low, high = np.minimum(low, _LARGEST), np.maximum(high, -_LARGEST)
    low = low - ulps * EPS * np.minimum(np.abs(low), _LARGEST) - _TINY * np.signbit(low)
    high = high + ulps * EPS * np.minimum(np.abs(high), _LARGEST) + _TINY * ~np.signbit(high)
    return low, high


def add(*parts: Interval) -> Interval:
    low, high = parts[0]
    for a, b in parts[1:]:
        below, above = low + a, high + b
        # infinity minus infinity can be anything; NaN stays NaN
        low = np.where(np.isnan(below) & ~np.isnan(low) & ~np.isnan(a), -np.inf, below)
        high = np.where(np.isnan(above) & ~np.isnan(high) & ~np.isnan(b), np.inf, above)
        low, high = widened((low, high))
    return low, high


def multiply(*parts: Interval) -> Interval:
    found = parts[0]
    for other in parts[1:]:
        undefined = np.isnan(found[0]) | np.isnan(other[0])
        products = [np.asarray(a * b) for a in found for b in other]
        # an infinite end stands for a finite number that is too large: times 0 it is 0
        products = [np.where(np.isnan(p), 0.0, p) for p in products]
        low = np.minimum(np.minimum(*products[:2]), np.minimum(*products[2:]))
        high = np.maximum(np.maximum(*products[:2]), np.maximum(*products[2:]))
        low, high = widened((low, high))
        found = np.where(undefined, np.nan, low), np.where(undefined, np.nan, high)
    return found


def whole_power(n: int, base: Interval) -> Interval:
    if n < 0:
        return inverse(whole_power(-n, base))
    low, high = np.asarray(base[0], float), np.asarray(base[1], float)
    a, b = np.power(low, float(n)), np.power(high, float(n))
    if n % 2:
        return widened((a, b), _FUNCTION)
    least = np.where((low <= 0) & (high >= 0), 0.0, np.minimum(a, b))
    least, most = widened((least, np.maximum(a, b)), _FUNCTION)
    return np.maximum(least, 0.0), most


def inverse(of: Interval) -> Interval:
    low, high = np.asarray(of[0], float), np.asarray(of[1], float)
    across = (low < 0) & (high > 0)
    least = np.where(across | (high == 0), -np.inf, 1 / high)
    most = np.where(across | (low == 0), np.inf, 1 / low)
    undefined = np.isnan(low) | ((low == 0) & (high == 0))
    least, most = widened((least, most))
    return np.where(undefined, np.nan, least), np.where(undefined, np.nan, most)


def power(p: float, base: Interval) -> Interval:
    if p < 0:
        return inverse(power(-p, base))
    low, high = np.asarray(base[0], float), np.asarray(base[1], float)
    found = widened((np.maximum(low, 0.0) ** p, np.where(high < 0, np.nan, high) ** p), _FUNCTION)
    return np.where(high < 0, np.nan, np.maximum(found[0], 0.0)), found[1]


def general_power(base: Interval, exponent: Interval) -> Interval:
    return exp(multiply(exponent, log(base)))


def exp(of: Interval) -> Interval:
    low, high = rising(np.exp, of)
    return np.maximum(low, 0.0), high


def log(of: Interval) -> Interval:
    low, high = np.asarray(of[0], float), np.asarray(of[1], float)
    found = rising(np.log, (np.maximum(low, 0.0), np.where(high < 0, np.nan, high)))
    return np.where(high < 0, np.nan, found[0]), found[1]


def log_sum_exp(logs: list[float], *exponents: Interval) -> Interval:
    """Return bounds of log(sum of c exp(a)) without overflow or underflow."""
    ends = []
    for end, outward in ((0, -1), (1, 1)):
        shifted = [np.asarray(c + a[end], float) for c, a in zip(logs, exponents, strict=True)]
        total = reduce(np.logaddexp, shifted)
        size = reduce(np.maximum, [np.where(np.isfinite(a), np.abs(a), 0.0) for a in shifted])
        ends.append(total + outward * _FUNCTION * EPS * size)
    return widened((ends[0], ends[1]), _FUNCTION)


def rising(function: Callable[..., Any], of: Interval) -> Interval:
    """Return bounds of an increasing function."""
    return widened((function(of[0]), function(of[1])), _FUNCTION)


def falling(function: Callable[..., Any], of: Interval) -> Interval:
    """Return bounds of a decreasing function."""
    return widened((function(of[1]), function(of[0])), _FUNCTION)


def cosh(of: Interval) -> Interval:
    low, high = rising(np.cosh, absolute(of))
    return np.maximum(low, 1.0), high


def absolute(of: Interval) -> Interval:
    low, high = of
    return np.maximum(np.maximum(low, np.negative(high)), 0.0), np.maximum(
        np.abs(low), np.abs(high)
    )


def cos(of: Interval) -> Interval:
    return sin((of[0] + np.pi / 2, of[1] + np.pi / 2), 1e-14)


def sin(of: Interval, blur: float = 0.0) -> Interval:
    low, high = np.asarray(of[0], float), np.asarray(of[1], float)
    a, b = np.sin(low), np.sin(high)
    size = blur + 4 * EPS * np.maximum(np.abs(low), np.abs(high))

    def contains(angle: float) -> Bools:
        turn = 2 * np.pi
        first = np.ceil((low - angle - 2 * size) / turn) * turn + angle
        return np.asarray(first <= high + 2 * size)

    wild = ~(np.maximum(np.abs(low), np.abs(high)) < _MANY_TURNS)
    least = np.where(wild | contains(-np.pi / 2), -1.0, np.minimum(a, b) - size)
    most = np.where(wild | contains(np.pi / 2), 1.0, np.maximum(a, b) + size)
    undefined = np.isnan(low)
    return (
        np.where(undefined, np.nan, np.maximum(least, -1.0)),
        np.where(undefined, np.nan, np.minimum(most, 1.0)),
    )


def tan(of: Interval) -> Interval:
    low, high = np.asarray(of[0], float), np.asarray(of[1], float)
    size = 4 * EPS * np.maximum(np.abs(low), np.abs(high))
    pole = np.ceil((low - size) / np.pi - 0.5) * np.pi + np.pi / 2 <= high + size
    pole |= ~(np.maximum(np.abs(low), np.abs(high)) < _MANY_TURNS)
    slope = 1 + np.maximum(np.tan(low) ** 2, np.tan(high) ** 2)
    least, most = np.tan(low) - size * slope, np.tan(high) + size * slope
    undefined = np.isnan(low)
    least, most = np.where(pole, -np.inf, least), np.where(pole, np.inf, most)
    return np.where(undefined, np.nan, least), np.where(undefined, np.nan, most)


def within(function: Callable[..., Any], falls: bool, of: Interval) -> Interval:
    """Return bounds of asin and acos, which are defined on [-1, 1]."""
    outside = (np.asarray(of[0]) > 1) | (np.asarray(of[1]) < -1)
    clipped = np.clip(of[0], -1, 1), np.clip(of[1], -1, 1)
    low, high = (falling if falls else rising)(function, clipped)
    return np.where(outside, np.nan, low), np.where(outside, np.nan, high)


def sign(of: Interval) -> Interval:
    return np.sign(of[0]), np.sign(of[1])


def extreme(choose: Callable[..., Any], *parts: Interval) -> Interval:
    low, high = parts[0]
    for a, b in parts[1:]:
        low, high = choose(low, a), choose(high, b)
    return low, high


def less(a: Interval, b: Interval) -> Interval:
    return np.less(a[1], b[0]), np.less(a[0], b[1])


def at_most(a: Interval, b: Interval) -> Interval:
    return np.less_equal(a[1], b[0]), np.less_equal(a[0], b[1])


def equal(a: Interval, b: Interval) -> Interval:
    point = np.equal(a[0], a[1]) & np.equal(b[0], b[1]) & np.equal(a[0], b[0])
    return point, np.less_equal(a[0], b[1]) & np.less_equal(b[0], a[1])


def negation(of: Interval) -> Interval:
    return np.logical_not(of[1]), np.logical_not(of[0])


def unequal(a: Interval, b: Interval) -> Interval:
    return negation(equal(a, b))


def piecewise(*parts: Interval) -> Interval:
    """Return the hull of the branches that are possible."""
    low, high = np.asarray(np.inf), np.asarray(-np.inf)
    open_ = np.bool_(True)  # no earlier condition is surely true
    for (a, b), (surely, possibly) in zip(parts[::2], parts[1::2], strict=True):
        taken = open_ & possibly
        low = np.where(taken, np.fmin(low, a), low)
        high = np.where(taken, np.fmax(high, b), high)
        open_ = open_ & np.logical_not(surely)
    undefined = low > high
    return np.where(undefined, np.nan, low), np.where(undefined, np.nan, high)

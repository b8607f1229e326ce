"""Estimates with an interval of their own: rates of rare events, probabilities, inverse rates."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from ..estimate import Estimate, Interval


@dataclass(frozen=True)
class _Skewed(Estimate):
    """An estimate that loses its special interval when it is added to or scaled."""

    def plain(self) -> Estimate:
        """Return the same numbers with the symmetric interval."""
        return Estimate(self.value, self.stderr, self.n_eff, self.method, self.unit)

    def __add__(self, other: Estimate | float) -> Estimate:
        return self.plain() + other

    def __mul__(self, factor: float) -> Any:
        return self.plain() * factor

    __radd__, __rmul__ = __add__, __mul__


@dataclass(frozen=True)
class Rate(_Skewed):
    """Events over time at risk; its interval is the exact one of a Poisson count.

    Attributes
    ----------
    exposure
        Time at risk, of all trajectories together.

    Notes
    -----
    Without an event the value is 0, the error 1/exposure and the interval [0, 3.7/exposure].

    Examples
    --------
    >>> low, high = Rate(0.03, 0.017, 3, "3 events in 100", "per time", exposure=100).interval()
    >>> print(f"{low:.5f} {high:.5f}")
    0.00619 0.08767
    """

    exposure: float = float("nan")

    def between(self, tail: float) -> Interval:
        """Return Garwood's interval, from quantiles of chi square: `tail` at most on each side."""
        from scipy.special import gammainccinv, gammaincinv

        count = round(self.n_eff)
        low = float(gammaincinv(count, tail)) if count else 0.0
        high = float(gammainccinv(count + 1, tail))
        return Interval(low / self.exposure, high / self.exposure)


@dataclass(frozen=True)
class Proportion(_Skewed):
    """A probability; its interval is Wilson's, which stays within 0 and 1.

    Attributes
    ----------
    bounds
        Where something is not decided: the probabilities if all that is fails, and if all that is
        succeeds.  The interval reaches from below the one to above the other.

    Examples
    --------
    >>> low, high = Proportion(0.0, 0.01, 100, "0 of 100").interval()
    >>> print(f"{low:.4f} {high:.4f}")
    0.0000 0.0370
    """

    bounds: tuple[Proportion, Proportion] | None = None

    def between(self, tail: float) -> Interval:
        """Return Wilson's interval for `n_eff` trials."""
        from scipy.special import ndtri

        if self.bounds is not None:
            least, most = self.bounds
            return Interval(least.between(tail).low, most.between(tail).high)
        z2 = float(ndtri(tail)) ** 2 / self.n_eff
        p = self.value
        centre = (p + z2 / 2) / (1 + z2)
        width = (z2 * (p * (1 - p) + z2 / 4)) ** 0.5 / (1 + z2)
        return Interval(max(0.0, centre - width), min(1.0, centre + width))


_CERTAIN = 2.0  # standard errors from zero that a rate needs for its inverse to have an error


@dataclass(frozen=True)
class Inverse(_Skewed):
    """`size`/|rate|, the time of a turn; its interval is that of the rate, turned over.

    Attributes
    ----------
    rate
        What was measured.
    size
        What is divided by it.

    Notes
    -----
    The error is that of a ratio, size stderr/rate^2.  Where the rate is within two standard errors
    of zero, value and error are infinite; the interval then begins at a finite time.

    Examples
    --------
    >>> slow = Inverse.of(Estimate(0.01, 0.02, 400, "turns"), 1.0, "1/|turns|", "of time")
    >>> print(f"{slow.value} {slow.interval().low:.1f} {slow.interval().high}")
    inf 20.3 inf
    """

    rate: Estimate = field(kw_only=True)
    size: float = field(kw_only=True)

    @classmethod
    def of(cls, rate: Estimate, size: float, method: str, unit: str) -> Inverse:
        """Turn a measured rate over."""
        speed, certain = abs(rate.value), abs(rate.value) > _CERTAIN * rate.stderr
        value = size / speed if certain else math.inf
        error = size * rate.stderr / speed**2 if certain else math.inf
        return cls(value, error, rate.n_eff, method, unit, rate=rate, size=size)

    def between(self, tail: float) -> Interval:
        """Return the interval of the rate, turned over; up to infinity where that holds zero."""
        low, high = self.rate.between(tail)
        near, far = (0.0, max(-low, high)) if low <= 0 <= high else sorted((abs(low), abs(high)))
        return Interval(self.size / far, self.size / near if near else math.inf)

"""Estimates with asymmetric intervals: rates of rare events, probabilities, inverse rates.

What is calculated with one of them is a plain `Estimate`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from ..estimate import Contributions, Estimate, Interval


@dataclass(frozen=True, repr=False)
class Rate(Estimate):
    """The rate events/exposure; its interval is the exact one of a Poisson count.

    Attributes
    ----------
    value, stderr, n_eff, method, unit, time_step, contributions
        As in `Estimate`; `n_eff` is the number of events.
    skewness
        Not used: the interval is exact.
    exposure
        Time at risk of all trajectories together.

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
        """Return Garwood's interval, from quantiles of chi square: at most `tail` on each side."""
        from scipy.special import gammainccinv, gammaincinv

        count = round(self.n_eff)
        low = float(gammaincinv(count, tail)) if count else 0.0
        high = float(gammainccinv(count + 1, tail))
        return Interval(low / self.exposure, high / self.exposure)


@dataclass(frozen=True, repr=False)
class Proportion(Estimate):
    """A probability; its interval is Wilson's, which stays within 0 and 1.

    Attributes
    ----------
    value, stderr, n_eff, method, unit, time_step, contributions
        As in `Estimate`; `n_eff` is the number of trials.
    skewness
        Not used: the interval has its own asymmetry.
    bounds
        If some trials are undecided: the probabilities if all of them fail, and if all of them
        succeed.  The interval then reaches from below the first to above the second.

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


_CERTAIN = 2.0  # distance of a rate from zero, in standard errors, for a finite inverse


@dataclass(frozen=True, repr=False)
class Inverse(Estimate):
    """size/|rate|, such as the time of one turn; its interval is the inverse of that of the rate.

    Attributes
    ----------
    value, stderr, n_eff, method, unit, time_step, contributions
        As in `Estimate`.
    skewness
        Not used: the interval is that of the rate.
    rate
        The measured rate.
    size
        The numerator.

    Notes
    -----
    The error is size stderr/rate^2, stderr that of the rate.  If the rate is within two standard
    errors of zero, value and error are infinite; the interval then begins at a finite time.

    Examples
    --------
    >>> slow = Inverse.of(Estimate(0.01, 0.02, 400, "turns"), 1.0, "1/|turns|", "units of time")
    >>> print(f"{slow.value} {slow.interval().low:.1f} {slow.interval().high}")
    inf 20.3 inf
    """

    rate: Estimate = field(kw_only=True)
    size: float = field(kw_only=True)

    @classmethod
    def of(cls, rate: Estimate, size: float, method: str, unit: str) -> Inverse:
        """Return size/|rate| with its error."""
        speed, certain = abs(rate.value), abs(rate.value) > _CERTAIN * rate.stderr
        value = size / speed if certain else math.inf
        error = size * rate.stderr / speed**2 if certain else math.inf
        contributions = (size / abs(rate)).contributions if certain else Contributions()
        return cls(
            value, error, rate.n_eff, method, unit, rate=rate, size=size, time_step=rate.time_step,
            contributions=contributions,
        )  # fmt: skip

    def between(self, tail: float) -> Interval:
        """Return the inverse of the rate's interval; its end is infinite if that contains 0."""
        low, high = self.rate.between(tail)
        near, far = (0.0, max(-low, high)) if low <= 0 <= high else sorted((abs(low), abs(high)))
        return Interval(self.size / far, self.size / near if near else math.inf)

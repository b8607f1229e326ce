"""Estimates whose interval is not symmetric: rates of rare events, and probabilities."""

from __future__ import annotations

from dataclasses import dataclass
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

    def interval(self, level: float = 0.95) -> Interval:
        """Return Garwood's interval, from quantiles of chi square: it covers at least `level`."""
        from scipy.special import gammaincinv

        _check(level)
        count, tail = round(self.n_eff), (1 - level) / 2
        low = float(gammaincinv(count, tail)) if count else 0.0
        high = float(gammaincinv(count + 1, 1 - tail))
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

    def interval(self, level: float = 0.95) -> Interval:
        """Return Wilson's interval for `n_eff` trials."""
        from scipy.special import ndtri

        _check(level)
        if self.bounds is not None:
            least, most = self.bounds
            return Interval(least.interval(level).low, most.interval(level).high)
        z2 = float(ndtri((1 + level) / 2)) ** 2 / self.n_eff
        p = self.value
        centre = (p + z2 / 2) / (1 + z2)
        width = (z2 * (p * (1 - p) + z2 / 4)) ** 0.5 / (1 + z2)
        return Interval(max(0.0, centre - width), min(1.0, centre + width))


def _check(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"level={level} is a probability; give one between 0 and 1, e.g. 0.95.")

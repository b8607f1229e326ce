"""Richardson extrapolation in the width of the cells, from three grids."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ....typing import Bools, Float
from ....validate import check_function
from ...theory import Theory
from ..errors import CoarseGrid, NegativeMass

#: real or complex numbers
Values: TypeAlias = NDArray[Any]

_ORDER = 2  # of the scheme in the spacing
_ORDER_TOLERANCE = 0.5  # distance from that order at which the observed one still counts as it
_LEAST_ERROR = 0.03  # of |v(h) - v(2h)|: two extrapolations may agree by accident
_LOWEST_ORDER = 0.5  # observed order below which three grids do not show where they converge
_NEGLIGIBLE = 1e-3  # of the value: smaller differences need no order
_ROUNDING = 1e-10  # of the value: error of the inverse iteration


@dataclass(frozen=True)
class Extrapolated:
    """Numbers extrapolated to cells of width zero, from grids of spacing h, 2h and 4h.

        value = v(h) + [v(h) - v(2h)]/3          where the observed order is two

    Attributes
    ----------
    value
        v(h) + [v(h) - v(2h)]/3; v(h) itself where the observed order is not two.
    truncation
        Difference to the same extrapolation from 2h and 4h, at least 3 % of |v(h) - v(2h)|;
        where the observed order is not two |v(h) - v(2h)| + |v(2h) - v(4h)|/4, or twice the rest
        of the geometric series where that is more.
    settled
        False where the differences hardly shrink: the error is not known then.
    order
        log2 of |v(2h) - v(4h)|/|v(h) - v(2h)|, NaN where the differences are rounding.
    plain
        v(h).
    """

    value: Values
    truncation: Float
    settled: Bools
    order: Float
    plain: Values

    def __str__(self) -> str:
        rows = zip(*map(np.ravel, (self.value, self.truncation, self.order)), strict=True)
        return "\n".join(f"{v:.8g} (truncation {t:.1g}, order {o:.2f})" for v, t, o in rows)

    def theory(self, floor: float = 0.0) -> Theory:
        """Return a single real number as a `Theory`."""
        error = float(self.truncation) + floor
        return Theory(
            float(self.value),
            truncation=error,
            regime=f"grid, extrapolated; order {float(self.order):.2f}",
            source="Fokker-Planck on grids h, 2h, 4h",
            valid=bool(self.settled and np.isfinite(error)),
        )


class Refinable(Protocol):
    """Something on a grid that can be had on a grid of twice the spacing."""

    def halved(self: Level) -> Level:
        """Return the same with half as many cells along each axis."""


Level = TypeVar("Level", bound=Refinable)


def extrapolate(level: Level, quantity: Callable[[Level], ArrayLike]) -> Extrapolated:
    """Evaluate a quantity on the grid and on two coarser ones and remove the error of order two.

    Examples
    --------
    >>> from driftscape import landscapes, theory
    >>> fp = theory.fokker_planck(landscapes.double_well(rotation=1.5), beta=1, shape=96)
    >>> rates = extrapolate(fp, lambda level: level.eigenvalues(2))
    >>> rates.value.round(3)
    array([1.039+0.67j, 1.039-0.67j])
    """
    check_function("quantity", quantity)
    coarse = level.halved()
    fine = np.asarray(quantity(level))
    with warnings.catch_warnings():
        for kind in (NegativeMass, CoarseGrid):  # the coarse grids only estimate the error
            warnings.simplefilter("ignore", kind)
        middle, rough = (np.asarray(quantity(rougher)) for rougher in (coarse, coarse.halved()))
    last, before = fine - middle, middle - rough
    with np.errstate(divide="ignore", invalid="ignore"):
        order = np.log2(np.abs(before) / np.abs(last))
    rounding = np.abs(last) <= _ROUNDING * np.abs(fine)
    order = np.where(rounding, np.nan, order)
    seen = np.abs(order - _ORDER) <= _ORDER_TOLERANCE
    value = np.where(seen, fine + last / 3, fine)
    spread = np.abs(fine + last / 3 - (middle + before / 3))
    slow = np.clip(order, _LOWEST_ORDER, None)
    rest = np.where(order < _ORDER, 2 * np.abs(last) / (2**slow - 1), 0.0)
    unseen = np.maximum(np.abs(last) + np.abs(before) / 4, rest)  # either may be small by accident
    truncation = np.where(seen, np.maximum(spread, _LEAST_ERROR * np.abs(last)), unseen)
    settled = ~(order < _LOWEST_ORDER) | (truncation <= _NEGLIGIBLE * np.abs(fine))
    return Extrapolated(value, truncation + _ROUNDING * np.abs(fine), settled, order, fine)

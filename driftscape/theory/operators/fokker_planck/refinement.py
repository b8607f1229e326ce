"""How far a number from a grid is from the number of no grid: three grids say."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...theory import Theory
from ..errors import CoarseGrid, NegativeMass

if TYPE_CHECKING:
    from .operator import FokkerPlanck

_ORDER = 2
_CLOSE = 0.5  # how far the observed order may be from that
_LUCK = 0.03  # of |v(h) - v(2h)|: two extrapolations agree by accident, the grids do not
_SLOWEST = 0.5  # order below which three grids say nothing of where they go
_HARMLESS = 1e-3  # of the value: differences as small as that may do what they like
_ROUNDING = 1e-10  # what inverse iteration leaves


@dataclass(frozen=True)
class Extrapolated:
    """Numbers extrapolated to cells of no size, from grids of spacing h, 2h and 4h.

    Attributes
    ----------
    value
        v(h) + [v(h) - v(2h)]/3; v(h) itself where the order is not seen to be two.
    truncation
        How much the same extrapolation from 2h and 4h differs, at least 3 % of |v(h) - v(2h)|;
        where the order is not seen |v(h) - v(2h)| + |v(2h) - v(4h)|/4, or twice the rest of the
        geometric series where that is more.
    settled
        False where the differences hardly shrink: no error can be told then.
    order
        log2 of |v(2h) - v(4h)|/|v(h) - v(2h)|, NaN where the differences are rounding.
    plain
        v(h).
    """

    value: NDArray[Any]
    truncation: NDArray[np.float64]
    settled: NDArray[np.bool_]
    order: NDArray[np.float64]
    plain: NDArray[Any]

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


def extrapolate(fp: FokkerPlanck, quantity: Callable[[FokkerPlanck], Any]) -> Extrapolated:
    """Evaluate a quantity on the grid and on two coarser ones and remove the error of order two."""
    coarse = fp.halved()
    fine = np.asarray(quantity(fp))
    with warnings.catch_warnings():
        for kind in (NegativeMass, CoarseGrid):  # the coarse grids only weigh the fine one
            warnings.simplefilter("ignore", kind)
        middle, rough = (np.asarray(quantity(level)) for level in (coarse, coarse.halved()))
    last, before = fine - middle, middle - rough
    with np.errstate(divide="ignore", invalid="ignore"):
        order = np.log2(np.abs(before) / np.abs(last))
    rounding = np.abs(last) <= _ROUNDING * np.abs(fine)
    order = np.where(rounding, np.nan, order)
    seen = np.abs(order - _ORDER) <= _CLOSE
    value = np.where(seen, fine + last / 3, fine)
    spread = np.abs(fine + last / 3 - (middle + before / 3))
    slow = np.clip(order, _SLOWEST, None)
    rest = np.where(order < _ORDER, 2 * np.abs(last) / (2**slow - 1), 0.0)
    unseen = np.maximum(np.abs(last) + np.abs(before) / 4, rest)  # either may be small by accident
    truncation = np.where(seen, np.maximum(spread, _LUCK * np.abs(last)), unseen)
    settled = ~(order < _SLOWEST) | (truncation <= _HARMLESS * np.abs(fine))
    return Extrapolated(value, truncation + _ROUNDING * np.abs(fine), settled, order, fine)

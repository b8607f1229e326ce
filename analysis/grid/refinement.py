"""How far a number from a grid is from the number of no grid: three grids say."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..estimate import Theory
from .errors import NegativeMass

if TYPE_CHECKING:
    from .operator import FokkerPlanck

_ORDER = 2
_CLOSE = 0.5  # how far the observed order may be from that
_ROUNDING = 1e-11


@dataclass(frozen=True)
class Extrapolated:
    """Numbers extrapolated to cells of no size, from grids of spacing h, 2h and 4h.

    Attributes
    ----------
    value
        v(h) + [v(h) - v(2h)]/3; v(h) itself where the order is not seen to be two.
    truncation
        How much the same extrapolation from 2h and 4h differs; where the order is not seen
        |v(h) - v(2h)| + |v(2h) - v(4h)|/4.
    order
        log2 of |v(2h) - v(4h)|/|v(h) - v(2h)|, NaN where the differences are rounding.
    plain
        v(h).
    """

    value: NDArray[Any]
    truncation: NDArray[np.float64]
    order: NDArray[np.float64]
    plain: NDArray[Any]

    def __str__(self) -> str:
        rows = zip(*map(np.ravel, (self.value, self.truncation, self.order)), strict=True)
        return "\n".join(f"{v:.8g} (truncation {t:.1g}, order {o:.2f})" for v, t, o in rows)

    def theory(self, floor: float = 0.0) -> Theory:
        """Return a single real number as a `Theory`."""
        return Theory(
            float(self.value),
            truncation=float(self.truncation) + floor,
            regime=f"grid, extrapolated; order {float(self.order):.2f}",
            source="Fokker-Planck on grids h, 2h, 4h",
        )


def extrapolate(fp: FokkerPlanck, quantity: Callable[[FokkerPlanck], Any]) -> Extrapolated:
    """Evaluate a quantity on the grid and on two coarser ones and remove the error of order two."""
    coarse = fp.halved()
    fine = np.asarray(quantity(fp))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NegativeMass)  # the coarse grids only weigh the fine one
        middle, rough = (np.asarray(quantity(level)) for level in (coarse, coarse.halved()))
    last, before = fine - middle, middle - rough
    with np.errstate(divide="ignore", invalid="ignore"):
        order = np.log2(np.abs(before) / np.abs(last))
    rounding = np.abs(last) <= _ROUNDING * np.abs(fine)
    order = np.where(rounding, np.nan, order)
    seen = np.abs(order - _ORDER) <= _CLOSE
    value = np.where(seen, fine + last / 3, fine)
    spread = np.abs(fine + last / 3 - (middle + before / 3))
    unseen = np.abs(last) + np.abs(before) / 4  # either may be small by accident
    truncation = np.where(seen, spread, unseen) + _ROUNDING * np.abs(fine)
    return Extrapolated(value, truncation, order, fine)

"""What counts as a number: Python's, NumPy's and exact ones, but not True and False.

NumPy's scalars and arrays without axes are what computing with arrays leaves behind, so that they
are taken wherever a number is, and kept as Python's own: a description of a run is JSON.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp


def plain(value: Any) -> Any:
    """Return a NumPy scalar or an array without axes as Python's own; the rest as it is."""
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        return value.item()
    return value


def real(value: Any) -> int | float | None:
    """Return the real number that a value is (it may be nan or inf), None where it is none.

    Truth values, text, complex numbers and arrays with axes are no numbers.

    Examples
    --------
    >>> real(np.int64(2)), real(np.array(0.5)), real(sp.Rational(1, 4)), real(True), real("2")
    (2, 0.5, 0.25, None, None)
    """
    value = plain(value)
    if isinstance(value, bool):
        return None
    if isinstance(value, Fraction) or (isinstance(value, sp.Basic) and value.is_extended_real):
        return float(value) if getattr(value, "is_number", True) else None
    return value if isinstance(value, (int, float)) else None


def whole(value: Any) -> int | None:
    """Return the whole number that a value is, None where it is none; 2.0 is none.

    Examples
    --------
    >>> whole(np.int8(3)), whole(np.array(4)), whole(2.0), whole(True)
    (3, 4, None, None)
    """
    value = plain(value)
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        return None
    return int(value.__index__())

"""Validation of numbers that a user gives: Python's, NumPy's and exact ones, not True and False.

`plain`, `real` and `whole` read a number; `check_positive` and `check_whole` refuse an argument by
its name.  NumPy scalars and arrays without axes are what computing with arrays leaves behind, so
they are accepted wherever a number is, and stored as Python numbers: the description of a run is
JSON.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import sympy as sp


def plain(value: object) -> object:
    """Return a NumPy scalar or an array without axes as a Python number, and the rest as it is."""
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        return value.item()
    return value


def real(value: object) -> int | float | None:
    """Return a value as a real number (nan and inf included), or None where it is no real number.

    Truth values, text, complex numbers and arrays with axes are no real numbers.

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


def whole(value: object) -> int | None:
    """Return a value as a whole number, or None where it is none; 2.0 is none.

    Examples
    --------
    >>> whole(np.int8(3)), whole(np.array(4)), whole(2.0), whole(True)
    (3, 4, None, None)
    """
    value = plain(value)
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        return None
    return int(value.__index__())


def check_positive(name: str, value: object) -> None:
    """Raise an error that names the argument unless its value is a positive finite number.

    Raises
    ------
    TypeError, ValueError
        The value is no number, or not positive and finite.

    Examples
    --------
    >>> check_positive("dt", -1)
    Traceback (most recent call last):
    ValueError: dt=-1; it must be a positive finite number.
    """
    number = real(value)
    if number is None or not 0 < number < math.inf:
        kind = TypeError if number is None else ValueError
        raise kind(f"{name}={value!r}; it must be a positive finite number.")


def check_whole(name: str, value: object) -> None:
    """Raise an error that names the argument unless its value is a whole number >= 1.

    Raises
    ------
    TypeError, ValueError
        The value is no whole number, or below 1.
    """
    number = whole(value)
    if number is None or number < 1:
        kind = TypeError if number is None else ValueError
        raise kind(f"{name}={value!r}; it must be a whole number >= 1.")

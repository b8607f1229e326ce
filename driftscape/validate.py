"""Validation of the arguments that a user gives; each refusal is one sentence that names them.

`plain`, `real` and `whole` read a number; each `check_...` returns the value of an argument as the
caller needs it, or raises an error with the argument's name, its value and what it must be: a
`TypeError` where the value is of another kind, a `ValueError` where it lies outside the range.

NumPy scalars and arrays without axes are what computing with arrays leaves behind, so they are
accepted wherever a number is, and stored as Python numbers: the description of a run is JSON.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeVar

import numpy as np
import sympy as sp

from .typing import Float

T = TypeVar("T")
Choice = TypeVar("Choice", bound="str | None")

_WIDTH = 80  # characters of a value in a message


def shown(value: object) -> str:
    """Return a value on one line for a message, without its middle where it is long.

    Examples
    --------
    >>> shown([1.0, "x"]), shown(10**400), len(shown("x" * 10_000))
    ("[1.0, 'x']", 'a whole number of 401 digits', 80)
    """
    if isinstance(value, int) and abs(value) >= 10**40:
        digits = math.floor(math.log10(abs(value))) + 1
        return f"{'minus ' if value < 0 else ''}a whole number of {digits} digits"
    if isinstance(value, np.ndarray) and value.size > 8:
        return f"an array of shape {value.shape} of {value.dtype}"
    try:
        text = " ".join(repr(value).split())
    except Exception:  # the value is somebody else's, and so is what its repr does
        text = f"an object of {type(value).__name__}"
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 25]} ... {text[20 - _WIDTH // 2 :]}"


def plain(value: object) -> object:
    """Return a NumPy scalar or an array without axes as a Python number, and the rest as it is."""
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        return value.item()
    return value


def real(value: object) -> int | float | None:
    """Return a value as a real number (nan and inf included), or None where it is no real number.

    Truth values, text, complex numbers and arrays with axes are no real numbers.  A whole number
    beyond the range of doubles is infinite.

    Examples
    --------
    >>> real(np.int64(2)), real(np.array(0.5)), real(sp.Rational(1, 4)), real(True), real("2")
    (2, 0.5, 0.25, None, None)
    >>> real(-(10**400))
    -inf
    """
    if type(value) is float:
        return value
    value = plain(value)
    if isinstance(value, bool):
        return None
    exact = isinstance(value, sp.Basic) and value.is_number and value.is_extended_real
    if exact or isinstance(value, (int, float, Fraction)):
        try:
            size = float(value)  # type: ignore[arg-type]
        except OverflowError:
            return math.inf if value > 0 else -math.inf  # type: ignore[operator]
        return value if isinstance(value, int) else size
    return None


def whole(value: object) -> int | None:
    """Return a value as a whole number, or None where it is none; 2.0 is none.

    Examples
    --------
    >>> whole(np.int8(3)), whole(np.array(4)), whole(2.0), whole(True)
    (3, 4, None, None)
    """
    value = plain(value)
    if isinstance(value, bool):
        return None
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        return None


def check_real(
    name: str,
    value: object,
    what: str = "a finite number",
    allowed: Callable[[float], bool] = math.isfinite,
) -> int | float:
    """Return a real number that is `allowed`, as `what` says in words; NaN never is.

    Examples
    --------
    >>> check_real("momentum", np.float32(0.5), "a number in [0, 1)", lambda m: 0 <= m < 1)
    0.5
    >>> check_real("home", "left")
    Traceback (most recent call last):
    TypeError: home='left'; it must be a finite number.
    """
    number = real(value)
    if number is None or number != number or not allowed(number):
        kind = TypeError if number is None else ValueError
        raise kind(f"{name}={shown(value)}; it must be {what}.")
    return number


def check_number(name: str, value: object) -> int | float:
    """Return a real number, nan and inf included, as a computation may give them."""
    number = real(value)
    if number is None:
        raise TypeError(f"{name}={shown(value)}; it must be a number.")
    return number


def check_positive(name: str, value: object) -> int | float:
    """Return a positive finite number.

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
    return check_real(name, value, "a positive finite number", lambda x: 0 < x < math.inf)


def check_not_negative(name: str, value: object) -> int | float:
    """Return a finite number >= 0."""
    return check_real(name, value, "a finite number >= 0", lambda x: 0 <= x < math.inf)


def check_probability(name: str, value: object) -> int | float:
    """Return a number strictly between 0 and 1."""
    return check_real(name, value, "a number between 0 and 1", lambda x: 0 < x < 1)


def check_limit(name: str, value: object) -> int | float:
    """Return a positive number, which may be infinite: a limit of memory in bytes."""
    return check_real(name, value, "a positive number, inf for no limit", lambda x: x > 0)


def check_whole(name: str, value: object, least: int = 1, most: int = 2**63 - 1) -> int:
    """Return a whole number from the least to the most that is allowed.

    Raises
    ------
    TypeError, ValueError
        The value is no whole number, or too small or too large.

    Examples
    --------
    >>> check_whole("steps", 2.5)
    Traceback (most recent call last):
    TypeError: steps=2.5; it must be a whole number >= 1.
    """
    number = whole(value)
    if number is None or not least <= number <= most:
        kind = TypeError if number is None else ValueError
        far = number is not None and number > most
        allowed = f"from {least} to {most}" if far or most < 2**63 - 1 else f">= {least}"
        raise kind(f"{name}={shown(value)}; it must be a whole number {allowed}.")
    return number


def check_flag(name: str, value: object) -> bool:
    """Return True or False; other values are not read as one of them."""
    value = plain(value)
    if not isinstance(value, bool):
        raise TypeError(f"{name}={shown(value)}; give True or False.")
    return value


def check_choice(name: str, value: object, known: Iterable[Choice]) -> Choice:
    """Return a value that is one of those known.

    Examples
    --------
    >>> check_choice("per", "second", ("step", "time"))
    Traceback (most recent call last):
    ValueError: per='second'; it must be one of 'step', 'time'.
    """
    known = tuple(known)
    if not (value is None or isinstance(value, str)) or value not in known:
        listed = f"{'one of ' if len(known) > 1 else ''}{', '.join(map(repr, known))}"
        raise ValueError(f"{name}={shown(value)}; it must be {listed}.")
    return known[known.index(value)]


def check_kind(name: str, value: object, kind: type[T], example: str) -> T:
    """Return a value that is an instance of a class; `example` says in words what to give.

    Examples
    --------
    >>> check_kind("target", 3, str, 'a predicate as text, "x > 0"')
    Traceback (most recent call last):
    TypeError: target=3; give a predicate as text, "x > 0".
    """
    if not isinstance(value, kind):
        raise TypeError(f"{name}={shown(value)}; give {example}.")
    return value


def check_function(name: str, value: object) -> None:
    """Raise a `TypeError` unless the value is a function; a class is none."""
    if not callable(value) or isinstance(value, type):
        raise TypeError(f"{name}={shown(value)}; give a function.")


def check_mapping(name: str, value: object, example: str) -> Mapping[Any, Any]:
    """Return a mapping; `example` says in words what to give."""
    if not isinstance(value, Mapping):
        raise TypeError(f"{name}={shown(value)}; give {example}.")
    return value


def read_numbers(name: str, value: object, example: str) -> Float:
    """Return real numbers as an array of doubles, of any shape.

    True and False are no numbers, and complex ones would lose a part.

    Raises
    ------
    TypeError
        Not an array of real numbers.
    """
    try:
        given = np.asarray(value)
        objects = given.flat if given.dtype.kind == "O" else ()
        if given.dtype.kind not in "iufO" or any(real(x) is None for x in objects):
            raise TypeError
        return given.astype(float)
    except (TypeError, ValueError, OverflowError):
        raise TypeError(f"{name}={shown(value)}; give {example}.") from None


def check_numbers(name: str, value: object, example: str) -> Float:
    """Return finite numbers as an array of doubles, of any shape.

    Raises
    ------
    TypeError, ValueError
        Not an array of real numbers, or one of them is not finite.
    """
    numbers = read_numbers(name, value, example)
    if not np.isfinite(numbers).all():
        raise ValueError(f"{name}={shown(value)} has a number that is not finite; give {example}.")
    return numbers


def check_interval(name: str, value: object) -> tuple[float, float]:
    """Return the ends (low, high) of an interval, finite numbers with low < high."""
    several = isinstance(value, Sequence) or (isinstance(value, np.ndarray) and value.ndim)
    ends = [real(end) for end in value] if several else []  # type: ignore[attr-defined]
    if isinstance(value, str) or len(ends) != 2 or None in ends:
        raise TypeError(f"{name}={shown(value)}; give finite (low, high), low < high.")
    low, high = (float(end) for end in ends if end is not None)
    if not -math.inf < low < high < math.inf:
        raise ValueError(f"{name}={shown(value)}; give finite (low, high), low < high.")
    return low, high

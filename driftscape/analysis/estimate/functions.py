"""Functions of one and two numbers, with their first and second derivatives."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple, TypeAlias


class Expansion(NamedTuple):
    """A function at a point: its value, first derivatives, and matrix of second derivatives."""

    value: float
    slopes: tuple[float, ...]
    second: tuple[tuple[float, ...], ...]


Function: TypeAlias = Callable[..., Expansion]


def _one(value: float, slope: float, second: float) -> Expansion:
    return Expansion(value, (slope,), ((second,),))


def _two(
    value: float, slopes: tuple[float, float], xx: float = 0.0, xy: float = 0.0, yy: float = 0.0
) -> Expansion:
    return Expansion(value, slopes, ((xx, xy), (xy, yy)))


def _exponential(x: float) -> Expansion:
    y = math.exp(x)
    return _one(y, y, y)


def _power(x: float, n: float) -> Expansion:
    """Return x**n; the logarithm is only needed where n is uncertain."""
    value = math.pow(x, n)
    first = n * math.pow(x, n - 1) if n else 0.0
    xx = n * (n - 1) * math.pow(x, n - 2) if n * (n - 1) else 0.0
    if x <= 0:
        return _two(value, (first, math.nan), xx, math.nan, math.nan)
    log = math.log(x)
    xy = math.pow(x, n - 1) * (1 + n * log)
    return _two(value, (first, value * log), xx, xy, value * log**2)


def _cube_root(x: float) -> Expansion:
    y = math.copysign(abs(x) ** (1 / 3), x)
    return _one(y, y / (3 * x), -2 * y / (9 * x * x))


def _tangent(x: float) -> Expansion:
    y = math.tan(x)
    return _one(y, 1 + y * y, 2 * y * (1 + y * y))


def _hyperbolic_tangent(x: float) -> Expansion:
    y = math.tanh(x)
    return _one(y, 1 - y * y, -2 * y * (1 - y * y))


def _angle(y: float, x: float) -> Expansion:
    r2 = x * x + y * y
    mixed = (y * y - x * x) / r2**2
    twice = 2 * x * y / r2**2
    return _two(math.atan2(y, x), (x / r2, -y / r2), -twice, mixed, twice)


def _length(x: float, y: float) -> Expansion:
    r = math.hypot(x, y)
    return _two(r, (x / r, y / r), y * y / r**3, -x * y / r**3, x * x / r**3)


def _logarithm(base: float) -> Function:
    scale = math.log(base)
    return lambda x: _one(math.log(x) / scale, 1 / (x * scale), -1 / (x * x * scale))


FUNCTIONS: dict[str, Function] = {
    "add": lambda x, y: _two(x + y, (1.0, 1.0)),
    "subtract": lambda x, y: _two(x - y, (1.0, -1.0)),
    "multiply": lambda x, y: _two(x * y, (y, x), xy=1.0),
    "divide": lambda x, y: _two(x / y, (1 / y, -x / y**2), xy=-1 / y**2, yy=2 * x / y**3),
    "power": _power,
    "arctan2": _angle,
    "hypot": _length,
    "negative": lambda x: _one(-x, -1.0, 0.0),
    "positive": lambda x: _one(x, 1.0, 0.0),
    "absolute": lambda x: _one(abs(x), math.copysign(1.0, x), 0.0),
    "square": lambda x: _one(x * x, 2 * x, 2.0),
    "reciprocal": lambda x: _one(1 / x, -1 / x**2, 2 / x**3),
    "sqrt": lambda x: _one(math.sqrt(x), 0.5 / math.sqrt(x), -0.25 / x**1.5),
    "cbrt": _cube_root,
    "exp": _exponential,
    "exp2": lambda x: _one(2**x, 2**x * math.log(2), 2**x * math.log(2) ** 2),
    "expm1": lambda x: _one(math.expm1(x), math.exp(x), math.exp(x)),
    "log": _logarithm(math.e),
    "log2": _logarithm(2),
    "log10": _logarithm(10),
    "log1p": lambda x: _one(math.log1p(x), 1 / (1 + x), -1 / (1 + x) ** 2),
    "sin": lambda x: _one(math.sin(x), math.cos(x), -math.sin(x)),
    "cos": lambda x: _one(math.cos(x), -math.sin(x), -math.cos(x)),
    "tan": _tangent,
    "arcsin": lambda x: _one(math.asin(x), (1 - x * x) ** -0.5, x * (1 - x * x) ** -1.5),
    "arccos": lambda x: _one(math.acos(x), -((1 - x * x) ** -0.5), -x * (1 - x * x) ** -1.5),
    "arctan": lambda x: _one(math.atan(x), 1 / (1 + x * x), -2 * x / (1 + x * x) ** 2),
    "sinh": lambda x: _one(math.sinh(x), math.cosh(x), math.sinh(x)),
    "cosh": lambda x: _one(math.cosh(x), math.sinh(x), math.cosh(x)),
    "tanh": _hyperbolic_tangent,
    "arcsinh": lambda x: _one(math.asinh(x), (1 + x * x) ** -0.5, -x * (1 + x * x) ** -1.5),
    "arccosh": lambda x: _one(math.acosh(x), (x * x - 1) ** -0.5, -x * (x * x - 1) ** -1.5),
    "arctanh": lambda x: _one(math.atanh(x), 1 / (1 - x * x), 2 * x / (1 - x * x) ** 2),
    "deg2rad": lambda x: _one(math.radians(x), math.pi / 180, 0.0),
    "rad2deg": lambda x: _one(math.degrees(x), 180 / math.pi, 0.0),
}
"""NumPy's names of the functions that estimates have."""

ALIASES = {
    "true_divide": "divide", "float_power": "power", "fabs": "absolute", "abs": "absolute",
    "radians": "deg2rad", "degrees": "rad2deg",
}  # fmt: skip
"""Other names of the same functions."""

SYMBOLS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "**"}
"""How an operation is written between its operands."""

LINEAR = {"add", "subtract", "negative", "positive"}
"""Functions that keep the unit of their arguments, which have to agree."""


def expansion(name: str, arguments: tuple[float, ...]) -> Expansion:
    """Return value and derivatives of a function.

    Raises
    ------
    ValueError
        The function, or its first derivative, is not finite at these finite numbers.
    """
    try:
        found = FUNCTIONS[name](*arguments)
    except (ValueError, ZeroDivisionError, OverflowError):
        if all(map(math.isfinite, arguments)):
            raise ValueError(_refusal(name, arguments)) from None
        nan = math.nan
        return Expansion(nan, (nan,) * len(arguments), ((nan,) * len(arguments),) * len(arguments))
    if all(map(math.isfinite, arguments)) and not (
        math.isfinite(found.value) and not math.isinf(sum(found.slopes))
    ):
        raise ValueError(_refusal(name, arguments))
    return found


def _refusal(name: str, arguments: tuple[float, ...]) -> str:
    numbers = [f"{x:.6g}" for x in arguments]
    text = (
        f" {SYMBOLS[name]} ".join(numbers) if name in SYMBOLS else f"{name}({', '.join(numbers)})"
    )
    return (
        f"{text} has no finite value and derivative, so that no error can be propagated; "
        "use it only where the estimate is well inside the domain of the function."
    )

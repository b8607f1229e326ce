"""One operation on estimates and numbers: value, contributions, unit and method of the result."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, Protocol, TypeAlias

from ...theory.units import Unit, UnitError, conversion, same_quantity
from .contributions import Contributions
from .functions import LINEAR, SYMBOLS, expansion

_LONGEST = 200  # characters of a method that operations write
_POWERS = {"square": 2.0, "reciprocal": -1.0, "sqrt": 0.5, "cbrt": 1 / 3}
_ALIKE = {*LINEAR, "hypot", "arctan2", "absolute"}  # their arguments have one unit
_COMPARED = ("add", "subtract", "hypot", "arctan2")


class Operand(Protocol):
    """What an estimate says of itself."""

    @property
    def value(self) -> float:
        """The value."""
        ...

    @property
    def contributions(self) -> Contributions:
        """What its error is made of."""
        ...

    @property
    def method(self) -> str:
        """How it was measured."""
        ...

    @property
    def unit(self) -> str:
        """The unit of the value."""
        ...

    @property
    def time_step(self) -> float | None:
        """The time of a step."""
        ...


Argument: TypeAlias = "Operand | float"


class Result(NamedTuple):
    """The numbers of an estimate that was calculated."""

    value: float
    contributions: Contributions
    method: str
    unit: str
    time_step: float | None


def operate(name: str, arguments: Sequence[Argument]) -> Result:
    """Apply a function to estimates and numbers; at least one of them is an estimate.

    Parameters
    ----------
    name
        NumPy's name of the function, see `functions.FUNCTIONS`.
    arguments
        Its arguments.

    Raises
    ------
    ValueError
        The function has no finite value or derivative there.
    UnitError
        (a ValueError) Two units that have to agree do not.
    Unpaired
        (a ValueError) Two estimates depend on unlike pieces of the same trajectories.
    """
    unit, scales = _unit(name, arguments)
    values = tuple(
        s * (a if isinstance(a, (int, float)) else a.value)
        for s, a in zip(scales, arguments, strict=True)
    )
    found = expansion(name, values)
    uncertain = [i for i, a in enumerate(arguments) if not isinstance(a, (int, float))]
    terms, second = [], []
    for i in uncertain:
        argument = arguments[i]
        assert not isinstance(argument, (int, float))
        slope = found.slopes[i]
        if math.isnan(slope) and not math.isnan(found.value):
            raise ValueError(
                f"a power of {values[0]:.6g} with an uncertain exponent has no derivative; its "
                "base has to be positive."
            )
        terms.append((scales[i] * slope, argument.contributions))
        second.append([scales[i] * scales[j] * found.second[i][j] for j in uncertain])
    curved = any(map(any, second))
    contributions = Contributions.function(terms, second if curved else None)
    return Result(found.value, contributions, _method(name, arguments), unit, _step(arguments))


def _unit(name: str, arguments: Sequence[Argument]) -> tuple[str, list[float]]:
    """Return the unit of the result, and the factors that bring the arguments to one unit."""
    units = [None if isinstance(a, (int, float)) else a.unit for a in arguments]
    scales = [1.0] * len(units)
    first = units[0] or ""
    if name in _COMPARED and all(units):
        scales[1] = conversion(units[1] or "", first, *_steps(arguments))
    if name in ("divide", "multiply"):
        other = units[1] or ""
        if name == "divide" and first and other and first != other and same_quantity(first, other):
            try:
                scales[1] = conversion(other, first, *_steps(arguments))
                other = first
            except UnitError:
                pass
        return _product(first, other, 1 if name == "multiply" else -1), scales
    if name == "power":
        exponent = arguments[1]
        if first and isinstance(exponent, (int, float)):
            return str(Unit.of(first) ** exponent), scales
        return "", scales
    if name in _POWERS:
        return str(Unit.of(first) ** _POWERS[name]) if first else "", scales
    if name in _ALIKE and name != "arctan2":
        return next(filter(None, units), ""), scales
    return "", scales


def _product(one: str, other: str, power: int) -> str:
    """Return the unit of a product (power 1) or of a ratio (power -1)."""
    if not other:
        return one
    if not one and power == 1:
        return other
    if one == other and power == -1:
        return ""
    return str(Unit.of(one) * Unit.of(other) ** power)


def _step(arguments: Sequence[Argument]) -> float | None:
    """Return the time of a step of the result: the one that all arguments with steps have."""
    times = {
        a.time_step
        for a in arguments
        if not isinstance(a, (int, float)) and (a.time_step is not None or Unit.of(a.unit).step)
    }
    return times.pop() if len(times) == 1 else None


def _steps(arguments: Sequence[Argument]) -> tuple[float | None, float | None]:
    """Return the time of a step of the second argument and of the first."""
    first, second = (None if isinstance(a, (int, float)) else a.time_step for a in arguments)
    return second, first


def _method(name: str, arguments: Sequence[Argument]) -> str:
    """Return how the result was obtained; a shift or a change of scale is not mentioned."""
    estimates = [a for a in arguments if not isinstance(a, (int, float))]
    shift = name in LINEAR or name == "multiply" or arguments[0] is estimates[0]
    if len(estimates) == 1 and shift and name in {*LINEAR, "multiply", "divide"}:
        return estimates[0].method
    methods = [
        f"{a:g}" if isinstance(a, (int, float)) else a.method or "estimate" for a in arguments
    ]
    if name in SYMBOLS:
        return _short(f" {SYMBOLS[name]} ".join(f"({method})" for method in methods))
    return _short(f"{name}({', '.join(methods)})")


def _short(text: str) -> str:
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else f"{text[:half]} ... {text[-half:]}"

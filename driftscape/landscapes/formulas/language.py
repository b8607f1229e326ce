"""The formula language: names, exact numbers, and the types of formulas that a user may give."""

import keyword
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

import sympy as sp
from numpy.typing import NDArray

from ...validate import plain, shown
from ..errors import FormulaError
from .functions import TEXT_FUNCTIONS

#: text, a number or a SymPy expression
Formula: TypeAlias = str | float | int | Fraction | sp.Expr
#: one formula for each coordinate
VectorLike: TypeAlias = Sequence[Formula] | sp.MatrixBase | NDArray[Any]
#: rows of formulas
MatrixLike: TypeAlias = Sequence[Sequence[Formula]] | sp.MatrixBase | NDArray[Any]
#: formulas as text that is parsed again: a scalar, a vector or a matrix, or None if not given
Text: TypeAlias = "str | list[Text] | None"
#: formulas in nested sequences, a tensor
Nested: TypeAlias = "Formula | Sequence[Nested]"
#: a point: formulas in the order of the coordinates, or coordinate -> formula
Point: TypeAlias = Sequence[Formula] | Mapping[str, Formula] | NDArray[Any]
#: coordinate -> (low, high)
Domain: TypeAlias = Mapping[str, tuple[float, float]]

MAX_DIGITS = 400  # of a number
CONDITIONAL = "where"  # where(condition, value, otherwise)


def names(text: str | Iterable[str | sp.Symbol], what: str = "coordinates") -> tuple[str, ...]:
    """Return distinct names from `"u v z"`, `"u, v, z"` or a sequence of texts or symbols.

    Raises
    ------
    FormulaError
        There is no name, a name is not usable, or a name occurs twice.
    """
    if not isinstance(text, (str, list, tuple, sp.MatrixBase)):
        raise FormulaError(f"{what}={shown(text)}; give names, 'x y' or ['x', 'y'].")
    parts = text.replace(",", " ").split() if isinstance(text, str) else list(text)
    parts = [part.name if isinstance(part, sp.Symbol) else part for part in parts]
    if not parts:
        raise FormulaError(f"{what}={shown(text)} names nothing; give at least one, e.g. 'x y'.")
    for name in parts:
        check_name(name, what)
    if len(set(parts)) < len(parts):
        raise FormulaError(f"{what}={parts} repeats a name; each must be distinct.")
    return tuple(parts)


def check_name(name: object, what: str) -> None:
    """Raise `FormulaError` for a name that is no identifier, a keyword, or a function's name."""
    usable = isinstance(name, str) and name.isascii() and name.isidentifier() and len(name) <= 60
    if not isinstance(name, str) or not usable:
        raise FormulaError(
            f"{shown(name)} cannot name one of the {what}; use letters a-z, digits and _: 'theta1'."
        )
    if keyword.iskeyword(name):
        raise FormulaError(f"{name!r} is a Python keyword; call it {name + '_'!r}, for example.")
    if name in TEXT_FUNCTIONS or name in (CONDITIONAL, "pi"):
        raise FormulaError(f"{name!r} is a function of the formula language; use another name.")


def exact(value: object) -> sp.Expr:
    """Return a number as the exact rational of its shortest decimal: 0.1 -> 1/10.

    Raises
    ------
    FormulaError
        The value is not a number, or not finite.
    """
    value = plain(value)
    if isinstance(value, bool) or not isinstance(value, (int, float, Fraction, sp.Basic)):
        raise FormulaError(
            f"{shown(value)} is not a formula; give a number, text such as 'x**2/2', or a SymPy "
            "expression."
        )
    if isinstance(value, sp.Float):
        return exact(float(value))
    if isinstance(value, sp.Basic):
        return value
    if isinstance(value, float) and (value != value or value in (float("inf"), -float("inf"))):
        raise FormulaError(f"the number {value!r} is not finite; give one of at most 1.8e308.")
    return sp.Rational(repr(float(value)) if isinstance(value, float) else value)


def quoted(formula: object) -> str:
    """Return the formula in quotes, without its middle where it is long."""
    text = str(formula)
    return repr(text if len(text) <= 80 else text[:60] + " ... " + text[-12:])


def is_finite(expression: sp.Expr) -> bool:
    """Return whether an expression can be real and its constant parts are finite real numbers."""
    return not_finite(expression) is None


def not_finite(expression: sp.Expr) -> sp.Expr | None:
    """Return a part of an expression that is a number and no double, or is never real, if any."""
    if not expression.is_number:
        return next(
            filter(None, map(not_finite, expression.args)),
            None if can_be_real(expression) else expression,
        )
    if expression.is_Rational:
        p, q = abs(expression.p), expression.q
        short = max(p.bit_length(), q.bit_length()) < 3.3 * MAX_DIGITS
        # of the range of normal doubles, decided without a division
        return None if not p or (short and q <= p << 1022 and p < q << 1023) else expression
    value = expression.evalf(15)
    return None if value.is_real and abs(value) < 1e300 else expression


def can_be_real(expression: sp.Basic) -> bool:
    """Return whether an expression may have real values; a condition counts as such."""
    return not isinstance(expression, sp.Expr) or expression.is_extended_real is not False


def plain_conditions(expression: sp.Basic) -> sp.Basic:
    """Write SymPy's if-then-else of conditions with and, or, not; `where` in one leads to it."""
    return expression.replace(sp.ITE, lambda a, b, c: sp.Or(sp.And(a, b), sp.And(sp.Not(a), c)))

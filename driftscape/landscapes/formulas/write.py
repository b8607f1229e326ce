"""SymPy to text that `parse` reads back.

SymPy's own `str` is not suitable: it writes Euler's number as `E`, which may be a coordinate, and
`Piecewise` and `And` in a syntax that is not part of the formula language.
"""

import numpy as np
import sympy as sp
from sympy.printing.str import StrPrinter

from ..errors import FormulaError
from .language import Formula, MatrixLike, Text, VectorLike, check_name, exact, quoted

_CONSTANTS = (sp.Rational, sp.Float, type(sp.pi), type(sp.E), sp.logic.boolalg.BooleanAtom)


def text_of(expression: sp.Basic) -> str:
    """Return the formula as text.

    Raises
    ------
    FormulaError
        A symbol is not a usable name, a constant is not a real number, or a `Piecewise` has no
        last branch.  Functions outside the language are refused when the text is parsed.

    Examples
    --------
    >>> x = sp.Symbol("x")
    >>> text_of(sp.Piecewise((sp.E * x, (x > 0) & (x < 1)), (0.1, True)))
    'where(((x > 0) and (x < 1)), (exp(1)*x), ((1/10)))'
    """
    for atom in expression.atoms():
        if isinstance(atom, sp.Symbol):
            check_name(atom.name, "symbols")
        elif not isinstance(atom, _CONSTANTS):
            raise FormulaError(f"{atom} in {quoted(expression)} is not a finite real number.")
    text: str = _Writer().doprint(expression)
    return text


def as_text(value: Formula | VectorLike | MatrixLike | None) -> Text:
    """Write a formula, or a list, array or matrix of formulas, as text that parses back to it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, sp.MatrixBase) and value.cols == 1:
        return [as_text(v) for v in value]
    if isinstance(value, (sp.MatrixBase, sp.NDimArray, np.ndarray)):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [as_text(v) for v in value]
    return text_of(value) if isinstance(value, sp.Basic) else str(exact(value))


class _Writer(StrPrinter):  # type: ignore[misc]
    def _print_Exp1(self, _: sp.Basic) -> str:
        return "exp(1)"

    def _print_Float(self, number: sp.Float) -> str:
        return f"({exact(number)})"

    def _print_Piecewise(self, node: sp.Piecewise) -> str:
        if node.args[-1].cond is not sp.true:
            raise FormulaError(f"{quoted(node)} has no value where no condition holds.")
        text = f"({self._print(node.args[-1].expr)})"
        for value, condition in reversed(node.args[:-1]):
            text = f"where({self._print(condition)}, ({self._print(value)}), {text})"
        return text

    def _print_And(self, node: sp.And) -> str:
        return "(" + " and ".join(f"({self._print(part)})" for part in node.args) + ")"

    def _print_Or(self, node: sp.Or) -> str:
        return "(" + " or ".join(f"({self._print(part)})" for part in node.args) + ")"

    def _print_Not(self, node: sp.Not) -> str:
        return f"(not {self._print(node.args[0])})"

"""The functions a formula may contain: text name -> SymPy, and how NumPy evaluates each.

One table serves the parser (what may be typed), the check of SymPy input (what may be
passed) and the evaluator (what NumPy does with it).  Compiled backends have a table of their
own under the same SymPy classes.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import sympy as sp


def _erf(x: Any) -> Any:
    from scipy.special import erf  # 0.1 s to import, and few landscapes need it

    return erf(x)


#: name in text -> SymPy constructor
TEXT_FUNCTIONS: dict[str, Callable[..., sp.Basic]] = {
    "exp": sp.exp,
    "log": sp.log,
    "sqrt": sp.sqrt,
    "sin": sp.sin,
    "cos": sp.cos,
    "tan": sp.tan,
    "asin": sp.asin,
    "acos": sp.acos,
    "atan": sp.atan,
    "sinh": sp.sinh,
    "cosh": sp.cosh,
    "tanh": sp.tanh,
    "erf": sp.erf,
    "abs": sp.Abs,
    "sign": sp.sign,
    "min": sp.Min,
    "max": sp.Max,
    "Abs": sp.Abs,
    "Min": sp.Min,
    "Max": sp.Max,
}

#: name in text -> exact number
TEXT_CONSTANTS: dict[str, sp.Basic] = {"pi": sp.pi, "E": sp.E}

#: SymPy class -> NumPy function of arrays
NUMPY_FUNCTIONS: dict[type[sp.Basic], Callable[..., Any]] = {
    sp.exp: np.exp,
    sp.log: np.log,
    sp.sin: np.sin,
    sp.cos: np.cos,
    sp.tan: np.tan,
    sp.asin: np.arcsin,
    sp.acos: np.arccos,
    sp.atan: np.arctan,
    sp.sinh: np.sinh,
    sp.cosh: np.cosh,
    sp.tanh: np.tanh,
    sp.erf: _erf,
    sp.Abs: np.abs,
    sp.sign: np.sign,
}

#: everything else that may occur in an expression tree
STRUCTURE: tuple[type[sp.Basic], ...] = (
    sp.Add,
    sp.Mul,
    sp.Pow,
    sp.Symbol,
    sp.Rational,
    sp.core.numbers.NumberSymbol,
    sp.Min,
    sp.Max,
    sp.Piecewise,
    sp.functions.elementary.piecewise.ExprCondPair,
    sp.core.relational.Relational,
    sp.And,
    sp.Or,
    sp.Not,
    sp.logic.boolalg.BooleanAtom,
)

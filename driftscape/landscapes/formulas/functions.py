"""The functions of the formula language: their SymPy classes, and NumPy functions for each.

The parser reads the first table and the evaluator the second.  Compiled backends have a table of
their own with the same SymPy classes.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike


def _erf(x: ArrayLike) -> Any:
    from scipy.special import erf  # 0.1 s to import, and few landscapes need it

    return erf(x)


def _abs(u: sp.Expr) -> sp.Expr:
    # if SymPy does not know that u is real, as for log(x), |u| would be differentiated by re and im
    return sp.Abs(u) if u.is_extended_real else sp.Piecewise((u, u > 0), (-u, True))


def _sign(u: sp.Expr) -> sp.Expr:
    return sp.sign(u) if u.is_extended_real else sp.Piecewise((1, u > 0), (-1, u < 0), (0, True))


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
    "abs": _abs,
    "sign": _sign,
    "min": sp.Min,
    "max": sp.Max,
    "Abs": _abs,
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

"""Expressions of the coordinates, given as text, as functions of arrays of points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sympy as sp

from ..landscapes.formulas.evaluate import evaluate
from ..landscapes.formulas.language import exact
from ..landscapes.landscape import Landscape
from ..typing import Float


@dataclass(frozen=True)
class Observable:
    """An expression, such as `x**2` or `x*y`, of one landscape's coordinates.

    Attributes
    ----------
    text
        The expression as the user gave it.
    expression
        SymPy expression in the landscape's symbols, with numbers in place of its parameters.
    symbols
        The landscape's coordinates, in order.
    """

    text: str
    expression: sp.Expr
    symbols: tuple[sp.Symbol, ...]

    @classmethod
    def of(cls, landscape: Landscape, expression: str | sp.Expr) -> Observable:
        """Parse text or a SymPy expression in the landscape's coordinates and parameters."""
        values = {symbol: exact(value) for symbol, value in landscape.parameter_symbols.items()}
        parsed = landscape.parse(expression).xreplace(values)
        return cls(str(expression), parsed, tuple(landscape.symbols))

    def __call__(self, points: Float) -> Float:
        """Return the values at points of shape (..., dim), shape (...)."""
        columns = {symbol: points[..., k] for k, symbol in enumerate(self.symbols)}
        (value,) = evaluate([self.expression], columns)
        return np.broadcast_to(np.asarray(value, float), points.shape[:-1])

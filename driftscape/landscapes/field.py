"""A field of a landscape: a symbolic tensor that can be called as a NumPy function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from ..typing import Assignments, Float
from ..validate import shown
from .errors import FormulaError
from .formulas.evaluate import evaluate
from .formulas.language import Point, exact, is_finite
from .formulas.latex import latex_of


@dataclass(frozen=True, eq=False)
class Field:
    """A tensor-valued function of the coordinates.

        field(points)[..., i, j] = entry ij of the tensor at each point

    Attributes
    ----------
    name
        What it is, such as `"gradient"`.
    entries
        Its components, row by row, in the coordinate and parameter symbols.
    shape
        Shape of the tensor at one point; `()` for a scalar.
    symbols
        The coordinates.
    parameters
        Parameter symbol -> value.
    assignments
        Assignments that the entries refer to, in order.
    tables
        Indexed base -> array that a `Sum` in the entries runs over: nodes, weights or data.

    Examples
    --------
    >>> from driftscape import landscapes
    >>> well = landscapes.quartic_well()
    >>> well.gradient.expression
    [x*(x**2 - 1)]
    >>> well.gradient([[-2.0], [0.5]])
    array([[-6.   ],
           [-0.375]])
    """

    name: str
    entries: tuple[sp.Expr, ...]
    shape: tuple[int, ...]
    symbols: tuple[sp.Symbol, ...]
    parameters: Mapping[sp.Symbol, float]
    assignments: Assignments = ()
    tables: Mapping[sp.IndexedBase, Float] = field(default_factory=dict)

    @property
    def expression(self) -> sp.Expr | sp.NDimArray:
        """The tensor as a SymPy array; an expression where the field is a scalar."""
        return sp.Array(self.entries, self.shape) if self.shape else self.entries[0]

    @property
    def matrix(self) -> sp.Matrix:
        """The tensor as a SymPy matrix; a vector is one column."""
        rows, columns = (self.shape + (1,))[:2]
        return sp.Matrix(rows, columns, list(self.entries))

    def __call__(self, points: ArrayLike) -> Float:
        """Evaluate at points of shape (..., d); the result has the shape (..., *self.shape).

        Raises
        ------
        ValueError
            The last axis of `points` does not have one number for each coordinate.
        """
        x = _doubles(points)
        if x.ndim == 0 or x.shape[-1] != len(self.symbols):
            raise ValueError(
                f"points of shape {x.shape}; the last axis must have the {len(self.symbols)} "
                f"coordinates {', '.join(map(str, self.symbols))}."
            )
        # NumPy floats: 1/a at a = 0 is inf and not a ZeroDivisionError
        values: dict[sp.Basic, Float | np.float64] = {
            s: np.float64(v) for s, v in self.parameters.items()
        }
        values |= {s: x[..., i] for i, s in enumerate(self.symbols)}
        components = evaluate(self.entries, values, self.assignments, self.tables)
        out = np.empty(x.shape[:-1] + (len(self.entries),))
        for i, component in enumerate(components):
            out[..., i] = component
        return out.reshape(x.shape[:-1] + self.shape)

    def at(self, point: Point) -> sp.Expr | sp.NDimArray:
        """Return the exact tensor at a point: numbers stay exact, parameters take their values.

        Parameters
        ----------
        point
            A sequence in the order of the coordinates, or a mapping coordinate -> number.

        Raises
        ------
        FormulaError
            The field is a quadrature or an average over data, or a coordinate is not a finite
            number.
        ValueError
            A coordinate is missing or unknown.
        """
        values = {s: exact(v) for s, v in self.parameters.items()}
        values |= zip(self.symbols, coordinates_of(point, self.symbols), strict=True)
        back = {s: e for s, e in self.assignments}
        entries = list(self.entries)
        for symbol in reversed(list(back)):
            entries = [e.xreplace({symbol: back[symbol]}) for e in entries]
        if self.tables:
            raise FormulaError(
                f"the {self.name} is a quadrature or an average over data here and has no "
                "exact value; call it on points."
            )
        entries = [sp.expand(e.subs(values)) for e in entries]
        return sp.Array(entries, self.shape) if self.shape else entries[0]

    def __repr__(self) -> str:
        of = ", ".join(map(str, self.symbols))
        where = "".join(f", {s} = {e}" for s, e in self.assignments)
        return f"{self.name}({of}) = {self.expression}{where}"

    def _repr_latex_(self) -> str:
        return f"${latex_of(self.expression)}$"


def _doubles(points: ArrayLike) -> Float:
    try:
        return np.asarray(points, dtype=float)
    except (TypeError, ValueError, OverflowError):
        raise TypeError(
            f"points={shown(points)}; give an array of numbers whose last axis is the coordinates."
        ) from None


def flattened(
    array: sp.Expr | sp.MatrixBase | sp.NDimArray, matrix: bool = False
) -> tuple[tuple[sp.Expr, ...], tuple[int, ...]]:
    """Return entries and shape of a tensor; a matrix of one column is a vector unless `matrix`."""
    if isinstance(array, sp.MatrixBase):
        return tuple(array), (array.rows,) if array.cols == 1 and not matrix else array.shape
    if isinstance(array, sp.NDimArray):
        return tuple(sp.flatten(array)), array.shape
    return (array,), ()


def coordinates_of(point: Point | float, symbols: Sequence[sp.Symbol]) -> list[sp.Expr]:
    """Return the coordinates of a point in order, as exact numbers.

    Raises
    ------
    ValueError
        A coordinate is missing or unknown, or is not a finite number (`FormulaError`).
    """
    known = [s.name for s in symbols]
    if isinstance(point, Mapping):
        unknown, missing = set(point) - set(known), set(known) - set(point)
        if unknown or missing:
            raise ValueError(
                f"a point must name {', '.join(known)}; got {', '.join(map(shown, point))}."
            )
        point = [point[name] for name in known]
    several = isinstance(point, (Sequence, np.ndarray)) and not isinstance(point, (str, bytes))
    values: list[Any] = [point]
    if several and getattr(point, "shape", None) != ():
        values = list(cast("Sequence[Any]", point))
    if len(values) != len(known):
        raise ValueError(
            f"a point must have the {len(known)} coordinates {', '.join(known)}; got "
            f"{shown(point)}."
        )
    try:
        numbers = [exact(v) for v in values]
    except FormulaError:
        numbers = []
    if len(numbers) < len(known) or not all(v.is_number and is_finite(v) for v in numbers):
        raise FormulaError(f"a point must have finite numbers as coordinates; got {shown(point)}.")
    return numbers

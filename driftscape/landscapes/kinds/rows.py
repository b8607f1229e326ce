"""Finite data: named columns of numbers, whose rows are the samples of a loss.

Columns are written as base64 of little-endian doubles.  Every bit of the data is kept, in two
thirds of the length of decimals.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import TypeAlias

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from ...typing import Float
from ...validate import shown
from ..errors import FormulaError
from ..formulas.language import check_name
from ..integration.table import NODE

Columns: TypeAlias = Mapping[str, Float]

#: number of rows, a run-time value of every kernel; no name of a user contains a dot
ROWS = sp.Symbol("data.rows", real=True)


def read_columns(data: Mapping[str, ArrayLike]) -> dict[str, Float]:
    """Return checked, read-only copies of the columns of a data set.

    Raises
    ------
    FormulaError
        There are no columns, a name is not usable, or a column is not one-dimensional, is empty,
        differs in length or contains something else than finite real numbers.
    """
    if not isinstance(data, Mapping):
        raise TypeError(
            f"data={shown(data)}; give name -> column, e.g. {{'x': [0.1, 0.7], 'y': [1.0, 2.0]}}."
        )
    if not data:
        raise FormulaError("data={} names no column; give e.g. {'x': [0.1, 0.7], 'y': [1, 2]}.")
    columns = {name: _column(name, values) for name, values in data.items()}
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name}: {length}" for name, length in lengths.items())
        raise FormulaError(f"the columns of data= differ in length ({listed}); rows are samples.")
    return columns


def _column(name: str, values: ArrayLike) -> Float:
    check_name(name, "columns of data")
    if isinstance(values, str):
        return _decoded(name, values)
    given = np.asarray(values)
    if given.dtype.kind not in "biuf":
        raise FormulaError(f"data[{name!r}] is of {given.dtype}; give real numbers.")
    if given.ndim != 1:
        raise FormulaError(
            f"data[{name!r}] has the shape {given.shape}; a column has one number for each row: "
            "give each feature a name of its own (linear_regression takes a matrix)."
        )
    if not len(given):
        raise FormulaError(f"data[{name!r}] is empty; give at least one row.")
    column = given.astype(float)
    bad = np.flatnonzero(~np.isfinite(column))
    if len(bad):
        raise FormulaError(
            f"data[{name!r}] contains {column[bad[0]]} at row {bad[0]}; every number must be "
            "finite: leave such rows out."
        )
    column.setflags(write=False)
    return column


def _decoded(name: str, text: str) -> Float:
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
        if len(raw) % 8:
            raise ValueError
    except (binascii.Error, ValueError):
        raise FormulaError(
            f"data[{name!r}] is text that does not encode doubles; give an array of numbers."
        ) from None
    return _column(name, np.frombuffer(raw, dtype="<f8"))


def columns_as_text(columns: Columns) -> dict[str, str]:
    """Write each column as base64 of little-endian doubles; `read_columns` reads it back."""
    return {
        name: base64.b64encode(column.astype("<f8").tobytes()).decode("ascii")
        for name, column in columns.items()
    }


class RowSpace:
    """The equally likely rows of a data set: the counterpart of `SampleSpace`.

    Attributes
    ----------
    bases
        Sample symbol -> indexed base of its column.
    tables
        Indexed base -> column.
    at_row
        Sample symbol, or symbol of a long sum in the expressions, -> its value at one row.
    """

    def __init__(self, columns: Columns, long: Mapping[sp.Symbol, sp.Expr]) -> None:
        self.bases = {
            sp.Symbol(name, real=True): sp.IndexedBase(f"data.{name}", real=True)
            for name in columns
        }
        self.tables = dict(zip(self.bases.values(), columns.values(), strict=True))
        self.at_row: dict[sp.Basic, sp.Expr] = {x: base[NODE] for x, base in self.bases.items()}
        self.at_row |= {name: sum_.xreplace(self.at_row) for name, sum_ in long.items()}

    def exact(self, expressions: Iterable[sp.Expr]) -> bool:
        """Return False: means are sums over the rows and no closed forms."""
        return False

    def mean(self, expression: sp.Expr) -> sp.Expr:
        """Return the average over the rows as a `Sum`, which is not written out."""
        if not self.at_row.keys() & expression.free_symbols:
            return expression
        term = expression.xreplace(self.at_row)
        return sp.Sum(term, (NODE, 0, ROWS - 1)) / ROWS

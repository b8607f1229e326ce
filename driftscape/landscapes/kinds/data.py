"""A landscape given by a per-sample loss and a finite data set, whose rows are the samples."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

import sympy as sp

from ...typing import Assignments, Float
from ..errors import FormulaError
from ..field import Field
from ..formulas.calculus import derivative
from ..landscape import register
from ..samples import STANDARD_ROW, StandardLaw
from .loss import LossLandscape
from .rows import ROWS, RowSpace, columns_as_text, read_columns

Numbers: TypeAlias = tuple[int, ...]  # of coordinates

#: a sum of more terms is given a name before it is differentiated
LONG = 8


@register("data")
@dataclass(frozen=True, eq=False, repr=False)
class DataLandscape(LossLandscape):
    """Landscape of `Landscape.from_loss(..., data=...)`: a loss of equally likely rows.

    Every field is an exact average over the rows, written as a `Sum` that is never written out.
    """

    columns: Mapping[str, Float] = field(default_factory=dict)

    def _verify(self) -> None:
        object.__setattr__(self, "columns", read_columns(self.columns))
        for name in self.columns:
            if name in self.coordinates or name in self.parameters:
                raise FormulaError(
                    f"{name!r} is a column of data and also a coordinate or parameter."
                )
        self._loss  # noqa: B018  parsed now, so that errors appear at once

    @property
    def data(self) -> Mapping[str, Float]:
        return self.columns

    @property
    def sample_names(self) -> tuple[str, ...]:
        return tuple(self.columns)

    @cached_property
    def parameter_symbols(self) -> dict[sp.Symbol, float]:
        """Parameter symbol -> value, with the number of rows."""
        return super().parameter_symbols | {ROWS: len(next(iter(self.columns.values())))}

    @cached_property
    def sample_laws(self) -> dict[sp.Symbol, StandardLaw]:
        return dict.fromkeys(self._space.bases, STANDARD_ROW)

    @cached_property
    def _loss(self) -> sp.Expr:
        return self.parse(self.formulas["loss"], *self.columns)

    @cached_property
    def _space(self) -> RowSpace:  # type: ignore[override]
        return RowSpace(self.columns, self._long)

    @cached_property
    def _long(self) -> dict[sp.Symbol, sp.Expr]:
        """Symbol -> long sum in the loss, such as a linear form of fifty features."""
        sums = [
            a for a in self._loss.atoms(sp.Add) if len(a.args) > LONG and not a.has(sp.Piecewise)
        ]
        sums.sort(key=lambda a: (len(a.args), str(a)))
        return {sp.Symbol(f"data.sum{i}", real=True): a for i, a in enumerate(sums)}

    @cached_property
    def _short(self) -> sp.Expr:
        """The loss of a row, in the symbols of its long sums."""
        return self._loss.xreplace({a: s for s, a in self._long.items()})

    def _derivative(self, expression: sp.Expr, symbol: sp.Symbol) -> sp.Expr:
        """Differentiate by the chain rule through the long sums, so that expressions stay short."""
        parts = [derivative(expression, symbol)]
        for name, long in self._long.items():
            if name in expression.free_symbols:
                parts.append(derivative(expression, name) * derivative(long, symbol))
        return sp.Add(*parts)

    @cached_property
    def _slopes(self) -> list[sp.Expr]:
        """The gradient at a row, in the symbols of the long sums."""
        return [self._derivative(self._short, s) for s in self.symbols]

    @cached_property
    def sample_gradient(self) -> Field:
        entries = [e.xreplace(self._long) for e in self._slopes]
        return self.field("gradient at one sample", sp.Matrix(entries))

    def _settled(self, wanted: Sequence[sp.Expr]) -> RowSpace:  # type: ignore[override]
        return self._space

    @property
    def tables(self) -> Mapping[sp.IndexedBase, Float]:
        """Indexed base -> column, in the order of `sample_laws`."""
        return self._space.tables

    # -- fields: averages over rows, so that only short expressions are differentiated -----------

    @cached_property
    def gradient(self) -> Field:
        return self._tensor("gradient", 1, lambda i: self._slopes[i[0]])

    @cached_property
    def hessian(self) -> Field:
        return self._tensor("hessian", 2, self.sample_derivative)

    @cached_property
    def third_derivative(self) -> Field:
        return self._tensor("third derivative", 3, self.sample_derivative)

    @cached_property
    def diffusion(self) -> Field:
        g, mean = self._slopes, self.gradient.entries
        return self._tensor(
            "diffusion", 2, lambda ij: g[ij[0]] * g[ij[1]], lambda ij: -mean[ij[0]] * mean[ij[1]]
        )

    @cached_property
    def third_cumulant(self) -> Field:
        g, mean, d = self._slopes, self.gradient.entries, self.diffusion.matrix

        def rest(ijk: Numbers) -> sp.Expr:  # E ggg = S + D m + D m + D m + m m m
            i, j, k = ijk
            mixed = d[i, j] * mean[k] + d[i, k] * mean[j] + d[j, k] * mean[i]
            return -mixed - mean[i] * mean[j] * mean[k]

        return self._tensor("third cumulant", 3, lambda ijk: sp.Mul(*(g[i] for i in ijk)), rest)

    @property
    def sample_assignments(self) -> Assignments:
        return tuple(self._long.items())

    def sample_derivative(self, index: Numbers) -> sp.Expr:
        if len(index) == 1:
            return self._slopes[index[0]]
        if index not in self._known:
            *first, last = index
            self._known[index] = self._derivative(
                self.sample_derivative(tuple(first)), self.symbols[last]
            )
        return self._known[index]

    def _tensor(
        self,
        name: str,
        rank: int,
        term: Callable[[Numbers], sp.Expr],
        rest: Callable[[Numbers], sp.Expr] = lambda index: sp.S.Zero,
    ) -> Field:
        """Average each distinct entry of a symmetric tensor over the rows."""
        means: dict[sp.Expr, sp.Expr] = {}
        taken: dict[Numbers, sp.Expr] = {}
        for index in itertools.combinations_with_replacement(range(self.dim), rank):
            at_row = term(index)
            if at_row not in means:
                means[at_row] = self._space.mean(at_row)
            taken[index] = means[at_row] + rest(index)
        every = itertools.product(range(self.dim), repeat=rank)
        entries = sp.Array([taken[tuple(sorted(i))] for i in every], (self.dim,) * rank)
        return self.field(name, entries, tables=self.tables)

    # -- text ---------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, object]:
        """Return text that determines the landscape, the data included, to the last bit."""
        given = super().to_dict()
        del given["samples"]
        return given | {"data": columns_as_text(self.columns)}

    def __str__(self) -> str:
        values = f"; {self._values()}" if self.parameters else ""
        args = f"{', '.join(self.coordinates)}; {', '.join(self.columns)}"
        rows = len(next(iter(self.columns.values())))
        return f"{self.name}: l({args}) = {self.formulas['loss']}, {rows} rows of data{values}"

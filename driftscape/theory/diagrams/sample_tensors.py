"""Derivatives of a loss at one point for each sample: the tensors of which diagrams consist.

The samples are the rows of the data, or the nodes of Gauss rules that are exact for every product
of `order` tensors that is polynomial in the samples.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from ...landscapes.formulas.evaluate import evaluate
from ...landscapes.kinds.loss import LossLandscape
from ...landscapes.samples import StandardLaw
from ...typing import Float

_MOST_NODES = 20_000
_SMOOTH_NODES = 24  # nodes of a sample that does not enter as a polynomial
_MOST_ENTRIES = 5_000  # formulas of one tensor
_MOST_NUMBERS = 20_000_000  # numbers of one tensor at all samples
_NO_RANK = 1_000  # stands for: no rank from which on all derivatives vanish


@dataclass(frozen=True)
class SampleTensors:
    """A loss landscape near a point.

    Attributes
    ----------
    landscape
        Made by `Landscape.from_loss`.
    point
        Coordinates, shape (d,).
    order
        The largest number of tensors in one product.
    """

    landscape: LossLandscape
    point: Float
    order: int

    @cached_property
    def samples(self) -> tuple[dict[sp.Symbol, Float], Float]:
        """Sample symbol -> values, and the weight of each, which add up to 1."""
        laws = self.landscape.sample_laws
        if self.landscape.data is not None:
            columns = dict(zip(laws, self.landscape.tables.values(), strict=True))
            rows = len(next(iter(columns.values())))
            most = max(1, _MOST_NUMBERS // self.landscape.dim**3)
            if rows > most:  # only sizes are needed: some rows are enough
                some = np.random.default_rng(0).choice(rows, most, replace=False)
                columns, rows = {x: column[some] for x, column in columns.items()}, most
            return columns, np.full(rows, 1 / rows)
        (loss,) = self.landscape.sample_loss.entries
        rules = [_rule(law, self._count(loss, x)) for x, law in laws.items()]
        if math.prod(len(w) for _, w in rules) > _MOST_NODES:
            rng = np.random.default_rng(0)
            drawn = {
                x: rng.choice(nodes, _MOST_NODES // 4, p=w)
                for x, (nodes, w) in zip(laws, rules, strict=True)
            }
            return drawn, np.full(_MOST_NODES // 4, 4 / _MOST_NODES)
        grids = np.meshgrid(*(nodes for nodes, _ in rules), indexing="ij")
        each = np.meshgrid(*(w for _, w in rules), indexing="ij")
        return (
            {x: g.ravel() for x, g in zip(laws, grids, strict=True)},
            np.prod(each, axis=0).ravel(),
        )

    def _count(self, loss: sp.Expr, x: sp.Symbol) -> int:
        if not loss.is_polynomial(x):
            return _SMOOTH_NODES
        return int(sp.degree(loss, x)) * (self.order + 1) // 2 + 1

    def known(self, rank: int) -> bool:
        """Return whether the derivatives of this rank are few enough to be computed."""
        d = self.landscape.dim
        return (
            rank <= 3 or self._flat_from <= rank or math.comb(d + rank - 1, rank) <= _MOST_ENTRIES
        )

    @cached_property
    def _flat_from(self) -> int:
        """The rank from which on all derivatives vanish, `_NO_RANK` if there is none."""
        (loss,) = self.landscape.sample_loss.entries
        if not loss.is_polynomial(*self.landscape.symbols):
            return _NO_RANK
        # along a line through the origin, at one sample with numbers that no formula singles out
        along, rng = sp.Symbol("along"), np.random.default_rng(0)
        free = sorted(loss.free_symbols, key=str)
        values = {
            s: sp.Rational(int(n), 997)
            for s, n in zip(free, rng.integers(1, 9999, len(free)), strict=True)
        }
        values |= {s: along * values[s] for s in self.landscape.symbols if s in values}
        return int(sp.Poly(loss.xreplace(values), along).degree()) + 1

    @property
    def constant_curvature(self) -> bool:
        """Whether all samples have the same Hessian at every point."""
        if self.degree is None or self.degree > 2:
            return False
        h = self.each(2)
        return h is None or bool((h == h[0]).all())

    @property
    def degree(self) -> int | None:
        """Degree of the loss as a polynomial in the coordinates, None if it is not a polynomial."""
        return self._flat_from - 1 if self._flat_from < _NO_RANK else None

    @cached_property
    def _tensors(self) -> dict[int, Float | None]:
        return {}

    def each(self, rank: int) -> Float | None:
        """Return the derivative of this rank at each sample, shape (samples, d, ..., d); or None.

        None stands for one that vanishes everywhere.
        """
        if rank not in self._tensors:
            self._tensors[rank] = self._derivative(rank)
        return self._tensors[rank]

    def mean(self, rank: int) -> Float | None:
        """Return its average over the samples, zero where only rounding is left of it."""
        tensor = self.each(rank)
        if tensor is None:
            return None
        weights = self.samples[1]
        mean, size = (np.tensordot(weights, t, 1) for t in (tensor, np.abs(tensor)))
        clean = np.where(np.abs(mean) <= 1e-12 * size.max(), 0.0, mean)
        return clean if clean.any() else None

    def _derivative(self, rank: int) -> Float | None:
        if rank >= self._flat_from:
            return None
        d, columns = self.landscape.dim, self.samples[0]
        indices = list(itertools.combinations_with_replacement(range(d), rank))
        formulas = [self.landscape.sample_derivative(i) for i in indices]
        if not any(formulas):
            return None
        values: dict[sp.Basic, Any] = dict(self.landscape.parameter_symbols)
        values |= dict(zip(self.landscape.symbols, map(float, self.point), strict=True)) | columns
        found = evaluate(formulas, values, self.landscape.sample_assignments)
        out = np.empty((len(self.samples[1]), *(d,) * rank))
        for index, value in zip(indices, found, strict=True):
            for permuted in set(itertools.permutations(index)):
                out[(slice(None), *permuted)] = value  # type: ignore[index]
        return out if out.any() else None


def _rule(law: StandardLaw, count: int) -> tuple[Float, Float]:
    """Return nodes and weights of the Gauss rule of a standard law."""
    if law.support is not None:
        nodes = np.array(law.support, dtype=float)
        return nodes, np.full(len(nodes), 1 / len(nodes))
    if law.name == "normal":
        nodes, weights = np.polynomial.hermite_e.hermegauss(count)
    elif law.name == "uniform":
        nodes, weights = np.polynomial.legendre.leggauss(count)
        nodes = (nodes + 1) / 2
    else:
        nodes, weights = np.polynomial.laguerre.laggauss(count)
    return nodes, weights / weights.sum()

"""Expectations over the samples of a per-sample loss: exact where they can be, else quadrature.

A sample that enters polynomially is integrated by its exact moments, one of finite support by its
exact average.  What remains becomes a `Sum` over a table of nodes, one loop in every
backend, whose number of nodes grows until gradient and covariance have settled on the
landscape's declared `domain`.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from .errors import NotAvailable
from .evaluate import evaluate
from .samples import Standard

NODE = sp.Symbol("node", integer=True, nonnegative=True)
_COUNTS = (12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768)
_TOLERANCE = 1e-10
_MAX_NODES = 4096  # of the product grid over all samples


@dataclass
class SampleSpace:
    """The independent samples of a loss, as symbols of standard laws.

    Attributes
    ----------
    laws
        Sample symbol -> its standard law.
    tables
        Filled when quadrature is needed: indexed base -> nodes or weights.
    """

    laws: Mapping[sp.Symbol, Standard]
    tables: dict[sp.IndexedBase, NDArray[np.float64]] = field(default_factory=dict)
    count: int | None = None  # nodes per sample, once settled

    def mean(self, expression: sp.Expr) -> sp.Expr:
        """Return E[expression], exact or as a `Sum` over nodes."""
        remaining = []
        for x, law in self.laws.items():
            if not expression.has(x):
                continue
            if law.support is not None:
                expression = sp.Add(*(expression.xreplace({x: sp.Integer(s)}) for s in law.support))
                expression = expression / len(law.support)
            elif expression.is_polynomial(x):
                expression = sp.Add(
                    *(c * law.moment(k) for k, c in enumerate(_taylor(expression, x)))
                )
            else:
                remaining.append(x)
        return self._quadrature(expression, remaining) if remaining else expression

    def exact(self, expressions: Iterable[sp.Expr]) -> bool:
        """Whether every sample is of finite support or enters all expressions polynomially."""
        expressions = list(expressions)
        return all(
            law.support is not None or all(e.is_polynomial(x) for e in expressions)
            for x, law in self.laws.items()
        )

    def orthonormal(self, expressions: Sequence[sp.Expr]) -> list[sp.Expr]:
        """Products of orthonormal polynomials that span the expressions' dependence, 1 left out."""
        bases = []
        for x, law in self.laws.items():
            if law.support is not None:
                degree = len(law.support) - 1
            else:
                degree = max(len(_taylor(e, x)) - 1 for e in expressions)
            bases.append(_orthonormal(x, law, degree))
        products: list[sp.Expr] = [sp.S.One]
        for basis in bases:
            products = [a * b for a in products for b in basis]
        return products[1:]

    def _quadrature(self, expression: sp.Expr, samples: list[sp.Symbol]) -> sp.Expr:
        if self.count is None:
            raise NotAvailable(
                f"the expectation over {', '.join(map(str, samples))} has no closed form and needs "
                "quadrature; declare where it must hold: domain={'coordinate': (low, high), ...}."
            )
        label = "_".join(x.name for x in samples)
        weight = sp.IndexedBase(f"weight_{label}", real=True)
        nodes = {x: sp.IndexedBase(f"node_{x.name}_{label}", real=True) for x in samples}
        if weight not in self.tables:
            grids = [self.laws[x].nodes(self.count) for x in samples]
            points = np.meshgrid(*(g[0] for g in grids), indexing="ij")
            weights = np.meshgrid(*(g[1] for g in grids), indexing="ij")
            self.tables[weight] = np.prod(weights, axis=0).ravel()
            for x, values in zip(samples, points, strict=True):
                self.tables[nodes[x]] = values.ravel()
        term = expression.xreplace({x: base[NODE] for x, base in nodes.items()})
        return sp.Sum(weight[NODE] * term, (NODE, 0, len(self.tables[weight]) - 1))

    def settle(
        self,
        wanted: Sequence[sp.Expr],
        points: NDArray[np.float64],
        symbols: Sequence[sp.Symbol],
        parameters: Mapping[sp.Symbol, float],
    ) -> None:
        """Choose the number of nodes: the means of what is wanted must have settled.

        `points` (n, d) cover the domain on which the accuracy of 1e-10 is promised.
        """
        quadrature = [
            x
            for x, law in self.laws.items()
            if law.support is None and not all(w.is_polynomial(x) for w in wanted)
        ]
        values = dict(parameters) | {s: points[:, i] for i, s in enumerate(symbols)}
        before: NDArray[np.float64] | None = None
        for count, finer in itertools.pairwise(_COUNTS):
            if count ** len(quadrature) > _MAX_NODES:
                break
            if before is None:
                before = self._trial(count, wanted, values, len(points))
            now = self._trial(finer, wanted, values, len(points))
            if np.all(np.abs(now - before) <= _TOLERANCE * (1 + np.abs(now))):
                self.count = count
                return
            before = now
        raise NotAvailable(
            f"quadrature over {', '.join(map(str, quadrature))} did not settle to {_TOLERANCE:g} "
            f"on the domain with {_MAX_NODES} nodes in all; make the loss smooth in its samples, "
            "use fewer of them, or make the domain smaller.  SGD itself needs no expectation and "
            "runs."
        )

    def _trial(
        self, count: int, wanted: Sequence[sp.Expr], values: Mapping[sp.Basic, Any], size: int
    ) -> NDArray[np.float64]:
        trial = SampleSpace(self.laws, count=count)
        means = [trial.mean(w) for w in wanted]
        with np.errstate(all="ignore"):
            raw = evaluate(means, values, tables=trial.tables)
        return np.array([np.broadcast_to(r, size) for r in raw])


def _taylor(expression: sp.Expr, x: sp.Symbol) -> list[sp.Expr]:
    """Coefficients c_k of a polynomial in x, without expanding anything else."""
    coefficients, k = [], 0
    while expression != 0:
        coefficients.append(expression.xreplace({x: sp.S.Zero}) / sp.factorial(k))
        expression, k = sp.diff(expression, x), k + 1
        if k > 40:
            raise NotAvailable(f"the loss is of a degree above 40 in its sample {x}.")
        if not expression.has(x):
            coefficients.append(expression / sp.factorial(k))
            break
    return coefficients or [sp.S.Zero]


def _orthonormal(x: sp.Symbol, law: Standard, degree: int) -> list[sp.Expr]:
    """Gram-Schmidt on 1, x, ..., x^degree with exact moments."""
    basis: list[sp.Poly] = []

    def inner(a: sp.Poly, b: sp.Poly) -> sp.Expr:
        return sum((c * law.moment(k) for (k,), c in (a * b).terms()), sp.S.Zero)

    for k in range(degree + 1):
        p = sp.Poly(x**k, x, domain="EX")
        for q in basis:
            p = p - q * inner(p, q)
        basis.append(p * (1 / sp.sqrt(inner(p, p))))
    return [p.as_expr() for p in basis]

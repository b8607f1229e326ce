"""Expectations over the samples of a loss: exact where possible, else by quadrature.

A sample that enters polynomially is integrated with its exact moments, and one of finite support is
averaged over exactly.  The remaining samples are integrated by a `Sum` over a table of nodes, which
is one loop in every backend and is right on the `domain` of the landscape (see `nodes`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import sympy as sp

from ...typing import Float
from ..errors import NotAvailable
from ..samples import StandardLaw
from .nodes import Expectations
from .table import Table


@dataclass
class SampleSpace:
    """The independent samples of a loss, as symbols of standard laws.

    Attributes
    ----------
    laws
        Sample symbol -> its standard law.
    tables
        Indexed base -> nodes or weights of the rules that have been used.
    rules
        Samples -> their quadrature rule, once `settle` has found it.
    """

    laws: Mapping[sp.Symbol, StandardLaw]
    tables: dict[sp.IndexedBase, Float] = field(default_factory=dict)
    rules: dict[tuple[sp.Symbol, ...], Table] = field(default_factory=dict)

    def mean(self, expression: sp.Expr) -> sp.Expr:
        """Return E[expression], exact or as a `Sum` over nodes."""
        expression, remaining = self._reduced(expression)
        if not remaining:
            return expression
        if remaining not in self.rules:
            raise NotAvailable(
                f"the expectation over {', '.join(map(str, remaining))} has no closed form and "
                "needs quadrature; declare where it must be right: "
                "domain={'coordinate': (low, high), ...}."
            )
        rule = self.rules[remaining]
        self.tables |= rule.tables
        return rule.mean(expression)

    def _reduced(self, expression: sp.Expr) -> tuple[sp.Expr, tuple[sp.Symbol, ...]]:
        """Integrate over samples exactly where possible; return the rest and the samples in it."""
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
        return expression, tuple(remaining)

    def exact(self, expressions: Iterable[sp.Expr]) -> bool:
        """Return whether each sample has finite support or enters all expressions polynomially."""
        expressions = list(expressions)
        return all(
            law.support is not None or all(e.is_polynomial(x) for e in expressions)
            for x, law in self.laws.items()
        )

    def orthonormal(self, expressions: Sequence[sp.Expr]) -> list[sp.Expr]:
        """Return orthonormal polynomials in the samples, without 1, that span all expressions."""
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

    def settle(
        self,
        wanted: Sequence[sp.Expr],
        domain: Mapping[sp.Symbol, tuple[float, float]],
        parameters: Mapping[sp.Symbol, float],
    ) -> None:
        """Find rules with which the means of the expressions `wanted` are right on the domain.

        Raises
        ------
        NotAvailable
            No rule is accurate enough, or it would need too many nodes.
        """
        groups: dict[tuple[sp.Symbol, ...], dict[sp.Expr, None]] = {}
        for expression in wanted:
            rest, remaining = self._reduced(expression)
            if remaining:
                groups.setdefault(remaining, {})[rest] = None
        for remaining, functions in groups.items():
            laws = {x: self.laws[x] for x in remaining}
            self.rules[remaining] = Expectations(list(functions), laws, domain, parameters).rule()


def _taylor(expression: sp.Expr, x: sp.Symbol) -> list[sp.Expr]:
    """Return the coefficients c_k of a polynomial in x, without expanding anything else."""
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


def _orthonormal(x: sp.Symbol, law: StandardLaw, degree: int) -> list[sp.Expr]:
    """Apply Gram-Schmidt to 1, x, ..., x^degree with exact moments."""
    basis: list[sp.Poly] = []

    def inner(a: sp.Poly, b: sp.Poly) -> sp.Expr:
        return sum((c * law.moment(k) for (k,), c in (a * b).terms()), sp.S.Zero)

    for k in range(degree + 1):
        p = sp.Poly(x**k, x, domain="EX")
        for q in basis:
            p = p - q * inner(p, q)
        basis.append(p * (1 / sp.sqrt(inner(p, p))))
    return [p.as_expr() for p in basis]

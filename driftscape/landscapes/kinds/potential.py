"""A landscape given by a potential Phi, a diffusion matrix D and a circulation (Q or J)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import sympy as sp

from ...validate import shown
from ..checks import check_beta, check_positive_semidefinite, nonzero_at
from ..derived import derived
from ..errors import FormulaError
from ..field import Field
from ..formulas.calculus import derivative, divergence
from ..formulas.language import Text, exact
from ..landscape import Landscape, register
from ..samples import STANDARD_NORMAL, StandardLaw
from .noise_factor import noise_factor


@register("potential")
@dataclass(frozen=True, eq=False, repr=False)
class PotentialLandscape(Landscape):
    """Landscape of `Landscape.from_potential`, with the steady state exp(-beta Phi)."""

    kind: ClassVar[str] = "potential"

    def _verify(self) -> None:
        given = self.formulas
        if given["curl"] is not None and given["current"] is not None:
            raise FormulaError("give curl= (Q) or current= (J), not both.")
        self._phi, self._d  # noqa: B018  parsed now, so that errors appear at once
        check_positive_semidefinite(self, self._d)
        for pair in zip(self._q, self._q.T, strict=True):
            if nonzero_at(self, pair) is not None:
                raise FormulaError(f"curl={given['curl']} is not skew: Q_ij = -Q_ji is needed.")
        if self._j is not None:
            where = nonzero_at(
                self, [derivative(j, s) for j, s in zip(self._j, self.symbols, strict=True)]
            )
            if where is not None:
                raise FormulaError(
                    f"current={given['current']} has div J = {where[1]:.3g} at {where[0]}; a "
                    "stationary current has div J = 0."
                )

    @derived
    def _phi(self) -> sp.Expr:
        return self.parse(self.formulas["potential"])

    @derived
    def _d(self) -> sp.Matrix:
        return parse_diffusion(self, self.formulas["diffusion"])

    @derived
    def _q(self) -> sp.Matrix:
        curl, d = self.formulas["curl"], self.dim
        if curl is None:
            return sp.zeros(d, d)
        if isinstance(curl, str):
            if d != 2:
                raise FormulaError(
                    f"curl={curl!r} as one formula needs two coordinates; give a matrix."
                )
            q = self.parse(curl)
            return sp.Matrix([[0, -q], [q, 0]])
        return parse_matrix(self, curl, "curl")

    @derived
    def _j(self) -> sp.Matrix | None:
        if self.formulas["current"] is None:
            return None
        return parse_vector(self, self.formulas["current"], "current")

    @derived
    def potential(self) -> Field:
        return self.field("potential", self._phi)

    @derived
    def gradient(self) -> Field:
        return self.field("gradient", sp.Matrix([derivative(self._phi, s) for s in self.symbols]))

    @derived
    def diffusion(self) -> Field:
        return self.field("diffusion", self._d, matrix=True)

    @derived
    def noise_factor(self) -> Field:
        assignments, factor = noise_factor(self._d)
        return self.field("noise factor", factor, assignments, matrix=True)

    @derived
    def curl(self) -> Field:
        if self._depends_on_beta:
            raise self._missing("Q", "its circulation is given as a current J")
        return self.field("curl", self._q, matrix=True)

    @derived
    def current(self) -> Field:
        if self._j is not None:
            return self.field("current", self._j)
        if self._q.is_zero_matrix:
            return self.field("current", sp.zeros(self.dim, 1))
        raise self._missing("J", "its circulation is given as Q, and J then depends on beta")

    def drift(self, beta: float | sp.Expr | None = None) -> Field:
        """Return b = -(D + Q) grad Phi, or -D grad Phi + J exp(beta Phi), which needs beta."""
        check_beta(beta)
        if not self._depends_on_beta:
            return self._downhill
        if beta is None:
            raise ValueError(
                f"the drift of {self.name} depends on beta (j = J exp(beta Phi)); give beta=."
            )
        assert self._j is not None
        boost = exact(beta) * self._phi
        b = self._downhill.matrix + self._j.applyfunc(lambda j: boosted(j, boost))
        return self.field("drift", b)

    @derived
    def _depends_on_beta(self) -> bool:
        return self._j is not None and any(j != 0 for j in self._j)

    @derived
    def _downhill(self) -> Field:
        return self.field("drift", -(self._d + self._q) * self.gradient.matrix)

    @derived
    def spurious_drift(self) -> Field:
        return self.field("spurious drift", divergence(self._d + self._q, self.symbols))

    @derived
    def sample_laws(self) -> dict[sp.Symbol, StandardLaw]:
        return {
            sp.Symbol(f"noise.xi{k}", real=True): STANDARD_NORMAL
            for k in range(self.noise_factor.shape[1])
        }

    def sampled_gradient(self, beta: float | sp.Expr | None = None) -> Field:
        """Return -b + B xi: minus the drift plus Gaussian noise of covariance D."""
        return self._sampled(beta) if self._depends_on_beta else self._sampled_downhill

    @derived
    def _sampled_downhill(self) -> Field:
        return self._sampled(None)

    def _sampled(self, beta: float | sp.Expr | None) -> Field:
        xi = sp.Matrix(list(self.sample_laws))
        factor = self.noise_factor
        entries = -self.drift(beta).matrix + (
            factor.matrix * xi if len(xi) else sp.zeros(self.dim, 1)
        )
        return self.field("gradient at one sample", entries, factor.assignments)

    def __str__(self) -> str:
        parts = [f"Phi({', '.join(self.coordinates)}) = {self.formulas['potential']}"]
        if self.formulas["diffusion"] != "1":
            parts.append(f"D = {self.formulas['diffusion']}")
        for key, letter in (("curl", "Q"), ("current", "J")):
            if self.formulas[key] is not None:
                parts.append(f"{letter} = {self.formulas[key]}")
        values = f"; {self._values()}" if self.parameters else ""
        return f"{self.name}: {', '.join(parts)}{values}"


def boosted(expression: sp.Expr, exponent: sp.Expr) -> sp.Expr:
    """Return expression * exp(exponent) with merged exponents: apart they under- and overflow."""
    terms = []
    for term in sp.Add.make_args(expression):
        factors = sp.Mul.make_args(term)
        inside = sp.Add(exponent, *(f.args[0] for f in factors if isinstance(f, sp.exp)))
        terms.append(sp.Mul(*(f for f in factors if not isinstance(f, sp.exp)), sp.exp(inside)))
    return sp.Add(*terms)


def parse_vector(landscape: Landscape, parts: Text, what: str) -> sp.Matrix:
    """Parse one formula for each coordinate; a single one needs no list."""
    parts = parts if isinstance(parts, list) else [parts]
    if len(parts) != landscape.dim:
        raise FormulaError(
            f"{what}={shown(parts)} must have one formula for each of "
            f"{', '.join(landscape.coordinates)}."
        )
    return sp.Matrix([landscape.parse(part) for part in parts])


def parse_matrix(landscape: Landscape, rows: Text, what: str) -> sp.Matrix:
    """Parse a square matrix of formulas."""
    d = landscape.dim
    parts = [row for row in rows if isinstance(row, list)] if isinstance(rows, list) else []
    if not isinstance(rows, list) or [len(row) for row in parts] != [d] * d or len(rows) != d:
        raise FormulaError(
            f"{what}={shown(rows)} must be a {d} x {d} matrix for "
            f"{', '.join(landscape.coordinates)}."
        )
    return sp.Matrix(d, d, lambda i, j: landscape.parse(parts[i][j]))


def parse_diffusion(landscape: Landscape, given: Text) -> sp.Matrix:
    """Parse D from a number, a list of diagonal entries, or a matrix."""
    d = landscape.dim
    if isinstance(given, str):
        return landscape.parse(given) * sp.eye(d)
    if isinstance(given, list) and len(given) == d and all(isinstance(e, str) for e in given):
        return sp.diag(*(landscape.parse(e) for e in given))
    return parse_matrix(landscape, given, "diffusion")

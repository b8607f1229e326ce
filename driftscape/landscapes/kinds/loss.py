"""A landscape given by a per-sample loss and the law of its samples."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

import sympy as sp

from ...typing import Assignments
from ...validate import check_mapping, shown
from ..checks import check_beta
from ..derived import derived, shared
from ..errors import FormulaError
from ..field import Field
from ..formulas.calculus import derivative
from ..formulas.language import check_name
from ..formulas.parse import parse_expression
from ..integration.expectation import SampleSpace
from ..landscape import Landscape, register
from ..samples import LAWS, Law, StandardLaw
from .noise_factor import MAX_DIM, noise_factor


@register("loss")
@dataclass(frozen=True, eq=False, repr=False)
class LossLandscape(Landscape):
    """Landscape of `Landscape.from_loss`: a loss l(theta; x) whose samples x are drawn afresh."""

    samples: Mapping[str, Law] = field(default_factory=dict)

    kind: ClassVar[str] = "loss"

    def _verify(self) -> None:
        check_mapping("samples", self.samples, "name -> law, e.g. {'x': Normal()}")
        if not self.samples:
            raise FormulaError("samples={} names no sample; a loss without samples is a potential.")
        for name, law in self.samples.items():
            check_name(name, "samples")
            if name in self.coordinates or name in self.parameters:
                raise FormulaError(f"{name!r} is a sample and also a coordinate or parameter.")
            if not isinstance(law, Law):
                raise FormulaError(
                    f"samples[{name!r}] = {shown(law)} is not a law; known: {', '.join(LAWS)}."
                )
        if "_loss" in shared(self):  # it was parsed for other values of the parameters
            for name, law in self.samples.items():
                if any(isinstance(part, str) for part in law.to_list()[1:]):
                    self._read(name, law)
        self._loss  # noqa: B018  parsed now, so that errors appear at once

    @property
    def sample_names(self) -> tuple[str, ...]:
        """Names of the samples."""
        return tuple(self.samples)

    @derived
    def sample_laws(self) -> dict[sp.Symbol, StandardLaw]:
        return {sp.Symbol(name, real=True): law.standard for name, law in self.samples.items()}

    @derived
    def _loss(self) -> sp.Expr:
        """The loss in the standard samples: x is replaced by shift + scale x."""
        loss = self.parse(self.formulas["loss"], *self.samples)
        swaps = {}
        for name, law in self.samples.items():
            shift, scale = self._read(name, law)
            x = sp.Symbol(name, real=True)
            swaps[x] = shift + scale * x
        return loss.xreplace(swaps)

    def _read(self, name: str, law: Law) -> tuple[sp.Expr, sp.Expr]:
        """Return shift and scale of a law, checked at the values of the parameters."""
        try:
            return law.read(self._of_parameters, self.parameter_symbols)
        except FormulaError as error:
            raise FormulaError(f"{name} ~ {error}") from None

    def _of_parameters(self, formula: object) -> sp.Expr:
        return parse_expression(formula, {s.name: s for s in self.parameter_symbols})

    @derived
    def sample_loss(self) -> Field:
        """Loss at one sample, in the symbols of `sample_laws` (standard samples), a scalar."""
        return self.field("loss at one sample", self._loss)

    @derived
    def sample_gradient(self) -> Field:
        entries = sp.Matrix([derivative(self._loss, s) for s in self.symbols])
        return self.field("gradient at one sample", entries)

    def sampled_gradient(self, beta: float | sp.Expr | None = None) -> Field:
        """Return the gradient of the loss at one sample; it does not depend on beta."""
        return self.sample_gradient

    @property
    def sample_assignments(self) -> Assignments:
        """Assignments that the expressions of `sample_derivative` refer to."""
        return ()

    def sample_derivative(self, index: tuple[int, ...]) -> sp.Expr:
        """Return the derivative of the loss at one sample along coordinates of these numbers."""
        if index not in self._known:
            *first, last = index
            before = self.sample_derivative(tuple(first)) if first else self._loss
            self._known[index] = derivative(before, self.symbols[last])
        return self._known[index]

    @derived
    def _known(self) -> dict[tuple[int, ...], sp.Expr]:
        return {}

    @cached_property
    def _space(self) -> SampleSpace:
        """The samples, with quadrature rules for the domain where these are needed."""
        gradient = self.sample_gradient.entries
        squares = [a * b for i, a in enumerate(gradient) for b in gradient[: i + 1]]
        return self._settled([*gradient, *squares])

    def _settled(self, wanted: Sequence[sp.Expr]) -> SampleSpace:
        space = SampleSpace(self.sample_laws)
        if not space.exact(wanted) and self.domain is not None:
            missing = set(self.coordinates) - set(self.domain)
            if missing:
                raise FormulaError(
                    f"domain lacks {', '.join(sorted(missing))}; quadrature needs all."
                )
            domain = {s: self.domain[s.name] for s in self.symbols}
            space.settle(wanted, domain, self.parameter_symbols)
        return space

    @derived
    def expected_loss(self) -> Field:
        space = self._settled([self._loss])
        return self.field("expected loss", space.mean(self._loss), tables=space.tables)

    @derived
    def gradient(self) -> Field:
        entries = self.sample_gradient.matrix.applyfunc(self._space.mean)
        return self.field("gradient", entries, tables=self._space.tables)

    @derived
    def diffusion(self) -> Field:
        if self._space.exact(self.sample_gradient.entries):
            _, factor = self._expansion
            entries = (factor * factor.T).applyfunc(sp.factor_terms)
            return self.field("diffusion", entries, matrix=True)
        g, mean = self.sample_gradient.matrix, self.gradient.matrix
        entries = sp.Matrix(
            self.dim,
            self.dim,
            lambda i, j: self._space.mean(g[max(i, j)] * g[min(i, j)]) - mean[i] * mean[j],
        )
        return self.field("diffusion", entries, tables=self._space.tables, matrix=True)

    @derived
    def _expansion(self) -> tuple[list[sp.Expr], sp.Matrix]:
        """Polynomials P_k and columns B_k = E[g P_k]; g = E g + sum B_k P_k, hence D = B B^T."""
        g, space = self.sample_gradient.matrix, self._space
        terms = [
            (p, (g * p).applyfunc(lambda e: sp.expand(space.mean(e))))
            for p in space.orthonormal(list(g))
        ]
        terms = [(p, column) for p, column in terms if any(e != 0 for e in column)]
        columns = [column for _, column in terms]
        factor = sp.Matrix.hstack(*columns) if columns else sp.zeros(self.dim, 0)
        return [p for p, _ in terms], factor

    @derived
    def noise_factor(self) -> Field:
        if self._space.exact(self.sample_gradient.entries):
            _, factor = self._expansion
            if factor.cols <= self.dim:
                return self.field("noise factor", factor, matrix=True)
        if self.dim > MAX_DIM:
            raise self._missing("a noise factor", f"D is factored up to {MAX_DIM} coordinates only")
        given = self.diffusion
        assignments, factor = noise_factor(given.matrix, rounded=True)
        return self.field("noise factor", factor, assignments, given.tables, matrix=True)

    @derived
    def third_cumulant(self) -> Field:
        d = self.dim
        if not self._space.exact(self.sample_gradient.entries):
            raise self._missing("S in closed form", "its samples enter through quadrature")
        # S_ijk = sum of B_ia B_jb B_kc E[P_a P_b P_c], which avoids averages of long products
        polynomials, b = self._expansion
        means: dict[tuple[int, ...], sp.Expr] = {}
        for abc in itertools.combinations_with_replacement(range(len(polynomials)), 3):
            mean = self._space.mean(sp.expand(sp.Mul(*(polynomials[a] for a in abc))))
            if mean != 0:
                means |= dict.fromkeys(itertools.permutations(abc), mean)
        cumulant: dict[tuple[int, ...], sp.Expr] = {}
        for ijk in itertools.combinations_with_replacement(range(d), 3):
            terms = (
                mean * b[ijk[0], abc[0]] * b[ijk[1], abc[1]] * b[ijk[2], abc[2]]
                for abc, mean in means.items()
            )
            cumulant[ijk] = sp.Add(*terms)
        entries = [cumulant[tuple(sorted(ijk))] for ijk in itertools.product(range(d), repeat=3)]
        return self.field("third cumulant", sp.Array(entries, (d, d, d)))

    def drift(self, beta: float | sp.Expr | None = None) -> Field:
        """Return b = -E grad l; it does not depend on beta."""
        check_beta(beta)
        return self.field("drift", -self.gradient.matrix, tables=self.gradient.tables)

    def to_dict(self) -> dict[str, object]:
        return super().to_dict() | {
            "samples": [[k, *law.to_list()] for k, law in self.samples.items()]
        }

    def __str__(self) -> str:
        samples = ", ".join(f"{k} ~ {law!r}" for k, law in self.samples.items())
        values = f"; {self._values()}" if self.parameters else ""
        args = ", ".join(self.coordinates) + "; " + ", ".join(self.samples)
        return f"{self.name}: l({args}) = {self.formulas['loss']}, {samples}{values}"

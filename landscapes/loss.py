"""Landscapes made from a per-sample loss and the law of its samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import sympy as sp

from .expectation import SampleSpace
from .factor import MAX_DIM, noise_factor
from .field import Field
from .landscape import Landscape, derivative, probes
from .parse import FormulaError, check_name
from .samples import LAWS, Law, Standard


@dataclass(frozen=True, eq=False)
class LossLandscape(Landscape):
    """l(theta; x) with x drawn afresh; made by `Landscape.from_loss`."""

    samples: Mapping[str, Law] = field(default_factory=dict)

    kind: ClassVar[str] = "loss"

    def verify(self) -> None:
        if not self.samples:
            raise FormulaError("samples={} names no sample; a loss without samples is a potential.")
        for name, law in self.samples.items():
            check_name(name, "samples")
            if name in self.coordinates or name in self.parameters:
                raise FormulaError(f"{name!r} is a sample and also a coordinate or parameter.")
            if not isinstance(law, Law):
                raise FormulaError(f"samples[{name!r}] = {law!r} is not a law; known: {', '.join(LAWS)}.")
        self._loss  # noqa: B018  parsed here, so that mistakes show at once

    @cached_property
    def sample_laws(self) -> dict[sp.Symbol, Standard]:
        return {sp.Symbol(name, real=True): law.standard for name, law in self.samples.items()}

    @cached_property
    def _loss(self) -> sp.Expr:
        """The loss in standard samples: x -> shift + scale x."""
        loss = self.parse(self.formulas["loss"], *self.samples)
        swaps = {}
        for name, law in self.samples.items():
            shift, scale = (self._of_parameters(part) for part in law.affine())
            x = sp.Symbol(name, real=True)
            swaps[x] = shift + scale * x
        return loss.xreplace(swaps)

    def _of_parameters(self, formula: Any) -> sp.Expr:
        from .parse import parse_expression

        return parse_expression(formula, {s.name: s for s in self.parameter_symbols})

    @cached_property
    def sample_gradient(self) -> Field:
        return self.sampled_gradient()

    def sampled_gradient(self, beta: Any = None) -> Field:
        """Gradient of the loss at one sample, whatever beta is."""
        entries = sp.Matrix([derivative(self._loss, s) for s in self.symbols])
        return self.field("gradient at one sample", entries)

    @cached_property
    def _space(self) -> SampleSpace:
        """The samples; where quadrature is needed its nodes are settled on the domain first."""
        space = SampleSpace(self.sample_laws)
        gradient = self.sample_gradient.entries
        if not space.exact(gradient) and self.domain is not None:
            missing = set(self.coordinates) - set(self.domain)
            if missing:
                raise FormulaError(f"domain lacks {', '.join(sorted(missing))}; quadrature needs all.")
            space.settle(gradient, probes(self), self.symbols, self.parameter_symbols)
        return space

    def _mean(self, name: str, array: Any) -> Field:
        space = self._space
        result = array.applyfunc(space.mean) if hasattr(array, "applyfunc") else space.mean(array)
        return self.field(name, result, tables=space.tables)

    @cached_property
    def expected_loss(self) -> Field:
        return self._mean("expected loss", self._loss)

    @cached_property
    def gradient(self) -> Field:
        return self._mean("gradient", self.sample_gradient.matrix)

    @cached_property
    def _centred(self) -> sp.Matrix:
        return self.sample_gradient.matrix - self.gradient.matrix

    @cached_property
    def diffusion(self) -> Field:
        if self._space.exact(self.sample_gradient.entries):
            factor = self._polynomial_factor
            return self.field("diffusion", (factor * factor.T).applyfunc(sp.factor_terms))
        g, mean = self.sample_gradient.matrix, self.gradient.matrix
        return self._mean_of_products(g, mean)

    def _mean_of_products(self, g: sp.Matrix, mean: sp.Matrix) -> Field:
        d = self.dim
        entries = sp.Matrix(
            d, d, lambda i, j: self._space.mean(g[max(i, j)] * g[min(i, j)]) - mean[i] * mean[j]
        )
        return self.field("diffusion", entries, tables=self._space.tables)

    @cached_property
    def _polynomial_factor(self) -> sp.Matrix:
        """Columns E[g P_k] over the orthonormal polynomials of the samples: D = B B^T exactly."""
        g, space = self.sample_gradient.matrix, self._space
        columns = [
            (g * p).applyfunc(lambda e: sp.expand(space.mean(e))) for p in space.orthonormal(list(g))
        ]
        columns = [c for c in columns if any(e != 0 for e in c)]
        return sp.Matrix.hstack(*columns) if columns else sp.zeros(self.dim, 0)

    @cached_property
    def noise_factor(self) -> Field:
        if self._space.exact(self.sample_gradient.entries):
            factor = self._polynomial_factor
            if factor.cols <= self.dim:
                return self.field("noise factor", factor)
        if self.dim > MAX_DIM:
            raise self._missing("a noise factor", f"D is factored up to {MAX_DIM} coordinates only")
        # D's entries are named first: the factor repeats them
        given = self.diffusion
        lets, named = [], sp.zeros(self.dim, self.dim)
        for i in range(self.dim):
            for j in range(i + 1):
                symbol = sp.Symbol(f"let.D{i}{j}", real=True)
                lets.append((symbol, given.matrix[i, j]))
                named[i, j] = named[j, i] = symbol
        more, factor = noise_factor(named)
        return self.field("noise factor", factor, [*lets, *more], given.tables)

    @cached_property
    def third_cumulant(self) -> Field:
        c, d = self._centred, self.dim
        if not self._space.exact(self.sample_gradient.entries):
            raise self._missing("S in closed form", "its samples enter through quadrature")
        entries = [
            self._space.mean(sp.expand(c[i] * c[j] * c[k])) for i in range(d) for j in range(d) for k in range(d)
        ]
        return self.field("third cumulant", sp.Array(entries, (d, d, d)))

    def drift(self, beta: Any = None) -> Field:
        """-E grad l, whatever beta is."""
        return self.field("drift", -self.gradient.matrix, tables=self.gradient.tables)

    def to_dict(self) -> dict[str, Any]:
        return super().to_dict() | {"samples": [[k, *law.to_list()] for k, law in self.samples.items()]}

    def __str__(self) -> str:
        samples = ", ".join(f"{k} ~ {law!r}" for k, law in self.samples.items())
        values = f"; {self._values()}" if self.parameters else ""
        args = ", ".join(self.coordinates) + "; " + ", ".join(self.samples)
        return f"{self.name}: l({args}) = {self.formulas['loss']}, {samples}{values}"

    def _repr_latex_(self) -> str:
        loss = self.parse(self.formulas["loss"], *self.samples)
        return rf"$\ell({', '.join(map(sp.latex, self.symbols))}) = {sp.latex(loss)}$"

"""A landscape given by a drift and a diffusion matrix or noise factor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import sympy as sp

from ...validate import shown
from ..checks import check_beta, check_positive_semidefinite
from ..derived import derived
from ..errors import FormulaError
from ..field import Field
from ..landscape import Landscape, register
from .noise_factor import noise_factor
from .potential import parse_diffusion, parse_vector


@register("drift")
@dataclass(frozen=True, eq=False, repr=False)
class DriftLandscape(Landscape):
    """Landscape of `Landscape.from_drift`: dx = b dt + sqrt(2 D/beta) dW."""

    kind: ClassVar[str] = "drift"

    def _verify(self) -> None:
        given = self.formulas
        if given["diffusion"] is not None and given["noise_factor"] is not None:
            raise FormulaError("give diffusion= (D) or noise_factor= (B), not both.")
        self._b  # noqa: B018  parsed now, so that errors appear at once
        if self._factor is None:
            check_positive_semidefinite(self, self.diffusion.matrix)

    @derived
    def _b(self) -> sp.Matrix:
        return parse_vector(self, self.formulas["drift"], "drift")

    @derived
    def _factor(self) -> sp.Matrix | None:
        rows = self.formulas["noise_factor"]
        if rows is None:
            return None
        rows = [rows] if isinstance(rows, str) else rows
        if len(rows) != self.dim:
            raise FormulaError(f"noise_factor={shown(rows)} must have {self.dim} rows.")
        entries = [row if isinstance(row, list) else [row] for row in rows]
        if len({len(row) for row in entries}) != 1:
            raise FormulaError(f"noise_factor={shown(entries)} has rows of different lengths.")
        return sp.Matrix([[self.parse(e) for e in row] for row in entries])

    def drift(self, beta: float | sp.Expr | None = None) -> Field:
        """Return b as given; it does not depend on beta."""
        check_beta(beta)
        return self.field("drift", self._b)

    @derived
    def diffusion(self) -> Field:
        if self._factor is not None:
            return self.field("diffusion", self._factor * self._factor.T, matrix=True)
        given = self.formulas["diffusion"]
        matrix = parse_diffusion(self, "1" if given is None else given)
        return self.field("diffusion", matrix, matrix=True)

    @derived
    def noise_factor(self) -> Field:
        if self._factor is not None:
            return self.field("noise factor", self._factor, matrix=True)
        assignments, factor = noise_factor(self.diffusion.matrix)
        return self.field("noise factor", factor, assignments, matrix=True)

    def __str__(self) -> str:
        noise = {
            k: self.formulas[k]
            for k in ("diffusion", "noise_factor")
            if self.formulas[k] is not None
        }
        parts = [f"drift = {self.formulas['drift']}", *(f"{k} = {v}" for k, v in noise.items())]
        values = f"; {self._values()}" if self.parameters else ""
        return f"{self.name}({', '.join(self.coordinates)}): {', '.join(parts)}{values}"

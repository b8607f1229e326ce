"""Every field a landscape may have; each kind defines those it determines, the rest refuse."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

import sympy as sp

from .errors import NotAvailable
from .field import Field, unrolled
from .formulas.calculus import differentiated, divergence


class Fields:
    """The fields of a landscape, from its coordinates and parameters; base of `Landscape`."""

    name: str
    coordinates: tuple[str, ...]
    parameters: Mapping[str, float]

    kind: ClassVar[str] = ""

    @cached_property
    def symbols(self) -> tuple[sp.Symbol, ...]:
        """The coordinates as SymPy symbols."""
        return tuple(sp.Symbol(c, real=True) for c in self.coordinates)

    @cached_property
    def parameter_symbols(self) -> dict[sp.Symbol, float]:
        """Parameter symbol -> value."""
        return {sp.Symbol(p, real=True): v for p, v in self.parameters.items()}

    @property
    def dim(self) -> int:
        """Number of coordinates."""
        return len(self.coordinates)

    @property
    def data(self) -> Mapping[str, Any] | None:
        """Name -> column of the finite data set whose rows are the samples, or None."""
        return None

    @property
    def tables(self) -> Mapping[sp.IndexedBase, Any]:
        """Indexed base -> column of `data`, in the order of `sample_laws`."""
        return {}

    def field(
        self,
        name: str,
        array: Any,
        assignments: Any = (),
        tables: Any = None,
        *,
        matrix: bool = False,
    ) -> Field:
        """Wrap a SymPy expression, matrix or array; a column is a vector unless `matrix`."""
        entries, shape = unrolled(array, matrix)
        values = self.parameter_symbols
        return Field(
            name, entries, shape, self.symbols, values, tuple(assignments), dict(tables or {})
        )

    # -- fields; what a kind cannot give it refuses by name -----------------------------------

    def _missing(self, what: str, why: str) -> NotAvailable:
        return NotAvailable(
            f"{self.name} ({self.kind} landscape) does not determine {what}: {why}."
        )

    @property
    def expected_loss(self) -> Field:
        """E l(theta; x), a scalar."""
        raise self._missing("an expected loss", "only a landscape made by from_loss has samples")

    @property
    def sample_gradient(self) -> Field:
        """Gradient of the loss at one sample, in the symbols of `sample_laws`, shape (d,)."""
        return self.sampled_gradient()

    def sampled_gradient(self, beta: Any = None) -> Field:
        """The same; a circulation given as a current needs beta."""
        raise self._missing("per-sample gradients", "it has neither a loss nor a potential")

    @property
    def sample_laws(self) -> Mapping[sp.Symbol, Any]:
        """Sample symbol of `sample_gradient` -> its standard law."""
        raise self._missing("per-sample gradients", "it has neither a loss nor a potential")

    @property
    def third_cumulant(self) -> Field:
        """S, third cumulant of the per-sample gradient, shape (d, d, d)."""
        raise self._missing("a third cumulant", "only a landscape made by from_loss has samples")

    @property
    def potential(self) -> Field:
        """Phi, with steady state exp(-beta Phi)."""
        raise self._missing(
            "Phi", "the steady state of a nonlinear loss or drift has no closed form"
        )

    @property
    def curl(self) -> Field:
        """Q, the skew matrix of the circulation, shape (d, d)."""
        raise self._missing("Q", "it is not given")

    @property
    def current(self) -> Field:
        """J, the stationary current up to normalisation, shape (d,)."""
        raise self._missing("J", "it is not given")

    @property
    def gradient(self) -> Field:
        """Gradient of the expected loss, or of Phi, shape (d,)."""
        raise self._missing("a gradient", "a drift need not be one")

    @property
    def diffusion(self) -> Field:
        """D, shape (d, d); of a loss the covariance C of the per-sample gradient."""
        raise NotImplementedError

    @property
    def noise_factor(self) -> Field:
        """B with B B^T = D, shape (d, m)."""
        raise NotImplementedError

    def drift(self, beta: Any = None) -> Field:
        """Drift b of dx = b dt + sqrt(2 D/beta) dW, shape (d,); `beta` may be a symbol."""
        raise NotImplementedError

    @property
    def spurious_drift(self) -> Field:
        """Row divergence of D + Q, shape (d,): the A-type drift is b + spurious_drift/beta."""
        raise self._missing("the A-type drift", "Q is not known")

    @property
    def covariance(self) -> Field:
        """The same as `diffusion`, the statistician's word."""
        return self.diffusion

    @cached_property
    def hessian(self) -> Field:
        """Second derivatives of the expected loss, or of Phi, shape (d, d)."""
        return self.field("hessian", differentiated(self.gradient), tables=self.gradient.tables)

    @cached_property
    def third_derivative(self) -> Field:
        """J of the papers: third derivatives of the expected loss, or of Phi, shape (d, d, d)."""
        return self.field(
            "third derivative", differentiated(self.hessian), tables=self.hessian.tables
        )

    @cached_property
    def diffusion_divergence(self) -> Field:
        """Row divergence (div D)_i = sum_j d_j D_ij, shape (d,)."""
        return self.field(
            "divergence of D",
            divergence(self.diffusion.matrix, self.symbols),
            tables=self.diffusion.tables,
        )

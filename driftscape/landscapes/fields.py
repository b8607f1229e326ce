"""`Fields`: the symbols of a landscape and every field that a landscape may have.

Each kind of landscape defines the fields that it determines; the others are refused by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import ClassVar

import numpy as np
import sympy as sp

from ..typing import Assignment, Assignments, Float
from .derived import derived
from .errors import NotAvailable
from .facts import Facts
from .field import Field, flattened
from .formulas.calculus import differentiated, divergence
from .formulas.evaluate import evaluate
from .formulas.language import Domain, Text
from .formulas.parse import parse_condition, parse_expression
from .samples import StandardLaw


class Fields:
    """The fields of a landscape, derived from its coordinates and parameters."""

    name: str
    coordinates: tuple[str, ...]
    parameters: Mapping[str, float]
    start: tuple[sp.Expr, ...]
    domain: Domain | None
    facts: Facts
    formulas: Mapping[str, Text]

    kind: ClassVar[str] = ""

    # -- symbols, and formulas in them ------------------------------------------------------------

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
        """Number of coordinates, d."""
        return len(self.coordinates)

    @property
    def data(self) -> Mapping[str, Float] | None:
        """Name -> column of the finite data set whose rows are the samples; None without data."""
        return None

    @property
    def tables(self) -> Mapping[sp.IndexedBase, Float]:
        """Indexed base -> column of `data`, in the order of `sample_laws`."""
        return {}

    def parse(self, formula: object, *more: str) -> sp.Expr:
        """Parse a formula of the coordinates, the parameters and further names.

        Raises
        ------
        FormulaError
            The formula is not in the language or contains another name.
        """
        return parse_expression(formula, self._names | {m: sp.Symbol(m, real=True) for m in more})

    def parse_condition(self, formula: object) -> sp.Basic:
        """Parse a condition such as `"x > 0"` on the coordinates and parameters.

        Raises
        ------
        FormulaError
            The text is not a condition or contains another name.
        """
        return parse_condition(formula, self._names)

    @property
    def _names(self) -> dict[str, sp.Symbol]:
        return {s.name: s for s in (*self.symbols, *self.parameter_symbols)}

    def _values(self) -> str:
        return ", ".join(f"{k} = {v:g}" for k, v in self.parameters.items())

    def field(
        self,
        name: str,
        array: sp.Expr | sp.MatrixBase | sp.NDimArray,
        assignments: Iterable[Assignment] = (),
        tables: Mapping[sp.IndexedBase, Float] | None = None,
        *,
        matrix: bool = False,
    ) -> Field:
        """Return a SymPy expression, matrix or array in these symbols as a `Field`.

        Parameters
        ----------
        name
            Name of the field.
        array
            The tensor; a matrix of one column is a vector unless `matrix`.
        assignments, tables
            What the entries refer to, as in `Field`.
        matrix
            Whether a matrix of one column stays a matrix.
        """
        entries, shape = flattened(array, matrix)
        values = self.parameter_symbols
        return Field(
            name, entries, shape, self.symbols, values, tuple(assignments), dict(tables or {})
        )

    def _missing(self, what: str, why: str) -> NotAvailable:
        return NotAvailable(
            f"{self.name} ({self.kind} landscape) does not determine {what}: {why}."
        )

    # -- one sample --------------------------------------------------------------------------------

    @property
    def sample_names(self) -> tuple[str, ...]:
        """Names of the numbers that one sample consists of; `NotAvailable` without samples."""
        raise self._missing("samples", "only a landscape made by from_loss has them")

    @property
    def sample_laws(self) -> Mapping[sp.Symbol, StandardLaw]:
        """Sample symbol of `sample_gradient` -> its standard law; `NotAvailable` for a drift."""
        raise self._missing("per-sample gradients", "it has neither a loss nor a potential")

    @property
    def sample_loss(self) -> Field:
        """l(theta; x) in the symbols of `sample_laws`, a scalar; `NotAvailable` without samples."""
        raise self._missing(
            "a loss at one sample", "only a landscape made by from_loss has samples"
        )

    @property
    def sample_gradient(self) -> Field:
        """Gradient of the loss at one sample, shape (d,), in the symbols of `sample_laws`.

        For a potential it is -b plus Gaussian noise of covariance D.  `NotAvailable` for a drift.
        """
        return self.sampled_gradient()

    def sampled_gradient(self, beta: float | sp.Expr | None = None) -> Field:
        """Return `sample_gradient` at this beta, on which it depends only with a current J."""
        raise self._missing("per-sample gradients", "it has neither a loss nor a potential")

    @property
    def sample_assignments(self) -> Assignments:
        """Assignments that the expressions of `sample_derivative` refer to."""
        return ()

    def sample_derivative(self, index: tuple[int, ...]) -> sp.Expr:
        """Return the derivative of the loss at one sample along the coordinates of these numbers.

        Raises
        ------
        NotAvailable
            The landscape has no samples.
        """
        raise self._missing("per-sample derivatives", "only a landscape made by from_loss has them")

    # -- the loss and its moments ------------------------------------------------------------------

    @property
    def expected_loss(self) -> Field:
        """E l(theta; x), a scalar; `NotAvailable` without samples."""
        raise self._missing("an expected loss", "only a landscape made by from_loss has samples")

    @property
    def gradient(self) -> Field:
        """Gradient of the expected loss, or of Phi, shape (d,); `NotAvailable` for a drift."""
        raise self._missing("a gradient", "a drift need not be one")

    @derived
    def hessian(self) -> Field:
        """Second derivatives of the expected loss, or of Phi, shape (d, d)."""
        return self.field("hessian", differentiated(self.gradient), tables=self.gradient.tables)

    @derived
    def third_derivative(self) -> Field:
        """Third derivatives of the expected loss, or of Phi, shape (d, d, d); J in some papers."""
        return self.field(
            "third derivative", differentiated(self.hessian), tables=self.hessian.tables
        )

    @property
    def covariance(self) -> Field:
        """Covariance C of the per-sample gradient, shape (d, d): another name of `diffusion`."""
        return self.diffusion

    @property
    def third_cumulant(self) -> Field:
        """S, third cumulant of the per-sample gradient, shape (d, d, d).

        `NotAvailable` without samples, or where it has no closed form.
        """
        raise self._missing("a third cumulant", "only a landscape made by from_loss has samples")

    # -- the stochastic differential equation ------------------------------------------------------

    def drift(self, beta: float | sp.Expr | None = None) -> Field:
        """Return the drift b of dx = b dt + sqrt(2 D/beta) dW, shape (d,).

            b = -E grad l,   -(D + Q) grad Phi,   -D grad Phi + J exp(beta Phi),   or as given

        Parameters
        ----------
        beta
            Inverse temperature, a number or a symbol; needed only with a current J.

        Raises
        ------
        ValueError
            The drift depends on beta, and beta is not given.
        """
        raise NotImplementedError

    @property
    def diffusion(self) -> Field:
        """D, shape (d, d); for a loss it is the covariance of the per-sample gradient."""
        raise NotImplementedError

    @property
    def noise_factor(self) -> Field:
        """B with B B^T = D, shape (d, m); of data it is given for up to 8 coordinates."""
        raise NotImplementedError

    @derived
    def diffusion_divergence(self) -> Field:
        """Row divergence (div D)_i = sum_j d_j D_ij, shape (d,)."""
        return self.field(
            "divergence of D",
            divergence(self.diffusion.matrix, self.symbols),
            tables=self.diffusion.tables,
        )

    @property
    def spurious_drift(self) -> Field:
        """Row divergence of D + Q, shape (d,): the A-type drift is b + spurious_drift/beta.

        `NotAvailable` unless the landscape is a potential.
        """
        raise self._missing("the A-type drift", "Q is not known")

    # -- the steady state --------------------------------------------------------------------------

    @property
    def potential(self) -> Field:
        """Phi, with steady state exp(-beta Phi), a scalar; `NotAvailable` if not given."""
        raise self._missing(
            "Phi", "the steady state of a nonlinear loss or drift has no closed form"
        )

    @property
    def curl(self) -> Field:
        """Q, the skew matrix of the circulation, shape (d, d); `NotAvailable` if not given."""
        raise self._missing("Q", "it is not given")

    @property
    def current(self) -> Field:
        """J, the stationary current up to normalisation, shape (d,); `NotAvailable` with a curl."""
        raise self._missing("J", "it is not given")


def evaluate_at(landscape: Fields, expressions: Iterable[sp.Basic], states: Float) -> list[Float]:
    """Return the values of expressions of a landscape's coordinates and parameters.

    Parameters
    ----------
    landscape
        The landscape whose symbols the expressions contain.
    expressions
        SymPy expressions or conditions.
    states
        Coordinates, shape (coordinates, points); each value has the shape (points,).
    """
    values: dict[sp.Basic, Float | float] = dict(zip(landscape.symbols, states, strict=True))
    values |= {s: float(v) for s, v in landscape.parameter_symbols.items()}
    return [np.broadcast_to(v, states.shape[1:]) for v in evaluate(expressions, values)]

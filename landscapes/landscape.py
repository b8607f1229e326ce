"""A landscape: one expression, and every field that follows from it.

    loss l(theta; x)   |   Phi, D, Q or J   |   drift, D

A landscape knows nothing of time.  It is frozen, prints its formula, round-trips through text and
derives gradients, Hessians, diffusion matrices, noise factors, cumulants and drifts symbolically.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import sympy as sp

from .errors import NotAvailable
from .facts import Facts
from .field import Field, located
from .parse import FormulaError, check_name, exact, parse_expression, plain_conditions
from .parse import names as parse_names
from .write import text_of

Formula = str | float | int | sp.Expr


@dataclass(frozen=True, eq=False)
class Landscape:
    """Base of the three kinds; make one by `from_loss`, `from_potential` or `from_drift`.

    Attributes
    ----------
    name
        Used in messages and file names.
    coordinates
        Names of the components of theta.
    parameters
        Named numbers of the formula; run-time values, a kernel is not recompiled for new ones.
    start
        Default starting point.
    domain
        Coordinate -> (low, high): where numerical checks and quadrature must hold.
    facts
        What is known exactly.
    """

    name: str
    coordinates: tuple[str, ...]
    parameters: Mapping[str, float]
    start: tuple[Any, ...]
    domain: Mapping[str, tuple[float, float]] | None
    facts: Facts
    formulas: Mapping[str, Any]  # what was given, as text: the identity of the landscape

    kind: ClassVar[str] = ""

    # -- making one -------------------------------------------------------------------------

    @staticmethod
    def from_loss(
        loss: Formula,
        *,
        coordinates: str | Iterable[str],
        samples: Mapping[str, Any],
        parameters: Mapping[str, float] | None = None,
        name: str = "loss",
        start: Sequence[Any] | Mapping[str, Any] | None = None,
        domain: Mapping[str, tuple[float, float]] | None = None,
        facts: Facts | None = None,
    ) -> Landscape:
        """Make a landscape from a per-sample loss l(theta; x) and the law of its samples.

        The diffusion matrix is the covariance C of the per-sample gradient, the noise factor comes
        from the orthogonal polynomials of the samples' laws where the gradient is polynomial in
        them (rank-deficient and correlated D come out as they are), else from a guarded LDL^T.

        Parameters
        ----------
        loss
            Formula of the coordinates, samples and parameters.
        coordinates
            Names, `"u v z"`.
        samples
            Name -> law (`Normal`, `Uniform`, `Rademacher`, `Exponential`).
        parameters
            Name -> value.
        start
            Default start; the origin if not given.
        domain
            Needed only where an expectation has no closed form.

        Raises
        ------
        FormulaError
            The formula is not in the language or uses a name that is not declared.

        Examples
        --------
        >>> from driftscape.landscapes import Landscape, Normal
        >>> mine = Landscape.from_loss("(a*w**2 - y)**2/2", coordinates="w",
        ...                            samples={"y": Normal(1, 0.5)}, parameters={"a": 2.0})
        >>> mine.gradient.expression
        [2*a*w*(a*w**2 - 1)]
        >>> mine.diffusion([1.0])
        array([[4.]])
        """
        from .loss import LossLandscape

        return LossLandscape.build(
            {"loss": loss}, coordinates, parameters, name, start, domain, facts, samples=samples
        )

    @staticmethod
    def from_potential(
        potential: Formula,
        *,
        coordinates: str | Iterable[str],
        diffusion: Any = 1,
        curl: Any = None,
        current: Sequence[Formula] | None = None,
        parameters: Mapping[str, float] | None = None,
        name: str = "potential",
        start: Sequence[Any] | Mapping[str, Any] | None = None,
        domain: Mapping[str, tuple[float, float]] | None = None,
        facts: Facts | None = None,
    ) -> Landscape:
        """Make a landscape with steady state exp(-beta Phi) from Phi, D and a circulation.

            drift  b = -(D + Q) grad Phi                  (curl Q, a skew matrix)
            drift  b = -D grad Phi + J exp(beta Phi)      (current J with div J = 0)

        The steady state is exp(-beta Phi) at every beta under the A-type reading (drift
        b + div(D + Q)/beta, rows); with constant D and Q every reading is the same.

        Parameters
        ----------
        potential
            Formula of Phi.
        diffusion
            D: a number c (D = c I), a list of diagonal entries, or a matrix; positive semidefinite.
        curl
            Q: a formula q in two dimensions, meaning [[0, -q], [q, 0]] (q > 0 turns clockwise), or
            a skew matrix.
        current
            J, one formula per coordinate; div J = 0 is verified.

        Raises
        ------
        FormulaError
            Also when D is not symmetric positive semidefinite on the domain, Q is not skew or
            div J != 0.

        Examples
        --------
        >>> from driftscape.landscapes import Landscape
        >>> field = Landscape.from_potential("(x**2-1)**2/4 + y**2/2", coordinates="x y",
        ...                                  diffusion=[[1, 0], [0, "1 + x**2"]], curl="x*y")
        >>> field.drift().expression
        [x*y**2 - x*(x**2 - 1), -x**2*y*(x**2 - 1) + y*(-x**2 - 1)]
        >>> field.spurious_drift.expression
        [-x, y]
        """
        from .potential import PotentialLandscape

        given = {"potential": potential, "diffusion": diffusion, "curl": curl, "current": current}
        return PotentialLandscape.build(given, coordinates, parameters, name, start, domain, facts)

    @staticmethod
    def from_drift(
        drift: Sequence[Formula] | Formula,
        *,
        coordinates: str | Iterable[str],
        diffusion: Any = None,
        noise_factor: Any = None,
        parameters: Mapping[str, float] | None = None,
        name: str = "drift",
        start: Sequence[Any] | Mapping[str, Any] | None = None,
        domain: Mapping[str, tuple[float, float]] | None = None,
        facts: Facts | None = None,
    ) -> Landscape:
        """Make a landscape from a drift b and a diffusion matrix D (or a noise factor B).

        Parameters
        ----------
        drift
            One formula per coordinate.
        diffusion
            D as in `from_potential`; identity if neither it nor `noise_factor` is given.
        noise_factor
            B, shape (d, m); then D = B B^T.

        Examples
        --------
        >>> from driftscape.landscapes import Landscape
        >>> vdp = Landscape.from_drift(["y", "(1 - x**2)*y - x"], coordinates="x y", diffusion=0.1)
        >>> vdp.drift()([1.0, 2.0])
        array([ 2., -1.])
        """
        from .drift import DriftLandscape

        given = {"drift": drift, "diffusion": diffusion, "noise_factor": noise_factor}
        return DriftLandscape.build(given, coordinates, parameters, name, start, domain, facts)

    @classmethod
    def build(
        cls,
        given: Mapping[str, Any],
        coordinates: str | Iterable[str],
        parameters: Mapping[str, float] | None,
        name: str,
        start: Any,
        domain: Mapping[str, tuple[float, float]] | None,
        facts: Facts | None,
        **extra: Any,
    ) -> Landscape:
        """Check names and numbers, parse everything once, verify; shared by the three kinds."""
        labels = parse_names(coordinates)
        if not isinstance(parameters or {}, Mapping):
            raise TypeError(f"parameters={parameters!r}; give name -> value, e.g. {{'a': 2.0}}.")
        values = {key: _finite(value, key) for key, value in (parameters or {}).items()}
        for key in values:
            check_name(key, "parameters")
        if set(values) & set(labels):
            raise FormulaError(
                f"{sorted(set(values) & set(labels))} are both coordinate and parameter."
            )
        symbols = [sp.Symbol(c, real=True) for c in labels]
        point = [sp.S.Zero] * len(labels) if start is None else located(start, symbols)
        if domain is not None:
            unknown = set(domain) - set(labels)
            if unknown:
                raise FormulaError(
                    f"domain names {sorted(unknown)}; coordinates are {', '.join(labels)}."
                )
            domain = {c: _interval(c, ends) for c, ends in domain.items()}
        landscape = cls(
            name=name, coordinates=labels, parameters=values, start=tuple(point), domain=domain,
            facts=facts or Facts(), formulas={k: _as_text(v) for k, v in given.items()}, **extra,
        )  # fmt: skip
        landscape.verify()
        return landscape

    def verify(self) -> None:
        """Parse and check everything given; raises before anything is derived or compiled."""

    # -- words ------------------------------------------------------------------------------

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

    def with_parameters(self, **values: float) -> Landscape:
        """Return the same landscape with other parameter values."""
        unknown = set(values) - set(self.parameters)
        if unknown:
            raise ValueError(
                f"{self.name} has no parameter {', '.join(sorted(unknown))}; "
                f"known: {', '.join(self.parameters) or 'none'}."
            )
        checked = {key: _finite(value, key) for key, value in values.items()}
        twin = dataclasses.replace(self, parameters={**self.parameters, **checked})
        twin.verify()
        return twin

    def parse(self, formula: Any, *more: str) -> sp.Expr:
        """Parse a formula of the coordinates and parameters (and of further names)."""
        known = {s.name: s for s in (*self.symbols, *self.parameter_symbols)}
        return parse_expression(formula, known | {m: sp.Symbol(m, real=True) for m in more})

    def field(
        self, name: str, array: Any, lets: Any = (), tables: Any = None, *, matrix: bool = False
    ) -> Field:
        """Wrap a SymPy expression, matrix or array; a column is a vector unless `matrix`."""
        if isinstance(array, sp.MatrixBase):
            vector = array.cols == 1 and not matrix
            shape: tuple[int, ...] = (array.rows,) if vector else array.shape
            entries = tuple(array)
        elif isinstance(array, sp.NDimArray):
            shape, entries = array.shape, tuple(sp.flatten(array))
        else:
            shape, entries = (), (array,)
        return Field(
            name,
            entries,
            shape,
            self.symbols,
            self.parameter_symbols,
            tuple(lets),
            dict(tables or {}),
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
        return self._differentiated("hessian", self.gradient)

    @cached_property
    def third_derivative(self) -> Field:
        """J of the papers: third derivatives of the expected loss, or of Phi, shape (d, d, d)."""
        return self._differentiated("third derivative", self.hessian)

    @cached_property
    def diffusion_divergence(self) -> Field:
        """Row divergence (div D)_i = sum_j d_j D_ij, shape (d,)."""
        return self.field(
            "divergence of D",
            divergence(self.diffusion.matrix, self.symbols),
            tables=self.diffusion.tables,
        )

    def _differentiated(self, name: str, of: Field) -> Field:
        """Derivatives of a symmetric tensor of derivatives: each is taken once."""
        d, rank = self.dim, len(of.shape)
        taken: dict[tuple[int, ...], sp.Expr] = {}
        entries = []
        for index in itertools.product(range(d), repeat=rank + 1):
            key = tuple(sorted(index))
            if key not in taken:
                position = sum(k * d ** (rank - 1 - place) for place, k in enumerate(key[:-1]))
                taken[key] = derivative(of.entries[position], self.symbols[key[-1]])
            entries.append(taken[key])
        return self.field(name, sp.Array(entries, (d,) * (rank + 1)), tables=of.tables)

    # -- text -------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """Return everything that determines the landscape's dynamics as JSON-ready text."""
        return {
            "kind": self.kind,
            "name": self.name,
            "coordinates": list(self.coordinates),
            "parameters": dict(self.parameters),
            "start": [str(s) for s in self.start],
            "domain": None if self.domain is None else {k: list(v) for k, v in self.domain.items()},
            **{k: v for k, v in self.formulas.items() if v is not None},
        }

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Landscape:
        """Rebuild a landscape from `to_dict`; formulas are parsed, never evaluated."""
        data = dict(data)
        kind = data.pop("kind", None)
        makers = {
            "loss": Landscape.from_loss,
            "potential": Landscape.from_potential,
            "drift": Landscape.from_drift,
        }
        if kind not in makers:
            raise ValueError(f"no landscape of kind {kind!r}; known: {', '.join(makers)}.")
        if kind == "loss":
            from .samples import law_from_list

            data["samples"] = {name: law_from_list(law) for name, *law in data["samples"]}
        data["start"] = [parse_expression(s, {}) for s in data["start"]]
        if data.get("domain"):
            data["domain"] = {k: tuple(v) for k, v in data["domain"].items()}
        return makers[kind](data.pop(kind), **data)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Landscape) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash(json.dumps(self.to_dict(), sort_keys=True))

    def _values(self) -> str:
        return ", ".join(f"{k} = {v:g}" for k, v in self.parameters.items())

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"


def derivative(expression: sp.Expr, symbol: sp.Symbol) -> sp.Expr:
    """Differentiate almost everywhere: jumps of sign, min, max contribute nothing."""
    result = sp.diff(expression, symbol)
    result = result.replace(sp.DiracDelta, lambda *_: sp.S.Zero)
    result = result.replace(sp.Heaviside, lambda x, *_: sp.Piecewise((1, x > 0), (0, True)))
    return plain_conditions(result)


def divergence(matrix: sp.Matrix, symbols: Sequence[sp.Symbol]) -> sp.Matrix:
    """Row divergence of a matrix field, as a column."""
    return sp.Matrix(
        [
            sp.Add(*(derivative(matrix[i, j], s) for j, s in enumerate(symbols)))
            for i in range(matrix.rows)
        ]
    )


def probes(landscape: Landscape, count: int = 64) -> np.ndarray:
    """Points (count, d) for numerical checks: on the domain, or around the start."""
    rng = np.random.default_rng(0)
    start = np.array([float(s) for s in landscape.start])
    points = start + 1.5 * rng.standard_normal((count, landscape.dim))
    for i, name in enumerate(landscape.coordinates):
        if landscape.domain and name in landscape.domain:
            low, high = landscape.domain[name]
            points[:, i] = rng.uniform(low, high, count)
            points[0, i], points[1, i] = low, high
    return points


def _finite(value: Any, name: str) -> float:
    try:
        number = float(exact(value))
    except (FormulaError, TypeError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise FormulaError(f"parameter {name}={value!r} is not a finite number.")
    return number


def _interval(name: str, ends: Any) -> tuple[float, float]:
    try:
        low, high = map(float, ends)
    except (TypeError, ValueError):
        low = high = math.nan
    if not -math.inf < low < high < math.inf:
        raise FormulaError(f"domain[{name!r}]={ends!r}; give finite (low, high), low < high.")
    return low, high


def _as_text(value: Any) -> Any:
    """Write formulas as text that parses back to the same expression."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, sp.MatrixBase) and value.cols == 1:
        return [_as_text(v) for v in value]
    if isinstance(value, (sp.MatrixBase, sp.NDimArray, np.ndarray)):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [_as_text(v) for v in value]
    return text_of(value) if isinstance(value, sp.Basic) else str(exact(value))

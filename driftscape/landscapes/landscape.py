"""A landscape: one expression, and every field that follows from it.

    loss l(theta; x)   |   Phi, D, Q or J   |   drift, D

A landscape knows nothing of time.  It is frozen, prints its formula, round-trips through text and
derives gradients, Hessians, diffusion matrices, noise factors, cumulants and drifts symbolically.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

import sympy as sp

from .checks import finite, interval
from .facts import Facts
from .field import located
from .fields import Fields
from .formulas.parse import FormulaError, check_name, parse_condition, parse_expression
from .formulas.parse import names as parse_names
from .formulas.write import as_text, read_dict

Formula: TypeAlias = str | float | int | sp.Expr


@dataclass(frozen=True, eq=False)
class Landscape(Fields):
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
        samples: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        parameters: Mapping[str, float] | None = None,
        name: str = "loss",
        start: Sequence[Any] | Mapping[str, Any] | None = None,
        domain: Mapping[str, tuple[float, float]] | None = None,
        facts: Facts | None = None,
    ) -> Landscape:
        """Make a landscape from a per-sample loss l(theta; x) and the law of its samples, or data.

        The diffusion matrix is the covariance C of the per-sample gradient, the noise factor comes
        from the orthogonal polynomials of the samples' laws where the gradient is polynomial in
        them (rank-deficient and correlated D come out as they are), else from a guarded LDL^T.

        With `data` the samples are the rows, equally likely: each field is an exact average over
        them, to rounding, and SGD takes its batches from them (`SGD` says how).  The noise factor
        is given for up to 8 coordinates; D itself for any number.

        Parameters
        ----------
        loss
            Formula of the coordinates, samples and parameters.
        coordinates
            Names, `"u v z"`.
        samples
            Name -> law (`Normal`, `Uniform`, `Rademacher`, `Exponential`).
        data
            Name -> column of numbers, all of one length N, instead of `samples`: a row is a
            sample.
        parameters
            Name -> value.
        start
            Default start; the origin if not given.
        domain
            Needed only where an expectation has no closed form: gradient, noise and loss are then
            right to 1e-10 of 1 + their size on it (`nodes`), or refused, and not known beyond it.

        Raises
        ------
        FormulaError
            The formula is not in the language or uses a name that is not declared; the columns of
            data differ in length, are empty or hold a number that is not finite.

        Examples
        --------
        >>> from driftscape.landscapes import Landscape, Normal
        >>> mine = Landscape.from_loss("(a*w**2 - y)**2/2", coordinates="w",
        ...                            samples={"y": Normal(1, 0.5)}, parameters={"a": 2.0})
        >>> mine.gradient.expression
        [2*a*w*(a*w**2 - 1)]
        >>> mine.diffusion([1.0])
        array([[4.]])
        >>> fit = Landscape.from_loss("(a + b*x - y)**2/2", coordinates="a b",
        ...                           data={"x": [0, 1, 2, 3], "y": [1, 1, 2, 4]})
        >>> fit.gradient([0.5, 1.0])
        array([0., 0.])
        """
        if samples is not None and data is not None:
            raise FormulaError(
                "samples= and data= are both given: a loss has samples of a law or the rows of "
                "data; draw the noise once and make it a column of data."
            )
        if data is not None:
            from .kinds.data import DataLandscape

            return DataLandscape.build(
                {"loss": loss}, coordinates, parameters, name, start, domain, facts, columns=data
            )
        if samples is None:
            raise FormulaError(
                "a loss needs samples= (name -> law) or data= (name -> column of numbers)."
            )
        from .kinds.loss import LossLandscape

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

        The steady state is exp(-beta Phi) at every beta under the A-type interpretation (drift
        b + div(D + Q)/beta, rows); with constant D and Q every interpretation is the same.

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
        from .kinds.potential import PotentialLandscape

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
        from .kinds.drift import DriftLandscape

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
        values = {key: finite(value, key) for key, value in (parameters or {}).items()}
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
            domain = {c: interval(c, ends) for c, ends in domain.items()}
        landscape = cls(
            name=name, coordinates=labels, parameters=values, start=tuple(point), domain=domain,
            facts=facts or Facts(), formulas={k: as_text(v) for k, v in given.items()}, **extra,
        )  # fmt: skip
        landscape.verify()
        return landscape

    def verify(self) -> None:
        """Parse and check everything given; raises before anything is derived or compiled."""

    # -- words ------------------------------------------------------------------------------

    def with_parameters(self, **values: float) -> Landscape:
        """Return the same landscape with other parameter values."""
        unknown = set(values) - set(self.parameters)
        if unknown:
            raise ValueError(
                f"{self.name} has no parameter {', '.join(sorted(unknown))}; "
                f"known: {', '.join(self.parameters) or 'none'}."
            )
        checked = {key: finite(value, key) for key, value in values.items()}
        twin = dataclasses.replace(self, parameters={**self.parameters, **checked})
        twin.verify()
        return twin

    def parse(self, formula: Any, *more: str) -> sp.Expr:
        """Parse a formula of the coordinates and parameters (and of further names)."""
        return parse_expression(formula, self._names | {m: sp.Symbol(m, real=True) for m in more})

    def parse_condition(self, formula: Any) -> sp.Basic:
        """Parse a predicate such as `"x > 0"` of the coordinates and parameters."""
        return parse_condition(formula, self._names)

    @property
    def _names(self) -> dict[str, sp.Symbol]:
        return {s.name: s for s in (*self.symbols, *self.parameter_symbols)}

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
        kind, formula, arguments = read_dict(data)
        makers: dict[str, Any] = {
            "loss": Landscape.from_loss,
            "potential": Landscape.from_potential,
            "drift": Landscape.from_drift,
        }
        return makers[kind](formula, **arguments)  # type: ignore[no-any-return]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Landscape) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash(json.dumps(self.to_dict(), sort_keys=True))

    def _values(self) -> str:
        return ", ".join(f"{k} = {v:g}" for k, v in self.parameters.items())

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"

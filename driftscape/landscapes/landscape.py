"""`Landscape`: a loss, a potential or a drift given as formulas, and all fields derived from it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, TypeVar

import sympy as sp
from numpy.typing import ArrayLike

from .arguments import check_common, finite, read_dict, texts
from .derived import at_values
from .display import Display
from .errors import FormulaError
from .facts import Facts
from .formulas.language import Domain, Formula, MatrixLike, Point, Text, VectorLike
from .samples import Law

#: kind -> class; the modules in `kinds` fill it, so that this one imports none of them
_KINDS: dict[str, Callable[..., Landscape]] = {}

Kind = TypeVar("Kind", bound="type[Landscape]")


def register(kind: str) -> Callable[[Kind], Kind]:
    """Return a class decorator that makes `Landscape` build landscapes of this kind."""

    def add(cls: Kind) -> Kind:
        _KINDS[kind] = cls
        return cls

    return add


@dataclass(frozen=True, eq=False)
class Landscape(Display):
    """A loss l(theta; x), a potential Phi with D and Q or J, or a drift b with D.

        dx = b dt + sqrt(2 D/beta) dW,      b = -E grad l,   -(D + Q) grad Phi,   or as given

    Make one by `from_loss`, `from_potential` or `from_drift`.  It is immutable, prints its formula,
    and derives gradients, diffusion matrices, noise factors, cumulants and drifts symbolically,
    each as a `Field`.  Two landscapes are equal if `to_dict` gives the same.

    Attributes
    ----------
    name
        Name, used in messages and file names.
    coordinates
        Names of the components of theta.
    parameters
        Name -> value; run-time values, for which no kernel is compiled again.
    start
        Default starting point.
    domain
        Coordinate -> (low, high): the box on which quadrature is right; None if not given.
    facts
        Exact results that are known for this landscape.
    formulas
        Name of the argument -> its formula or formulas as text, None where it was not given.
    """

    name: str
    coordinates: tuple[str, ...]
    parameters: Mapping[str, float]
    start: tuple[sp.Expr, ...]
    domain: Domain | None
    facts: Facts
    formulas: Mapping[str, Text]

    kind: ClassVar[str] = ""

    @staticmethod
    def from_loss(
        loss: Formula,
        *,
        coordinates: str | Iterable[str | sp.Symbol],
        samples: Mapping[str, Law] | None = None,
        data: Mapping[str, ArrayLike] | None = None,
        parameters: Mapping[str, float] | None = None,
        name: str = "loss",
        start: Point | None = None,
        domain: Domain | None = None,
        facts: Facts | None = None,
    ) -> Landscape:
        """Make a landscape from a per-sample loss l(theta; x) and the law of its samples, or data.

            b = -E grad l,      D = Cov(grad l)

        The noise factor B comes from the orthogonal polynomials of the samples' laws where the
        gradient is polynomial in them, which also gives correlated D and D of lower rank exactly;
        elsewhere it comes from a guarded LDL^T factorisation of D.

        With `data` the samples are the rows, equally likely.  Each field is then an exact average
        over the rows, to rounding, and SGD draws its batches from them (see `simulate.SGD`).  The
        noise factor is given for up to 8 coordinates, D itself for any number.

        Parameters
        ----------
        loss
            Formula of the coordinates, samples and parameters.
        coordinates
            Names of the coordinates, such as `"u v z"`.
        samples
            Name -> law (`Normal`, `Uniform`, `Rademacher`, `Exponential`).
        data
            Name -> column of N numbers; given instead of `samples`.  One row is one sample.
        parameters
            Name -> value.
        name
            Name of the landscape.
        start
            Default starting point; the origin if not given.
        domain
            Coordinate -> (low, high), needed only where an expectation has no closed form: the
            fields are then right to 1e-10 of 1 + their size on it, or refused, and unknown outside.
        facts
            Exact results to be stored with the landscape.

        Raises
        ------
        FormulaError
            (a ValueError) A formula is not in the language or contains an undeclared name, both or
            none of `samples` and `data` are given, or the columns of data differ in length, are
            empty or contain a number that is not finite.

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
        if samples is None and data is None:
            raise FormulaError(
                "a loss needs samples= (name -> law) or data= (name -> column of numbers)."
            )
        common = check_common(
            coordinates=coordinates, parameters=parameters, name=name, start=start, domain=domain,
            facts=facts,
        )  # fmt: skip
        if data is not None:
            return _KINDS["data"](**common, formulas=texts(loss=loss), columns=data)
        return _KINDS["loss"](**common, formulas=texts(loss=loss), samples=samples)

    @staticmethod
    def from_potential(
        potential: Formula,
        *,
        coordinates: str | Iterable[str | sp.Symbol],
        diffusion: Formula | VectorLike | MatrixLike = 1,
        curl: Formula | MatrixLike | None = None,
        current: VectorLike | None = None,
        parameters: Mapping[str, float] | None = None,
        name: str = "potential",
        start: Point | None = None,
        domain: Domain | None = None,
        facts: Facts | None = None,
    ) -> Landscape:
        """Make a landscape with steady state exp(-beta Phi) from Phi, D and a circulation.

            b = -(D + Q) grad Phi                  with a curl Q, a skew matrix
            b = -D grad Phi + J exp(beta Phi)      with a current J, div J = 0

        The steady state is exp(-beta Phi) at every beta under the A-type interpretation, whose
        drift is b + div(D + Q)/beta with the divergence of each row; with constant D and Q every
        interpretation is the same.

        Parameters
        ----------
        potential
            Formula of Phi.
        coordinates
            Names of the coordinates, such as `"x y"`.
        diffusion
            D, positive semidefinite: a number or formula c (D = c I), a list of diagonal entries,
            or a matrix.
        curl
            Q: a formula q in two dimensions, meaning [[0, -q], [q, 0]] (q > 0 turns clockwise), or
            a skew matrix.
        current
            J, one formula for each coordinate; div J = 0 is verified.
        domain
            Coordinate -> (low, high), where D, Q and J are verified; around the start if not given.
        parameters, name, start, facts
            As in `from_loss`.

        Raises
        ------
        FormulaError
            (a ValueError) A formula is not in the language or contains an undeclared name, D is
            not symmetric positive semidefinite on the domain, Q is not skew, div J != 0, or both
            `curl` and `current` are given.

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
        common = check_common(
            coordinates=coordinates, parameters=parameters, name=name, start=start, domain=domain,
            facts=facts,
        )  # fmt: skip
        formulas = texts(potential=potential, diffusion=diffusion, curl=curl, current=current)
        return _KINDS["potential"](**common, formulas=formulas)

    @staticmethod
    def from_drift(
        drift: VectorLike | Formula,
        *,
        coordinates: str | Iterable[str | sp.Symbol],
        diffusion: Formula | VectorLike | MatrixLike | None = None,
        noise_factor: Formula | VectorLike | MatrixLike | None = None,
        parameters: Mapping[str, float] | None = None,
        name: str = "drift",
        start: Point | None = None,
        domain: Domain | None = None,
        facts: Facts | None = None,
    ) -> Landscape:
        """Make a landscape from a drift b and a diffusion matrix D (or a noise factor B).

            dx = b dt + sqrt(2/beta) B dW,      D = B B^T

        Parameters
        ----------
        drift
            b, one formula for each coordinate.
        coordinates
            Names of the coordinates, such as `"x y"`.
        diffusion
            D as in `from_potential`; the identity if neither it nor `noise_factor` is given.
        noise_factor
            B, shape (d, m).
        domain
            Coordinate -> (low, high), where D is verified; around the start if not given.
        parameters, name, start, facts
            As in `from_loss`.

        Raises
        ------
        FormulaError
            (a ValueError) A formula is not in the language or contains an undeclared name, D is
            not symmetric positive semidefinite on the domain, a shape is wrong, or both
            `diffusion` and `noise_factor` are given.

        Examples
        --------
        >>> from driftscape.landscapes import Landscape
        >>> vdp = Landscape.from_drift(["y", "(1 - x**2)*y - x"], coordinates="x y", diffusion=0.1)
        >>> vdp.drift()([1.0, 2.0])
        array([ 2., -1.])
        """
        common = check_common(
            coordinates=coordinates, parameters=parameters, name=name, start=start, domain=domain,
            facts=facts,
        )  # fmt: skip
        formulas = texts(drift=drift, diffusion=diffusion, noise_factor=noise_factor)
        return _KINDS["drift"](**common, formulas=formulas)

    def __post_init__(self) -> None:
        self._verify()

    def _verify(self) -> None:
        """Parse and check everything given, so that mistakes show before anything is derived."""

    def with_parameters(self, **values: float) -> Landscape:
        """Return the same landscape with other parameter values.

        Parameters
        ----------
        **values
            Name -> value; the other parameters keep theirs.

        Raises
        ------
        ValueError
            A parameter is unknown or not finite, or the landscape is not valid at these values.
        """
        unknown = set(values) - set(self.parameters)
        if unknown:
            raise ValueError(
                f"{self.name} has no parameter {', '.join(sorted(unknown))}; "
                f"known: {', '.join(self.parameters) or 'none'}."
            )
        checked = {key: finite(value, key) for key, value in values.items()}
        return at_values(self, {**self.parameters, **checked})

    def to_dict(self) -> dict[str, object]:
        """Return what determines the dynamics on the landscape, ready for JSON."""
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
    def from_dict(data: Mapping[str, object]) -> Landscape:
        """Make a landscape from the result of `to_dict`; formulas are parsed, never executed.

        Raises
        ------
        ValueError, TypeError
            The kind, a law or an entry is unknown, or a formula is not accepted.
        """
        makers: dict[str, Callable[..., Landscape]] = {
            "loss": Landscape.from_loss,
            "potential": Landscape.from_potential,
            "drift": Landscape.from_drift,
        }
        kind, formula, arguments = read_dict(data, makers)
        return makers[kind](formula, **arguments)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Landscape) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash(json.dumps(self.to_dict(), sort_keys=True))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"

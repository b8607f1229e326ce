"""Laws of the samples that a per-sample loss is evaluated at.

A law is an affine image of a parameter-free *standard* law, x = shift + scale * xi, so that
moments, quadrature nodes and generators are needed for four laws only, and mean and width stay
run-time parameters of a compiled kernel.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, NoReturn, TypeAlias

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from ..validate import plain
from .errors import FormulaError, NotAvailable
from .formulas.language import is_finite
from .formulas.parse import parse_expression
from .integration.cells import FAR

Number: TypeAlias = float | int | str | sp.Expr
Reader: TypeAlias = Callable[[Any], sp.Expr]


@dataclass(frozen=True)
class Standard:
    """A parameter-free law: exact moments, a finite support if it has one, quadrature nodes.

    `name` is what a backend looks up to draw it from 64-bit words.  Its density is
    exp(logarithm)/partition between the ends.
    """

    name: str
    moment: Callable[[int], sp.Expr]
    nodes: Callable[[int], tuple[NDArray[np.float64], NDArray[np.float64]]]
    support: tuple[int, ...] | None = None
    logarithm: Callable[[sp.Symbol], sp.Expr] = lambda _: sp.S.Zero
    partition: sp.Expr = sp.S.One
    ends: tuple[float, float] = (-FAR, FAR)

    def __repr__(self) -> str:
        return f"Standard({self.name!r})"


def _normal_nodes(count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    # the trapezoidal rule: poles at distance a (tanh, 1/(1 + x^2)) cost exp(-2 pi a/spacing) here
    # and exp(-2 a sqrt(2 count)) in the Gauss-Hermite rule, which needs thousands of nodes
    x = np.linspace(-1, 1, count) * (8 + count / 32)
    w = np.exp(-(x**2) / 2)
    return x, w / w.sum()


def _uniform_nodes(count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    x, w = np.polynomial.legendre.leggauss(count)
    return (x + 1) / 2, w / 2


def _exponential_nodes(count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    # the trapezoidal rule again, after the double-exponential x = exp(t - exp(-t))
    t = np.linspace(-3.7, 4 + count / 200, count)
    x = np.exp(t - np.exp(-t))
    w = np.exp(-x) * x * (1 + np.exp(-t))
    return x, w / w.sum()


STANDARD_NORMAL = Standard(
    "normal", lambda k: sp.factorial2(k - 1) if k % 2 == 0 else sp.S.Zero, _normal_nodes,
    logarithm=lambda x: -(x**2) / 2, partition=sp.sqrt(2 * sp.pi),
)  # fmt: skip
STANDARD_UNIFORM = Standard(
    "uniform", lambda k: sp.Rational(1, k + 1), _uniform_nodes, ends=(0.0, 1.0)
)
STANDARD_EXPONENTIAL = Standard(
    "exponential", sp.factorial, _exponential_nodes, logarithm=lambda x: -x, ends=(0.0, FAR)
)


def _none(*_: int) -> NoReturn:
    raise NotAvailable("a row of data has no law but the data: average over the rows.")


#: a column of a data set: dealt from the data, never drawn
STANDARD_ROW = Standard("row", _none, _none)
STANDARD_RADEMACHER = Standard(
    "rademacher",
    lambda k: sp.Integer((k + 1) % 2),
    lambda count: (np.array([-1.0, 1.0]), np.array([0.5, 0.5])),
    support=(-1, 1),
)


@dataclass(frozen=True)
class Law:
    """Base of the laws below: its fields are numbers or formulas of the landscape's parameters.

    Raises
    ------
    FormulaError
        (a ValueError) A field is neither, or is not finite, or the law would have a negative width.
        What depends on parameters is checked where their values are known.
    """

    standard: ClassVar[Standard]

    def __post_init__(self) -> None:
        for each in fields(self):
            object.__setattr__(self, each.name, plain(getattr(self, each.name)))
        self.read(lambda formula: parse_expression(formula, _AnyName()), {})

    def read(self, parse: Reader, values: Mapping[sp.Basic, Any]) -> tuple[sp.Expr, sp.Expr]:
        """Return (shift, scale), parsed, and refuse the law that they make at these values.

        Parameters
        ----------
        parse
            Formula -> expression, e.g. of the names of a landscape.
        values
            Parameter symbol -> value, for the checks; a formula that they leave open passes.
        """
        try:
            own = {f.name: parse(getattr(self, f.name)) for f in fields(self)}
            shift, scale, width = (parse(part) for part in (*self.affine(), self.width()))
        except FormulaError as error:
            raise FormulaError(f"{self!r}: {error}") from None
        for name, formula in own.items():
            value = formula.subs(values)
            if value.is_number and not is_finite(value):
                raise FormulaError(f"{self!r} has the {name} {value}; it must be a finite number.")
        value = width.subs(values)
        if value.is_number and value < 0:
            raise FormulaError(f"{self!r} has the width {value}; it must not be negative.")
        return shift, scale

    def affine(self) -> tuple[Number, Number]:
        """Return (shift, scale) with x = shift + scale * xi."""
        raise NotImplementedError

    def width(self) -> Number:
        """Return what must not be negative: standard deviation, length, mean."""
        return self.affine()[1]

    def to_list(self) -> list[str]:
        """Return the law as text, e.g. `["Normal", "0", "1"]`."""
        return [type(self).__name__, *(str(getattr(self, f.name)) for f in fields(self))]


@dataclass(frozen=True)
class Normal(Law):
    """Gaussian law with the given mean and standard deviation."""

    mean: Number = 0
    std: Number = 1
    standard: ClassVar[Standard] = STANDARD_NORMAL

    def affine(self) -> tuple[Number, Number]:
        return self.mean, self.std


@dataclass(frozen=True)
class Uniform(Law):
    """Uniform law on (low, high)."""

    low: Number = 0
    high: Number = 1
    standard: ClassVar[Standard] = STANDARD_UNIFORM

    def affine(self) -> tuple[Number, Number]:
        return self.low, f"({self.high}) - ({self.low})"


@dataclass(frozen=True)
class Rademacher(Law):
    """A fair sign: +1 or -1."""

    standard: ClassVar[Standard] = STANDARD_RADEMACHER

    def affine(self) -> tuple[Number, Number]:
        return 0, 1


@dataclass(frozen=True)
class Exponential(Law):
    """Exponential law of the given mean `scale`, on (0, oo)."""

    scale: Number = 1
    standard: ClassVar[Standard] = STANDARD_EXPONENTIAL

    def affine(self) -> tuple[Number, Number]:
        return 0, self.scale


class _AnyName(dict[str, sp.Symbol]):
    """Takes any name for a parameter: which there are is known once there is a landscape."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> sp.Symbol:
        return sp.Symbol(name, real=True)


LAWS: dict[str, type[Law]] = {
    law.__name__: law for law in (Normal, Uniform, Rademacher, Exponential)
}


def law_from_list(parts: list[str]) -> Law:
    """Rebuild a law from `Law.to_list`."""
    name, *arguments = parts
    if name not in LAWS:
        raise ValueError(f"no law {name!r}; known: {', '.join(LAWS)}.")
    return LAWS[name](*map(_number, arguments))


def _number(text: str) -> Number:
    """Return a plain number where the text is one: a rebuilt law prints as the first did."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text

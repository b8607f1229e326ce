"""Probability laws of the samples of a loss.

    x = shift + scale * xi

Each law is an affine image of a *standard* law xi without parameters.  Moments, quadrature nodes
and random generators are therefore needed for four laws only, and mean and width are run-time
parameters of a compiled kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import ClassVar, NoReturn

import numpy as np
import sympy as sp

from ..typing import Float
from ..validate import check_choice, plain, shown
from .errors import FormulaError, NotAvailable
from .formulas.language import Formula, is_finite
from .formulas.parse import parse_expression
from .integration.cells import FAR


def _constant(_: sp.Symbol) -> sp.Expr:
    """Return the logarithm of a constant density."""
    return sp.S.Zero


@dataclass(frozen=True)
class StandardLaw:
    """A law without parameters, of which the laws of samples are affine images.

        p(x) = exp(logarithm(x))/partition      between the ends, or equally likely values

    Attributes
    ----------
    name
        Name by which a backend finds its random generator.
    moment
        k -> E xi^k, exact.
    nodes
        Number of nodes -> nodes and weights of a quadrature rule.
    support
        The equally likely values of a law of finite support, else None.
    logarithm, partition, ends
        Logarithm of the density p up to a constant, the integral that normalises it, and the
        interval outside which p vanishes; unused for a law of finite support.

    Examples
    --------
    >>> Normal.standard, [Normal.standard.moment(k) for k in range(5)]
    (StandardLaw('normal'), [1, 0, 1, 0, 3])
    """

    name: str
    moment: Callable[[int], sp.Expr]
    nodes: Callable[[int], tuple[Float, Float]]
    support: tuple[int, ...] | None = None
    logarithm: Callable[[sp.Symbol], sp.Expr] = _constant
    partition: sp.Expr = sp.S.One
    ends: tuple[float, float] = (-FAR, FAR)

    def __repr__(self) -> str:
        return f"StandardLaw({self.name!r})"


def _normal_nodes(count: int) -> tuple[Float, Float]:
    # the trapezoidal rule: a pole at distance a (tanh, 1/(1 + x^2)) costs exp(-2 pi a/spacing);
    # it costs exp(-2 a sqrt(2 count)) in the Gauss-Hermite rule, which needs thousands of nodes
    x = np.linspace(-1, 1, count) * (8 + count / 32)
    w = np.exp(-(x**2) / 2)
    return x, w / w.sum()


def _uniform_nodes(count: int) -> tuple[Float, Float]:
    x, w = np.polynomial.legendre.leggauss(count)
    return (x + 1) / 2, w / 2


def _exponential_nodes(count: int) -> tuple[Float, Float]:
    # the trapezoidal rule again, after the double-exponential x = exp(t - exp(-t))
    t = np.linspace(-3.7, 4 + count / 200, count)
    x = np.exp(t - np.exp(-t))
    w = np.exp(-x) * x * (1 + np.exp(-t))
    return x, w / w.sum()


STANDARD_NORMAL = StandardLaw(
    "normal", lambda k: sp.factorial2(k - 1) if k % 2 == 0 else sp.S.Zero, _normal_nodes,
    logarithm=lambda x: -(x**2) / 2, partition=sp.sqrt(2 * sp.pi),
)  # fmt: skip
STANDARD_UNIFORM = StandardLaw(
    "uniform", lambda k: sp.Rational(1, k + 1), _uniform_nodes, ends=(0.0, 1.0)
)
STANDARD_EXPONENTIAL = StandardLaw(
    "exponential", sp.factorial, _exponential_nodes, logarithm=lambda x: -x, ends=(0.0, FAR)
)


def _none(*_: int) -> NoReturn:
    raise NotAvailable("a row of data has no moments or nodes; average over the rows instead.")


#: a column of a data set, whose values are taken from the data
STANDARD_ROW = StandardLaw("row", _none, _none)
STANDARD_RADEMACHER = StandardLaw(
    "rademacher",
    lambda k: sp.Integer((k + 1) % 2),
    lambda count: (np.array([-1.0, 1.0]), np.array([0.5, 0.5])),
    support=(-1, 1),
)


@dataclass(frozen=True)
class Law:
    """Base of the laws of samples; their arguments are numbers or formulas of parameters.

        x = shift + scale * xi,      xi of a law without parameters

    The parameters are those of the landscape; an argument that contains them is checked when the
    landscape is made.

    Raises
    ------
    FormulaError
        (a ValueError) An argument is not a formula or not finite, or a width is negative.
    """

    standard: ClassVar[StandardLaw]

    def __post_init__(self) -> None:
        for each in fields(self):
            object.__setattr__(self, each.name, plain(getattr(self, each.name)))
        self.read(lambda formula: parse_expression(formula, _AnyName()), {})

    def read(
        self, parse: Callable[[object], sp.Expr], values: Mapping[sp.Symbol, float]
    ) -> tuple[sp.Expr, sp.Expr]:
        """Return (shift, scale) as expressions, and check them at these values.

        Parameters
        ----------
        parse
            Function that parses a formula, such as `Landscape.parse`.
        values
            Parameter symbol -> value.  A formula that contains further symbols is not checked.

        Raises
        ------
        FormulaError
            An argument is not finite, or a width is negative.
        """
        try:
            own = {f.name: parse(getattr(self, f.name)) for f in fields(self)}
            shift, scale, width = (parse(part) for part in (*self.affine(), self.width()))
        except FormulaError as error:
            raise FormulaError(f"{shown(self)}: {error}") from None
        for name, formula in own.items():
            value = formula.subs(values)
            if value.is_number and not is_finite(value):
                size = str(sp.N(value, 3)).lower()
                raise FormulaError(
                    f"{shown(self)} has the {name} {size}; it must be a finite number."
                )
        value = width.subs(values)
        if value.is_number and value < 0:
            raise FormulaError(f"{shown(self)} has the width {value}; it must not be negative.")
        return shift, scale

    def affine(self) -> tuple[Formula, Formula]:
        """Return the formulas (shift, scale) with x = shift + scale * xi."""
        raise NotImplementedError

    def width(self) -> Formula:
        """Return the formula that must not be negative: standard deviation, length or mean."""
        return self.affine()[1]

    def to_list(self) -> list[str]:
        """Return the law as text, e.g. `["Normal", "0", "1"]`."""
        return [type(self).__name__, *(str(getattr(self, f.name)) for f in fields(self))]


@dataclass(frozen=True)
class Normal(Law):
    """Gaussian law N(mean, std^2).

        p(x) = exp(-(x - mean)^2/(2 std^2))/(sqrt(2 pi) std)

    Attributes
    ----------
    mean
        Mean, a number or a formula of parameters; default 0.
    std
        Standard deviation, >= 0; default 1.

    Examples
    --------
    >>> Normal(1, "noise")
    Normal(mean=1, std='noise')
    """

    mean: Formula = 0
    std: Formula = 1
    standard: ClassVar[StandardLaw] = STANDARD_NORMAL

    def affine(self) -> tuple[Formula, Formula]:
        return self.mean, self.std


@dataclass(frozen=True)
class Uniform(Law):
    """Uniform law on (low, high).

        p(x) = 1/(high - low)      for low < x < high

    Attributes
    ----------
    low, high
        Ends, numbers or formulas of parameters, low <= high; default 0 and 1.

    Examples
    --------
    >>> Uniform(-1, 1)
    Uniform(low=-1, high=1)
    """

    low: Formula = 0
    high: Formula = 1
    standard: ClassVar[StandardLaw] = STANDARD_UNIFORM

    def affine(self) -> tuple[Formula, Formula]:
        return self.low, f"({self.high}) - ({self.low})"


@dataclass(frozen=True)
class Rademacher(Law):
    """Rademacher law: x = +1 or x = -1, with probability 1/2 each."""

    standard: ClassVar[StandardLaw] = STANDARD_RADEMACHER

    def affine(self) -> tuple[Formula, Formula]:
        return 0, 1


@dataclass(frozen=True)
class Exponential(Law):
    """Exponential law on x > 0.

        p(x) = exp(-x/scale)/scale

    Attributes
    ----------
    scale
        Mean, a number or a formula of parameters, >= 0; default 1.

    Examples
    --------
    >>> Exponential(2)
    Exponential(scale=2)
    """

    scale: Formula = 1
    standard: ClassVar[StandardLaw] = STANDARD_EXPONENTIAL

    def affine(self) -> tuple[Formula, Formula]:
        return 0, self.scale


class _AnyName(dict[str, sp.Symbol]):
    """Accepts every name as a parameter: the landscape checks the names later."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> sp.Symbol:
        return sp.Symbol(name, real=True)


LAWS: dict[str, type[Law]] = {
    law.__name__: law for law in (Normal, Uniform, Rademacher, Exponential)
}


def law_from_list(parts: list[str]) -> Law:
    """Return the law of a list from `Law.to_list`."""
    name, *arguments = parts
    check_choice("law", name, LAWS)
    if len(arguments) != len(fields(LAWS[name])) or not all(isinstance(a, str) for a in arguments):
        raise ValueError(f"law={shown(parts)}; give the name and its numbers as text.")
    return LAWS[name](*map(_number, arguments))


def _number(text: str) -> Formula:
    """Return a number where the text is one, so that the law prints as the original did."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text

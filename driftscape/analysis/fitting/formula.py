"""A formula of named parameters and of coordinates, with its derivatives by SymPy."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import sympy as sp

from ...landscapes.errors import FormulaError
from ...landscapes.formulas.calculus import derivative
from ...landscapes.formulas.evaluate import evaluate
from ...landscapes.formulas.functions import TEXT_CONSTANTS, TEXT_FUNCTIONS
from ...landscapes.formulas.language import CONDITIONAL, check_name
from ...landscapes.formulas.parse import parse_expression
from ...typing import Float


@dataclass(frozen=True)
class Formula:
    """f(parameters; coordinates).

    Attributes
    ----------
    text
        As it was given.
    expression
        The same in SymPy.
    parameters, coordinates
        Their symbols.
    """

    text: str
    expression: sp.Expr
    parameters: tuple[sp.Symbol, ...]
    coordinates: tuple[sp.Symbol, ...]

    @classmethod
    def of(cls, text: str, coordinates: Sequence[str]) -> Formula:
        """Read a formula; every name that is no coordinate is a parameter.

        Raises
        ------
        FormulaError
            It is no formula of the language of landscapes.

        Examples
        --------
        >>> Formula.of("a*exp(-b*beta) + c", ["beta"]).names
        ('a', 'b', 'c')
        """
        names = _names(text)
        symbols = {name: sp.Symbol(name, real=True) for name in [*names, *coordinates]}
        expression = parse_expression(text, symbols)
        parameters = tuple(symbols[name] for name in names if name not in coordinates)
        return cls(str(text), expression, parameters, tuple(symbols[n] for n in coordinates))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters, in the order of the text."""
        return tuple(symbol.name for symbol in self.parameters)

    @cached_property
    def slopes(self) -> tuple[sp.Expr, ...]:
        """Derivatives by the parameters."""
        return tuple(derivative(self.expression, symbol) for symbol in self.parameters)

    @cached_property
    def linear(self) -> tuple[bool, ...]:
        """Of each parameter, whether the formula is linear in it and in all of these together."""
        found: list[sp.Symbol] = []
        for symbol, slope in zip(self.parameters, self.slopes, strict=True):
            if not slope.free_symbols & {symbol, *found}:
                found.append(symbol)
        return tuple(symbol in found for symbol in self.parameters)

    def values(
        self, parameters: Sequence[float], at: Mapping[str, Float], count: int
    ) -> tuple[Float, Float]:
        """Return the values, shape (n,), and the derivatives by the parameters, shape (n, q).

        Parameters
        ----------
        parameters
            Values of the parameters.
        at
            Name of a coordinate -> its values, shape (n,).
        count
            n.
        """
        given = dict(zip(self.parameters, map(float, parameters), strict=True))
        given |= {symbol: at[symbol.name] for symbol in self.coordinates if symbol.name in at}
        with np.errstate(all="ignore"):
            found = evaluate([self.expression, *self.slopes], given)
        columns = [np.broadcast_to(np.asarray(column, float), (count,)) for column in found]
        return columns[0], np.stack([*columns[1:]], axis=-1) if columns[1:] else np.zeros(
            (count, 0)
        )


def _names(text: object) -> list[str]:
    """Return the names in a text that are neither functions nor constants, in order."""
    if not isinstance(text, str):
        raise TypeError(f"the formula is {text!r}; give text such as 'a*exp(b*x)'.")
    try:
        nodes = list(ast.walk(ast.parse(text.strip(), mode="eval")))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []  # the reader of formulas says what is wrong
    found = [node for node in nodes if isinstance(node, ast.Name)]
    found.sort(key=lambda node: (node.lineno, node.col_offset))
    known = {*TEXT_FUNCTIONS, *TEXT_CONSTANTS, CONDITIONAL}
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    names = dict.fromkeys(n.id for n in found if n.id not in known and id(n) not in called)
    for name in names:
        check_name(name, "parameters")
    return list(names)


def check_parameters(formula: Formula, points: int, swept: Sequence[str]) -> None:
    """Refuse a formula without parameters, with more than there are points, or with one named x."""
    count = len(formula.parameters)
    if "x" in formula.names:
        raise ValueError(
            f"x in {formula.text!r} could be any of {', '.join(swept)}; write the name of a swept "
            "number, or give x=."
        )
    if not count:
        raise FormulaError(f"{formula.text!r} has no parameter; give one a name, e.g. 'a + b*x'.")
    if count > points:
        raise ValueError(
            f"{formula.text!r} has {count} parameters ({', '.join(formula.names)}), and there are "
            f"{points} points with a result; give more points."
        )

"""SymPy nodes as NumPy calls, and a formula as a list of them that is run again and again.

To walk a tree costs more than the arithmetic where there are few points: a solver of differential
equations or of roots asks for one point at a time.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache, partial, reduce
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from .functions import NUMPY_FUNCTIONS

_RELATIONS = {
    sp.StrictLessThan: np.less,
    sp.LessThan: np.less_equal,
    sp.StrictGreaterThan: np.greater,
    sp.GreaterThan: np.greater_equal,
    sp.Equality: np.equal,
    sp.Unequality: np.not_equal,
}
#: operations of any number of operands, from left to right
_FOLDS = {
    sp.Add: np.add,
    sp.Mul: np.multiply,
    sp.Min: np.minimum,
    sp.Max: np.maximum,
    sp.And: np.logical_and,
    sp.Or: np.logical_or,
}

Operation = tuple[Callable[..., Any], tuple[sp.Basic, ...]]


@lru_cache(maxsize=65536)  # SymPy takes its time, and a formula is evaluated many times
def number(node: sp.Basic) -> float | None:
    """Return the value of a node that is a number, None for any other."""
    return float(node.evalf(30)) if node.is_number else None


@lru_cache(maxsize=65536)
def operation(node: sp.Basic) -> Operation:
    """Return the function that a node stands for, and the nodes that are its arguments.

    Raises
    ------
    TypeError
        A symbol, or a function that has no numerical form.
    """
    for kind, function in _FOLDS.items():
        if isinstance(node, kind):
            return partial(_fold, function), node.args
    if isinstance(node, sp.Pow):
        return _power(*node.args)
    if isinstance(node, sp.core.relational.Relational):
        return _RELATIONS[type(node)], node.args
    if isinstance(node, sp.Not):
        return np.logical_not, node.args
    if node in (sp.true, sp.false):
        return partial(bool, node is sp.true), ()
    if type(node) in NUMPY_FUNCTIONS:
        return NUMPY_FUNCTIONS[type(node)], node.args
    if hasattr(node, "_imp_"):  # a function that brings its numerical form, as in SymPy
        return node._imp_, node.args
    raise TypeError(f"no value is given for {node} ({type(node).__name__}).")


def _power(base: sp.Basic, exponent: sp.Basic) -> Operation:
    if base is sp.E:
        return np.exp, (exponent,)
    if exponent is sp.S.Half:
        return np.sqrt, (base,)
    if exponent.is_Integer:
        whole = int(exponent)
        if abs(whole) > 3:
            return (lambda value: np.power(value, float(whole))), (base,)
        return (lambda value: value**whole), (base,)
    return np.power, (base, exponent)


def _fold(function: Callable[..., Any], *values: Any) -> Any:
    return reduce(function, values)


class Tape(NamedTuple):
    """Calls in order: each reads and fills places of one list, the first of which are given."""

    blank: list[Any]
    calls: list[tuple[int, Callable[..., Any], tuple[int, ...]]]
    results: list[int]

    def run(self, given: Iterable[Any]) -> list[Any]:
        """Return the results for these values."""
        places = [*given]
        places += self.blank[len(places) :]
        for place, function, arguments in self.calls:
            places[place] = function(*[places[i] for i in arguments])
        return [places[i] for i in self.results]


@lru_cache(maxsize=1024)
def tape(
    expressions: tuple[sp.Basic, ...],
    assignments: tuple[tuple[sp.Symbol, sp.Basic], ...],
    given: tuple[sp.Basic, ...],
) -> Tape | None:
    """Record expressions of what is given; None if one has a sum or cases, which are walked."""
    place = {node: i for i, node in enumerate(given)}
    made = Tape([None] * len(given), [], [])
    try:
        for symbol, expression in assignments:
            place[symbol] = _record(expression, place, made)
        made.results.extend(_record(expression, place, made) for expression in expressions)
    except _NotFlat:
        return None
    return made


class _NotFlat(Exception):
    pass


def _record(node: sp.Basic, place: dict[sp.Basic, int], made: Tape) -> int:
    if node not in place:
        if isinstance(node, (sp.Sum, sp.Piecewise)):
            raise _NotFlat
        value = number(node)
        if value is None:
            function, arguments = operation(node)
            read = tuple(_record(each, place, made) for each in arguments)
            made.calls.append((len(made.blank), function, read))
        made.blank.append(value)
        place[node] = len(made.blank) - 1
    return place[node]

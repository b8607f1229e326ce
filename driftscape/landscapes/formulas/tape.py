"""SymPy nodes as NumPy calls, and a formula as a list of calls that is run repeatedly.

For few points, walking a tree takes longer than the arithmetic; a solver of differential equations
or a root finder evaluates one point at a time.
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


@lru_cache(maxsize=65536)  # SymPy is slow, and a formula is evaluated many times
def number(node: sp.Basic) -> float | None:
    """Return the value of a node that is a number, and None for any other node."""
    return float(node.evalf(30)) if node.is_number else None


@lru_cache(maxsize=65536)
def operation(node: sp.Basic) -> Operation:
    """Return the NumPy function of a node, and the nodes that are its arguments.

    Raises
    ------
    TypeError
        The node is a symbol or a function without a numerical form.
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
    if hasattr(node, "_imp_"):  # made by SymPy's implemented_function
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
    """Calls that read and write the entries of one list, whose first entries are the given values.

    Attributes
    ----------
    blank
        The list before a run: numbers, and None for entries that are given or computed.
    calls
        (entry that is written, function, entries that are its arguments), in order.
    results
        Entries of the results.
    """

    blank: list[Any]
    calls: list[tuple[int, Callable[..., Any], tuple[int, ...]]]
    results: list[int]

    def run(self, given: Iterable[Any]) -> list[Any]:
        """Return the results for these values."""
        entries = [*given]
        entries += self.blank[len(entries) :]
        for entry, function, arguments in self.calls:
            entries[entry] = function(*[entries[i] for i in arguments])
        return [entries[i] for i in self.results]


@lru_cache(maxsize=1024)
def tape(
    expressions: tuple[sp.Basic, ...],
    assignments: tuple[tuple[sp.Symbol, sp.Basic], ...],
    given: tuple[sp.Basic, ...],
) -> Tape | None:
    """Return the tape of expressions of the given symbols; None if one has a sum or branches."""
    entry = {node: i for i, node in enumerate(given)}
    recorded = Tape([None] * len(given), [], [])
    try:
        for symbol, expression in assignments:
            entry[symbol] = _record(expression, entry, recorded)
        recorded.results.extend(_record(each, entry, recorded) for each in expressions)
    except _NotFlat:
        return None
    return recorded


class _NotFlat(Exception):
    """An expression has a sum or branches."""


def _record(node: sp.Basic, entry: dict[sp.Basic, int], recorded: Tape) -> int:
    if node not in entry:
        if isinstance(node, (sp.Sum, sp.Piecewise)):
            raise _NotFlat
        value = number(node)
        if value is None:
            function, arguments = operation(node)
            read = tuple(_record(each, entry, recorded) for each in arguments)
            recorded.calls.append((len(recorded.blank), function, read))
        recorded.blank.append(value)
        entry[node] = len(recorded.blank) - 1
    return entry[node]

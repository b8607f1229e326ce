"""Evaluate SymPy expressions on NumPy arrays by walking the tree: no code is generated or run.

Shared subexpressions are evaluated once (SymPy trees are immutable, so equal nodes are found by
hash).  This is what `landscape.gradient(points)` calls, and the reference that the compiled
kernels are compared with.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import sympy as sp

from .functions import NUMPY_FUNCTIONS

#: elements that one block of a sum may hold
_BLOCK = 1 << 20

_RELATIONS = {
    sp.StrictLessThan: np.less,
    sp.LessThan: np.less_equal,
    sp.StrictGreaterThan: np.greater,
    sp.GreaterThan: np.greater_equal,
    sp.Equality: np.equal,
    sp.Unequality: np.not_equal,
}


def evaluate(
    expressions: Iterable[sp.Basic],
    values: Mapping[sp.Basic, Any],
    lets: Iterable[tuple[sp.Symbol, sp.Basic]] = (),
    tables: Mapping[sp.Basic, Any] | None = None,
) -> list[Any]:
    """Return the value of each expression.

    Parameters
    ----------
    expressions
        SymPy expressions in the keys of `values` and `tables`.
    values
        Symbol (or indexed symbol) -> array or number; arrays broadcast against each other.
    lets
        Assignments (symbol, expression) made first, in order.
    tables
        Indexed base -> one-dimensional array, read at the index of an enclosing `Sum`.
    """
    walker = _Walker(dict(values), tables or {})
    for symbol, expression in lets:
        walker.known[symbol] = walker(expression)
    return [walker(expression) for expression in expressions]


class _Walker:
    def __init__(self, known: dict[sp.Basic, Any], tables: Mapping[sp.Basic, Any]) -> None:
        self.known, self.tables = known, tables

    def __call__(self, node: sp.Basic) -> Any:
        if node not in self.known:
            self.known[node] = self.compute(node)
        return self.known[node]

    def compute(self, node: sp.Basic) -> Any:
        if node.is_number:
            return float(node.evalf(30))
        if isinstance(node, sp.Add):
            return _fold(np.add, map(self, node.args))
        if isinstance(node, sp.Mul):
            return _fold(np.multiply, map(self, node.args))
        if isinstance(node, sp.Pow):
            return self.power(*node.args)
        if isinstance(node, sp.Min):
            return _fold(np.minimum, map(self, node.args))
        if isinstance(node, sp.Max):
            return _fold(np.maximum, map(self, node.args))
        if isinstance(node, sp.Piecewise):
            return self.piecewise(node)
        if isinstance(node, sp.Sum):
            return self.sum(node)
        if isinstance(node, sp.core.relational.Relational):
            return _RELATIONS[type(node)](*map(self, node.args))
        if isinstance(node, sp.And):
            return _fold(np.logical_and, map(self, node.args))
        if isinstance(node, sp.Or):
            return _fold(np.logical_or, map(self, node.args))
        if isinstance(node, sp.Not):
            return np.logical_not(self(node.args[0]))
        if node in (sp.true, sp.false):
            return node is sp.true
        if type(node) in NUMPY_FUNCTIONS:
            return NUMPY_FUNCTIONS[type(node)](*map(self, node.args))
        raise TypeError(f"no value is given for {node} ({type(node).__name__}).")

    def power(self, base: sp.Basic, exponent: sp.Basic) -> Any:
        if base is sp.E:
            return np.exp(self(exponent))
        value = self(base)
        if exponent is sp.S.Half:
            return np.sqrt(value)
        if exponent.is_Integer:
            return (
                np.power(value, float(exponent))
                if abs(int(exponent)) > 3
                else value ** int(exponent)
            )
        return np.power(value, self(exponent))

    def piecewise(self, node: sp.Piecewise) -> Any:
        result: Any = np.nan
        for value, condition in reversed(node.args):
            with np.errstate(all="ignore"):  # every branch is evaluated at every point
                result = np.where(self(condition), self(value), result)
        return result

    def sum(self, node: sp.Sum) -> Any:
        """Add up over the table's entries, held along a trailing axis, a block at a time."""
        (_, low, high) = node.limits[0]
        count = int(self(high)) - int(self(low)) + 1
        items = node.function.atoms(sp.Indexed)
        outer = {
            s: np.asarray(self(s))[..., None]
            for s in node.function.free_symbols - {node.limits[0][0]}
            if isinstance(s, sp.Symbol) and s in self.known
        }
        size = max((value.size for value in outer.values()), default=1)
        block = max(1, _BLOCK // size)
        total: Any = 0.0
        for k in range(0, count, block):
            inner = _Walker(dict(outer), self.tables)
            inner.known |= {item: self.tables[item.base][..., k : k + block] for item in items}
            total = total + np.sum(np.asarray(inner(node.function)), axis=-1)
        return total


def _fold(operation: Any, values: Iterable[Any]) -> Any:
    iterator = iter(values)
    total = next(iterator)
    for value in iterator:
        total = operation(total, value)
    return total

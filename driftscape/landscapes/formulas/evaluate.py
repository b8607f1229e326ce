"""Evaluate SymPy expressions on NumPy arrays, call by call: no code is generated or run.

Shared subexpressions are evaluated once (SymPy trees are immutable, so equal nodes are found by
hash).  This is what `landscape.gradient(points)` calls, and the reference that the compiled
kernels are compared with.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import sympy as sp

from .tape import number, operation, tape

#: elements that one block of a sum may hold, and all blocks' shared subexpressions together
_BLOCK = 1 << 20
_KEPT = 1 << 24


def evaluate_at(landscape: Any, expressions: Iterable[sp.Basic], states: Any) -> list[Any]:
    """Return expressions of a landscape's coordinates and parameters, shape (points,) each.

    Parameters
    ----------
    landscape
        Whose symbols the expressions use.
    expressions
        What is evaluated.
    states
        Coordinates, shape (coordinates, points).
    """
    values: dict[sp.Basic, Any] = dict(zip(landscape.symbols, states, strict=True))
    values |= {s: float(v) for s, v in landscape.parameter_symbols.items()}
    return [np.broadcast_to(v, states.shape[1:]) for v in evaluate(expressions, values)]


def evaluate(
    expressions: Iterable[sp.Basic],
    values: Mapping[sp.Basic, Any],
    assignments: Iterable[tuple[sp.Symbol, sp.Basic]] = (),
    tables: Mapping[sp.Basic, Any] | None = None,
) -> list[Any]:
    """Return the value of each expression.

    Parameters
    ----------
    expressions
        SymPy expressions in the keys of `values` and `tables`.
    values
        Symbol (or indexed symbol) -> array or number; arrays broadcast against each other.
    assignments
        Assignments (symbol, expression) made first, in order.
    tables
        Indexed base -> one-dimensional array, read at the index of an enclosing `Sum`.
    """
    expressions, assignments = tuple(expressions), tuple(assignments)
    recorded = None if tables else tape(expressions, assignments, tuple(values))
    if recorded is not None:
        return recorded.run(values.values())
    walker = _Walker(dict(values), tables or {})
    for symbol, expression in assignments:
        walker.known[symbol] = walker(expression)
    return [walker(expression) for expression in expressions]


class _Walker:
    def __init__(self, known: dict[sp.Basic, Any], tables: Mapping[sp.Basic, Any]) -> None:
        self.known, self.tables = known, tables
        self.size = max((np.size(value) for value in known.values()), default=1)
        self.inner: dict[Any, _Terms] = {}  # of the blocks of sums

    def __call__(self, node: sp.Basic) -> Any:
        if node not in self.known:
            self.known[node] = self.compute(node)
        return self.known[node]

    def compute(self, node: sp.Basic) -> Any:
        if isinstance(node, sp.Sum):
            return self.sum(node)  # first: whether a long one is a number takes SymPy long
        value = number(node)
        if value is not None:
            return value
        if isinstance(node, sp.Piecewise):
            return self.piecewise(node)
        function, arguments = operation(node)
        return function(*map(self, arguments))

    def piecewise(self, node: sp.Piecewise) -> Any:
        result: Any = np.nan
        for value, condition in reversed(node.args):
            with np.errstate(all="ignore"):  # every branch is evaluated at every point
                result = np.where(self(condition), self(value), result)
        return result

    def sum(self, node: sp.Sum) -> Any:
        """Add up over the table's entries, held along a trailing axis, a block at a time.

        Sums of one range share what they have in common, as far as memory goes: the entries of a
        covariance matrix are many sums of a few factors.
        """
        (_, low, high) = node.limits[0]
        count = int(self(high)) - int(self(low)) + 1
        block = max(1, _BLOCK // self.size)
        if sum(len(t.known) for t in self.inner.values()) * min(block, count) * self.size > _KEPT:
            self.inner.clear()
        total: Any = 0.0
        for k in range(0, count, block):
            if (node.limits, k) not in self.inner:
                self.inner[node.limits, k] = _Terms(self, slice(k, k + block))
            total = total + np.sum(np.asarray(self.inner[node.limits, k](node.function)), axis=-1)
        return total


class _Terms(_Walker):
    """The terms of a block of a sum, along the last axis."""

    def __init__(self, outer: _Walker, block: slice) -> None:
        super().__init__({}, outer.tables)
        self.outer, self.block = outer, block

    def compute(self, node: sp.Basic) -> Any:
        if isinstance(node, sp.Indexed) and node.base in self.tables:
            return self.tables[node.base][..., self.block]
        if isinstance(node, sp.Symbol):
            return np.asarray(self.outer(node))[..., None]
        return super().compute(node)

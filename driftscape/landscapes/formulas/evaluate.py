"""Values of SymPy expressions on NumPy arrays, operation by operation; no code is generated.

Each shared subexpression is evaluated once: SymPy trees are immutable, so equal nodes have equal
hashes.  Fields are evaluated this way, and compiled kernels are compared with it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import sympy as sp

from ...typing import Float
from .tape import number, operation, tape

#: elements of one block of a sum, and of the shared subexpressions of all blocks together
_BLOCK = 1 << 20
_KEPT = 1 << 24


def evaluate(
    expressions: Iterable[sp.Basic],
    values: Mapping[sp.Basic, Any],
    assignments: Iterable[tuple[sp.Symbol, sp.Basic]] = (),
    tables: Mapping[sp.Basic, Float] | None = None,
) -> list[Any]:
    """Return the value of each expression.

    Parameters
    ----------
    expressions
        SymPy expressions of the symbols in `values` and `tables`.
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
    """Evaluates expressions and remembers every subexpression."""

    def __init__(self, known: dict[sp.Basic, Any], tables: Mapping[sp.Basic, Float]) -> None:
        self.known, self.tables = known, tables
        self.size = max((np.size(value) for value in known.values()), default=1)
        self.inner: dict[Any, _Terms] = {}  # of the blocks of sums

    def __call__(self, node: sp.Basic) -> Any:
        if node not in self.known:
            self.known[node] = self.compute(node)
        return self.known[node]

    def compute(self, node: sp.Basic) -> Any:
        if isinstance(node, sp.Sum):
            return self.sum(node)  # before `number`, which is slow for a long sum
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
        """Add up the terms of a sum, block by block along a trailing axis.

        Sums of one range share their common subexpressions, within a limit of memory: the entries
        of a covariance matrix are many sums of a few factors.
        """
        (_, low, high) = node.limits[0]
        count = int(self(high)) - int(self(low)) + 1
        block = max(1, _BLOCK // self.size)
        if sum(len(t.known) for t in self.inner.values()) * min(block, count) * self.size > _KEPT:
            self.inner.clear()
        total: Float | float = 0.0
        for k in range(0, count, block):
            if (node.limits, k) not in self.inner:
                self.inner[node.limits, k] = _Terms(self, slice(k, k + block))
            total = total + np.sum(np.asarray(self.inner[node.limits, k](node.function)), axis=-1)
        return total


class _Terms(_Walker):
    """Evaluates the terms of one block of a sum, along the last axis."""

    def __init__(self, outer: _Walker, block: slice) -> None:
        super().__init__({}, outer.tables)
        self.outer, self.block = outer, block

    def compute(self, node: sp.Basic) -> Any:
        if isinstance(node, sp.Indexed) and node.base in self.tables:
            return self.tables[node.base][..., self.block]
        if isinstance(node, sp.Symbol):
            return np.asarray(self.outer(node))[..., None]
        return super().compute(node)

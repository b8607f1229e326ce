"""Bounds of a formula over boxes, by interval arithmetic on arrays of boxes.

Every value of the formula on a box lies between the bounds.  Each operation is rounded outwards
(`intervals`).  Where a variable appears more than once the bounds are too wide, the less so the
smaller the box; the derivatives of a continuous formula make them tighter (R. E. Moore, Interval
Analysis (1966)).  NaN stands for a formula that is undefined everywhere on a box.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial, reduce
from typing import Any

import numpy as np
import sympy as sp

from ...typing import Float
from ..formulas.functions import NUMPY_FUNCTIONS
from ..formulas.tape import number
from . import intervals as iv
from .exponentials import exponentials
from .intervals import EPS, Interval
from .rewriting import Between, expanded, slopes

_BLOCK = 2**19  # terms of sums that are in memory at once


class Bounds:
    """Bounds of one formula of some variables; other symbols have one value for each box.

    Examples
    --------
    >>> x = sp.Symbol("x", real=True)
    >>> bounds_of = Bounds(x * (1 - x), [x])
    >>> low, high, _, _ = bounds_of(np.array([[0.4]]), np.array([[0.6]]))
    >>> print(f"{low[0]:.2f} {high[0]:.2f}")  # the exact bounds are 0.24 and 0.25
    0.23 0.27
    """

    def __init__(
        self, expression: sp.Expr, variables: Iterable[sp.Symbol],
        tables: Mapping[sp.Basic, Float] | None = None,
    ) -> None:  # fmt: skip
        self.tables = tables or {}
        self.expression, self.variables = sp.sympify(expression), tuple(variables)
        # the mean value theorem fails across a jump, which sign and where() may have
        self.smooth = not self.expression.has(sp.sign, sp.Piecewise, Between)
        # far away terms cancel in an expanded polynomial only, and near a minimum the form that is
        # not expanded has the tighter bounds: both are right, so both are used
        self.forms = list(dict.fromkeys([self.expression, expanded(self.expression)]))
        self.slopes = [
            list(dict.fromkeys(s for form in self.forms for s in slopes(form, x)))
            for x in self.variables
            if self.smooth
        ]

    def __call__(
        self, low: Float, high: Float, fixed: Mapping[sp.Basic, Float | float] | None = None
    ) -> tuple[Float, Float, Float, Float]:
        """Return bounds on boxes, and how much the formula varies along each variable.

        Parameters
        ----------
        low, high
            Corners, shape (n, variables).
        fixed
            Further symbol -> number, or array with one for each box.

        Returns
        -------
        tuple
            Lower and upper bounds, shape (n,); upper and lower bounds of |slope| times the width
            of the box, shape (n, variables), which are inf and 0 where no slope is known.
        """
        fixed, width = fixed or {}, high - low
        (least, most), *slope = self._natural([self.forms, *self.slopes], low, high, fixed)
        if not self.smooth:
            return least, most, np.full_like(low, np.inf), np.zeros_like(low)
        down = np.stack([s[0] for s in slope], axis=-1)
        up = np.stack([s[1] for s in slope], axis=-1)
        with np.errstate(invalid="ignore", over="ignore"):
            largest = np.maximum(np.abs(down), np.abs(up))
            adds = np.where(largest > 0, largest * width, 0.0)
            sure = np.maximum(np.maximum(down, -up), 0.0) * width
        known = np.isfinite(largest)  # no pole, and the formula is defined on the whole box
        rising, falling = known & (down >= 0), known & (up <= 0)
        # at the ends of the variables along which the formula is monotonic, and in the middle
        corners = [
            (np.where(falling, high, low), np.where(rising, low, high)),
            (np.where(rising, high, low), np.where(falling, low, high)),
        ]
        middle = low / 2 + high / 2
        lows = np.concatenate([*(c[0] for c in corners), middle])
        highs = np.concatenate([*(c[1] for c in corners), middle])
        repeated = {s: np.concatenate([np.broadcast_to(v, len(low))] * 3) for s, v in fixed.items()}
        ((below, above),) = self._natural([self.forms], lows, highs, repeated)
        n = len(low)
        with np.errstate(invalid="ignore", over="ignore"):
            reach = adds.sum(axis=-1) * (0.5 + 4 * EPS)
            centred = below[2 * n :] - reach, above[2 * n :] + reach
            least = np.fmax(least, np.fmax(below[:n], iv.widened(centred)[0]))
            most = np.fmin(most, np.fmin(above[n : 2 * n], iv.widened(centred)[1]))
        return least, most, np.where(np.isnan(adds), np.inf, adds), np.nan_to_num(sure)

    def _natural(
        self,
        forms: list[list[sp.Expr]],
        low: Float,
        high: Float,
        fixed: Mapping[sp.Basic, Float | float],
    ) -> list[Interval]:
        """Return the tightest bounds of each formula from several equivalent forms of it."""
        given: dict[sp.Basic, Interval] = {s: (v, v) for s, v in fixed.items()}
        given |= {x: (low[:, i], high[:, i]) for i, x in enumerate(self.variables)}
        found = iter(bounds([f for each in forms for f in each], given, self.tables))
        narrowest = []
        for each in forms:
            pairs = [next(found) for _ in each]
            least = np.asarray(reduce(np.fmax, [p[0] for p in pairs]), float)
            most = np.asarray(reduce(np.fmin, [p[1] for p in pairs]), float)
            narrowest.append((np.broadcast_to(least, len(low)), np.broadcast_to(most, len(low))))
        return narrowest


def bounds(
    expressions: Iterable[sp.Basic],
    given: Mapping[sp.Basic, Interval],
    tables: Mapping[sp.Basic, Float] | None = None,
) -> list[Interval]:
    """Return bounds of each expression by evaluating it once in interval arithmetic.

    Parameters
    ----------
    expressions
        Expressions of the symbols in `given` and `tables`.
    given
        Symbol -> lower and upper bound, numbers or arrays of shape (boxes,).
    tables
        Indexed base -> array, read at the index of an enclosing `Sum`.

    Raises
    ------
    TypeError
        No bounds are known of a function.
    """
    with np.errstate(all="ignore"):
        walk = _Walk(given, tables or {})
        return [walk(expression) for expression in expressions]


class _Walk:
    """Evaluates expressions in interval arithmetic; each subexpression once."""

    def __init__(
        self, given: Mapping[sp.Basic, Interval], tables: Mapping[sp.Basic, Float]
    ) -> None:
        self.known, self.given, self.tables = dict(given), given, tables

    def __call__(self, node: sp.Basic) -> Interval:
        if node not in self.known:
            self.known[node] = self.sum(node) if isinstance(node, sp.Sum) else self.compute(node)
        found: Interval = self.known[node]
        return found

    def compute(self, node: sp.Basic) -> Interval:
        constant = _constant(node)
        if constant is not None:
            return constant
        function, arguments = _operation(node)
        return function(*map(self, arguments))

    def sum(self, node: sp.Sum) -> Interval:
        """Add up the terms of a sum, block by block along a last axis."""
        index, low, high = node.limits[0]
        first, last = (int(np.max(self(end)[0])) for end in (low, high))
        size = max(1, *(np.size(end) for pair in self.given.values() for end in pair))
        wide = {
            s: (np.asarray(a, float)[..., None], np.asarray(b, float)[..., None])
            for s, (a, b) in self.given.items()
        }
        total: Interval = (0.0, 0.0)
        for start in range(first, last + 1, max(1, _BLOCK // size)):
            part = slice(start, min(start + max(1, _BLOCK // size), last + 1))
            rows = {base[index]: (t[part], t[part]) for base, t in self.tables.items()}
            low_terms, high_terms = _Walk({**wide, **rows}, {})(node.function)
            count = part.stop - part.start
            sums = [np.broadcast_to(t, (*np.shape(t)[:-1], count)).sum(axis=-1)
                    for t in (low_terms, high_terms)]  # fmt: skip
            slack = np.maximum(np.abs(low_terms), np.abs(high_terms)).sum(axis=-1) * count * EPS
            total = iv.add(total, (sums[0] - slack, sums[1] + slack))
        return total


@lru_cache(maxsize=65536)
def _constant(node: sp.Basic) -> Interval | None:
    if not isinstance(node, sp.Expr) or node.has(Between):
        return None
    value = number(node)
    if value is None:
        return None
    if node.is_Rational and sp.Rational(value) == node:
        return value, value
    return iv.widened((value, value))


@lru_cache(maxsize=65536)
def _operation(node: sp.Basic) -> tuple[Callable[..., Interval], tuple[sp.Basic, ...]]:
    """Return the function that bounds a node, and the nodes whose bounds are its arguments."""
    if isinstance(node, sp.log):
        terms = exponentials(node.args[0])
        if terms is not None:
            return partial(iv.log_sum_exp, [c for c, _ in terms]), tuple(a for _, a in terms)
    if isinstance(node, sp.Pow):
        base, exponent = node.args
        if base is sp.E:
            return iv.exp, (exponent,)
        if exponent.is_Integer:
            return partial(iv.whole_power, int(exponent)), (base,)
        if exponent.is_number:
            return partial(iv.power, float(exponent)), (base,)
        return iv.general_power, (base, exponent)
    if isinstance(node, sp.Piecewise):
        return iv.piecewise, tuple(part for pair in node.args for part in (pair.expr, pair.cond))
    for kind, function in _OPERATIONS.items():
        if isinstance(node, kind):
            return function, node.args
    if node in (sp.true, sp.false):
        return (lambda: (bool(node is sp.true),) * 2), ()
    raise TypeError(f"no bounds are known of {node} ({type(node).__name__}).")


_OPERATIONS: dict[Any, Callable[..., Interval]] = {
    sp.Add: iv.add,
    sp.Mul: iv.multiply,
    sp.exp: iv.exp,
    sp.log: iv.log,
    sp.sin: iv.sin,
    sp.cos: iv.cos,
    sp.tan: iv.tan,
    sp.asin: partial(iv.within, np.arcsin, False),
    sp.acos: partial(iv.within, np.arccos, True),
    **{f: partial(iv.rising, NUMPY_FUNCTIONS[f]) for f in (sp.atan, sp.sinh, sp.tanh, sp.erf)},
    sp.cosh: iv.cosh,
    sp.Abs: iv.absolute,
    sp.sign: iv.sign,
    Between: lambda *parts: (
        reduce(np.minimum, [a for a, _ in parts]),
        reduce(np.maximum, [b for _, b in parts]),
    ),
    sp.Min: partial(iv.extreme, np.minimum),
    sp.Max: partial(iv.extreme, np.maximum),
    sp.StrictLessThan: iv.less,
    sp.LessThan: iv.at_most,
    sp.StrictGreaterThan: lambda a, b: iv.less(b, a),
    sp.GreaterThan: lambda a, b: iv.at_most(b, a),
    sp.Equality: iv.equal,
    sp.Unequality: iv.unequal,
    sp.And: lambda *parts: iv.extreme(np.logical_and, *parts),
    sp.Or: lambda *parts: iv.extreme(np.logical_or, *parts),
    sp.Not: iv.negation,
}

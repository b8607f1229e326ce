"""Bounds of a formula over boxes: interval arithmetic, on arrays of boxes.

What a formula takes on a box lies between the bounds, whatever happens between the points at which
one might look.  Each operation is rounded outwards; a formula of which a variable appears twice is
bounded too widely, the less so the smaller the box, and its derivatives, where it is continuous,
narrow the bounds (R. E. Moore, Interval Analysis (1966)).  NaN stands for a formula that has no
value anywhere on a box.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial, reduce
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from sympy.utilities.lambdify import implemented_function

from .calculus import derivative
from .functions import NUMPY_FUNCTIONS
from .tape import number

Float = NDArray[np.float64]
Interval = tuple[Any, Any]  # lower and upper bounds; of a condition: surely, possibly

_EPS = 2.0**-52
_TINY = 5e-324
_LARGEST = np.finfo(float).max
_FUNCTION = 8  # of the spacing: how wrong NumPy's functions may be
_BLOCK = 2**19  # numbers of a sum that are held at once
_MOST_TERMS = 60
_MANY_TURNS = 1e8  # beyond it sine and cosine are only known to lie in [-1, 1]


class Bounds:
    """Bounds of one formula of some variables; other symbols are numbers, one a box.

    Examples
    --------
    >>> x = sp.Symbol("x", real=True)
    >>> of = Bounds(x * (1 - x), [x])
    >>> low, high, _, _ = of(np.array([[0.4]]), np.array([[0.6]]))
    >>> print(f"{low[0]:.2f} {high[0]:.2f}")  # in truth 0.24 and 0.25
    0.23 0.27
    """

    def __init__(
        self, expression: sp.Expr, variables: Iterable[sp.Symbol],
        tables: Mapping[sp.Basic, Any] | None = None,
    ) -> None:  # fmt: skip
        self.tables = tables or {}
        self.expression, self.variables = sp.sympify(expression), tuple(variables)
        # across a jump the mean value theorem does not hold; sign, where() and their like may jump
        self.smooth = not self.expression.has(sp.sign, sp.Piecewise, Between)
        # terms that cancel far away do so in an expanded polynomial only, and near a minimum
        # what is not expanded has the narrower bounds: both hold
        self.forms = list(dict.fromkeys([self.expression, expanded(self.expression)]))
        self.slopes = [
            list(dict.fromkeys(s for form in self.forms for s in slopes(form, x)))
            for x in self.variables
            if self.smooth
        ]

    def __call__(
        self, low: Float, high: Float, fixed: Mapping[sp.Basic, Any] | None = None
    ) -> tuple[Float, Float, Float, Float]:
        """Return the bounds on boxes, and how much each variable changes the formula.

        Parameters
        ----------
        low, high
            Corners, shape (n, variables).
        fixed
            Further symbol -> number, or one a box.

        Returns
        -------
        tuple
            Lower and upper bounds, shape (n,); largest and smallest size of the slope times the
            width, shape (n, variables), infinite and zero where no slope is known.
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
        known = np.isfinite(largest)  # no pole, no edge of where the formula is defined
        rising, falling = known & (down >= 0), known & (up <= 0)
        # the ends of a monotonic variable, and the middle of the box
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
            reach = adds.sum(axis=-1) * (0.5 + 4 * _EPS)
            centred = below[2 * n :] - reach, above[2 * n :] + reach
            least = np.fmax(least, np.fmax(below[:n], _widened(centred)[0]))
            most = np.fmin(most, np.fmin(above[n : 2 * n], _widened(centred)[1]))
        return least, most, np.where(np.isnan(adds), np.inf, adds), np.nan_to_num(sure)

    def _natural(
        self, forms: list[list[sp.Expr]], low: Float, high: Float, fixed: Mapping[sp.Basic, Any]
    ) -> list[Interval]:
        """Bounds of formulas by interval arithmetic, each by several forms of it."""
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


def expanded(node: sp.Basic) -> sp.Basic:
    """Write a formula so that a variable appears less often: bounds of it are narrower far away.

    Polynomials are expanded, unless they become long, and exp(a)/(exp(b) + c) is 1/(exp(b - a) +
    c exp(-a)).
    """
    if node.is_Atom or isinstance(node, sp.Indexed):
        return node
    if isinstance(node, sp.Sum):
        return node.func(_reduced(node.function), *node.limits)
    if isinstance(node, sp.core.relational.Relational):
        return node.func(expanded(node.lhs - node.rhs), 0)
    if isinstance(node, sp.Expr) and node.is_polynomial(*node.free_symbols):
        whole = sp.expand(node)
        return whole if len(sp.Add.make_args(whole)) <= _MOST_TERMS else node
    return _reduced(node.func(*map(expanded, node.args)))


def _reduced(node: sp.Basic) -> sp.Basic:
    """Take exponentials into the denominators that they stand over."""
    if not isinstance(node, sp.Expr) or isinstance(node, sp.Sum):
        return node
    if isinstance(node, sp.Add):
        return sp.Add(*map(_reduced, node.args))
    top = [f.args[0] for f in node.args if isinstance(f, sp.exp)]
    if not isinstance(node, sp.Mul) or not top:
        return node
    for below in node.args:
        if isinstance(below, sp.Pow) and below.exp.is_Integer and below.exp < 0:
            terms, n = _exponentials(below.base), -below.exp
            if terms is not None:
                shift = sp.Add(*top) / n
                total = sp.Add(*(sp.exp(sp.Float(c) + sp.expand(a - shift)) for c, a in terms))
                rest = [f for f in node.args if f is not below and not isinstance(f, sp.exp)]
                return sp.Mul(*rest, total ** (-n))
    return node


def corners(expression: sp.Basic) -> list[sp.Expr]:
    """Return formulas that vanish wherever the given one is not analytic.

    Examples
    --------
    >>> x, y = sp.symbols("x y", real=True)
    >>> corners(sp.Abs(x - 1) + sp.Min(x, y) + sp.log(x) + sp.exp(x))
    [x, x - 1, x - y]
    """
    found: set[sp.Expr] = set()
    for node in sp.preorder_traversal(expression):
        if isinstance(node, (sp.Abs, sp.sign)):
            found.add(node.args[0])
        elif isinstance(node, (sp.Min, sp.Max)):
            found.update(a - b for a, b in itertools.combinations(node.args, 2))
        elif isinstance(node, sp.core.relational.Relational):
            found.add(node.lhs - node.rhs)
        elif isinstance(node, sp.log) and _exponentials(node.args[0]) is None:
            found.add(node.args[0])
        elif isinstance(node, (sp.asin, sp.acos)):
            found.add(1 - node.args[0] ** 2)
        elif isinstance(node, sp.tan):
            found.add(sp.cos(node.args[0]))
        elif isinstance(node, sp.Pow) and node.base is not sp.E:
            if not (node.exp.is_Integer and node.exp > 0):
                found.add(node.base)
    return sorted((expanded(u) for u in found if u.free_symbols), key=sp.default_sort_key)


class Between(sp.Function):  # type: ignore[misc]
    """Some number from the least to the largest of the arguments."""


def slopes(expression: sp.Expr, x: sp.Symbol) -> list[sp.Expr]:
    """Return formulas that a derivative lies within the bounds of, each of them.

    At a kink of min or max a derivative is any number between those of the sides, and that of
    log(exp(a) + exp(b)) is always one between those of a and b.
    """
    kinks = [n for n in expression.atoms(sp.Min, sp.Max, sp.log) if _parts(n) is not None]
    if not kinks:
        return [derivative(expression, x)]
    names = {node: sp.Dummy(real=True) for node in kinks}
    back = {name: node for node, name in names.items()}
    outer = expression.xreplace(names)
    found = []
    for of_part in (_chosen, _between):
        terms = [derivative(outer, name) * of_part(node, x) for node, name in names.items()]
        terms.append(derivative(outer, x))
        found.append(sp.Add(*terms).xreplace(back))
    return found


def _parts(node: sp.Basic) -> list[sp.Expr] | None:
    """Return a, b, ... of min(a, b, ...), max(a, b, ...) or log(exp(a) + exp(b) + ...)."""
    if not isinstance(node, sp.log):
        return list(node.args)
    terms = _exponentials(node.args[0])
    return terms and [a + sp.Float(c) for c, a in terms]


def _between(node: sp.Basic, x: sp.Symbol) -> sp.Expr:
    return Between(*(slopes(part, x)[-1] for part in _parts(node) or ()))


def _chosen(node: sp.Basic, x: sp.Symbol) -> sp.Expr:
    parts = _parts(node) or []
    of_part = [slopes(part, x)[0] for part in parts]
    if isinstance(node, sp.log):
        shares = [1 / sp.Add(*(sp.exp(expanded(b - a)) for b in parts)) for a in parts]
        return sp.Add(*(p * s for p, s in zip(shares, of_part, strict=True)))
    first = sp.Le if isinstance(node, sp.Min) else sp.Ge
    conditions = [
        sp.And(*(first(expanded(a - b), 0) for b in parts if b is not a)) for a in parts[:-1]
    ]
    return sp.Piecewise(*zip(of_part, [*conditions, True], strict=True))


def bounds(
    expressions: Iterable[sp.Basic],
    given: Mapping[sp.Basic, Interval],
    tables: Mapping[sp.Basic, Any] | None = None,
) -> list[Interval]:
    """Return bounds of each expression by evaluating it once in interval arithmetic.

    Parameters
    ----------
    expressions
        In the keys of `given` and `tables`.
    given
        Symbol -> lower and upper bounds, arrays of one shape (boxes,) or numbers.
    tables
        Indexed base -> array, read at the index of an enclosing `Sum`.

    Raises
    ------
    TypeError
        A function that has no bounds.
    """
    with np.errstate(all="ignore"):
        walk = _Walk(given, tables or {})
        return [walk(expression) for expression in expressions]


class _Walk:
    def __init__(self, given: Mapping[sp.Basic, Interval], tables: Mapping[sp.Basic, Any]) -> None:
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
        """Add up over the entries of tables, held along a last axis, a block at a time."""
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
            slack = np.maximum(np.abs(low_terms), np.abs(high_terms)).sum(axis=-1) * count * _EPS
            total = _add(total, (sums[0] - slack, sums[1] + slack))
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
    return _widened((value, value))


@lru_cache(maxsize=65536)
def _operation(node: sp.Basic) -> tuple[Callable[..., Interval], tuple[sp.Basic, ...]]:
    """Return what bounds a node from the bounds of other nodes, and those."""
    if isinstance(node, sp.log):
        terms = _exponentials(node.args[0])
        if terms is not None:
            return partial(_log_sum_exp, [c for c, _ in terms]), tuple(a for _, a in terms)
    if isinstance(node, sp.Pow):
        base, exponent = node.args
        if base is sp.E:
            return _exp, (exponent,)
        if exponent.is_Integer:
            return partial(_whole_power, int(exponent)), (base,)
        if exponent.is_number:
            return partial(_power, float(exponent)), (base,)
        return _general_power, (base, exponent)
    if isinstance(node, sp.Piecewise):
        return _piecewise, tuple(part for pair in node.args for part in (pair.expr, pair.cond))
    for kind, function in _OPERATIONS.items():
        if isinstance(node, kind):
            return function, node.args
    if node in (sp.true, sp.false):
        return (lambda: (bool(node is sp.true),) * 2), ()
    raise TypeError(f"no bounds are known of {node} ({type(node).__name__}).")


def _exponentials(node: sp.Expr) -> list[tuple[float, sp.Expr]] | None:
    """Return (log c, a) of each term if the node is a sum of c exp(a) with c > 0."""
    terms: list[tuple[float, sp.Expr]] = []
    for term in sp.Add.make_args(node):
        factor, rest = term.as_independent(*node.free_symbols, as_Add=False)
        if not factor.is_positive:
            return None
        if rest is sp.S.One or isinstance(rest, sp.exp):
            exponent = rest.args[0] if rest is not sp.S.One else sp.S.Zero
            terms.append((float(sp.log(factor)), exponent))
        elif isinstance(rest, sp.cosh):
            half = float(sp.log(factor / 2))
            terms += [(half, rest.args[0]), (half, -rest.args[0])]
        else:
            return None
    return terms if any(a is not sp.S.Zero for _, a in terms) else None


def exponential_terms(expression: sp.Expr) -> list[tuple[sp.Expr, sp.Expr]]:
    """Return (g, a) with the expression the sum of g exp(a): exponents are kept from overflow."""
    found = []
    of_exp = expression.replace(
        lambda node: isinstance(node, (sp.sinh, sp.cosh)), lambda node: node.rewrite(sp.exp)
    )
    whole = sp.expand(of_exp, power_exp=False, power_base=False, log=False)
    for term in sp.Add.make_args(whole):
        factors = sp.Mul.make_args(term)
        inside = sp.Add(*(f.args[0] for f in factors if isinstance(f, sp.exp)))
        found.append((sp.Mul(*(f for f in factors if not isinstance(f, sp.exp))), inside))
    return found


def log_sum_exp(expression: sp.Expr) -> sp.Expr:
    """Write log(sum of c exp(a)) so that its value neither overflows nor underflows."""

    def stable(node: sp.Expr) -> sp.Expr:
        terms = _exponentials(node.args[0])
        if terms is None:
            return node
        return _LOG_SUM_EXP(*(a + sp.Float(c) if c else a for c, a in terms))

    return expression.replace(lambda node: isinstance(node, sp.log), stable)


def _widened(found: Interval, ulps: int = 1) -> Interval:
    low, high = np.asarray(found[0], float), np.asarray(found[1], float)
    # what overflows is finite in truth
    low, high = np.minimum(low, _LARGEST), np.maximum(high, -_LARGEST)
    low = low - ulps * _EPS * np.minimum(np.abs(low), _LARGEST) - _TINY * np.signbit(low)
    high = high + ulps * _EPS * np.minimum(np.abs(high), _LARGEST) + _TINY * ~np.signbit(high)
    return low, high


def _add(*parts: Interval) -> Interval:
    low, high = parts[0]
    for a, b in parts[1:]:
        below, above = low + a, high + b
        # infinity minus infinity can be anything; NaN stays NaN
        low = np.where(np.isnan(below) & ~np.isnan(low) & ~np.isnan(a), -np.inf, below)
        high = np.where(np.isnan(above) & ~np.isnan(high) & ~np.isnan(b), np.inf, above)
        low, high = _widened((low, high))
    return low, high


def _mul(*parts: Interval) -> Interval:
    found = parts[0]
    for other in parts[1:]:
        undefined = np.isnan(found[0]) | np.isnan(other[0])
        products = [np.asarray(a * b) for a in found for b in other]
        # an infinite end is a finite number too large to write: times 0 it is 0
        products = [np.where(np.isnan(p), 0.0, p) for p in products]
        low = np.minimum(np.minimum(*products[:2]), np.minimum(*products[2:]))
        high = np.maximum(np.maximum(*products[:2]), np.maximum(*products[2:]))
        low, high = _widened((low, high))
        found = np.where(undefined, np.nan, low), np.where(undefined, np.nan, high)
    return found


def _whole_power(n: int, base: Interval) -> Interval:
    if n < 0:
        return _inverse(_whole_power(-n, base))
    low, high = np.asarray(base[0], float), np.asarray(base[1], float)
    a, b = np.power(low, float(n)), np.power(high, float(n))
    if n % 2:
        return _widened((a, b), _FUNCTION)
    least = np.where((low <= 0) & (high >= 0), 0.0, np.minimum(a, b))
    least, most = _widened((least, np.maximum(a, b)), _FUNCTION)
    return np.maximum(least, 0.0), most


def _inverse(of: Interval) -> Interval:
    low, high = np.asarray(of[0], float), np.asarray(of[1], float)
    across = (low < 0) & (high > 0)
    least = np.where(across | (high == 0), -np.inf, 1 / high)
    most = np.where(across | (low == 0), np.inf, 1 / low)
    undefined = np.isnan(low) | ((low == 0) & (high == 0))
    least, most = _widened((least, most))
    return np.where(undefined, np.nan, least), np.where(undefined, np.nan, most)


def _power(p: float, base: Interval) -> Interval:
    if p < 0:
        return _inverse(_power(-p, base))
    low, high = np.asarray(base[0], float), np.asarray(base[1], float)
    found = _widened((np.maximum(low, 0.0) ** p, np.where(high < 0, np.nan, high) ** p), _FUNCTION)
    return np.where(high < 0, np.nan, np.maximum(found[0], 0.0)), found[1]


def _general_power(base: Interval, exponent: Interval) -> Interval:
    return _exp(_mul(exponent, _log(base)))


def _exp(of: Interval) -> Interval:
    low, high = _rising(np.exp, of)
    return np.maximum(low, 0.0), high


def _log(of: Interval) -> Interval:
    low, high = np.asarray(of[0], float), np.asarray(of[1], float)
    found = _rising(np.log, (np.maximum(low, 0.0), np.where(high < 0, np.nan, high)))
    return np.where(high < 0, np.nan, found[0]), found[1]


def _log_sum_exp(logs: list[float], *exponents: Interval) -> Interval:
    """Bounds of log(sum of c exp(a)), with which neither overflow nor underflow interferes."""
    ends = []
    for end, outward in ((0, -1), (1, 1)):
        shifted = [np.asarray(c + a[end], float) for c, a in zip(logs, exponents, strict=True)]
        total = reduce(np.logaddexp, shifted)
        size = reduce(np.maximum, [np.where(np.isfinite(a), np.abs(a), 0.0) for a in shifted])
        ends.append(total + outward * _FUNCTION * _EPS * size)
    return _widened((ends[0], ends[1]), _FUNCTION)


def _rising(function: Callable[..., Any], of: Interval) -> Interval:
    return _widened((function(of[0]), function(of[1])), _FUNCTION)


def _falling(function: Callable[..., Any], of: Interval) -> Interval:
    return _widened((function(of[1]), function(of[0])), _FUNCTION)


def _cosh(of: Interval) -> Interval:
    low, high = _rising(np.cosh, _abs(of))
    return np.maximum(low, 1.0), high


def _abs(of: Interval) -> Interval:
    low, high = of
    return np.maximum(np.maximum(low, np.negative(high)), 0.0), np.maximum(
        np.abs(low), np.abs(high)
    )


def _cos(of: Interval) -> Interval:
    return _sin((of[0] + np.pi / 2, of[1] + np.pi / 2), 1e-14)


def _sin(of: Interval, blur: float = 0.0) -> Interval:
    low, high = np.asarray(of[0], float), np.asarray(of[1], float)
    a, b = np.sin(low), np.sin(high)
    size = blur + 4 * _EPS * np.maximum(np.abs(low), np.abs(high))

    def holds(place: float) -> Any:
        turn = 2 * np.pi
        return np.ceil((low - place - 2 * size) / turn) * turn + place <= high + 2 * size

    wild = ~(np.maximum(np.abs(low), np.abs(high)) < _MANY_TURNS)
    least = np.where(wild | holds(-np.pi / 2), -1.0, np.minimum(a, b) - size)
    most = np.where(wild | holds(np.pi / 2), 1.0, np.maximum(a, b) + size)
    undefined = np.isnan(low)
    return (
        np.where(undefined, np.nan, np.maximum(least, -1.0)),
        np.where(undefined, np.nan, np.minimum(most, 1.0)),
    )


def _tan(of: Interval) -> Interval:
    low, high = np.asarray(of[0], float), np.asarray(of[1], float)
    size = 4 * _EPS * np.maximum(np.abs(low), np.abs(high))
    pole = np.ceil((low - size) / np.pi - 0.5) * np.pi + np.pi / 2 <= high + size
    pole |= ~(np.maximum(np.abs(low), np.abs(high)) < _MANY_TURNS)
    slope = 1 + np.maximum(np.tan(low) ** 2, np.tan(high) ** 2)
    least, most = np.tan(low) - size * slope, np.tan(high) + size * slope
    undefined = np.isnan(low)
    least, most = np.where(pole, -np.inf, least), np.where(pole, np.inf, most)
    return np.where(undefined, np.nan, least), np.where(undefined, np.nan, most)


def _within(function: Callable[..., Any], falls: bool, of: Interval) -> Interval:
    """Of asin and acos, which are defined on [-1, 1]."""
    outside = (np.asarray(of[0]) > 1) | (np.asarray(of[1]) < -1)
    clipped = np.clip(of[0], -1, 1), np.clip(of[1], -1, 1)
    low, high = (_falling if falls else _rising)(function, clipped)
    return np.where(outside, np.nan, low), np.where(outside, np.nan, high)


def _sign(of: Interval) -> Interval:
    return np.sign(of[0]), np.sign(of[1])


def _extreme(choose: Callable[..., Any], *parts: Interval) -> Interval:
    low, high = parts[0]
    for a, b in parts[1:]:
        low, high = choose(low, a), choose(high, b)
    return low, high


def _less(a: Interval, b: Interval) -> Interval:
    return np.less(a[1], b[0]), np.less(a[0], b[1])


def _at_most(a: Interval, b: Interval) -> Interval:
    return np.less_equal(a[1], b[0]), np.less_equal(a[0], b[1])


def _equal(a: Interval, b: Interval) -> Interval:
    point = np.equal(a[0], a[1]) & np.equal(b[0], b[1]) & np.equal(a[0], b[0])
    return point, np.less_equal(a[0], b[1]) & np.less_equal(b[0], a[1])


def _not(of: Interval) -> Interval:
    return np.logical_not(of[1]), np.logical_not(of[0])


def _unequal(a: Interval, b: Interval) -> Interval:
    return _not(_equal(a, b))


def _piecewise(*parts: Interval) -> Interval:
    """Hull of the branches that may be taken."""
    low: Any = np.inf
    high: Any = -np.inf
    open_ = np.bool_(True)  # no earlier condition surely holds
    for (a, b), (surely, possibly) in zip(parts[::2], parts[1::2], strict=True):
        taken = open_ & possibly
        low = np.where(taken, np.fmin(low, a), low)
        high = np.where(taken, np.fmax(high, b), high)
        open_ = open_ & np.logical_not(surely)
    undefined = np.asarray(low) > high
    return np.where(undefined, np.nan, low), np.where(undefined, np.nan, high)


_LOG_SUM_EXP = implemented_function(
    "log_sum_exp", lambda *parts: reduce(np.logaddexp, [np.asarray(part, float) for part in parts])
)

_OPERATIONS: dict[Any, Callable[..., Interval]] = {
    sp.Add: _add,
    sp.Mul: _mul,
    sp.exp: _exp,
    sp.log: _log,
    sp.sin: _sin,
    sp.cos: _cos,
    sp.tan: _tan,
    sp.asin: partial(_within, np.arcsin, False),
    sp.acos: partial(_within, np.arccos, True),
    **{f: partial(_rising, NUMPY_FUNCTIONS[f]) for f in (sp.atan, sp.sinh, sp.tanh, sp.erf)},
    sp.cosh: _cosh,
    sp.Abs: _abs,
    sp.sign: _sign,
    Between: lambda *parts: (
        reduce(np.minimum, [a for a, _ in parts]),
        reduce(np.maximum, [b for _, b in parts]),
    ),
    sp.Min: partial(_extreme, np.minimum),
    sp.Max: partial(_extreme, np.maximum),
    sp.StrictLessThan: _less,
    sp.LessThan: _at_most,
    sp.StrictGreaterThan: lambda a, b: _less(b, a),
    sp.GreaterThan: lambda a, b: _at_most(b, a),
    sp.Equality: _equal,
    sp.Unequality: _unequal,
    sp.And: lambda *parts: _extreme(np.logical_and, *parts),
    sp.Or: lambda *parts: _extreme(np.logical_or, *parts),
    sp.Not: _not,
}

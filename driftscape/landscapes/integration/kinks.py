"""Kinks, jumps and poles of a formula, and formulas for their positions."""

from __future__ import annotations

import itertools

import sympy as sp

from .exponentials import exponentials
from .rewriting import expanded

_TINY = sp.Rational(1, 10**200)


def corners(expression: sp.Basic) -> list[sp.Expr]:
    """Return formulas one of which vanishes wherever the given one is not analytic.

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
        elif isinstance(node, sp.log) and exponentials(node.args[0]) is None:
            found.add(node.args[0])
        elif isinstance(node, (sp.asin, sp.acos)):
            found.add(1 - node.args[0] ** 2)
        elif isinstance(node, sp.tan):
            found.add(sp.cos(node.args[0]))
        elif isinstance(node, sp.Pow) and node.base is not sp.E:
            if not (node.exp.is_Integer and node.exp > 0):
                found.add(node.base)
    return sorted((expanded(u) for u in found if u.free_symbols), key=sp.default_sort_key)


def branches(u: sp.Expr) -> list[sp.Expr]:
    """Return formulas without |v|, min and max, one of which vanishes wherever u does."""
    inner = next(iter(u.atoms(sp.Abs, sp.Min, sp.Max)), None)
    if inner is None:
        return [u]
    values = [inner.args[0], -inner.args[0]] if isinstance(inner, sp.Abs) else inner.args
    return [b for v in values for b in branches(sp.expand(u.xreplace({inner: v})))]


def roots(u: sp.Expr, x: sp.Symbol) -> list[sp.Expr] | None:
    """Return the roots of a polynomial of degree 1 or 2 in x, without dividing by zero."""
    if not u.is_polynomial(x):
        return None
    c = sp.Poly(u, x).all_coeffs()
    if len(c) == 2:
        slope, rest = c
        if slope.is_number:
            return [-rest / slope]
        return [-rest * slope / (slope**2 + _TINY)]  # a slope of zero means no kink
    if len(c) == 3 and c[0].is_number:
        half = sp.sqrt(sp.Max(c[1] ** 2 - 4 * c[0] * c[2], 0))
        return [(-c[1] + sign * half) / (2 * c[0]) for sign in (-1, 1)]
    return None

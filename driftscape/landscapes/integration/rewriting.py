"""Equivalent forms of a formula and of its slopes whose interval bounds are tight."""

from __future__ import annotations

import sympy as sp

from ..formulas.calculus import derivative
from .exponentials import exponentials

_MOST_TERMS = 60


def expanded(node: sp.Basic) -> sp.Basic:
    """Write a formula so that each variable appears less often, which makes its bounds tighter.

    Polynomials are expanded, unless they become long, and exp(a)/(exp(b) + c) is written as
    1/(exp(b - a) + c exp(-a)).
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
    """Move exponentials from the numerator into the denominator."""
    if not isinstance(node, sp.Expr) or isinstance(node, sp.Sum):
        return node
    if isinstance(node, sp.Add):
        return sp.Add(*map(_reduced, node.args))
    top = [f.args[0] for f in node.args if isinstance(f, sp.exp)]
    if not isinstance(node, sp.Mul) or not top:
        return node
    for below in node.args:
        if isinstance(below, sp.Pow) and below.exp.is_Integer and below.exp < 0:
            terms, n = exponentials(below.base), -below.exp
            if terms is not None:
                shift = sp.Add(*top) / n
                total = sp.Add(*(sp.exp(sp.Float(c) + sp.expand(a - shift)) for c, a in terms))
                rest = [f for f in node.args if f is not below and not isinstance(f, sp.exp)]
                return sp.Mul(*rest, total ** (-n))
    return node


class Between(sp.Function):  # type: ignore[misc]
    """Some number between the smallest and the largest of the arguments."""


def slopes(expression: sp.Expr, x: sp.Symbol) -> list[sp.Expr]:
    """Return formulas of the derivative; it lies within the interval bounds of each of them.

    At a kink of min or max the derivative is any number between those of the two sides, and the
    derivative of log(exp(a) + exp(b)) always lies between those of a and b.
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
    terms = exponentials(node.args[0])
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

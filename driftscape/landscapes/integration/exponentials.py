"""Sums of exponentials in a formula, written so that they do not overflow."""

from __future__ import annotations

from functools import reduce

import numpy as np
import sympy as sp
from sympy.utilities.lambdify import implemented_function

_LOG_SUM_EXP = implemented_function(
    "log_sum_exp", lambda *parts: reduce(np.logaddexp, [np.asarray(part, float) for part in parts])
)


def exponentials(node: sp.Expr) -> list[tuple[float, sp.Expr]] | None:
    """Return (log c, a) for each term of a sum of c exp(a) with c > 0; None for any other node."""
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
    """Return the pairs (g, a) of an expression that is written as a sum of g exp(a)."""
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
        terms = exponentials(node.args[0])
        if terms is None:
            return node
        return _LOG_SUM_EXP(*(a + sp.Float(c) if c else a for c, a in terms))

    return expression.replace(lambda node: isinstance(node, sp.log), stable)

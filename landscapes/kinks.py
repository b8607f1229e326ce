"""Where along a sample a formula has kinks or jumps, as formulas of the coordinates."""

from __future__ import annotations

import sympy as sp

_TINY = sp.Rational(1, 10**200)


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
        return [-rest * slope / (slope**2 + _TINY)]  # without a slope there is no kink either
    if len(c) == 3 and c[0].is_number:
        half = sp.sqrt(sp.Max(c[1] ** 2 - 4 * c[0] * c[2], 0))
        return [(-c[1] + sign * half) / (2 * c[0]) for sign in (-1, 1)]
    return None

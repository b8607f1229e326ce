r"""Where a step may have crossed into a target between its two states, and how likely that is.

A target is written as levels, functions that fall to zero on its boundary: x > 1 has the level
1 - x.  Between two states with levels a, b > 0 a Brownian bridge of variance v = n^T C n in the
direction of n = grad(level), C the covariance of the step's increment, touches zero with
probability

    p = exp(-2 a b/v),

exact for constant C and a plane boundary, with an error of the order of the step's own otherwise.
With `and` the last condition to be met decides, so the smallest p; with `or` the largest.

Reference: R. Mannella, Phys. Lett. A 254 (1999) 257; E. Gobet, Stoch. Proc. Appl. 87 (2000) 167.
"""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from ..landscapes.calculus import derivative

_TINY = sp.Float(1e-300)  # so that 0/0 is 0
#: exponents beyond which a crossing is as good as impossible: exp(-50) = 2e-22
FAR = 50


def level(condition: sp.Basic) -> sp.Expr:
    """Return a function that is positive outside the target and not inside.

    Examples
    --------
    >>> x, y = sp.symbols("x y", real=True)
    >>> level(x > 1)
    1 - x
    """
    if isinstance(condition, (sp.And, sp.Or)):
        first, *rest = (level(part) for part in sorted(condition.args, key=sp.default_sort_key))
        pick = sp.StrictGreaterThan if isinstance(condition, sp.And) else sp.StrictLessThan
        for other in rest:
            first = sp.Piecewise((first, pick(first, other)), (other, True))
        return first
    return condition.lts - condition.gts


def exponent(
    condition: sp.Basic, there: Mapping[sp.Symbol, sp.Symbol], covariance: sp.Matrix
) -> sp.Expr:
    """Return -log of the probability that a step crosses into the target, 0 if it ends there.

    Parameters
    ----------
    condition
        The target, of the coordinates at the beginning of the step.
    there
        Coordinate -> symbol of its value at the end.
    covariance
        Of the increment, at the beginning.
    """
    if isinstance(condition, (sp.And, sp.Or)):
        parts = [exponent(part, there, covariance) for part in condition.args]
        return sp.Max(*parts) if isinstance(condition, sp.And) else sp.Min(*parts)
    before = level(condition)
    after = before.xreplace(dict(there))
    slope = sp.Matrix([derivative(before, s) for s in there])
    variance = sp.expand((slope.T * covariance * slope)[0])
    if variance == 0:  # no noise across this boundary: it is crossed where a step ends beyond it
        return sp.Piecewise((0, after <= 0), (FAR, True))
    between = sp.Min(2 * before * after / variance, FAR)
    return sp.Piecewise((0, sp.Or(before <= 0, after <= 0)), (between, True))


def fraction(condition: sp.Basic, there: Mapping[sp.Symbol, sp.Symbol]) -> sp.Expr:
    """Return the part of the step after which the boundary is met: linear in the levels."""
    before = sp.Max(level(condition), 0)
    after = sp.Abs(level(condition).xreplace(dict(there)))
    return before / sp.Max(before + after, _TINY)

"""Runge and Kutta's classical scheme, for a slope written with assignments."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from ...typing import Assignment


def classical(
    state: Sequence[sp.Symbol], slope: Sequence[sp.Expr], assignments: list[Assignment], dt: sp.Expr
) -> tuple[list[Assignment], tuple[sp.Expr, ...]]:
    """Return assignments and new values of y' = F(y), fourth order in dt.

    Parameters
    ----------
    state
        y, one symbol per row.
    slope
        F in the symbols of `state` and of the assignments.
    assignments
        Assignments that `slope` uses; those of the first stage keep their names.
    """
    out: list[Assignment] = []
    slopes: list[list[sp.Symbol]] = []
    for stage, reach in enumerate((0, dt / 2, dt / 2, dt)):
        swaps: dict[sp.Basic, sp.Basic] = {}
        for i, s in enumerate(state):
            if stage:
                swaps[s] = sp.Symbol(f"let.y{stage}.{i}", real=True)
                out.append((swaps[s], s + reach * slopes[-1][i]))
        for symbol, expression in assignments:
            renamed = sp.Symbol(f"{symbol.name}.stage{stage}", real=True) if stage else symbol
            out.append((renamed, expression.xreplace(swaps)))
            swaps[symbol] = renamed
        k = [sp.Symbol(f"let.k{stage}.{i}", real=True) for i in range(len(state))]
        out += zip(k, (e.xreplace(swaps) for e in slope), strict=True)
        slopes.append(k)
    weights = (1, 2, 2, 1)
    update = tuple(
        s + dt / 6 * sp.Add(*(w * k[i] for w, k in zip(weights, slopes, strict=True)))
        for i, s in enumerate(state)
    )
    return out, update

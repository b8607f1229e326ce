"""How the noise factor of a landscape depends on the state."""

from __future__ import annotations

import numpy as np
import sympy as sp

from ....landscapes.checks import probes
from ....landscapes.landscape import Landscape
from .interpretation import merged, transport

#: how B may depend on the state, from special to general
NOISE_CLASSES = ("additive", "diagonal", "commutative", "general")


def noise_class(landscape: Landscape) -> str:
    """Return which of `NOISE_CLASSES` the recorded noise factor B is of.

    Dependence on the state is read from the formulas; that columns commute is tested at 64 points.
    """
    factor = landscape.noise_factor
    (d, m), states = factor.shape, set(landscape.symbols)
    moving = set(states)
    for symbol, expression in factor.assignments:
        if expression.free_symbols & moving:
            moving.add(symbol)
    if not any(e.free_symbols & moving for e in factor.entries):
        return "additive"
    b = factor.matrix
    own = all(
        b[i, j] == 0 if i != j else b[i, i].free_symbols & moving <= {landscape.symbols[i]}
        for i in range(d)
        for j in range(m)
    )
    if own and d == m:
        return "diagonal"
    assignments, table = transport(factor)
    pairs = [(k, c) for k in range(m) for c in range(k)]
    terms = [table[k][i][c] for k, c in pairs for i in range(d)]
    twins = [table[c][i][k] for k, c in pairs for i in range(d)]
    if not terms:
        return "commutative"
    with np.errstate(all="ignore"):
        values = landscape.field(
            "commutators",
            sp.Matrix(terms + twins),
            merged(factor.assignments, assignments),
            factor.tables,
        )(probes(landscape))
    one, other = values[:, : len(terms)], values[:, len(terms) :]
    scale = np.abs(values).max(axis=1, keepdims=True)
    return "commutative" if (np.abs(one - other) <= 1e-9 * scale).all() else "general"

"""Derivatives and divergences of formulas and fields."""

import itertools
from collections.abc import Sequence

import sympy as sp

from ..field import Field
from .language import plain_conditions


def derivative(expression: sp.Expr, symbol: sp.Symbol) -> sp.Expr:
    """Return the derivative almost everywhere: jumps of sign, min and max contribute nothing."""
    result = sp.diff(expression, symbol)
    result = result.replace(sp.DiracDelta, lambda *_: sp.S.Zero)
    if result.has(sp.sinh):  # of log(cosh): the quotient overflows, and tanh does not
        result = result.replace(lambda node: isinstance(node, sp.Mul), _tanh)
    result = result.replace(sp.Heaviside, lambda x, *_: sp.Piecewise((1, x > 0), (0, True)))
    return plain_conditions(result)


def _tanh(product: sp.Mul) -> sp.Expr:
    """Write sinh(u)/cosh(u) as tanh(u)."""
    powers = product.as_powers_dict()
    for node in [n for n in powers if isinstance(n, sp.sinh)]:
        below = sp.cosh(node.args[0])
        if powers[node] == 1 and powers.get(below) == -1:
            product = product / node * below * sp.tanh(node.args[0])
    return product


def divergence(matrix: sp.Matrix, symbols: Sequence[sp.Symbol]) -> sp.Matrix:
    """Return the row divergence (div M)_i = sum_j d_j M_ij of a matrix field as a column."""
    return sp.Matrix(
        [
            sp.Add(*(derivative(matrix[i, j], s) for j, s in enumerate(symbols)))
            for i in range(matrix.rows)
        ]
    )


def differentiated(of: Field) -> sp.Array:
    """Differentiate a symmetric tensor of derivatives; each distinct entry is computed once."""
    symbols, rank = of.symbols, len(of.shape)
    d = len(symbols)
    taken: dict[tuple[int, ...], sp.Expr] = {}
    entries = []
    for index in itertools.product(range(d), repeat=rank + 1):
        key = tuple(sorted(index))
        if key not in taken:
            position = sum(k * d ** (rank - 1 - axis) for axis, k in enumerate(key[:-1]))
            taken[key] = derivative(of.entries[position], symbols[key[-1]])
        entries.append(taken[key])
    return sp.Array(entries, (d,) * (rank + 1))

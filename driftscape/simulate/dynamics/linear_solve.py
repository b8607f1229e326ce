"""Solve A y = b inside a step: A symmetric, positive semidefinite, at most 8 x 8.

A = L diag(p) L^T written as assignments.  Every backend then solves by the same straight line of
products, without a determinant (Cramer's rule for 8 x 8 has 40320 terms) and without pivoting: a
positive semidefinite matrix needs none.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from ...typing import Assignment
from .assignments import name_entries

MAX_DIM = 8
#: a pivot at or below this fraction of its diagonal entry counts as zero
GUARD = sp.Rational(1, 10**12)


def solve(
    matrix: sp.Matrix,
    sides: Sequence[Sequence[sp.Expr]],
    assignments: list[Assignment],
    *,
    tag: str = "solve",
    guarded: bool = False,
) -> list[list[sp.Expr]]:
    """Return y with A y = b for each right side b; assignments are appended to `assignments`.

    Parameters
    ----------
    matrix
        A, symmetric and positive semidefinite, of symbols (name its entries first).
    sides
        The right sides b, each of length d.
    tag
        Keeps the names of two solves in one step apart.
    guarded
        A may be singular: a pivot at or below 1e-12 of its diagonal entry is dropped, and with it
        its unknown (y = 0 there).  For b in the range of A the result still solves A y = b.

    Raises
    ------
    ValueError
        More than 8 rows.

    Examples
    --------
    >>> a, assignments = sp.Symbol("a", real=True), []
    >>> (y,) = solve(sp.Matrix([[a, 0], [0, 2]]), [[1, 1]], assignments)
    >>> [e.subs(dict(reversed(assignments))) for e in y]
    [1/a, 1/2]
    """
    d = matrix.rows
    refuse_large(d)

    def let(name: str, expression: sp.Expr) -> sp.Expr:
        return name_entries(f"{tag}.{name}", [sp.sympify(expression)], assignments)[0]

    lower, inverse = sp.eye(d), [sp.S.Zero] * d
    scaled = sp.zeros(d, d)  # L diag(p)
    for j in range(d):
        pivot = let(f"p{j}", matrix[j, j] - sp.Add(*(lower[j, k] * scaled[j, k] for k in range(j))))
        inverse[j] = let(f"r{j}", _reciprocal(pivot, matrix[j, j]) if guarded else 1 / pivot)
        for i in range(j + 1, d):
            left = matrix[i, j] - sp.Add(*(lower[i, k] * scaled[j, k] for k in range(j)))
            scaled[i, j] = let(f"s{i}{j}", left)
            lower[i, j] = let(f"l{i}{j}", scaled[i, j] * inverse[j])
    solutions = []
    for n, side in enumerate(sides):
        y = list(side)
        for i in range(d):
            y[i] = let(f"f{n}.{i}", y[i] - sp.Add(*(lower[i, k] * y[k] for k in range(i))))
        y = [let(f"m{n}.{i}", y[i] * inverse[i]) for i in range(d)]
        for i in reversed(range(d)):
            y[i] = let(f"y{n}.{i}", y[i] - sp.Add(*(lower[k, i] * y[k] for k in range(i + 1, d))))
        solutions.append(y)
    return solutions


def refuse_large(d: int) -> None:
    """Raise an error if a matrix is too large to be solved in a step."""
    if d > MAX_DIM:
        raise ValueError(
            f"a landscape of {d} coordinates: a metric is inverted inside a step up to {MAX_DIM}. "
            'Use RGD(inverse="first-order"), which inverts nothing.'
        )


def _reciprocal(pivot: sp.Expr, diagonal: sp.Expr) -> sp.Expr:
    if pivot.is_number and diagonal.is_number:
        return 1 / pivot if pivot > GUARD * diagonal else sp.S.Zero
    return sp.Piecewise((1 / pivot, pivot > GUARD * diagonal), (0, True))

"""A noise factor B with B B^T = D for a given diffusion matrix D."""

import itertools

import sympy as sp

from ...typing import Assignment, Assignments

#: a pivot up to this fraction of its diagonal entry counts as zero (D of lower rank)
_GUARD = sp.Rational(1, 10**12)
MAX_DIM = 8


def noise_factor(diffusion: sp.Matrix, *, rounded: bool = False) -> tuple[Assignments, sp.Matrix]:
    """Factor D = L diag(p) L^T with guarded pivots: B = L sqrt(p).

    A pivot of at most 1e-12 of its diagonal entry, which rounding may leave, counts as zero and its
    column is dropped, so that D may have any rank.  The assignments keep the expressions short.

    Parameters
    ----------
    diffusion
        D, symmetric positive semidefinite.
    rounded
        Whether D is a sum in which rounding may leave -1e-17 instead of 0; the pivots of a diagonal
        D are then guarded too.

    Returns
    -------
    assignments
        Assignments to make first, in order.
    factor
        B, shape (d, m) with m <= d.
    """
    d = diffusion.rows
    if diffusion.is_diagonal() and not rounded:
        columns = [i for i in range(d) if diffusion[i, i] != 0]
        return (), sp.Matrix(
            d, len(columns), lambda i, c: sp.sqrt(diffusion[i, i]) if i == columns[c] else 0
        )
    assignments: list[Assignment] = []

    def let(name: str, expression: sp.Expr) -> sp.Expr:
        if expression.is_number:
            return expression
        symbol = sp.Symbol(f"let.{name}", real=True)
        assignments.append((symbol, expression))
        return symbol

    # the entries of D get symbols first, since the factor repeats them
    given, diffusion = diffusion, sp.zeros(d, d)
    for i, j in itertools.combinations_with_replacement(range(d), 2):
        diffusion[i, j] = diffusion[j, i] = let(f"D{j}{i}", given[j, i])
    lower = sp.zeros(d, d)
    pivot = [sp.S.Zero] * d
    for j in range(d):
        raw = let(
            f"D{j}{j}_left", diffusion[j, j] - sum(lower[j, k] ** 2 * pivot[k] for k in range(j))
        )
        bound = _GUARD * diffusion[j, j]
        kept = (
            raw > bound
            if not (raw.is_number and diffusion[j, j].is_number)
            else sp.sympify(bool(raw > bound))
        )
        pivot[j] = let(f"pivot{j}", sp.Piecewise((raw, kept), (0, True)))
        if pivot[j] == 0:
            continue
        lower[j, j] = sp.S.One
        inverse = let(f"inverse{j}", sp.Piecewise((1 / raw, kept), (0, True)))
        for i in range(j + 1, d):
            rest = diffusion[i, j] - sum(lower[i, k] * lower[j, k] * pivot[k] for k in range(j))
            lower[i, j] = let(f"L{i}{j}", rest * inverse)
    columns = [j for j in range(d) if pivot[j] != 0]
    roots = {j: let(f"root{j}", sp.sqrt(pivot[j])) for j in columns}
    return tuple(assignments), sp.Matrix(
        d, len(columns), lambda i, c: lower[i, columns[c]] * roots[columns[c]]
    )

"""The Ito drift of every interpretation of an SDE whose noise depends on the state.

    dx = b(x) dt + sqrt(2/beta) B(x) o dW,     D = B B^T

is one equation only once the product `o` is defined.  Each interpretation is an Ito equation with
the same noise and the drift

    Ito             b
    Stratonovich    b + (1/beta) sum_k (B_k . grad) B_k              B_k: column k of B
    anti-Ito        b + (2/beta) sum_k (B_k . grad) B_k
    isothermal      b + (1/beta) div D
    A-type          b + (1/beta) div(D + Q),    b = -(D + Q) grad Phi

with the row divergence (div M)_i = sum_j d_j M_ij.  Stratonovich and anti-Ito (the integrand taken
in the middle, and at the end, of each step) depend on the factor B; isothermal and A-type on D and
Q alone.  The isothermal interpretation is the vector form of Haenggi and Klimontovich: its
Fokker-Planck equation is d rho/dt = div(-b rho + D grad rho/beta), so that b = -D grad Phi keeps
exp(-beta Phi). With one coordinate it is the anti-Ito interpretation; with more they differ by

    (1/beta) sum_k [(B_k . grad) B_k - B_k div B_k].

Reference: P. Ao, C. Kwon, H. Qian, Complexity 12 (2007) 19; P. Haenggi, H. Thomas, Phys. Rep. 88
(1982) 207.
"""

from __future__ import annotations

from typing import TypeAlias

import sympy as sp

from ....landscapes.field import Field
from ....landscapes.formulas.calculus import derivative
from ....landscapes.formulas.language import exact
from ....landscapes.landscape import Landscape
from ....typing import Assignment, Assignments
from ..assignments import field_sum, merge_assignments

Number: TypeAlias = float | sp.Expr


def jacobian(field: Field) -> tuple[Assignments, list[list[sp.Expr]]]:
    """Differentiate a field through its assignments.

    Returns
    -------
    assignments
        Assignments to evaluate after the field's own.
    derivatives
        Entry e, coordinate j -> d_j of the entry.
    """
    assignments: list[Assignment] = []
    known: dict[sp.Symbol, list[sp.Expr]] = {}

    def total(expression: sp.Expr, j: int) -> sp.Expr:
        if isinstance(expression, sp.Pow) and expression.exp is sp.S.Half:
            inner = total(expression.base, j)
            if inner == 0 or expression.base not in known:
                return _direct(expression, j)
            # where a pivot vanishes the column is dropped, and so is its derivative
            slope = inner / (2 * expression)
            return sp.Piecewise((slope, expression.base > 0), (0, True))
        return _direct(expression, j)

    def _direct(expression: sp.Expr, j: int) -> sp.Expr:
        parts = [derivative(expression, field.symbols[j])]
        for symbol in known:
            if known[symbol][j] != 0 and symbol in expression.free_symbols:
                parts.append(derivative(expression, symbol) * known[symbol][j])
        return sp.Add(*parts)

    axes = range(len(field.symbols))
    for symbol, expression in field.assignments:
        slopes = []
        for j in axes:
            slope = total(expression, j)
            if not slope.is_Atom:
                name = sp.Symbol(f"{symbol.name}.d{j}", real=True)
                assignments.append((name, slope))
                slope = name
            slopes.append(slope)
        known[symbol] = slopes
    return tuple(assignments), [[total(e, j) for j in axes] for e in field.entries]


def transport(factor: Field) -> tuple[Assignments, list[list[list[sp.Expr]]]]:
    """Return the assignments and (B_k . grad) B_il as a table [k][i][l]."""
    assignments, slopes = jacobian(factor)
    (d, m), matrix = factor.shape, factor.matrix
    table = [
        [
            [sp.Add(*(matrix[j, k] * slopes[i * m + c][j] for j in range(d))) for c in range(m)]
            for i in range(d)
        ]
        for k in range(m)
    ]
    return assignments, table


def factor_drift(landscape: Landscape) -> Field:
    """Return sum_k (B_k . grad) B_k, shape (d,).

    Interpretations whose integrand is taken at a fraction of a step differ by multiples of it.
    """
    factor = landscape.noise_factor
    assignments, table = transport(factor)
    m = factor.shape[1]
    entries = [sp.Add(*(table[k][i][k] for k in range(m))) for i in range(landscape.dim)]
    return landscape.field(
        "drift of the noise factor",
        sp.Matrix(entries),
        (*factor.assignments, *assignments),
        factor.tables,
    )


def self_advection(drift: Field) -> Field:
    """Return (b . grad) b, shape (d,): the acceleration along the flow of a drift."""
    assignments, slopes = jacobian(drift)
    entries = tuple(
        sp.Add(*(b * s for b, s in zip(drift.entries, row, strict=True))) for row in slopes
    )
    return Field(
        "self-advection", entries, drift.shape, drift.symbols, drift.parameters,
        merge_assignments(drift.assignments, assignments), drift.tables,
    )  # fmt: skip


def drift_at_fraction(landscape: Landscape, beta: Number, fraction: Number) -> Field:
    """Return the Ito drift for an integrand taken at a fraction of each step.

        b + (2 fraction/beta) sum_k (B_k . grad) B_k

    The fraction is 0 for Ito, 1/2 for Stratonovich and 1 for anti-Ito.

    Examples
    --------
    >>> from driftscape.landscapes import Landscape
    >>> brown = Landscape.from_drift("0", coordinates="x", noise_factor=["x"])
    >>> drift_at_fraction(brown, 4, sp.S.Half).expression
    [x/4]
    """
    correction = factor_drift(landscape)
    scale = 2 * exact(fraction) / exact(beta)
    return field_sum(landscape.drift(beta), scale, correction, f"drift at {fraction}")

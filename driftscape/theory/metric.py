"""The diffusion metric g = I + epsilon D: its Christoffel symbols."""

from __future__ import annotations

import sympy as sp

from ..landscapes.checks import check_landscape
from ..landscapes.field import Field
from ..landscapes.formulas.calculus import derivative
from ..landscapes.formulas.language import exact
from ..landscapes.landscape import Landscape
from ..simulate.dynamics.assignments import name_entries
from ..simulate.dynamics.linear_solve import refuse_large, solve
from ..typing import Assignment
from ..validate import check_flag, check_positive


def christoffel(landscape: Landscape, epsilon: float, *, lower: bool = False) -> Field:
    """Return the Christoffel symbols of g = I + epsilon D.

        Gamma_k,ij = (epsilon/2)(d_i D_kj + d_j D_ki - d_k D_ij)          lower=True
        Gamma^k_ij = sum_l (g^-1)_kl Gamma_l,ij

    Parameters
    ----------
    landscape
        Any landscape: D is its diffusion matrix.
    epsilon
        Weight of D in the metric, > 0.
    lower
        Return the symbols of the first kind, Gamma_k,ij, without the inverse of g.

    Returns
    -------
    Field
        Shape (d, d, d), indices k, i, j: a formula that is also a function of points.

    Raises
    ------
    ValueError
        epsilon <= 0, or more than 8 coordinates with lower=False.

    References
    ----------
    R. M. Wald, General Relativity (1984), section 3.1.

    Examples
    --------
    >>> from driftscape import landscapes
    >>> christoffel(landscapes.gaussian_fit(), 1)([0.0])  # D = exp(-2 h)/2: -(1/2)/(3/2)
    array([[[-0.33333333]]])
    """
    check_landscape(landscape)
    weight = positive_epsilon(epsilon)
    d, x, diffusion = landscape.dim, landscape.symbols, landscape.diffusion
    if not check_flag("lower", lower):
        refuse_large(d)
    assignments: list[Assignment] = list(diffusion.assignments)
    D = diffusion.matrix
    slope = [D.applyfunc(lambda e, s=s: derivative(e, s)) for s in x]
    rows = {}
    for i in range(d):
        for j in range(i + 1):
            rows[i, j] = [
                weight / 2 * (slope[i][k, j] + slope[j][k, i] - slope[k][i, j]) for k in range(d)
            ]
    if not lower:
        entries = name_entries("metric", [sp.Integer(int(i == j)) + weight * D[i, j]
                                   for i in range(d) for j in range(d)], assignments)  # fmt: skip
        raised = solve(sp.Matrix(d, d, entries), list(rows.values()), assignments)
        rows = dict(zip(rows, raised, strict=True))
    symbols = sp.Array(
        [[[rows[max(i, j), min(i, j)][k] for j in range(d)] for i in range(d)] for k in range(d)]
    )
    field: Field = landscape.field("Christoffel symbols", symbols, assignments, diffusion.tables)
    return field


def positive_epsilon(epsilon: object) -> sp.Expr:
    """Return the weight of D in the metric as an exact number, checked to be positive."""
    if epsilon is None:
        raise ValueError("the run's dynamics has no epsilon; give epsilon=.")
    check_positive("epsilon", epsilon)
    return exact(epsilon)

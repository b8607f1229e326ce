"""Cross terms of the scheme: derivatives along a face, of noise that is correlated.

The one of w = D_ij rho/beta, in the middle of the face between L and R, takes the cells around it
that lie along the correlation,

    d_j w = {[w(R + j) - w(R)] + [w(L) - w(L - j)]}/2h_j     for D_ij > 0, mirrored for D_ij < 0.

With the differences across faces this is the stiffness matrix of linear elements on triangles cut
along the correlation: its quadratic form is positive for any D, and all rates are where
D_ii/h_i >= sum_j |D_ij|/h_j.  Beyond that no stencil of neighbours keeps them positive (the price
of compactness), and negative masses are reported.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sparse

from ....typing import Float, Index
from ..grid import Grid, Matrix
from ..sides import Pair


def cross_flux(grid: Grid, axis: int, D: Float, sides: tuple[Pair, ...]) -> Matrix | None:
    """Return the cross terms of the flux through the faces along an axis; None where D has none.

    `D` is the row of D/beta of that axis in the cells, shape (cells, dim).
    """
    left, right = grid.neighbours(axis)
    total: Matrix | None = None
    for other in range(grid.dim):
        d = D[:, other]
        if other == axis or not d.any():
            continue
        ahead, behind = _differences(grid, other, sides[other])
        positive = (d[left] + d[right] > 0).astype(float)
        along = sparse.diags(positive / 2) @ (ahead[right] + behind[left])
        against = sparse.diags((1 - positive) / 2) @ (behind[right] + ahead[left])
        term = -(along + against) @ sparse.diags(d)
        total = term if total is None else total + term
    return total


def _differences(grid: Grid, axis: int, sides: Pair) -> tuple[Matrix, Matrix]:
    """Forward and backward differences along an axis; at a wall the one inside, or to zero."""
    left, right = grid.neighbours(axis)
    h, n = grid.spacing[axis], grid.size
    one = np.ones(len(left)) / h
    steps = (np.tile(left, 2), np.concatenate([right, left]))
    ahead = sparse.csr_matrix((np.concatenate([one, -one]), steps), (n, n))
    steps = (np.tile(right, 2), np.concatenate([right, left]))
    behind = sparse.csr_matrix((np.concatenate([one, -one]), steps), (n, n))
    if grid.periodic[axis]:
        return ahead, behind
    first, last = grid.ends(axis)

    def at_wall(cells: Index, side: str, inside: Matrix, sign: float) -> Matrix:
        mask = np.zeros(n)
        mask[cells] = 1.0
        if side == "absorbing":  # zero half a cell off: the cell behind the wall mirrors, -w
            return sparse.diags(sign * 2 / h * mask)
        # at a real wall the difference inside; at an open side, where nothing is, none at all,
        # which keeps the quadratic form of D positive
        return sparse.diags(mask) @ inside * float(side == "reflecting")

    ahead_whole = ahead + at_wall(last, sides[1], behind, -1.0)
    behind_whole = behind + at_wall(first, sides[0], ahead, 1.0)
    return ahead_whole.tocsr(), behind_whole.tocsr()

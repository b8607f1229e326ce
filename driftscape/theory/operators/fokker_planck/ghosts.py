"""Cross terms beside a target: values of the backward functions at cells inside it.

The mixed derivative of a function u at a cell c reads its neighbours, also the one, n, that lies in
a target, where u has no value of its own but is known on the boundary, u = g.  The straight line
through the opposite neighbour m and the boundary, a fraction s of the way to n, gives

    u(n) = 2/(1 + s) g - (1 - s)/(1 + s) u(m),

so that the mixed derivatives stay of first order there, and the solution of second.  Where m is no
free cell either, c takes its place: u(n) = g/s - (1 - s)/s u(c), with s kept above one half.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse

from ....typing import Float, Index
from ..grid import Grid, Matrix


@dataclass(frozen=True, eq=False)
class Ghosts:
    """The cross part of a generator with targets.

    Attributes
    ----------
    rates
        Acts on masses, shape (cells, cells); None where D has no cross terms.
    cell, dead, loss
        Rate at which a cell loses mass to the target that a cell inside belongs to.
    total
        The sum of these for each cell, shape (cells,).
    """

    rates: Matrix | None
    cell: Index
    dead: Index
    loss: Float
    total: Float

    @classmethod
    def of(
        cls,
        grid: Grid,
        cross: Matrix | None,
        member: Index,
        distance: Callable[[Index, Float], Float],
    ) -> Ghosts:
        """Replace what `cross`, shape (cells, cells), takes from cells in targets."""
        none = np.zeros(0, np.int64)
        if cross is None:
            return cls(None, none, none, np.zeros(0), np.zeros(grid.size))
        entries = cross.tocoo()
        reaching = (member[entries.col] < 0) & (member[entries.row] >= 0)
        dead, cell, rate = entries.row[reaching], entries.col[reaching], entries.data[reaching]
        direction, opposite = _opposite(grid, cell, dead)
        free = (opposite >= 0) & (member[opposite] < 0)
        share = distance(cell, direction)
        share = np.where(free, share, np.maximum(share, 0.5))
        base = np.where(free, 1 + share, share)
        loss = rate * np.where(free, 2.0, 1.0) / base
        instead = np.where(free, opposite, cell)
        shape = (grid.size, grid.size)
        added = sparse.csr_matrix((-rate * (1 - share) / base, (instead, cell)), shape)
        total: Float = np.bincount(cell, loss, grid.size).astype(float)
        return cls(cross + added, cell, dead, loss, total)


def _opposite(grid: Grid, cell: Index, other: Index) -> tuple[Float, Index]:
    """Return the steps from cells to neighbours, in cells, and the cells opposite (-1: none)."""
    here = np.stack(np.unravel_index(cell, grid.shape), axis=1)
    direction = np.stack(np.unravel_index(other, grid.shape), axis=1) - here
    shape, periodic = np.array(grid.shape), np.array(grid.periodic)
    direction = np.where(periodic & (np.abs(direction) > 1), -np.sign(direction), direction)
    there = np.where(periodic, (here - direction) % shape, here - direction)
    inside = np.asarray(((there >= 0) & (there < shape)).all(axis=1))
    number = np.ravel_multi_index(tuple(np.where(inside[:, None], there, 0).T), grid.shape)
    return direction.astype(float), np.where(inside, number, -1)

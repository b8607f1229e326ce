"""The matrix of one step on a grid.

    (K f)(theta_i) = E[f(theta'); theta' stays] = sum_q w_q f(theta'(theta_i, x_q))

f between the nodes by interpolation: K acts on functions as smooth as the kernel makes them, so
that it converges with the order of the interpolation, and it is exact on polynomials up to its
degree.  Its transpose acts on masses.  A step that ends in a target or beyond the box is not in K;
its probability is stored separately.  A step that ends between the last node and the end of the box
leaves in part: otherwise steps that end there, without noise, would stay there for ever.  K is
taken at all nodes, also inside targets, for paths that start there: this keeps functions smooth
across the boundary of a target.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from ....simulate.target import Target
from ....typing import Float
from ..grid import Grid, Matrix
from ..interpolation import interpolation
from .panels import Labels, images
from .rule import Rule
from .step_map import StepMap

_ENTRIES = 1 << 21  # of a block of rows
_FARTHEST = 1e12  # on a periodic axis: the position of a farther state is rounding


@dataclass(frozen=True, eq=False)
class StepKernel:
    """One step from every node.

    Attributes
    ----------
    matrix
        K, sparse, shape (cells, cells): steps that end in no target and inside the box.
    hit
        Probability to end in each target, shape (targets, cells).
    beyond
        Probability to end below and above the box along each axis, shape (2 dim, cells).
    """

    matrix: Matrix
    hit: Float
    beyond: Float

    @property
    def lost(self) -> Float:
        """Probability to leave the box, shape (cells,)."""
        return np.asarray(self.beyond.sum(axis=0))


def one_step_kernel(
    step: StepMap, rule: Rule, grid: Grid, nodes: int, targets: tuple[Target, ...] = ()
) -> StepKernel:
    """Build the matrix row by row; `nodes` are those of the interpolation along each axis."""
    sides = 2 * grid.dim

    def region(states: Float) -> Labels:
        """Return 0 inside; 1, 2, ... in a target; -1, -2, ... beyond a side of the box."""
        label = np.zeros(states.shape[:-1], np.int64)
        for axis, (low, high) in enumerate(grid.box):
            x = states[..., axis]
            if grid.periodic[axis]:
                low, high = -_FARTHEST, _FARTHEST
            label[x < low] = -1 - 2 * axis
            label[~(x <= high)] = -2 - 2 * axis  # a state that is not a number has left
        flat = step.full(states).reshape(-1, step.landscape.dim).T
        for number, target in reversed(list(enumerate(targets, start=1))):
            label[target.contains(step.landscape, flat).reshape(label.shape)] = number
        return label

    per_row = rule.size * nodes**grid.dim
    block = max(1, min(_ENTRIES // per_row, 2 * _ENTRIES // grid.size))
    blocks, counts = [], []
    for first in range(0, grid.size, block):
        points = grid.points[first : first + block]
        rows, states, weights, labels = images(step, rule, points, region)
        stays = labels == 0
        cells, shares = interpolation(grid, states[stays], nodes)
        kept, left = _near_the_ends(grid, rows[stays], states[stays], weights[stays], len(points))
        positions = rows[stays][:, None] * grid.size + cells
        values = kept[:, None] * shares
        size = len(points) * grid.size
        dense = np.bincount(positions.ravel(), values.ravel(), size).reshape(len(points), -1)
        blocks.append(sparse.csr_array(dense))
        slot = np.where(labels > 0, labels - 1 + sides, -1 - labels)[~stays]
        kinds = sides + len(targets)
        positions = slot * len(points) + rows[~stays]
        gone = np.bincount(positions, weights[~stays], kinds * len(points)).astype(float)
        gone = gone.reshape(kinds, -1)
        gone[:sides] += left
        counts.append(gone)
    apart = np.concatenate(counts, axis=1)
    return StepKernel(sparse.vstack(blocks, format="csr"), apart[sides:], apart[:sides])


def _near_the_ends(
    grid: Grid, rows: NDArray[np.int64], states: Float, weights: Float, count: int
) -> tuple[Float, Float]:
    """Return the weights that stay and, by side and row, those that leave from the last half cells.

    Linear: nothing from the last node, all from the end of the box.
    """
    left = np.zeros((2 * grid.dim, count))
    for axis, ((low, high), h) in enumerate(zip(grid.box, grid.spacing, strict=True)):
        if grid.periodic[axis]:
            continue
        x = states[:, axis]
        for side, depth in enumerate(((x - low) / h, (high - x) / h)):
            near = np.flatnonzero(depth < 0.5)
            share = weights[near] * (1 - 2 * depth[near])
            left[2 * axis + side] = np.bincount(rows[near], share, count)
            weights = weights.copy()
            weights[near] -= share
    return weights, left

"""Functions between the nodes of a grid, by Lagrange's polynomial through the nearest ones.

Transposed, the same weights distribute a unit mass that arrives between nodes on the nodes around
it, such that every moment up to the degree of the polynomial is kept.
"""

from __future__ import annotations

import numpy as np

from ...typing import Float, Index
from .grid import Grid

_CUT = 1.2  # wave number times spacing, at which a wave is reduced to exp(-1)
_STEEPNESS = 16  # the first moment that is not kept


def interpolation(grid: Grid, points: Float, nodes: int) -> tuple[Index, Float]:
    """Return the cells and weights of points inside the box.

    Parameters
    ----------
    grid
        Values live at its centres.
    points
        Shape (n, dim); anywhere along periodic axes.
    nodes
        Along each axis, even; the polynomial is of one degree less (fewer near the ends).

    Returns
    -------
    tuple
        Numbers of cells and weights of sum 1, shape (n, nodes**dim).
    """
    count = len(points)
    cells, weights = np.zeros((count, 1), np.int64), np.ones((count, 1))
    for axis, ((low, _), h, n) in enumerate(zip(grid.box, grid.spacing, grid.shape, strict=True)):
        position = (points[:, axis] - low) / h - 0.5
        first, along = (
            _round(position, nodes) if grid.periodic[axis] else _along(position, n, nodes)
        )
        here = (first[:, None] + np.arange(nodes)) % n
        width = cells.shape[1] * nodes
        cells = (cells[:, :, None] * n + here[:, None, :]).reshape(count, width)
        weights = (weights[:, :, None] * along[:, None, :]).reshape(count, width)
    return cells, weights


def _along(position: Float, n: int, nodes: int) -> tuple[Index, Float]:
    """Return the first node of each point's stencil and the weights on its nodes.

    Near an end there are fewer nodes on one side, and as many are taken on the other: polynomials
    through nodes on one side would grow from step to step (eigenvalues beyond 1).
    """
    position = np.clip(position, 0, n - 1)
    cell = np.minimum(np.floor(position).astype(np.int64), n - 2)
    room = np.minimum(np.minimum(cell + 1, n - 1 - cell), nodes // 2)
    first = np.clip(cell - nodes // 2 + 1, 0, n - nodes)
    weights = np.zeros((len(position), nodes))
    for half in range(1, nodes // 2 + 1):
        at = np.flatnonzero(room == half)
        start = cell[at] - half + 1
        columns = (start - first[at])[:, None] + np.arange(2 * half)
        weights[at[:, None], columns] = _lagrange(position[at] - start, 2 * half)
    return first, weights


def _round(position: Float, nodes: int) -> tuple[Index, Float]:
    """Return the same on a circle, which has no ends; cells count modulo their number."""
    first = np.floor(position).astype(np.int64) - nodes // 2 + 1
    return first, _lagrange(position - first, nodes)


def _lagrange(t: Float, nodes: int) -> Float:
    """Weights of the values at 0, 1, ..., nodes - 1 for the polynomial at t, shape (n, nodes)."""
    gaps = t[:, None] - np.arange(nodes)
    before, after = np.ones_like(gaps), np.ones_like(gaps)
    np.cumprod(gaps[:, :-1], axis=1, out=before[:, 1:])
    after[:, :-1] = np.cumprod(gaps[:, :0:-1], axis=1)[:, ::-1]
    k = np.arange(nodes)
    scale = np.array([np.prod((i - k)[k != i].astype(float)) for i in k])
    weights: Float = before * after / scale
    return weights


def low_pass(values: Float) -> Float:
    """Return values without their waves of a few cells.

    They vanish at the ends of every axis, or the axis is periodic.
    """
    spectrum = np.fft.fftn(values)
    for axis, n in enumerate(values.shape):
        k = 2 * np.pi * np.fft.fftfreq(n)
        along = [1] * values.ndim
        along[axis] = n
        spectrum = spectrum * np.exp(-((k / _CUT) ** _STEEPNESS)).reshape(along)
    return np.fft.ifftn(spectrum).real

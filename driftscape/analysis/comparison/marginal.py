"""One coordinate of a law on a grid: mass below a point."""

from __future__ import annotations

import numpy as np

from ...theory.operators.grid import Grid
from ...typing import Float


class Cumulative:
    """Mass below a point along one axis, by a cubic spline through the faces.

    Parameters
    ----------
    mass
        Of the cells, shape (cells,); may be signed.

    Examples
    --------
    >>> grid = Grid(("x",), ((0.0, 1.0),), (4,), (False,))
    >>> uniform = Cumulative(grid, np.full(4, 0.25), 0)
    >>> uniform(np.array([0.3])).round(9), uniform.quantile(np.array([0.7])).round(9)
    (array([0.3]), array([0.7]))
    """

    def __init__(self, grid: Grid, mass: Float, axis: int) -> None:
        others = tuple(k for k in range(grid.dim) if k != axis)
        along = mass.reshape(grid.shape).sum(axis=others)
        low, high = grid.box[axis]
        self.faces = np.linspace(low, high, grid.shape[axis] + 1)
        self.total = np.concatenate([[0.0], np.cumsum(along)])

    def __call__(self, x: Float) -> Float:
        """Mass below each point."""
        from scipy.interpolate import CubicSpline

        return np.asarray(CubicSpline(self.faces, self.total)(x))

    def quantile(self, shares: Float) -> Float:
        """Points below which shares of the mass lie, to a fraction of a cell."""
        points: Float = np.interp(
            shares * self.total[-1], np.maximum.accumulate(self.total), self.faces
        )
        return points

r"""The stream function of a stationary current in the plane.

A current without divergence is that of a stream function, which the fluxes through the faces of
the cells add up to, exactly, at their corners:

    J = (dS/dy, -dS/dx),        S = 0 on the boundary
"""

from __future__ import annotations

import numpy as np

from ....typing import Float
from .generator import Generator

_STEPS = 256  # along the interval of a ray
_ZOOMS = 4  # times that the interval is reduced to three steps
_NEWTON = 20  # iterations


class Stream:
    """S of one grid, as a spline.

    Attributes
    ----------
    corners
        S, shape (nx + 1, ny + 1): anticlockwise about each corner of the cells.
    """

    def __init__(self, generator: Generator, density: Float) -> None:
        from scipy.interpolate import RectBivariateSpline

        grid = generator.grid
        self.grid, (nx, ny) = grid, grid.shape
        along_x = (generator.fluxes[0] @ density).reshape(nx - 1, ny)
        self.corners = np.zeros((nx + 1, ny + 1))
        self.corners[1:-1, 1:] = np.cumsum(along_x, axis=1) * grid.spacing[1]
        ends = zip(grid.box, grid.shape, strict=True)
        self.axes = [np.linspace(low, high, n + 1) for (low, high), n in ends]
        self.spline = RectBivariateSpline(*self.axes, self.corners, kx=5, ky=5)

    def __call__(self, points: Float, dx: int = 0, dy: int = 0) -> Float:
        """S or a derivative of it at points, shape (..., 2)."""
        value: Float = self.spline(points[..., 0], points[..., 1], dx=dx, dy=dy, grid=False)
        return value

    def current(self, points: Float) -> Float:
        """J at points, shape (..., 2)."""
        return np.stack([self(points, dy=1), -self(points, dx=1)], axis=-1)

    def extremum(self, near: Float | None = None) -> Float:
        """Return where |S| is largest, or the extremum next to a point, by Newton's method."""
        if near is None:
            position = np.unravel_index(np.abs(self.corners).argmax(), self.corners.shape)
            near = np.array([axis[i] for axis, i in zip(self.axes, position, strict=True)])
        x = near
        for _ in range(_NEWTON):
            slope = np.array([self(x, dx=1), self(x, dy=1)])
            mixed = self(x, dx=1, dy=1)
            bend = np.array([[self(x, dx=2), mixed], [mixed, self(x, dy=2)]])
            if not np.linalg.det(bend) > 0:
                break  # no curvature there: the corner is returned
            step = -np.linalg.solve(bend, slope)
            longest = np.abs(step / self.grid.spacing).max()
            x = x + step / max(1.0, longest)
            if longest < 1e-9:
                break
        return x

    def ridge(self, centre: Float, angles: Float) -> Float:
        """Return the distance from a point at which |J| is largest, within one circulation.

        Shape (angles,).
        """
        directions = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
        low, high = np.array(self.grid.box).T
        with np.errstate(divide="ignore"):
            walls = np.where(
                directions > 0, (high - centre) / directions, (low - centre) / directions
            )
        ends = np.where(directions == 0, np.inf, walls).min(axis=1)
        sense = np.sign(self(centre))
        near, far = np.zeros(len(angles)), ends
        for zoom in range(_ZOOMS):
            r = near[:, None] + np.linspace(0, 1, _STEPS)[1:] * (far - near)[:, None]
            J = self.current(centre + r[..., None] * directions[:, None])
            size = np.linalg.norm(J, axis=-1)
            if zoom == 0:  # where the current reverses another circulation begins
                round_it = sense * (
                    directions[:, None, 0] * J[..., 1] - directions[:, None, 1] * J[..., 0]
                )
                size = np.where(np.logical_and.accumulate(round_it > 0, axis=1), size, 0.0)
            best = size.argmax(axis=1)
            rows = np.arange(len(angles))
            step = r[:, 1] - r[:, 0]
            near, far = r[rows, best] - step, np.minimum(r[rows, best] + step, ends)
        found: Float = r[rows, best]
        return found

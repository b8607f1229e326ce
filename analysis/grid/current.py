"""The probability current, and what it does: torque and entropy production."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .generator import Generator

Float = NDArray[np.float64]

_EMPTY = 1e-13  # of the largest mass: cells of rounding only
_SINGULAR = 1e-10  # relative eigenvalues of D that are zero
_OUTSIDE = 1e-3


def cell_current(generator: Generator, density: Float) -> Float:
    """Return the current J at the centres: the mean of the two faces of a cell, (dim, cells).

    No current passes a reflecting or open side; at an absorbing one the face inside is taken.
    """
    grid = generator.grid
    current = np.zeros((grid.dim, grid.size))
    for axis, flux in enumerate(generator.fluxes):
        through, faces = flux @ density, np.full(grid.size, 2.0)
        for cells in grid.neighbours(axis):
            current[axis, cells] += through
        for cells, side in zip(grid.ends(axis), generator.sides[axis], strict=True):
            if side == "absorbing":
                faces[cells] = 1.0
        current[axis] /= faces
    return current


def torque_of(generator: Generator, density: Float, first: int, second: int) -> float:
    """Integral of x J_y - y J_x."""
    J, x = cell_current(generator, density), generator.grid.points.T
    return float((x[first] * J[second] - x[second] * J[first]).sum() * generator.grid.volume)


def entropy_production_of(generator: Generator, density: Float) -> float:
    r"""Integral of beta J . D^-1 J/rho; refused where J leaves the range of D.

    Raises
    ------
    ValueError
        D is singular and the current flows where there is no noise: the reversed motion would
        be impossible, and the entropy production infinite.
    """
    grid, coefficients = generator.grid, generator.coefficients
    filled = density > _EMPTY * density.max()
    J = cell_current(generator, density)[:, filled].T
    rho, points = density[filled], grid.points[filled]
    values, vectors = np.linalg.eigh(coefficients.diffusion(points))
    along = np.einsum("nij,ni->nj", vectors, J)  # components along the axes of D
    noisy = values > _SINGULAR * values.max(axis=1, keepdims=True).clip(1e-300)
    outside = float(np.linalg.norm(np.where(noisy, 0.0, along), axis=1).sum())
    driven = float((np.linalg.norm(coefficients.drift(points), axis=1) * rho).sum())
    if outside > _OUTSIDE * driven:
        raise ValueError(
            "the entropy production is not defined: D is singular and the stationary current "
            f"flows outside its range ({outside / driven:.2g} of the drift's).  Add noise along "
            "every coordinate."
        )
    rates = np.where(noisy, along**2 / np.where(noisy, values, 1.0), 0.0).sum(axis=1) / rho
    return float(coefficients.beta * rates.sum() * grid.volume)

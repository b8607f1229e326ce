"""The probability current, its torque and its entropy production."""

from __future__ import annotations

import numpy as np

from ....typing import Float
from .generator import Generator

_EMPTY = 1e-13  # of the largest mass: a smaller one is rounding
_SINGULAR = 1e-10  # of the largest eigenvalue of D: a smaller one is zero
_OUTSIDE = 1e-3  # of the drift's flux: accepted current outside the range of D
_UNKNOWN_MASS = 1e-4  # accepted mass where the steady state is below rounding


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


def entropy_production_of(
    generator: Generator, density: Float, current: Float | None = None
) -> float:
    r"""Integral of beta J . D^-1 J/rho; refused where J leaves the range of D.

    Parameters
    ----------
    density
        Density of the cells, shape (cells,).
    current
        J, shape (dim, cells); default: that of the density.

    Raises
    ------
    ValueError
        D is singular and the current flows where there is no noise: the reversed motion would
        be impossible, and the entropy production infinite.
    """
    grid, coefficients = generator.grid, generator.coefficients
    filled = density > _EMPTY * density.max()
    J = (cell_current(generator, density) if current is None else current)[:, filled].T
    rho, points = density[filled], grid.points[filled]
    inverse, inside = pseudo_inverse(coefficients.diffusion(points))
    outside_range(J, inside, coefficients.drift(points), rho)
    rates = np.einsum("ni,nij,nj->n", J, inverse, J) / rho
    return float(coefficients.beta * rates.sum() * grid.volume)


def pseudo_inverse(D: Float) -> tuple[Float, Float]:
    """Return the inverse of D on its range, and the projection on that, shape (n, dim, dim)."""
    values, vectors = np.linalg.eigh(D)
    noisy = values > _SINGULAR * values.max(axis=1, keepdims=True).clip(1e-300)
    inverse = np.where(noisy, 1 / np.where(noisy, values, 1.0), 0.0)
    turned = vectors.swapaxes(1, 2)
    return (vectors * inverse[:, None]) @ turned, (vectors * noisy[:, None]) @ turned


def outside_range(J: Float, inside: Float, drift: Float, rho: Float) -> None:
    """Refuse a current that leaves the range of D, by more than a grid's error.

    Shapes (n, dim), (n, dim, dim), (n, dim), (n,).
    """
    away = J - np.einsum("nij,nj->ni", inside, J)
    outside = float(np.linalg.norm(away, axis=1).sum())
    driven = float((np.linalg.norm(drift, axis=1) * rho).sum())
    if outside > _OUTSIDE * driven:
        raise ValueError(
            "the entropy production is not defined: D is singular and the current flows outside "
            f"its range ({outside / driven:.2g} of the drift's).  Add noise along every "
            "coordinate."
        )


def housekeeping_of(generator: Generator, density: Float, steady: Float) -> float:
    """Integral of beta rho v . D^-1 v, with v = J_ss/rho_ss of the steady state.

    Raises
    ------
    ValueError
        As `entropy_production_of`; or the density lies where the steady state is below rounding.
    """
    known = steady > _EMPTY * steady.max()
    lost = float(density[~known].sum() / density.sum())
    if lost > _UNKNOWN_MASS:
        raise ValueError(
            f"a share {lost:.2g} of the density lies where the steady state is below "
            "rounding, and its current there is not known; start nearer to it, or at a later time."
        )
    weight = np.where(known, density / np.where(known, steady, 1.0), 0.0)
    J = cell_current(generator, steady) * weight
    return entropy_production_of(generator, np.where(known, density, 0.0), J)


def non_adiabatic_of(generator: Generator, mass: Float, steady: Float) -> float:
    """-d KL(rho || rho_ss)/dt, from the rates at which the cells gain mass."""
    filled = (mass > _EMPTY * mass.max()) & (steady > _EMPTY * steady.max())
    gain = (generator.forward @ mass)[filled]
    return -float(gain @ np.log(mass[filled] / steady[filled]))

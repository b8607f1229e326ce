"""Relaxation: densities at later times, and the rates at which they approach the steady state."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ....typing import Float
from ....validate import check_positive, check_whole, real, shown
from ..arguments import DensityLike
from ..density import read_density
from .equation import GridEquation
from .evolution import check_times, evolved
from .refinement import Extrapolated, extrapolate
from .spectrum import slowest_rates
from .steady import report_negative

_EXACT = 1e-4  # error over the largest rate, below which collocation needs no grid beside it


def eigenvalues(equation: GridEquation, k: int, near: complex) -> NDArray[np.complex128]:
    """Return the k slowest eigenvalues of minus the generator."""
    check_whole("k", k, most=max(1, equation.grid.size - 12))
    number = near if isinstance(near, complex) else real(near)
    if number is None or not np.isfinite(number):
        raise TypeError(f"near={shown(near)}; it must be a finite number, real or complex.")
    absorbing = equation.generator.side_loss.any()
    equation.check_resolution()
    steady = None if absorbing else (*equation.factors, equation.generator_mass)
    return slowest_rates(equation.generator, int(k), near, steady)


def decay_rates(equation: GridEquation, k: int, near: complex) -> Extrapolated:
    """Return the same rates with their errors, from three grids or by collocation."""
    if equation.spectral is not None and near == 0:
        direct = equation.spectral.eigenvalues(int(k))
        size = np.abs(direct.value).max()
        exact = direct.settled.all() and direct.truncation.max() <= _EXACT * size
        if equation.collocated is not None or exact:
            return direct
    fine = eigenvalues(equation, k, near)

    def matched(level: GridEquation) -> NDArray[np.complex128]:
        if level is equation:
            return fine
        values = eigenvalues(level, k + 4, near)
        return np.asarray(values[np.abs(values[None] - fine[:, None]).argmin(axis=1)])

    return extrapolate(equation, matched)


def evolve(
    equation: GridEquation, density: DensityLike, times: ArrayLike, tolerance: float
) -> tuple[Float, Float]:
    """Return the times and the masses of the cells at each, shape (times, cells)."""
    moments = check_times(times)
    tolerance = check_positive("tolerance", tolerance)
    equation.check_resolution()
    mass = read_density(equation.landscape, equation.grid, density)
    generator = equation.generator
    masses = np.array([
        *evolved(generator.forward, generator.order, mass, moments, tolerance)
    ])  # fmt: skip
    worst = min(masses, key=lambda m: float(m[m < 0].sum()))
    report_negative(worst, "evolving density")
    return moments, masses

"""Relaxation of the chain: densities after some steps, and the spectrum of the kernel."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ....typing import Float, Index
from ....validate import check_whole
from ...observable import Observable
from ..arguments import DensityLike
from ..density import read_density
from ..interpolation import interpolation
from .chain import GridChain
from .circle import check_periodic
from .solvers import multipliers


def evolve(chain: GridChain, density: DensityLike, steps: ArrayLike) -> tuple[Index, Float]:
    """Return the numbers of steps, and the masses of the cells after each, (times, cells)."""
    numbers = np.atleast_1d(np.asarray(steps))
    if (
        numbers.dtype.kind not in "iu"
        or numbers.ndim != 1
        or (np.diff(numbers, prepend=0) < 0).any()
    ):
        raise ValueError(f"steps={steps!r}; give whole numbers >= 0, in ascending order.")
    mass, now, rows = _first_mass(chain, density), 0, []
    for number in numbers.tolist():
        for _ in range(number - now):
            mass = mass @ chain.kernel.matrix
        now = number
        rows.append(mass)
    return numbers, np.array(rows)


def _first_mass(chain: GridChain, density: DensityLike) -> Float:
    import xarray as xr

    grid = chain.grid
    if isinstance(density, xr.DataArray):
        return read_density(chain.landscape, grid, density)
    if isinstance(density, str):
        observable = Observable.of(chain.landscape, density)
        check_periodic(grid, chain.step.full, observable, density)
        mass = np.array(observable(chain.step.full(grid.points)))
        return read_density(chain.landscape, grid, grid.array(mass, "density"))
    point = chain.point(density)
    cells, weights = interpolation(grid, point, chain.nodes)
    return np.asarray(np.bincount(cells[0], weights[0], grid.size), float)


def spectrum(chain: GridChain, k: int) -> NDArray[np.complex128]:
    """Return the k largest multipliers of the step, without the 1 of the stationary law."""
    check_whole("k", k, most=chain.grid.size // 4)
    values = multipliers(chain.kernel.matrix, int(k) + 1)
    rest: NDArray[np.complex128] = np.delete(values, int(np.argmin(np.abs(values - 1))))
    return rest


def eigenvalues(chain: GridChain, k: int) -> NDArray[np.complex128]:
    """Return the k slowest decay rates -log(multiplier)/learning_rate, per unit of time."""
    return np.asarray(-np.log(spectrum(chain, k)) / chain.learning_rate, complex)

"""Densities as users write them: an array on the grid, a formula, or a point."""

from __future__ import annotations

import numpy as np

from ...landscapes import Landscape
from ...typing import Float
from ..observable import Observable
from .arguments import DensityLike, read_point
from .grid import Grid


def read_density(landscape: Landscape, grid: Grid, given: DensityLike) -> Float:
    """Return the masses of the cells, of sum 1.

    Parameters
    ----------
    given
        An `xarray.DataArray` on the grid (as returned here); text, a density up to its norm; or a
        point, whose unit mass is distributed on the nearest cells with its mean kept.

    Raises
    ------
    ValueError
        Negative or no mass, or a point outside the box.
    """
    import xarray as xr

    if isinstance(given, xr.DataArray):
        if set(given.dims) != set(grid.names):
            raise ValueError(
                f"density has the dimensions {tuple(given.dims)}; it needs {grid.names}."
            )
        given = given.transpose(*grid.names)
        centres = [np.asarray(given[name].values) for name in grid.names]
        if any(a.shape != b.shape or not np.allclose(a, b)
               for a, b in zip(centres, grid.axes, strict=True)):  # fmt: skip
            raise ValueError(
                "the density lives on another grid; give density.interp(...) to this one's "
                "coordinates, or make both with the same box= and shape=."
            )
        mass: Float = np.array(given.values, float).ravel()
    elif isinstance(given, str):
        mass = np.array(Observable.of(landscape, given)(grid.points))
    else:
        return _point_mass(grid, read_point(landscape, given))
    if not np.isfinite(mass).all() or mass.min() < -1e-8 * mass.max() or not mass.sum() > 0:
        raise ValueError(
            f"density has values from {mass.min():.3g} to {mass.max():.3g} on the grid; it must "
            "be a density: finite, not negative, not zero everywhere."
        )
    mass /= mass.sum()
    return mass


def _point_mass(grid: Grid, point: tuple[float, ...]) -> Float:
    mass = np.ones(())
    for axis, x in enumerate(point):
        (low, high), h, n = grid.box[axis], grid.spacing[axis], grid.shape[axis]
        if not low <= x <= high:
            raise ValueError(
                f"{grid.names[axis]} = {x:g} lies outside the grid, [{low:g}, {high:g}]."
            )
        position = (x - low) / h - 0.5
        if not grid.periodic[axis]:
            position = min(max(position, 0.0), n - 1.0)
        cell = int(np.floor(position))
        along = np.zeros(n)
        along[cell % n] += 1 - (position - cell)
        along[(cell + 1) % n] += position - cell
        mass = mass[..., None] * along
    return mass.ravel()

"""Reaction coordinates: a formula, or a committor on a grid to which a polynomial is fitted."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import sympy as sp

from ...landscapes.formulas.language import exact
from ...landscapes.formulas.write import text_of
from ...landscapes.landscape import Landscape
from ...validate import shown

if TYPE_CHECKING:
    import xarray as xr

_DEGREE = 8
_TERMS = 120
_EDGE = 1e-6  # a committor is 0 and 1 on its ends, where its logarithms are not finite


def read_coordinate(landscape: Landscape, given: str | xr.DataArray) -> tuple[sp.Expr, str]:
    """Return a reaction coordinate as an expression and as text.

    Raises
    ------
    FormulaError, ValueError, TypeError
        Not a formula of the coordinates, nor a committor over them.
    """
    if isinstance(given, str):
        xi = landscape.parse(given)
    elif hasattr(given, "dims") and isinstance(getattr(given, "values", None), np.ndarray):
        xi = fitted(landscape, given)
    else:
        raise TypeError(
            f"reaction_coordinate={shown(given)}; give a formula that grows towards the target, as "
            f'"{landscape.coordinates[0]}", or a committor as an xarray.DataArray.'
        )
    if not xi.free_symbols & set(landscape.symbols):
        raise ValueError(
            f"reaction_coordinate={text_of(xi)!r} mentions none of the coordinates "
            f"{', '.join(landscape.coordinates)}."
        )
    return xi, text_of(xi)


def fitted(landscape: Landscape, committor: xr.DataArray) -> sp.Expr:
    """Fit a polynomial to the log-odds log(q/(1 - q)) of a committor q on a grid.

    Only the level sets of a reaction coordinate matter, and those of the log-odds are the
    committor's; they spread where the committor itself is flat, near both ends of the way.
    """
    names = list(landscape.coordinates)
    if sorted(map(str, committor.dims)) != sorted(names):
        raise ValueError(
            f"the committor has dimensions {tuple(committor.dims)}; it needs the coordinates "
            f"{', '.join(names)}."
        )
    grid = committor.transpose(*names)
    axes = [np.asarray(grid[name].values, dtype=float) for name in names]
    q = np.asarray(grid.values, dtype=float)
    good = np.isfinite(q) & (q > _EDGE) & (q < 1 - _EDGE)
    if good.sum() < 10:
        raise ValueError("the committor has fewer than 10 values between 0 and 1.")
    odds = np.log(q[good] / (1 - q[good]))
    points = np.stack([axis[good] for axis in np.meshgrid(*axes, indexing="ij")])
    centre, width = points.mean(1), points.std(1)
    z = (points - centre[:, None]) / width[:, None]
    degree = next(
        n for n in range(_DEGREE, 0, -1)
        if len(powers := _powers(n, len(names))) <= min(_TERMS, good.sum() // 2)
    )  # fmt: skip
    powers = _powers(degree, len(names))
    design = np.stack([np.prod(z.T**p, axis=1) for p in powers], axis=1)
    weights = np.linalg.lstsq(design, odds, rcond=None)[0]
    scaled = [
        (s - exact(float(c))) / exact(float(w))
        for s, c, w in zip(landscape.symbols, centre, width, strict=True)
    ]
    terms = (
        exact(float(round(weight, 12))) * sp.Mul(*(s**k for s, k in zip(scaled, p, strict=True)))
        for weight, p in zip(weights, powers, strict=True)
    )
    return sp.Add(*terms)


def _powers(degree: int, dim: int) -> list[tuple[int, ...]]:
    return [p for p in itertools.product(range(degree + 1), repeat=dim) if sum(p) <= degree]

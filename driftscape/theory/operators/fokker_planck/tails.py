"""What a coarse steady state says of the sides of its box: how much lies beyond them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....typing import Float
from ..grid import Grid
from .coefficients import Coefficients
from .flux import steepness_of
from .generator import Generator
from .sides import Pair
from .steady import settle, shifted_factors

STEP = 0.1  # of the width: how far a side moves out at once
LEAP = 0.3  # the same where the density rises towards the side

_PILE = 0.1  # of the share: less than that at a wall is the wall's own layer


def coarse_state(
    coefficients: Coefficients,
    sides: tuple[Pair, ...],
    ends: Float,
    cells: int,
    steepness: tuple[float, ...] | None,
) -> tuple[list[Float], tuple[float, ...], float]:
    """Return the marginals of a coarse steady state, how steep it is, and its negative mass."""
    names = tuple(str(s) for s in coefficients.ito_drift.symbols)
    periodic = tuple(pair[0] == "periodic" for pair in sides)
    shape = (cells,) * len(ends)
    grid = Grid(names, tuple((low, high) for low, high in ends.tolist()), shape, periodic)
    # on a grid as coarse as this the fitted scheme, if blurred, is the safer one for longer
    cautious = tuple(s / 4 for s in steepness) if steepness else None
    generator = Generator.build(grid, coefficients, sides, cautious)
    # one beginning only: where parts hardly exchange mass the box is to hold all of them
    signed = settle(shifted_factors(generator)[0], np.ones(grid.size))
    mass = np.abs(signed) / np.abs(signed).sum()
    negative = float(mass[signed < 0].sum())
    steep = steepness_of(coefficients, grid, mass)
    mass, axes = mass.reshape(shape), range(len(ends))
    return [mass.sum(axis=tuple(k for k in axes if k != axis)) for axis in axes], steep, negative


def moved_ends(
    marginals: list[Float], ends: Float, free: Any, share: float, leap: float = LEAP
) -> tuple[Float, Float]:
    """Put the free ends where they leave out `share`; return them and the mass beyond all ends."""
    new, beyond = ends.copy(), np.zeros_like(ends)
    for axis, marginal in enumerate(marginals):
        width = float(np.ptp(ends[axis]))
        h = width / len(marginal)
        for side, mass in enumerate((marginal, marginal[::-1])):
            outside, length = _beyond(mass, h, share)
            inward = 0.0
            if free[axis, side]:
                if not np.isfinite(outside):
                    inward = -leap * width
                elif outside > share:
                    inward = -min(length * np.log(outside / share), STEP * width)
                    outside *= np.exp(inward / length)
                else:
                    masses = outside + np.concatenate([[0.0], np.cumsum(mass)])
                    logs = np.log(np.maximum(masses, 1e-300))
                    inward = float(np.interp(np.log(share), logs, h * np.arange(len(logs))))
                    outside = share
            new[axis, side] += inward if side == 0 else -inward
            beyond[axis, side] = min(outside, 1.0)
    return new, beyond


def _beyond(mass: Float, h: float, share: float) -> tuple[float, float]:
    """Return the mass beyond the first cell's outer face, and the length on which it falls off."""
    if mass[0] >= mass[1]:  # it piles up at the wall
        return (np.inf, np.inf) if mass[0] > _PILE * share else (float(mass[0]), h)
    ratio = max(float(mass[0] / mass[1]), 1e-12)
    return float(mass[0] * ratio / (1 - ratio)), h / -np.log(ratio)

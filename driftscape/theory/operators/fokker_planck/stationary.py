"""Stationary numbers: means, torque and entropy production, from the grid or by collocation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ....typing import Float
from ...observable import Observable
from ...theory import Theory
from ...torque import plane_axes
from .current import entropy_production_of, torque_of
from .equation import GridEquation
from .refinement import extrapolate
from .spectral import Spectral, better


def expectation(equation: GridEquation, expression: str) -> Theory:
    """Return the stationary mean of an expression of the coordinates."""
    observable = Observable.of(equation.landscape, expression)
    points = equation.grid.points
    tail = equation.tail_mass * float(np.abs(observable(points)).max())
    return _better(
        equation,
        lambda spectral: spectral.expectation(observable),
        lambda level: float(level.steady_mass @ level.generator.averages(observable)),
        lambda: tail + equation.generator.roughness(equation.steady_mass * observable(points)),
    )


def torque(equation: GridEquation, plane: tuple[str, str] | None) -> Theory:
    """Return the integral of x J_y - y J_x over the plane of two coordinates."""
    i, j = plane_axes(equation.landscape, plane)
    drift = equation.generator.coefficients.drift

    def lever(points: Float) -> Float:
        b = drift(points)
        return np.asarray(points[:, i] * b[:, j] - points[:, j] * b[:, i])

    return _better(
        equation,
        lambda spectral: spectral.expectation(lever),
        lambda level: torque_of(level.generator, level.steady_density, i, j),
        unit="per time",
    )


def entropy_production(equation: GridEquation) -> Theory:
    """Return the integral of beta J . D^-1 J/rho."""
    return _better(
        equation,
        lambda spectral: spectral.entropy_production(),
        lambda level: entropy_production_of(level.generator, level.steady_density),
        unit="per time",
    )


def _better(
    equation: GridEquation,
    by_collocation: Callable[[Spectral], tuple[Theory, float]],
    on_grid: Callable[[GridEquation], float],
    floor: Callable[[], float] = float,
    unit: str = "",
) -> Theory:
    """Return the more exact of the two results; `floor` adds to the truncation of the grid's."""
    spectral = equation.spectral

    def grid() -> Theory:
        return extrapolate(equation, on_grid).theory(floor=floor())

    with np.errstate(all="ignore"):
        first = None if spectral is None else by_collocation(spectral)
    return replace(better(first, grid, equation.grid.dim), unit=unit)

"""First passages on a grid: backward equations, solved with the transpose of the generator.

With L the transpose, which acts on functions,

    L tau = -1,    L m2 = -2 tau,    L q = 0 with q = 1 in the target and 0 in the source,
    dS/dt = L S    for the probability S that the target has not been reached, from S = 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ....labels import labelled
from ....typing import Float
from ...theory import Theory
from ..arguments import PointLike, read_point
from ..metadata import LABELS
from .equation import GridEquation
from .evolution import check_times, evolved
from .refinement import extrapolate
from .region import AbsorbingGenerator
from .spectrum import slowest_loss
from .steady import report_negative

if TYPE_CHECKING:
    import xarray as xr

Targets = dict[str, str]
Question = Callable[[AbsorbingGenerator], Float]

_MISPLACED = 1e-6  # probability that one step of time may misplace, per cell


def named(target: str | None) -> Targets:
    """Return the target by name; no target where sides absorb."""
    return {} if target is None else {"target": target}


def everywhere(equation: GridEquation, targets: Targets, question: Question) -> Float:
    """Return the answer from every cell, shape (cells,)."""
    return question(equation.with_targets(targets))


def from_point(
    equation: GridEquation, targets: Targets, question: Question, start: PointLike, unit: str
) -> Theory:
    """Return the answer from one point, extrapolated from three grids."""
    point = read_point(equation.landscape, start)

    def there(level: GridEquation) -> float:
        absorbing = level.with_targets(targets)
        cells, weights = absorbing.interpolation(point)
        return float(question(absorbing)[cells] @ weights)

    found = extrapolate(equation, there)
    size = float(np.abs(everywhere(equation, targets, question)).max())
    theory = found.theory(floor=size * _share_outside(equation, targets, point))
    return replace(theory, unit=unit)


def mean_time(absorbing: AbsorbingGenerator) -> Float:
    """Return the mean time until absorption from every cell, zero inside, shape (cells,)."""
    return absorbing.backward(np.ones(absorbing.generator.grid.size))


def variance_of_time(absorbing: AbsorbingGenerator) -> Float:
    """Return the variance of that time, shape (cells,)."""
    mean = mean_time(absorbing)
    return absorbing.backward(2 * mean) - mean**2


def second_is_first(absorbing: AbsorbingGenerator) -> Float:
    """Return the probability that the second target is reached before the first, (cells,)."""
    probability = absorbing.backward(absorbing.losses[1])
    probability[absorbing.member == 1] = 1.0
    return probability


def survivors(absorbing: AbsorbingGenerator, times: Float) -> Float:
    """Return the probability not to be absorbed by some times, zero inside, (times, cells)."""
    size, free = absorbing.generator.grid.size, absorbing.free
    values = np.zeros((len(times), size))
    backward = absorbing.forward.T.tocsc()
    tolerance = _MISPLACED * len(free)  # `evolved` counts mass; here each cell has one
    values[:, free] = [*evolved(backward, absorbing.order, np.ones(len(free)), times, tolerance)]
    return values


def survival_curve(
    equation: GridEquation, target: str | None, times: ArrayLike, start: PointLike
) -> xr.DataArray:
    """Return the probability that the target has not been reached by some times, from a point.

    The last curve is cached: many ensembles are compared with the same one.
    """
    import xarray as xr

    point, moments = read_point(equation.landscape, start), check_times(times)

    def there(level: GridEquation) -> Float:
        absorbing = level.with_targets(named(target))
        cells, weights = absorbing.interpolation(point)
        return np.asarray(survivors(absorbing, moments)[:, cells] @ weights)

    key, cache = (target, point, moments.tobytes()), equation.survival_curves
    if key not in cache:
        cache.clear()
        found = extrapolate(equation, there)
        error = found.truncation + _share_outside(equation, named(target), point)
        coords = {"time": moments, "truncation": ("time", error)}
        cache[key] = labelled(xr.DataArray(found.value, coords, "time", "survival"), LABELS)
    return cache[key].copy()


def quasi_stationary(equation: GridEquation, target: str | None) -> tuple[Float, float]:
    """Return the masses of the quasi-stationary density, shape (cells,), and its escape rate."""
    absorbing = equation.with_targets(named(target))
    rate, free_mass = slowest_loss(absorbing)
    report_negative(free_mass, "quasi-stationary density")
    mass = np.zeros(equation.grid.size)
    mass[absorbing.free] = free_mass
    return mass, rate


def _share_outside(equation: GridEquation, targets: Targets, point: tuple[float, ...]) -> float:
    """Return the share of the time from a point on that is spent beyond the open sides."""
    absorbing = equation.with_targets(targets)
    outside, whole = absorbing.time_outside(*absorbing.interpolation(point))
    return outside / whole if whole > 0 else 0.0

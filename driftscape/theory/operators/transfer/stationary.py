"""Stationary numbers of the chain: means of the position, and velocities."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from ....simulate.dynamics import SGD
from ....typing import Float
from ....validate import check_choice
from ...observable import Observable
from ...one_step import inverse_temperature
from ...theory import Theory
from ..interpolation import low_pass
from .chain import GridChain, compare_grids
from .circle import check_periodic
from .solvers import potential

_ROUNDING = 1e-12  # of the mean absolute value


def density(chain: GridChain) -> Float:
    """Return the stationary density at the nodes, without waves of a few cells."""
    mass = chain.steady_mass
    if chain.rule.scanned is not None:
        mass = low_pass(mass.reshape(chain.grid.shape))
    return mass / chain.grid.volume


def expectation(chain: GridChain, expression: str) -> Theory:
    """Return the stationary mean of an expression of the coordinates."""
    observable = Observable.of(chain.landscape, expression)
    chain.step.check_free(observable.expression, expression)
    check_periodic(chain.grid, chain.step.full, observable, expression)

    def on_nodes(level: GridChain) -> Float:
        with np.errstate(all="ignore"):
            values = observable(level.step.full(level.grid.points))
        if not np.isfinite(values).all():
            raise ValueError(
                f"{expression!r} is not a finite number everywhere on {chain.box_text()}; its "
                "mean is not known."
            )
        return values

    theory = compare_grids(chain, lambda level: float(level.steady_mass @ on_nodes(level)))
    values = on_nodes(chain)
    size = float(np.abs(chain.steady_mass) @ np.abs(values))  # of the terms that cancel
    error = theory.truncation + _ROUNDING * size + _effect_of_loss(chain, values)
    return replace(theory, truncation=error)


def _effect_of_loss(chain: GridChain, values: Float) -> float:
    """Return how the mass that a stationary step loses would have changed a mean.

    From the side where it left, over all later steps: Poisson's equation; twice that, because it
    arrives beyond the side.
    """
    beyond = chain.kernel.beyond @ np.abs(chain.steady_mass)
    if not beyond.any():
        return 0.0
    later = np.abs(potential(chain.kernel.matrix, chain.steady_mass, values))
    sides = [cells for axis in range(chain.grid.dim) for cells in chain.grid.ends(axis)]
    parts = (p * later[cells].max() for p, cells in zip(beyond, sides, strict=True))
    return 2 * float(sum(parts))


def drift_velocity(
    chain: GridChain, sgd: SGD, coordinate: str, per: Literal["step", "time"]
) -> Theory:
    """Return the mean velocity of a periodic coordinate, or of the coordinate of the frame."""
    check_choice("per", per, ("step", "time"))
    axis = _moving_axis(chain, coordinate)
    drift = chain.landscape.drift(inverse_temperature(sgd))
    unit = chain.learning_rate if per == "step" else 1.0

    def velocity(level: GridChain) -> float:
        slopes = drift(level.step.full(level.grid.points))[..., axis]
        return unit * float(level.steady_mass @ slopes)

    return replace(compare_grids(chain, velocity), unit=f"per {per}")


def _moving_axis(chain: GridChain, coordinate: str) -> int:
    """Return the number of a coordinate that is periodic or the frame's; refuse any other."""
    names, frame = list(chain.landscape.coordinates), chain.step.frame
    periodic = [n for n, p in zip(chain.grid.names, chain.grid.periodic, strict=True) if p]
    moving = periodic + ([] if frame is None else [names[frame.axis]])
    check_choice("coordinate", coordinate, names)
    if coordinate not in moving:
        raise ValueError(
            f"{coordinate} is open and has a stationary law, so that its mean velocity is 0; "
            'coordinates without one are periodic (sides="periodic" and their period as box=) or '
            f"fixed by frame=: {', '.join(moving) or 'none here'}."
        )
    return names.index(coordinate)

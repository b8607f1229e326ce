r"""The error of a scheme's steady state at its step size, from the grid alone.

One step is a random map with the operator P, P f(x) = E f(x'), and its stationary law m' obeys
P^T m' = m'.  With m' = m + delta, m the stationary law of the equation,

    L^T delta = -(P^T - 1) m/dt        to first order in delta:

masses m move by one step, arrive between the cells and are distributed on them with all moments up
to the fifth, and one solve with the factors of the generator follows.  The normals of the step are
replaced by Gauss's nodes, its two-valued numbers by both values.  The error of the grid, which is
in m, is there as well; it does not depend on dt and drops out of

    delta = [delta(dt) - delta(dt/2)]/(1 - 2^-p),      p the weak order.

Reference: D. Talay and L. Tubaro, Stochastic Anal. Appl. 8 (1990) 483, for the expansion in dt.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import sympy as sp

from ...landscapes.formulas.evaluate import evaluate
from ...simulate.dynamics import Dynamics
from ...simulate.dynamics.sde.schemes import noise_class
from ...simulate.dynamics.sde.sde import SDE
from ...typing import Float, Index
from ...validate import shown
from .errors import NegativeMass
from .fokker_planck.operator import FokkerPlanck
from .given import check_fokker_planck
from .interpolation import interpolation

if TYPE_CHECKING:
    import xarray as xr

_NODES = 4  # of a normal number: exact moments up to the seventh
_STENCIL = 6  # cells along an axis on which a mass is distributed
_MOST_CELLS = {1: 512, 2: 64, 3: 24}  # along an axis, by dimension: an error needs no more
_EMPTY = 1e-10  # of the whole mass: cells with less do not move
_BLOCK = 1 << 21  # entries of an array of arrivals


def step_error(operator: FokkerPlanck, dynamics: Dynamics | None = None) -> xr.DataArray:
    """Estimate how a scheme at its dt changes the steady state, before anything is run.

    Parameters
    ----------
    operator
        `theory.fokker_planck(...)`; halved until an axis has at most 64 cells (512 on the line).
    dynamics
        The SDE with scheme and dt; default: that of `operator`.

    Returns
    -------
    xarray.DataArray
        Density of the scheme minus density of the equation; its sum is 0.  It is of first order in
        the change: where the scheme hardly resolves the landscape, only its size is correct.

    Raises
    ------
    ValueError
        Not an SDE with Gaussian or two-valued noise, or no steady state.

    Examples
    --------
    Euler and Maruyama's variance of a quadratic is 1/(1 - dt/2) = 1 + dt/2 + ... of the right one.

    >>> from driftscape import landscapes, simulate, theory
    >>> fp = theory.fokker_planck(landscapes.mean_estimation(), beta=1)
    >>> error = theory.step_error(fp, simulate.Ito(beta=1, dt=0.02))
    >>> print(f"{float((error * error.theta**2).integrate('theta')):.4f}")
    0.0100
    """
    check_fokker_planck(operator)
    sde = operator.dynamics if dynamics is None else dynamics
    if not isinstance(sde, SDE) or sde.noise == "stable":
        raise ValueError(
            f"{shown(sde)} is not a scheme of an SDE with Gaussian noise; its error is not known "
            "here.  Compare runs of two step sizes."
        )
    level = working_level(operator)
    mass = steady_mass(level, operator)
    return level._array(change(level, mass, sde) / level.grid.volume, "step_error")


def steady_mass(level: FokkerPlanck, operator: FokkerPlanck) -> Float:
    """Return the stationary masses of a level; a coarse one gives no warning of negative mass."""
    with warnings.catch_warnings():
        if level is not operator:
            warnings.simplefilter("ignore", NegativeMass)
        mass: Float = level.steady_mass
    return mass


def change(level: FokkerPlanck, mass: Float, sde: SDE) -> Float:
    """Masses of the scheme minus those of the equation, without the error of the grid."""
    half = replace(sde, dt=sde.dt / 2)
    difference = _change(level, mass, sde) - _change(level, mass, half)
    whole: Float = difference / (1 - 2.0 ** -weak_order(level, sde))
    return whole


def weak_order(level: FokkerPlanck, sde: SDE) -> float:
    """Return the order at which the scheme's error vanishes with dt."""
    return float(sde.weak_order[noise_class(level.landscape)] or 1.0)


def working_level(operator: FokkerPlanck) -> FokkerPlanck:
    """Return the operator, halved until it has few cells."""
    level = operator
    while max(level.grid.shape) > _MOST_CELLS[level.grid.dim]:
        level = level.halved()
    return level


def _change(level: FokkerPlanck, mass: Float, sde: SDE) -> Float:
    """Masses of the scheme's steady state minus the grid's, to first order."""
    missing = (mass - moved(level, sde, mass)) / sde.dt
    missing -= mass * missing.sum()  # the mass that left the box
    factors, _ = level.equation.factors
    delta: Float = factors.solve(missing)
    delta -= mass * delta.sum()
    return delta


def moved(level: FokkerPlanck, sde: SDE, mass: Float) -> Float:
    """Masses after one step of the scheme."""
    filled = np.flatnonzero(np.abs(mass) > _EMPTY * np.abs(mass).sum())
    new: Float = mass.copy()
    new[filled] = 0.0
    for cells, _, positions, shares in landings(level, sde, filled):
        sent = mass[cells][:, None, None] * shares
        new += np.bincount(positions.ravel(), sent.ravel(), level.grid.size)
    return new


def landings(
    level: FokkerPlanck, sde: SDE, cells: Index
) -> Iterator[tuple[Index, Float, Index, Float]]:
    """Yield the arrivals of cells after a step of the scheme, some cells at a time.

    Yields
    ------
    tuple
        Some of the cells, shape (n,); their displacement by each value of the noise, shape
        (n, values, dim); the cells on which the unit mass of each arrives, shape
        (n, values, nodes), and its parts, zero where a state is not finite.
    """
    grid, step = level.grid, sde.step(level.landscape)
    values, weights = _noise([step.noise[s] for s in step.noise])
    rows = max(1, _BLOCK // (len(weights) * _STENCIL**grid.dim))
    parameters = dict(zip(step.parameters, step.values, strict=True))
    for first in range(0, len(cells), rows):
        some = cells[first : first + rows]
        known: dict[sp.Basic, Float | float] = dict(parameters)
        known |= zip(step.state, grid.points[some].T[..., None], strict=True)
        known |= zip(step.noise, values, strict=True)
        with np.errstate(all="ignore"):
            found = evaluate(step.update, known, step.assignments, dict(step.tables))
        shape = (len(some), len(weights))
        landed = np.stack([np.broadcast_to(row, shape) for row in found], axis=-1)
        fine = np.isfinite(landed).all(axis=-1)
        landed = np.where(fine[..., None], landed, grid.points[some][:, None])
        positions, shares = interpolation(grid, landed.reshape(-1, grid.dim), _STENCIL)
        shares = shares.reshape(*shape, -1) * (weights * fine)[..., None]
        yield some, landed - grid.points[some][:, None], positions.reshape(shares.shape), shares


def _noise(names: list[str]) -> tuple[Float, Float]:
    """Nodes of a step's random numbers, shape (numbers, nodes), and their weights."""
    at, weight = np.polynomial.hermite_e.hermegauss(_NODES)
    rules = {
        "normal": (at, weight / weight.sum()),
        "rademacher": (np.array([-1.0, 1.0]), np.array([0.5, 0.5])),
    }
    chosen = [rules[name] for name in names]
    points = np.array([*itertools.product(*(nodes for nodes, _ in chosen))]).T
    weights = np.array([np.prod(w) for w in itertools.product(*(w for _, w in chosen))])
    return points.reshape(len(names), -1), weights

r"""The current by displacements over the time tau between two snapshots.

    F_i(phi) = (1/tau) E[(phi(X_t) + phi(X_{t+tau}))/2 (X_i(t + tau) - X_i(t))]

It tends to the integral of J_i phi for tau -> 0, and can be measured at any tau.  The value of the
grid is for the same tau.  With L, the generator, which acts on masses m, and its transpose L',
which acts on functions,

    u = int_0^tau exp(L' s) a_i ds,     a_i(x) = mean velocity along i at x,
    y = int_0^tau exp(L s) w_i ds,      w_i(x) = displacement that arrives at x per unit of time,
    F_i(phi) = [(m phi).u + phi.y]/(2 tau).

For a chain in discrete time the integrals are sums over powers of the kernel.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import scipy.sparse as sparse

from ...simulate.dynamics.sde.sde import SDE
from ...theory import FokkerPlanck, TransferOperator
from ...theory.operators.fokker_planck.evolution import evolved
from ...theory.operators.fokker_planck.generator import Generator
from ...theory.operators.grid import Grid
from ...theory.operators.step_error import change, landings, steady_mass, weak_order, working_level
from ...typing import Float
from .hat_functions import HatFunctions

Matrix: TypeAlias = sparse.csr_matrix

_MISPLACED = 1e-8  # relative error of the evolution by one step of time
_SETTLED = 1e-12  # relative size of the terms at which a sum ends
_BLOCK = 1 << 20  # values of hat functions at once
_MOST_AXES = 2  # the matrix of a step in three dimensions does not fit into memory


def of_paths(hats: HatFunctions, x: Float, spacing: float) -> Float:
    """Return F of each path, shape (n, functions * dim), from states of shape (n, times, dim)."""
    size = max(1, _BLOCK // (x.shape[1] * len(hats.centres)))
    sums = []
    for block in (x[k : k + size] for k in range(0, len(x), size)):
        phi = hats.values(block.reshape(-1, x.shape[2])).reshape(*block.shape[:2], -1)
        middle = np.swapaxes(phi[:, 1:] + phi[:, :-1], 1, 2) / 2
        sums.append(middle @ np.diff(block, axis=1))
    flow: Float = np.concatenate(sums).reshape(len(x), -1) / ((x.shape[1] - 1) * spacing)
    return flow


def of_grid(level: FokkerPlanck, hats: HatFunctions, spacing: float) -> Float:
    """Return F of the steady state on a Fokker-Planck grid, shape (functions * dim,)."""
    generator, mass = level.equation.generator, level.steady_mass
    outcomes, incomes = [], []
    for axis in range(level.grid.dim):
        moving = _moving(generator, axis)
        away = np.asarray(moving.sum(axis=0)).ravel()
        outcomes.append(_integral(generator, generator.forward.T, away, spacing))
        incomes.append(_integral(generator, generator.forward, moving @ mass, spacing))
    return _flow(hats, level.grid, mass, outcomes, incomes, spacing)


def of_chain(level: TransferOperator, hats: HatFunctions, steps: int) -> Float:
    """Return F of a transfer operator without periodic axes, over a number of steps."""
    kernel, mass, x = level.chain.kernel.matrix, level.steady_mass, level.grid.points
    outcomes, incomes = [], []
    for column in x.T:
        outcomes.append(_powers(kernel, kernel @ column - column, steps))
        incomes.append(_powers(kernel.T, mass * column - kernel.T @ (mass * column), steps))
    return _flow(hats, level.grid, mass, outcomes, incomes, steps * level.chain.learning_rate)


def step_error(operator: FokkerPlanck, dynamics: SDE, hats: HatFunctions, steps: int) -> Float:
    """Return the change of F over some steps by a scheme's dt; NaN in three dimensions."""
    dim = operator.grid.dim
    if dim > _MOST_AXES:
        return np.full(len(hats.centres) * dim, np.nan)
    level = working_level(operator)
    mass = steady_mass(level, operator)
    half = replace(dynamics, dt=dynamics.dt / 2)
    found = [
        _Scheme.of(level, sde, mass + change(level, mass, sde)).flow(level.grid, hats, count)
        for sde, count in ((dynamics, steps), (half, 2 * steps))
    ]
    whole: Float = (found[0] - found[1]) / (1 - 2.0 ** -weak_order(level, dynamics))
    return whole


@dataclass(frozen=True)
class _Scheme:
    """One step of a scheme as a matrix that acts on functions, and its displacements."""

    matrix: Matrix
    mass: Float
    away: Float
    arrived: Float
    dt: float

    @classmethod
    def of(cls, level: FokkerPlanck, dynamics: SDE, mass: Float) -> _Scheme:
        size, dim = level.grid.size, level.grid.dim
        away, arrived, blocks = np.zeros((dim, size)), np.zeros((dim, size)), []
        for cells, by, reached, shares in landings(level, dynamics, np.arange(size)):
            rows = np.broadcast_to(cells[:, None, None], reached.shape)
            entries = shares.ravel(), (rows.ravel(), reached.ravel())
            blocks.append(sparse.coo_matrix(entries, (size, size)).tocsr())
            for axis in range(dim):
                moved = shares * by[..., axis, None]
                away[axis, cells] = moved.sum(axis=(1, 2))
                weight = (mass[cells][:, None, None] * moved).ravel()
                arrived[axis] += np.bincount(reached.ravel(), weight, size)
        return cls(sum(blocks[1:], blocks[0]), mass, away, arrived, float(dynamics.dt))

    def flow(self, grid: Grid, hats: HatFunctions, steps: int) -> Float:
        """Return F over this number of steps."""
        outcomes = [_powers(self.matrix, a, steps) for a in self.away]
        incomes = [_powers(self.matrix.T, w, steps) for w in self.arrived]
        return _flow(hats, grid, self.mass, outcomes, incomes, steps * self.dt)


def _flow(
    hats: HatFunctions,
    grid: Grid,
    mass: Float,
    outcomes: list[Float],
    incomes: list[Float],
    time: float,
) -> Float:
    """Return [(m phi).u + phi.y]/(2 tau) of each hat function and axis."""
    phi = hats.values(grid.points)
    sums = np.stack(
        [phi.T @ (mass * u + y) for u, y in zip(outcomes, incomes, strict=True)], axis=-1
    )
    flow: Float = sums.ravel() / (2 * time)
    return flow


def _moving(generator: Generator, axis: int) -> Matrix:
    """Return the generator's rates, each multiplied by its displacement along an axis."""
    rates, grid = generator.forward.tocoo(), generator.grid
    x = grid.points[:, axis]
    by = x[rates.row] - x[rates.col]
    if grid.periodic[axis]:
        low, high = grid.box[axis]
        by = by - (high - low) * np.round(by / (high - low))
    return sparse.csr_matrix((rates.data * by, (rates.row, rates.col)), rates.shape)


def _integral(generator: Generator, matrix: Matrix, source: Float, time: float) -> Float:
    """Return the integral of exp(matrix s) source over a time; a further unknown is the source."""
    size = len(source)
    scale = float(np.abs(source).sum()) * time
    if not scale > 0:
        return np.zeros(size)
    fed = sparse.bmat([[matrix, source[:, None] / scale], [None, sparse.csr_matrix((1, 1))]])
    begin = np.zeros(size + 1)
    begin[-1] = 1.0
    order = np.append(generator.order, size)
    (end,) = evolved(fed.tocsc(), order, begin, np.array([time]), _MISPLACED)
    return np.asarray(end[:-1] * scale)


def _powers(matrix: Matrix, first: Float, steps: int) -> Float:
    """Return the sum of matrix**k first over k < steps."""
    total, term = np.zeros_like(first), first
    for _ in range(steps):
        total = total + term
        if np.abs(term).max() <= _SETTLED * np.abs(total).max():
            break
        term = matrix @ term
    return total

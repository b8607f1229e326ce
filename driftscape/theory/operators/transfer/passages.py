"""First passages of the chain: linear equations with the kernel of steps that end in no target.

With K that kernel, taken at all nodes,

    tau = 1 + K tau  (steps),        q = P(step into the target) + K q

so that tau inside the target is the mean return time, and both are smooth across its boundary.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ....simulate.target import Target
from ....typing import Float, Index
from ...theory import Theory
from ..arguments import PointLike
from ..interpolation import interpolation, low_pass
from .chain import GridChain, compare_grids
from .kernel import StepKernel
from .solvers import resolvent, slowest
from .targets import LARGEST_LOSS, check_lost, check_reached, members, read_reachable

Targets = dict[str, str]

_PARTS = {1: 64, 2: 8}  # parts of a cell along each axis, that show how much of it is in a target


@dataclass(frozen=True)
class Question:
    """A function f of the position with f = source + K f.

    Attributes
    ----------
    source
        The inhomogeneity, as a function of a chain and its kernel with targets, shape (cells,).
    scale
        Factor of the solution, as a function of a chain.
    inside
        The value of f inside each target.
    unit
        The unit of f.
    """

    source: Callable[[GridChain, StepKernel], Float]
    scale: Callable[[GridChain], float]
    inside: tuple[float, ...]
    unit: str


MEAN_TIME = Question(
    source=lambda chain, kernel: np.ones(chain.grid.size),
    scale=lambda chain: chain.learning_rate,
    inside=(0.0,),
    unit="units of time",
)
SECOND_IS_FIRST = Question(
    source=lambda chain, kernel: kernel.hit[1],
    scale=lambda chain: 1.0,
    inside=(0.0, 1.0),
    unit="of the trajectories",
)


def everywhere(chain: GridChain, named: Targets, question: Question) -> Float:
    """Return the answer at every node, shape (cells,); NaN where too much leaves the box first."""
    targets = read_reachable(chain, named)
    values, lost, member = _solved(chain, targets, question)
    check_lost(float(lost[member < 0].min(initial=1.0)), "anywhere")
    values[lost > LARGEST_LOSS] = np.nan
    for number, inside in enumerate(question.inside):
        values[member == number] = inside
    return values


def from_point(chain: GridChain, named: Targets, question: Question, start: PointLike) -> Theory:
    """Return the answer from one point, its truncation from a grid half as fine."""
    targets = read_reachable(chain, named)

    def there(level: GridChain) -> float:
        point = level.point(start)
        full = level.step.full(point).T
        for target, inside in zip(targets, question.inside, strict=True):
            if target.contains(chain.landscape, full).all():
                return inside
        values, lost, _ = _solved(level, targets, question)
        cells, weights = interpolation(level.grid, point, level.nodes)
        check_lost(float(lost[cells[0]] @ weights[0]), f"{start}")
        return float(values[cells[0]] @ weights[0])

    return replace(compare_grids(chain, there, jumps=True), unit=question.unit)


def _solved(
    chain: GridChain, targets: tuple[Target, ...], question: Question
) -> tuple[Float, Float, Index]:
    """Return values and probability to leave the box first, and the target of each node."""
    member = members(chain, targets)
    kernel = chain.with_targets(targets)
    check_reached(chain, targets, kernel)
    sources = [question.source(chain, kernel), kernel.lost]
    solution = resolvent(kernel.matrix, np.stack(sources, axis=1))
    return solution[:, 0] * question.scale(chain), solution[:, 1], member


def quasi_stationary(chain: GridChain, target: str) -> tuple[Float, float]:
    """Return the quasi-stationary density, shape (cells,), and the escape probability of a step.

    With K the kernel of steps that end in no target, nu K = lambda nu and 1 - lambda = P(a step
    from nu ends in the target): from nu the number n of steps to the target is geometric,
    P(n > k) = lambda**k.
    """
    targets = read_reachable(chain, {"target": target})
    kernel = chain.with_targets(targets)
    check_reached(chain, targets, kernel)
    mass = slowest(kernel.matrix)
    hit, lost = float(kernel.hit[0] @ mass), float(kernel.lost @ mass)
    check_lost(lost / (hit + lost), "the quasi-stationary law")
    # one step without the target is smooth across its edge; then the target is cut out
    after = mass @ chain.kernel.matrix
    if chain.rule.scanned is not None:
        after = low_pass(after.reshape(chain.grid.shape)).ravel()
    share = _share_outside(chain, targets[0])
    outside = np.where(share > 0, after * share, 0.0)
    return outside / (outside.sum() * chain.grid.volume), hit


def _share_outside(chain: GridChain, target: Target) -> Float:
    """Return the part of each cell that is not in the target, shape (cells,)."""
    grid, parts = chain.grid, _PARTS[chain.grid.dim]
    along = (np.arange(parts) + 0.5) / parts - 0.5
    offsets = np.stack(np.meshgrid(*[along] * grid.dim, indexing="ij"), -1)
    share = np.zeros(grid.size)
    for offset in offsets.reshape(-1, grid.dim) * np.array(grid.spacing):
        points = chain.step.full(grid.points + offset)
        share += ~target.contains(chain.landscape, points.T)
    return np.asarray(share / parts**grid.dim)

"""The Markov chain of SGD on a grid, together with everything that has been solved for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ....landscapes import Landscape
from ....simulate.target import Target
from ....typing import Float
from ...theory import Theory
from ..arguments import PointLike, read_point
from ..grid import Grid
from .box_search import check_loss
from .kernel import StepKernel, one_step_kernel
from .rule import FEWER, Rule
from .solvers import leading
from .step_map import StepMap

_ROUNDING = 1e-12  # of a value
_OTHER_GRIDS = {1: 8, 2: 4}  # spacings averaged, where samples have a finite support
_OTHER_RULES = 4  # rules averaged, where the density of a sample has edges
_ERRORS = 3.0  # standard errors of such a mean, added to its truncation


@dataclass(frozen=True, eq=False)
class GridChain:
    """The chain of one step of SGD on the nodes of a grid.

    Attributes
    ----------
    step
        The map of one step.
    grid
        Names, box, shape, spacing and centres of the cells; the nodes are the centres.
    rule
        Quadrature of the samples of a step.
    nodes
        Nodes of the interpolation along each axis.
    allowed
        Largest probability with which a stationary step may leave the box.
    """

    step: StepMap
    grid: Grid
    rule: Rule
    nodes: int
    allowed: float

    @property
    def landscape(self) -> Landscape:
        """The landscape."""
        return self.step.landscape

    @property
    def learning_rate(self) -> float:
        """Time of one step."""
        return self.step.learning_rate

    @cached_property
    def kernel(self) -> StepKernel:
        """The kernel without targets."""
        return self.with_targets(())

    def with_targets(self, targets: tuple[Target, ...]) -> StepKernel:
        """Build the kernel of the steps that end in none of some targets."""
        return one_step_kernel(self.step, self.rule, self.grid, self.nodes, targets)

    @cached_property
    def _leading(self) -> tuple[float, Float]:
        value, mass = leading(self.kernel.matrix)
        check_loss(self.step, self.grid.box, value, self.kernel.beyond @ mass, self.allowed)
        return value, mass

    @property
    def solved(self) -> bool:
        """Whether the stationary law has been computed."""
        return "_leading" in self.__dict__

    @property
    def steady_mass(self) -> Float:
        """Stationary masses of the nodes, shape (cells,), of sum 1."""
        return self._leading[1]

    @property
    def lost(self) -> float:
        """Probability that a stationary step leaves the box."""
        return max(0.0, 1 - self._leading[0])

    def point(self, given: PointLike) -> Float:
        """Return a point of the landscape on the grid, shape (1, dim); refuse one outside."""
        full = np.array([read_point(self.landscape, given)])
        frame = self.step.frame
        point = full if frame is None else frame.back(full)
        axes = zip(self.grid.names, point[0], self.grid.box, self.grid.periodic, strict=True)
        for name, x, (low, high), closes in axes:
            if not (closes or low <= x <= high):
                raise ValueError(
                    f"{name} = {x:g} lies outside the grid, [{low:g}, {high:g}]; give a box= that "
                    "contains it."
                )
        return point

    def halved(self) -> GridChain:
        """Return the chain on the same box with half as many cells an axis, and fewer nodes."""
        return self._half

    @cached_property
    def _half(self) -> GridChain:
        rule = Rule.of(self.step, max(2, self.rule.panels // 2), FEWER)
        return replace(self, grid=self.grid.halved(), rule=rule, allowed=1.0)

    @cached_property
    def others(self) -> list[GridChain]:
        """The same chain on other nodes, where its kernel is not smooth; see `compare_grids`."""
        if self.rule.has_edges:
            numbers = (self.rule.others - k for k in range(1, _OTHER_RULES))
            rules = (Rule.of(self.step, self.rule.panels, number) for number in numbers)
            return [replace(self, rule=rule) for rule in rules]
        if self.rule.scanned is not None:
            return []
        shares = [1 - k / 16 for k in range(1, _OTHER_GRIDS[self.grid.dim])]
        shapes = [tuple(2 * max(8, round(n * s / 2)) for n in self.grid.shape) for s in shares]
        return [replace(self, grid=replace(self.grid, shape=shape)) for shape in shapes]

    def box_text(self) -> str:
        """Return the box as text."""
        ends = zip(self.grid.names, self.grid.box, strict=True)
        return ", ".join(f"{name} in [{low:.4g}, {high:.4g}]" for name, (low, high) in ends)

    def summary(self, batch_size: int) -> str:
        """Return the problem, the grid and the samples of a step as text."""
        grid, rule, frame = self.grid, self.rule, self.step.frame
        lines = [
            f"Transfer operator of {self.landscape.name}, SGD, learning_rate = "
            f"{self.learning_rate:g}, batch_size = {batch_size}"
        ]
        axes = zip(grid.names, grid.box, grid.shape, grid.periodic, strict=True)
        for name, (low, high), n, closes in axes:
            sides = ", periodic" if closes else ""
            lines.append(f"  {name} in [{low:.4g}, {high:.4g}], {n} nodes{sides}")
        if frame is not None:
            lines.append(f"  {self.landscape.coordinates[frame.axis]} fixed at {frame.value:g}")
        kind = "outcomes, exact" if rule.scanned is None else "nodes"
        lines.append(f"  samples of a step: {rule.size} {kind}")
        if self.solved:
            lines.append(f"  lost beyond the box by a stationary step: {self.lost:.1e}")
        return "\n".join(lines)


def compare_grids(
    chain: GridChain, quantity: Callable[[GridChain], float], jumps: bool = False
) -> Theory:
    """Evaluate a number here and on the grid half as fine; their difference is the truncation.

    Where functions may have `jumps` (at targets, and where samples have a finite support at every
    position that leads there) the error depends on the position of the jumps between the nodes,
    in part as if at random.  The number is then the mean over other nodes, and three standard
    errors of this mean are added.
    """
    fine, coarse = (
        np.array([quantity(grid) for grid in (level, *(level.others if jumps else ()))])
        for level in (chain, chain.halved())
    )
    value, error = float(fine.mean()), abs(float(fine.mean() - coarse.mean()))
    source = "transfer operator on grids h and 2h"
    if len(fine) > 1:
        error += _ERRORS * float(fine.std(ddof=1)) / np.sqrt(len(fine))
        source += f", {len(fine)} of each"
    return Theory(
        value,
        truncation=error + _ROUNDING * abs(value),
        regime="exact chain, on a grid",
        source=source,
    )

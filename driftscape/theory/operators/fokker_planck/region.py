"""Regions that absorb: cells inside a predicate, and how far the others are from it.

A boundary seldom runs between two cells.  Where the face between a cell outside and one inside is
cut by it, bisection finds the fraction s of the way at which the predicate becomes true, and mass
is lost at distance s h with the density zero there.  What is left of the cell along that axis is (s
+ s')/2 of it, with s' the same on its other side (1 if that is free), and all its rates along the
axis are divided by that (G.  Shortley, R.  Weller, J.  Appl.  Phys.  9 (1938) 334): exact for what
is quadratic beside the boundary, so that the error does not depend on where between two cells the
boundary runs, and grids of different spacing can be extrapolated.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sparse

from ....landscapes import Landscape
from ....simulate.target import Target, read_targets
from ....typing import Float, Index
from ..grid import Matrix
from .flux import loss_rate
from .generator import Generator
from .geometric_tail import mass_beyond
from .ghosts import Ghosts
from .linear_solver import Factors

_BISECTIONS = 30
_SIDE_LAYERS = 3  # layers of cells at a side, from which the tail beyond it is continued
_LEAST_DISTANCE = 1e-4  # of a cell, from its centre to the boundary of a target


@dataclass(frozen=True, eq=False)
class AbsorbingGenerator:
    """A generator that removes mass where predicates are true, and at absorbing sides.

    Attributes
    ----------
    generator
        The generator without targets.
    landscape
        The landscape whose coordinates the predicates name.
    targets
        Regions, in order; may be none where sides absorb.
    """

    generator: Generator
    landscape: Landscape
    targets: tuple[Target, ...]

    @classmethod
    def of(
        cls, generator: Generator, landscape: Landscape, named: dict[str, str]
    ) -> AbsorbingGenerator:
        """Read the predicates; refuse those that are true in no cell, or in every cell."""
        targets = read_targets(landscape, named) if named else ()
        absorbing = cls(generator, landscape, targets)
        for number, target in enumerate(targets):
            if not (absorbing.member == number).any():
                raise ValueError(
                    f"no cell of the grid lies in {target.text!r}: it is outside the box "
                    f"{_box(generator)}, smaller than a cell, or inside another target; give "
                    "box= or a finer shape=."
                )
        if not absorbing.free.size:
            raise ValueError(f"every cell of the grid lies in the target; box {_box(generator)}.")
        if not targets and not generator.side_loss.any():
            raise ValueError(
                "nothing absorbs: give target= (a predicate such as "
                f'"{landscape.coordinates[0]} > 0") or absorbing sides.'
            )
        return absorbing

    @cached_property
    def member(self) -> Index:
        """Number of the target each cell lies in, -1 for none."""
        points = self.generator.grid.points.T
        member = np.full(points.shape[1], -1)
        for number, target in reversed(list(enumerate(self.targets))):
            member[target.contains(self.landscape, points)] = number
        return member

    def interpolation(self, point: tuple[float, ...]) -> tuple[Index, Float]:
        """Return cells and weights that give a backward function at a point.

        It has a kink on the boundary of a target: outside, only free cells are taken; inside, one
        cell of that target.
        """
        outside = self.generator.grid.interpolation(point, self.member < 0)
        for number, target in enumerate(self.targets):
            if target.contains(self.landscape, np.array(point, float)[:, None])[0]:
                return np.flatnonzero(self.member == number)[:1], np.ones(1)
        return outside

    @cached_property
    def free(self) -> Index:
        """Cells in no target."""
        return np.flatnonzero(self.member < 0)

    @cached_property
    def left(self) -> tuple[Float, ...]:
        """Share of every cell that targets leave of it along each axis, shape (cells,)."""
        grid, shares = self.generator.grid, []
        for axis in range(grid.dim):
            reach, step = np.ones((2, grid.size)), np.eye(grid.dim)[axis]
            sides = grid.neighbours(axis)
            for k, (cells, others, direction) in enumerate(
                zip(sides, sides[::-1], (1, -1), strict=True)
            ):
                cell = cells[(self.member[cells] < 0) & (self.member[others] >= 0)]
                reach[k, cell] = self._distance(cell, direction * step)
            shares.append(reach.mean(axis=0))
        return tuple(shares)

    @cached_property
    def losses(self) -> tuple[Float, ...]:
        """Rate at which each cell loses mass to each target, shape (cells,)."""
        grid, coefficients = self.generator.grid, self.generator.coefficients
        losses = [np.zeros(grid.size) for _ in self.targets]
        for axis in range(grid.dim):
            h, step = grid.spacing[axis], np.eye(grid.dim)[axis]
            sides = grid.neighbours(axis)
            for cells, others, direction in zip(sides, sides[::-1], (1, -1), strict=True):
                cut = (self.member[cells] < 0) & (self.member[others] >= 0)
                cell, number = cells[cut], self.member[others[cut]]
                if not len(cell):
                    continue
                share = self._distance(cell, direction * step)
                middle = self._moved(cell, direction * step * share[:, None] / 2)
                drift = coefficients.drift(middle)[:, axis]
                along = coefficients.diffusion(grid.points[cell])[:, axis, axis]
                width = h * self.left[axis][cell]
                rate = loss_rate(direction * drift, along / coefficients.beta, share * h, width)
                for k, loss in enumerate(losses):
                    np.add.at(loss, cell[number == k], rate[number == k])
        ghosts = self._ghosts
        for k, loss in enumerate(losses):
            mine = self.member[ghosts.dead] == k
            np.add.at(loss, ghosts.cell[mine], ghosts.loss[mine])
        return tuple(losses)

    @cached_property
    def _ghosts(self) -> Ghosts:
        """Cross terms that reach into a target, see `ghosts`."""
        cross: Matrix | None = None
        for axis, flux in enumerate(self.generator.cross_fluxes):
            if flux is not None:
                part = self.generator.gain(axis) @ flux
                cross = part if cross is None else cross + part
        return Ghosts.of(self.generator.grid, cross, self.member, self._distance)

    def _moved(self, cells: Index, by: Float) -> Float:
        grid = self.generator.grid
        return np.asarray(grid.points[cells] + by * np.array(grid.spacing))

    def _distance(self, cells: Index, direction: Float) -> Float:
        """Share of the way between centre and neighbour to the first target, by bisection.

        `direction` counts cells, shape (dim,) or (len(cells), dim).
        """
        direction = np.broadcast_to(direction, (len(cells), self.generator.grid.dim))
        outside, inside = np.zeros(len(cells)), np.ones(len(cells))
        for _ in range(_BISECTIONS if len(cells) else 0):
            middle = (outside + inside) / 2
            points = self._moved(cells, direction * middle[:, None]).T
            within = np.zeros(len(cells), bool)
            for target in self.targets:
                within |= target.contains(self.landscape, points)
            inside, outside = np.where(within, middle, inside), np.where(within, outside, middle)
        return np.maximum(inside, _LEAST_DISTANCE)

    @cached_property
    def forward(self) -> Matrix:
        """The matrix that acts on the masses of the cells in no target."""
        generator, dead = self.generator, self.member >= 0
        if not dead.any():
            return generator.forward
        losses = sum(self.losses) - self._ghosts.total  # the ghosts' own are in their rates
        total: Matrix = sparse.diags(-generator.side_loss - losses)
        for axis, flux in enumerate(generator.main_fluxes):
            left, right = generator.grid.neighbours(axis)
            free = sparse.diags((~dead[left] & ~dead[right]).astype(float))
            total = total + generator.gain(axis) @ (free @ flux) @ sparse.diags(1 / self.left[axis])
        if self._ghosts.rates is not None:
            total = total + self._ghosts.rates
        return total.tocsr()[self.free][:, self.free].tocsc()

    @property
    def order(self) -> Index:
        """Those cells in an order of elimination."""
        position = np.full(self.generator.grid.size, -1)
        position[self.free] = np.arange(len(self.free))
        order = position[self.generator.order]
        return np.asarray(order[order >= 0])

    @cached_property
    def factors(self) -> Factors:
        """LU of `forward`."""
        return Factors(self.forward, self.order)

    def time_outside(self, cells: Index, weights: Float) -> tuple[float, float]:
        """Return the mean time that paths from a point spend beyond the open sides, and in all.

        The first continues the density of times beyond a side as a geometric series.
        """
        grid = self.generator.grid
        start, spent = np.zeros(grid.size), np.zeros(grid.size)
        start[cells] = weights
        spent[self.free] = -self.factors.solve(start[self.free])
        times, outside = spent.reshape(grid.shape), 0.0
        for axis, pair in enumerate(self.generator.sides):
            marginal = times.sum(axis=tuple(k for k in range(grid.dim) if k != axis))
            for side, from_there in zip(pair, (marginal, marginal[::-1]), strict=True):
                if side == "open":
                    outside += mass_beyond(from_there[:_SIDE_LAYERS])
        return outside, float(spent.sum())

    def backward(self, source: Float) -> Float:
        """Return f with L f = -source outside the targets and f = 0 inside, shape (cells,)."""
        values = np.zeros(self.generator.grid.size)
        values[self.free] = self.factors.solve(-source[self.free], transposed=True)
        return values


def _box(generator: Generator) -> str:
    grid = generator.grid
    return ", ".join(
        f"{name} in [{low:.4g}, {high:.4g}]"
        for name, (low, high) in zip(grid.names, grid.box, strict=True)
    )

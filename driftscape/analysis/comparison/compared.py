"""The quantities that `compare` compares: each as a function of states, and of a law on a grid."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...theory.one_step import drift_of
from ...theory.operators.fokker_planck.current import cell_current
from ...theory.operators.grid import Grid
from ...typing import Float
from .coordinate_moments import Function, coordinate_moments
from .marginal import Cumulative
from .tents import Axis, Tents, fold

_BINS = 8  # of equal probability, for each marginal
_TENTS = {1: 4, 2: 3, 3: 2}  # along an axis


@dataclass(frozen=True)
class Compared:
    """What is compared, for the coordinates and the steady state of one grid.

    Attributes
    ----------
    grid
        Its finest level; a periodic axis is folded into its box.
    moments
        Name -> function of points (n, dim).
    edges
        Of the bins of each axis, without the two outer ones.
    tents
        Soft cells of the current.
    flows
        Whether there is a current without a step: not of a chain.
    """

    grid: Grid
    moments: dict[str, Function]
    edges: tuple[Float, ...]
    tents: Tents
    flows: bool

    @classmethod
    def of(cls, operator: Any) -> Compared:
        """Choose bins and soft cells by the marginals of the steady state."""
        grid: Grid = operator.grid
        mass = cls.mass_of(operator)
        moments = coordinate_moments(grid, mass)
        edges, axes = [], []
        count = _TENTS[grid.dim]
        for axis in range(grid.dim):
            quantile = Cumulative(grid, mass, axis).quantile
            edges.append(_faces(grid, axis, quantile(np.linspace(0, 1, _BINS + 1)[1:-1]), 1))
            if grid.periodic[axis]:
                axes.append(Axis.around(*grid.box[axis], count))
            else:
                axes.append(Axis(_tips(grid, axis, quantile((np.arange(count) + 0.5) / count))))
        flows = not hasattr(operator, "chain")
        return cls(grid, moments, tuple(edges), Tents(tuple(axes)), flows)

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, in the order of every array here."""
        flows = self.current_names if self.flows else ()
        return (*(f"E {m}" for m in self.moments), *self._fraction_names(), *self._turning, *flows)

    @property
    def current_names(self) -> tuple[str, ...]:
        """J_i near the tip of each tent."""
        places = [", ".join(f"{x:.3g}" for x in self._tidy(c)) for c in self.tents.centres]
        return tuple(f"J_{name} near ({place})" for place in places for name in self.grid.names)

    @staticmethod
    def mass_of(operator: Any) -> Float:
        """Masses of the cells in steady state; of a chain without waves that are no density."""
        mass: Float = operator.steady_state().values.ravel() * operator.grid.volume
        return mass

    def tail(self, mass: float) -> Float:
        """What a mass beyond the grid may do to each."""
        sizes = [float(np.abs(f(self.grid.points)).max()) for f in self.moments.values()]
        rest = len(self.names) - len(sizes)
        worst: Float = mass * np.array([*sizes, *np.ones(rest)])
        return worst

    @property
    def _turning(self) -> tuple[str, ...]:
        flat = self.grid.dim == 2 and not any(self.grid.periodic)
        return ("torque",) if flat else ()

    def _fraction_names(self) -> list[str]:
        made = []
        for axis, (name, inner) in enumerate(zip(self.grid.names, self.edges, strict=True)):
            digits = 1e-3 * self.grid.spacing[axis]
            inner = np.round(inner / digits) * digits + 0.0
            for low, high in itertools.pairwise([-np.inf, *inner, np.inf]):
                made.append(f"P({low:.3g} < {name} < {high:.3g})")
        return made

    def of_states(self, x: Float, landscape: Any, law: Any) -> Float:
        """Each of the states of independent trajectories, shape (n, quantities).

        Drift and noise are those of the equation `law` that made the states; the drift of a chain
        is its mean step per time.
        """
        columns = [f(x) for f in self.moments.values()]
        for axis, inner in enumerate(self.edges):
            bins = np.searchsorted(inner, self._folded(x, axis), "right")
            columns += [(bins == k).astype(float) for k in range(len(inner) + 1)]
        return np.concatenate([np.stack(columns, 1), self._driven(x, landscape, law)], axis=1)

    def of_masses(self, mass: Float, density: Any, landscape: Any, law: Any) -> Float:
        """Each of signed masses on another grid of the same box, given as an array on it."""
        grid = Grid(self.grid.names, self.grid.box, density.shape, self.grid.periodic)
        filled = mass != 0
        driven = np.zeros((grid.size, len(self.names) - len(self._of_law(grid, mass))))
        driven[filled] = self._driven(grid.points[filled], landscape, law)
        return np.concatenate([self._of_law(grid, mass), mass @ driven])

    def of_grid(self, operator: Any) -> Float:
        """Each of a steady state on a grid, the current by its own fluxes."""
        grid, mass = operator.grid, self.mass_of(operator)
        if not self.flows:
            array = grid.array(mass, "mass")
            return self.of_masses(mass, array, operator.landscape, operator.dynamics)
        J = cell_current(operator.equation.generator, mass / grid.volume) * grid.volume
        x = grid.points.T
        turning = [float((x[0] * J[1] - x[1] * J[0]).sum())] if self._turning else []
        flows = np.einsum("nt,in->ti", self.tents.values(grid.points), J).ravel()
        return np.concatenate([self._of_law(grid, mass), turning, flows])

    def _of_law(self, grid: Grid, mass: Float) -> Float:
        found = [float(mass @ f(grid.points)) for f in self.moments.values()]
        for axis, inner in enumerate(self.edges):
            inside = Cumulative(grid, mass, axis)(inner)
            found += np.diff([0.0, *inside, mass.sum()]).tolist()
        return np.array(found)

    def _driven(self, x: Float, landscape: Any, law: Any) -> Float:
        """Torque and current, of states: what the drift enters."""
        if not (self.flows or self._turning):
            return np.empty((len(x), 0))
        drift = law.ito_drift(landscape, law.beta) if self.flows else drift_of(landscape, law).field
        b = drift(x)
        columns = [x[:, [0]] * b[:, [1]] - x[:, [1]] * b[:, [0]]] if self._turning else []
        if self.flows:
            terms = self.tents.current_terms(x, b, landscape.diffusion(x), float(law.beta))
            columns.append(terms.reshape(len(x), -1))
        return np.concatenate(columns, axis=1)

    def _tidy(self, point: Float) -> Float:
        """Print nothing finer than a thousandth of a cell, and no minus zero."""
        digits = 1e-3 * np.array(self.grid.spacing)
        tidy: Float = np.round(point / digits) * digits + 0.0
        return tidy

    def _folded(self, x: Float, axis: int) -> Float:
        return fold(x[..., axis], self.grid.box[axis] if self.grid.periodic[axis] else None)


def _tips(grid: Grid, axis: int, points: Float) -> Float:
    """Return faces near to some points: of all three grids, where such are as many."""
    for every in (4, 2, 1):
        nodes = _faces(grid, axis, points, every)
        if len(nodes) == len(points):
            break
    return nodes if len(nodes) > 1 else _faces(grid, axis, grid.axes[axis][[0, -1]], 1)


def _faces(grid: Grid, axis: int, points: Float, every: int) -> Float:
    """Return the faces nearest to some points, ascending: every one, every second one ...

    A bin is then a number of whole cells, and a slope of a tent is constant on each.
    """
    (low, high), cells = grid.box[axis], grid.shape[axis]
    number = np.round((points - low) / (high - low) * cells / every).astype(int) * every
    faces: Float = np.linspace(low, high, cells + 1)[np.unique(np.clip(number, 0, cells))]
    return faces

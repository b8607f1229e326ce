"""The quantities that `compare` compares, as functions of states and of a density on a grid."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from ...landscapes import Landscape
from ...simulate.dynamics import Dynamics
from ...simulate.dynamics.sde.sde import SDE
from ...theory import FokkerPlanck, TransferOperator
from ...theory.one_step import drift_of
from ...theory.operators.fokker_planck.current import cell_current
from ...theory.operators.given import check_operator
from ...theory.operators.grid import Grid, fold
from ...typing import Float
from .hat_functions import HatAxis, HatFunctions

Function: TypeAlias = Callable[[Float], Float]
GridOperator: TypeAlias = FokkerPlanck | TransferOperator

_BINS = 8  # of equal probability, for each marginal
_HATS = {1: 4, 2: 3, 3: 2}  # dimension -> number of hat functions along an axis


def check_coordinates(landscape: Landscape, operator: GridOperator) -> None:
    """Refuse a landscape whose coordinates are not those of the operator's grid."""
    names = list(check_operator(operator).grid.names)
    if list(landscape.coordinates) != names:
        raise ValueError(
            f"the run has the coordinates {', '.join(landscape.coordinates)}, the grid "
            f"{', '.join(names)}."
        )


@dataclass(frozen=True)
class Quantities:
    """The quantities for the coordinates and the steady state of one grid.

    Attributes
    ----------
    grid
        The grid; states on a periodic axis are folded into its box.
    moments
        Name -> function of points (n, dim).
    edges
        Edges of the bins of each axis, without the two outer ones.
    hats
        Hat functions that weight the current.
    flows
        Whether the current is a function of the state: False for a chain in discrete time.
    """

    grid: Grid
    moments: dict[str, Function]
    edges: tuple[Float, ...]
    hats: HatFunctions
    flows: bool

    @classmethod
    def of(cls, operator: GridOperator) -> Quantities:
        """Choose bins and hat functions by the marginals of the steady state."""
        grid: Grid = operator.grid
        mass = cls.mass_of(operator)
        moments = coordinate_moments(grid, mass)
        edges, axes = [], []
        count = _HATS[grid.dim]
        for axis in range(grid.dim):
            quantile = Cumulative(grid, mass, axis).quantile
            edges.append(_faces(grid, axis, quantile(np.linspace(0, 1, _BINS + 1)[1:-1]), 1))
            if grid.periodic[axis]:
                axes.append(HatAxis.around(*grid.box[axis], count))
            else:
                axes.append(
                    HatAxis(_centres(grid, axis, quantile((np.arange(count) + 0.5) / count)))
                )
        flows = isinstance(operator, FokkerPlanck)
        return cls(grid, moments, tuple(edges), HatFunctions(tuple(axes)), flows)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all quantities, in the order of every array of this class."""
        flows = self.current_names if self.flows else ()
        return (*(f"E {m}" for m in self.moments), *self._fraction_names(), *self._turning, *flows)

    @property
    def current_names(self) -> tuple[str, ...]:
        """Names of the currents: J_i near the centre of each hat function."""
        centres = [", ".join(f"{x:.3g}" for x in self._tidy(c)) for c in self.hats.centres]
        return tuple(f"J_{name} near ({centre})" for centre in centres for name in self.grid.names)

    @staticmethod
    def mass_of(operator: GridOperator) -> Float:
        """Return the masses of the cells in steady state, without a chain's spurious waves."""
        density = operator.steady_state().transpose(*operator.grid.names)
        mass: Float = density.values.ravel() * operator.grid.volume
        return mass

    def tail(self, mass: float) -> Float:
        """Return the largest change of each quantity by a mass beyond the grid."""
        sizes = [float(np.abs(f(self.grid.points)).max()) for f in self.moments.values()]
        rest = len(self.names) - len(sizes)
        worst: Float = mass * np.array([*sizes, *np.ones(rest)])
        return worst

    @property
    def _turning(self) -> tuple[str, ...]:
        flat = self.grid.dim == 2 and not any(self.grid.periodic)
        return ("torque",) if flat else ()

    def _fraction_names(self) -> list[str]:
        names = []
        for axis, (name, inner) in enumerate(zip(self.grid.names, self.edges, strict=True)):
            digits = 1e-3 * self.grid.spacing[axis]
            inner = np.round(inner / digits) * digits + 0.0
            for low, high in itertools.pairwise([-np.inf, *inner, np.inf]):
                names.append(f"P({low:.3g} < {name} < {high:.3g})")
        return names

    def of_states(self, x: Float, landscape: Landscape, dynamics: Dynamics) -> Float:
        """Return the quantities of states x of shape (n, dim), shape (n, quantities).

        Drift and noise are those of `dynamics` on the landscape; the drift of a chain is its mean
        step per unit of time.
        """
        columns = [f(x) for f in self.moments.values()]
        for axis, inner in enumerate(self.edges):
            bins = np.searchsorted(inner, self._folded(x, axis), "right")
            columns += [(bins == k).astype(float) for k in range(len(inner) + 1)]
        return np.concatenate([np.stack(columns, 1), self._driven(x, landscape, dynamics)], axis=1)

    def of_masses(
        self, mass: Float, shape: tuple[int, ...], landscape: Landscape, dynamics: Dynamics
    ) -> Float:
        """Return the quantities of signed masses on another grid of the same box, of this shape."""
        grid = Grid(self.grid.names, self.grid.box, shape, self.grid.periodic)
        filled = mass != 0
        driven = np.zeros((grid.size, len(self.names) - len(self._of_density(grid, mass))))
        driven[filled] = self._driven(grid.points[filled], landscape, dynamics)
        return np.concatenate([self._of_density(grid, mass), mass @ driven])

    def of_operator(self, operator: GridOperator) -> Float:
        """Return the quantities of the steady state; the current from the fluxes of the grid."""
        grid, mass = operator.grid, self.mass_of(operator)
        if isinstance(operator, TransferOperator):
            return self.of_masses(mass, grid.shape, operator.landscape, operator.dynamics)
        J = cell_current(operator.equation.generator, mass / grid.volume) * grid.volume
        x = grid.points.T
        turning = [float((x[0] * J[1] - x[1] * J[0]).sum())] if self._turning else []
        flows = np.einsum("nt,in->ti", self.hats.values(grid.points), J).ravel()
        return np.concatenate([self._of_density(grid, mass), turning, flows])

    def _of_density(self, grid: Grid, mass: Float) -> Float:
        """Return moments and marginals of the masses of a grid."""
        found = [float(mass @ f(grid.points)) for f in self.moments.values()]
        for axis, inner in enumerate(self.edges):
            inside = Cumulative(grid, mass, axis)(inner)
            found += np.diff([0.0, *inside, mass.sum()]).tolist()
        return np.array(found)

    def _driven(self, x: Float, landscape: Landscape, dynamics: Dynamics) -> Float:
        """Return torque and current of states, the quantities that depend on the drift."""
        if not (self.flows or self._turning):
            return np.empty((len(x), 0))
        if self.flows:
            assert isinstance(dynamics, SDE)
            b = dynamics.ito_drift(landscape, dynamics.beta)(x)
            terms = self.hats.current_terms(x, b, landscape.diffusion(x), float(dynamics.beta))
            currents = [terms.reshape(len(x), -1)]
        else:
            b, currents = drift_of(landscape, dynamics).field(x), []
        torque = [x[:, [0]] * b[:, [1]] - x[:, [1]] * b[:, [0]]] if self._turning else []
        return np.concatenate([*torque, *currents], axis=1)

    def _tidy(self, point: Float) -> Float:
        """Round to a thousandth of a cell, without minus zero, for the names."""
        digits = 1e-3 * np.array(self.grid.spacing)
        tidy: Float = np.round(point / digits) * digits + 0.0
        return tidy

    def _folded(self, x: Float, axis: int) -> Float:
        return fold(x[..., axis], self.grid.box[axis] if self.grid.periodic[axis] else None)


def _centres(grid: Grid, axis: int, points: Float) -> Float:
    """Return faces near some points, faces of all three grids if these are distinct."""
    for every in (4, 2, 1):
        nodes = _faces(grid, axis, points, every)
        if len(nodes) == len(points):
            break
    return nodes if len(nodes) > 1 else _faces(grid, axis, grid.axes[axis][[0, -1]], 1)


def _faces(grid: Grid, axis: int, points: Float, every: int) -> Float:
    """Return the ascending faces nearest to some points, among every n-th face, n = `every`.

    A bin then consists of whole cells, and a hat function has a constant slope on each cell.
    """
    (low, high), cells = grid.box[axis], grid.shape[axis]
    number = np.round((points - low) / (high - low) * cells / every).astype(int) * every
    faces: Float = np.linspace(low, high, cells + 1)[np.unique(np.clip(number, 0, cells))]
    return faces


class Cumulative:
    """The mass below a point along one axis, by a cubic spline through the faces.

    Parameters
    ----------
    mass
        The masses of the cells, shape (cells,); they may be signed.
    axis
        Index of the axis.

    Examples
    --------
    >>> grid = Grid(("x",), ((0.0, 1.0),), (4,), (False,))
    >>> uniform = Cumulative(grid, np.full(4, 0.25), 0)
    >>> uniform(np.array([0.3])).round(9), uniform.quantile(np.array([0.7])).round(9)
    (array([0.3]), array([0.7]))
    """

    def __init__(self, grid: Grid, mass: Float, axis: int) -> None:
        others = tuple(k for k in range(grid.dim) if k != axis)
        along = mass.reshape(grid.shape).sum(axis=others)
        low, high = grid.box[axis]
        self.faces = np.linspace(low, high, grid.shape[axis] + 1)
        self.total = np.concatenate([[0.0], np.cumsum(along)])

    def __call__(self, x: Float) -> Float:
        """Return the mass below each point."""
        from scipy.interpolate import CubicSpline

        return np.asarray(CubicSpline(self.faces, self.total)(x))

    def quantile(self, shares: Float) -> Float:
        """Return the points below which these shares of the mass lie, to a fraction of a cell."""
        points: Float = np.interp(
            shares * self.total[-1], np.maximum.accumulate(self.total), self.faces
        )
        return points


def coordinate_moments(grid: Grid, mass: Float) -> dict[str, Function]:
    """Return name -> function: means and products of coordinates, on periodic axes sine and cosine.

    Parameters
    ----------
    mass
        The masses of the cells, shape (cells,).  Products are taken about a number near the mean,
        where they measure the spread.

    Examples
    --------
    >>> grid = Grid(("x",), ((4.0, 8.0),), (4,), (False,))
    >>> moments = coordinate_moments(grid, np.full(4, 0.25))
    >>> {name: f(np.array([[7.0]])) for name, f in moments.items()}
    {'x': array([7.]), '(x - 6)*(x - 6)': array([1.])}
    """
    first: dict[str, tuple[int, Function]] = {}
    centred: dict[str, tuple[int, Function]] = {}
    for axis, name in enumerate(grid.names):
        if grid.periodic[axis]:
            low, high = grid.box[axis]
            turn = 2 * np.pi / (high - low)
            text = name if abs(turn - 1) < 1e-9 else f"{turn:.3g}*{name}"
            waves = {
                f"cos({text})": (axis, _wave(axis, turn, np.cos)),
                f"sin({text})": (axis, _wave(axis, turn, np.sin)),
            }
            first |= waves
            centred |= waves
            continue
        first[name] = axis, _shifted(axis, 0.0)
        # any number near the mean is right: the rounded one of the name is taken
        about = float(f"{mass @ grid.points[:, axis]:.2g}")
        if abs(about) < grid.spacing[axis]:
            centred[name] = first[name]
        else:
            text = f"({name} {'-' if about > 0 else '+'} {abs(about):g})"
            centred[text] = axis, _shifted(axis, about)
    found = {name: f for name, (_, f) in first.items()}
    pairs = itertools.combinations_with_replacement(centred.items(), 2)
    for (one, (a, f)), (two, (b, g)) in pairs:
        if not (a == b and grid.periodic[a]):  # second harmonics are in the marginal
            found[f"{one}*{two}"] = _product(f, g)
    return found


def _wave(axis: int, turn: float, of: Function) -> Function:
    return lambda x: of(turn * x[:, axis])


def _shifted(axis: int, about: float) -> Function:
    return lambda x: x[:, axis] - about


def _product(f: Function, g: Function) -> Function:
    return lambda x: f(x) * g(x)

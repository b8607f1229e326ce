"""The values of an operator for all quantities of `compare`, computed once for many runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias
from weakref import WeakKeyDictionary

import numpy as np

from ...landscapes import Landscape
from ...simulate.dynamics import Dynamics
from ...simulate.dynamics.sde.sde import SDE
from ...theory import FokkerPlanck, TransferOperator
from ...theory.operators.fokker_planck.refinement import extrapolate
from ...theory.operators.step_error import step_error
from ...theory.operators.transfer.solvers import memory
from ...typing import Float
from . import displaced
from .discrete_law import DiscreteLaw
from .quantities import GridOperator, Quantities

Numbers: TypeAlias = tuple[Float, Float, Float]

_MOST_OUTCOMES = 100_000  # of the discrete law of the states
_MOST_CELLS = 128  # along an axis in the plane: displacements need no more
_MOST_AXES = 2  # for displacements
_WHOLE = 1e-6  # relative rounding of a number of steps


class NotKnown(ValueError):
    """The operator has no such value; the message gives the reason."""


@dataclass(frozen=True, eq=False)
class Reference:
    """Values of an operator for runs of one landscape with one dynamics.

    Attributes
    ----------
    operator
        The Fokker-Planck operator, or the transfer operator of SGD.
    landscape, dynamics
        Those of the runs.
    """

    operator: GridOperator
    landscape: Landscape
    dynamics: Dynamics

    @classmethod
    def of(cls, operator: GridOperator, landscape: Landscape, dynamics: Dynamics) -> Reference:
        """Return the reference, the operator's last one if landscape and dynamics are the same."""
        key = json.dumps([landscape.to_dict(), dynamics.to_dict()], sort_keys=True, default=str)
        last = _LAST.get(operator)
        if last is None or last[0] != key:
            last = _LAST[operator] = key, cls(operator, landscape, dynamics)
        return last[1]

    @property
    def _equation(self) -> Dynamics:
        """The dynamics whose drift and noise are in the quantities of states."""
        if isinstance(self.operator, TransferOperator) or not isinstance(self.dynamics, SDE):
            return self.operator.dynamics
        return self.dynamics

    @cached_property
    def quantities(self) -> Quantities:
        """The quantities that are compared."""
        return Quantities.of(self.operator)

    def of_states(self, x: Float) -> Float:
        """Return the quantities of states x of shape (n, dim), shape (n, quantities)."""
        return self.quantities.of_states(x, self.landscape, self._equation)

    @cached_property
    def law_of_states(self) -> DiscreteLaw:
        """The probability law of the quantities in the operator's steady state."""
        level = self.operator
        while level.grid.size > _MOST_OUTCOMES:
            level = level.halved()
        return DiscreteLaw(self.of_states(level.grid.points), self.quantities.mass_of(level))

    @cached_property
    def expected(self) -> Numbers:
        """Values, errors of the grid, errors of the step (NaN if unknown), each (quantities,)."""
        value, error = _on_levels(self.operator, self.quantities.of_operator)
        return value, error + self.quantities.tail(self._beyond), self._step_errors

    @property
    def _beyond(self) -> float:
        """Mass of the steady state beyond the grid."""
        operator = self.operator
        if isinstance(operator, FokkerPlanck):
            return float(operator.tail_mass)
        # a lost mass would have stayed as long as a deviation lasts
        kernel, mass = operator.chain.kernel, operator.steady_mass
        lost = float(kernel.lost @ np.abs(mass))
        return lost * memory(kernel.matrix, mass) if lost > 0 else 0.0

    @cached_property
    def _step_errors(self) -> Float:
        """Change of every quantity by the step size of the scheme."""
        dynamics, count = self.dynamics, len(self.quantities.names)
        if isinstance(self.operator, TransferOperator) and not isinstance(dynamics, SDE):
            return np.zeros(count)  # no scheme: the chain itself
        scheme = self._scheme
        if isinstance(self.operator, TransferOperator) or scheme is None:
            return np.full(count, np.nan)
        error = step_error(self.operator, scheme)
        mass = error.values.ravel() * float(
            np.prod([np.diff(error[n].values)[0] for n in error.dims])
        )
        return self.quantities.of_masses(mass, error.shape, self.operator.landscape, self._equation)

    @property
    def _scheme(self) -> SDE | None:
        """The dynamics, if it is a scheme whose error is known, else None."""
        dynamics = self.dynamics
        return dynamics if isinstance(dynamics, SDE) and dynamics.noise != "stable" else None

    def displaced(self, steps: int) -> Numbers:
        """Return the same of the currents by displacements over this number of the run's steps.

        Raises
        ------
        NotKnown
            The operator does not give them.
        """
        if steps not in self._displaced:
            self._displaced[steps] = self._solve_displaced(steps)
        return self._displaced[steps]

    @cached_property
    def _displaced(self) -> dict[int, Numbers]:
        return {}

    def _solve_displaced(self, steps: int) -> Numbers:
        hats, operator = self.quantities.hats, self.operator
        spacing = steps * float(self.dynamics.time_step)
        if operator.grid.dim > _MOST_AXES:
            raise NotKnown("displacements are not computed on a grid of three dimensions")
        if isinstance(operator, TransferOperator):
            value, error = self._of_chain(operator, spacing)
            step = np.nan if isinstance(self.dynamics, SDE) else 0.0
            return value, error, np.full(len(value), step)
        level = operator
        while operator.grid.dim > 1 and max(level.grid.shape) > _MOST_CELLS:
            level = level.halved()
        value, error = _levels_of_grid(level, lambda fp: displaced.of_grid(fp, hats, spacing))
        if self._scheme is None:
            return value, error, np.full(len(value), np.nan)
        return value, error, displaced.step_error(operator, self._scheme, hats, steps)

    def _of_chain(self, operator: TransferOperator, spacing: float) -> tuple[Float, Float]:
        hats = self.quantities.hats
        if any(operator.grid.periodic):
            raise NotKnown("the kernel on a circle does not contain the length of a step")
        count = spacing / operator.chain.learning_rate
        if abs(count - round(count)) > _WHOLE * count:
            raise NotKnown(
                f"snapshots are {spacing:g} of time apart, no whole number of steps of "
                f"{operator.chain.learning_rate:g}"
            )
        return _levels_of_chain(
            operator, lambda level: displaced.of_chain(level, hats, round(count))
        )


def _on_levels(
    operator: GridOperator, quantity: Callable[[GridOperator], Float]
) -> tuple[Float, Float]:
    """Return a quantity and its error, from the grid and coarser ones."""
    if isinstance(operator, TransferOperator):
        return _levels_of_chain(operator, quantity)
    return _levels_of_grid(operator, quantity)


def _levels_of_chain(
    operator: TransferOperator, quantity: Callable[[TransferOperator], Float]
) -> tuple[Float, Float]:
    fine, coarse = quantity(operator), quantity(operator.halved())
    return fine, np.abs(fine - coarse)


def _levels_of_grid(
    operator: FokkerPlanck, quantity: Callable[[FokkerPlanck], Float]
) -> tuple[Float, Float]:
    found = extrapolate(operator, quantity)
    return found.value, found.truncation


_LAST: WeakKeyDictionary[GridOperator, tuple[str, Reference]] = WeakKeyDictionary()

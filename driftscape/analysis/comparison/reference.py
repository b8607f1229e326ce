"""`Reference`: what an operator says of all that `compare` compares, solved once for many runs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from ...simulate.dynamics.sde.sde import SDE
from ...theory.operators.fokker_planck.refinement import extrapolate
from ...theory.operators.step_error import step_error
from ...theory.operators.transfer.solvers import memory
from ...typing import Float
from . import displaced
from .compared import Compared
from .draws import Draws

Numbers = tuple[Float, Float, Float]

_MOST_OUTCOMES = 100_000
_MOST_CELLS = 128  # along an axis in the plane: displacements need no more
_MOST_AXES = 2
_WHOLE = 1e-6


class NotKnown(ValueError):
    """The grid has no such number; the text says why."""


@dataclass(frozen=True, eq=False)
class Reference:
    """Numbers of an operator for runs of one landscape with one dynamics.

    Attributes
    ----------
    operator
        Of Fokker and Planck, or of discrete SGD.
    landscape, dynamics
        Of the runs.
    """

    operator: Any
    landscape: Any
    dynamics: Any

    @classmethod
    def of(cls, operator: Any, landscape: Any, dynamics: Any) -> Reference:
        """Return the last one where it is the same."""
        key = json.dumps([landscape.to_dict(), dynamics.to_dict()], sort_keys=True, default=str)
        last = _LAST.get(operator)
        if last is None or last[0] != key:
            last = _LAST[operator] = key, cls(operator, landscape, dynamics)
        return last[1]

    @property
    def is_chain(self) -> bool:
        """Whether the operator is that of a map in discrete time."""
        return hasattr(self.operator, "chain")

    @property
    def law(self) -> Any:
        """Whose drift and noise the quantities of states are taken with."""
        if self.is_chain or not isinstance(self.dynamics, SDE):
            return self.operator.dynamics
        return self.dynamics

    @cached_property
    def compared(self) -> Compared:
        """The quantities."""
        return Compared.of(self.operator)

    def of_states(self, x: Float) -> Float:
        """Each of independent states, shape (n, quantities)."""
        return self.compared.of_states(x, self.landscape, self.law)

    @cached_property
    def draws(self) -> Draws:
        """The quantities under the operator's steady state."""
        level = self.operator
        while level.grid.size > _MOST_OUTCOMES:
            level = level.halved()
        return Draws(self.of_states(level.grid.points), self.compared.mass_of(level))

    @cached_property
    def expected(self) -> Numbers:
        """Values, errors of the grid, and of the step (NaN where unknown), each (quantities,)."""
        value, error = self._on_levels(self.operator, self.compared.of_grid)
        return value, error + self.compared.tail(self._beyond), self._step_errors

    @property
    def _beyond(self) -> float:
        operator = self.operator
        if not self.is_chain:
            return float(operator.tail_mass)
        # what is lost would have stayed as long as a deviation lasts
        lost = float(operator.chain.kernel.lost @ np.abs(operator.steady_mass))
        return (
            lost * memory(operator.chain.kernel.matrix, operator.steady_mass) if lost > 0 else 0.0
        )

    @cached_property
    def _step_errors(self) -> Float:
        """Change of every quantity by the scheme."""
        dynamics, count = self.dynamics, len(self.compared.names)
        if self.is_chain and not isinstance(dynamics, SDE):
            return np.zeros(count)  # no scheme: the chain itself
        if self._unknown_step:
            return np.full(count, np.nan)
        error = step_error(self.operator, dynamics)
        mass = error.values.ravel() * float(
            np.prod([np.diff(error[n].values)[0] for n in error.dims])
        )
        return self.compared.of_masses(mass, error, self.operator.landscape, self.law)

    @property
    def _unknown_step(self) -> bool:
        dynamics = self.dynamics
        return self.is_chain or not isinstance(dynamics, SDE) or dynamics.noise == "stable"

    def displaced(self, steps: int) -> Numbers:
        """Return the same of the currents by displacements over a number of the run's steps.

        Raises
        ------
        NotKnown
            The operator does not have them.
        """
        if steps not in self._displaced:
            self._displaced[steps] = self._solve_displaced(steps)
        return self._displaced[steps]

    @cached_property
    def _displaced(self) -> dict[int, Numbers]:
        return {}

    def _solve_displaced(self, steps: int) -> Numbers:
        tents, operator = self.compared.tents, self.operator
        spacing = steps * float(self.dynamics.time_step)
        if operator.grid.dim > _MOST_AXES:
            raise NotKnown("a grid of three dimensions is not followed from snapshot to snapshot")
        if self.is_chain:
            value, error = self._of_chain(spacing)
            return value, error, np.full(len(value), np.nan if self._is_scheme else 0.0)
        level = operator
        while operator.grid.dim > 1 and max(level.grid.shape) > _MOST_CELLS:
            level = level.halved()
        value, error = self._on_levels(level, lambda of: displaced.of_grid(of, tents, spacing))
        if self._unknown_step:
            return value, error, np.full(len(value), np.nan)
        return value, error, displaced.step_error(operator, self.dynamics, tents, steps)

    @property
    def _is_scheme(self) -> bool:
        return isinstance(self.dynamics, SDE)

    def _of_chain(self, spacing: float) -> tuple[Float, Float]:
        tents, operator = self.compared.tents, self.operator
        if any(operator.grid.periodic):
            raise NotKnown("the kernel of a circle forgets how far a step went")
        count = spacing / operator.chain.learning_rate
        if abs(count - round(count)) > _WHOLE * count:
            raise NotKnown(
                f"snapshots are {spacing:g} of time apart, no whole number of steps of "
                f"{operator.chain.learning_rate:g}"
            )
        return self._on_levels(operator, lambda of: displaced.of_chain(of, tents, round(count)))

    def _on_levels(self, operator: Any, quantity: Any) -> tuple[Float, Float]:
        if self.is_chain:
            fine, coarse = quantity(operator), quantity(operator.halved())
            return fine, np.abs(fine - coarse)
        found = extrapolate(operator, quantity)
        return found.value, found.truncation


_LAST: WeakKeyDictionary[Any, tuple[str, Reference]] = WeakKeyDictionary()

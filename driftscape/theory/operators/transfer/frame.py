"""A frame that moves along with the state: a symmetry takes one coordinate away, exactly.

Where a landscape stays as it is under theta -> T_s(theta) that shifts a coordinate, z -> z + s, the
rest of the state does not care where z is.  After each step T_s with s = value - z' brings z back
to its value: what is left is a Markov chain of the other coordinates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from ....landscapes.formulas.evaluate import evaluate
from ....landscapes.formulas.language import exact
from ....typing import Float

_SHIFT = sp.Symbol("s", real=True)
_TRIAL = 0.37  # any shift will do
_ROUNDING = 1e-10


@dataclass(frozen=True)
class Frame:
    """Coordinate number `axis` held at `value`.

    Attributes
    ----------
    images
        T_s(theta), one expression for each coordinate, in `symbols` and s.
    """

    axis: int
    value: float
    images: tuple[sp.Expr, ...]
    symbols: tuple[sp.Symbol, ...]

    @classmethod
    def of(cls, landscape: Any, given: Any) -> Frame | None:
        """Read `frame=`, coordinate -> value, and find the symmetry that shifts it."""
        if given is None:
            return None
        names = landscape.coordinates
        if not isinstance(given, Mapping) or len(given) != 1 or not set(given) <= set(names):
            raise ValueError(
                f"frame={given!r}; give one coordinate and where it is held, such as "
                f"{{{names[-1]!r}: 0}}; coordinates are {', '.join(names)}."
            )
        ((name, value),) = given.items()
        axis = names.index(name)
        values = {s: exact(v) for s, v in landscape.parameter_symbols.items()}
        for symmetry in landscape.facts.symmetries:
            images = tuple(landscape.parse(symmetry.get(c, c), "s").xreplace(values) for c in names)
            if images[axis] - landscape.symbols[axis] == _SHIFT:
                return cls(axis, float(value), images, tuple(landscape.symbols))
        raise ValueError(
            f"{landscape.name} states no symmetry that shifts {name}, so the other coordinates are "
            "no Markov chain by themselves; facts.symmetries is where to state one, such as "
            f"{{{name!r}: '{name} + s'}}."
        )

    def transformed(self, states: Float, shift: Any) -> Float:
        """Return T_shift of states (..., dim)."""
        values: dict[sp.Basic, Any] = {s: states[..., i] for i, s in enumerate(self.symbols)}
        parts = evaluate(self.images, values | {_SHIFT: shift})
        return np.stack([np.broadcast_to(p, states.shape[:-1]) for p in parts], axis=-1)

    def back(self, states: Float) -> Float:
        """Return the other coordinates once this one is back at its value."""
        moved = self.transformed(states, self.value - states[..., self.axis])
        return np.delete(moved, self.axis, axis=-1)

    def check(self, landscape: Any, slopes: Any) -> None:
        """Refuse a symmetry that no step commutes with; `slopes` maps states to gradients."""
        dim = len(self.symbols)
        states = np.linspace(-0.6, 0.8, 5 * dim).reshape(dim, 5).T
        rate = 0.1
        first = self.transformed(states - rate * slopes(states), _TRIAL)
        moved = self.transformed(states, _TRIAL)
        second = moved - rate * slopes(moved)
        if not np.abs(first - second).max() <= _ROUNDING * (1 + np.abs(first).max()):
            raise ValueError(
                f"a step of SGD on {landscape.name} does not commute with the stated symmetry "
                f"{[str(i) for i in self.images]}: it changes the loss of a sample, or lengths."
            )

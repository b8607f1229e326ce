"""A frame that moves with the state: a symmetry eliminates one coordinate, exactly.

Where a landscape is invariant under theta -> T_s(theta) that shifts a coordinate, z -> z + s, the
evolution of the other coordinates does not depend on z.  After each step T_s with s = value - z'
shifts z back to its value: the other coordinates then form a Markov chain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import sympy as sp

from ....landscapes import Landscape
from ....landscapes.formulas.evaluate import evaluate
from ....landscapes.formulas.language import exact
from ....typing import Float
from ....validate import shown

_SHIFT = sp.Symbol("s", real=True)  # the shift in a stated symmetry
_TRIAL = 0.37  # shift by which the symmetry is checked; any other would do
_ROUNDING = 1e-10  # of the size of a state


@dataclass(frozen=True)
class SymmetryFrame:
    """Coordinate number `axis`, fixed at `value` by a symmetry.

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
    def of(cls, landscape: Landscape, given: Mapping[str, float] | None) -> SymmetryFrame | None:
        """Read `frame=`, coordinate -> value, and find the symmetry that shifts it."""
        if given is None:
            return None
        names = landscape.coordinates
        if not isinstance(given, Mapping) or len(given) != 1 or not set(given) <= set(names):
            raise ValueError(
                f"frame={shown(given)}; give one coordinate and its fixed value, such as "
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
            "not a Markov chain; facts.symmetries states symmetries, such as "
            f"{{{name!r}: '{name} + s'}}."
        )

    def transformed(self, states: Float, shift: Float | float) -> Float:
        """Return T_shift of states (..., dim)."""
        values: dict[sp.Basic, Float | float] = {
            s: states[..., i] for i, s in enumerate(self.symbols)
        }
        parts = evaluate(self.images, values | {_SHIFT: shift})
        return np.stack([np.broadcast_to(p, states.shape[:-1]) for p in parts], axis=-1)

    def back(self, states: Float) -> Float:
        """Return the other coordinates after this one has been shifted back to its value."""
        moved = self.transformed(states, self.value - states[..., self.axis])
        return np.delete(moved, self.axis, axis=-1)

    def check(self, landscape: Landscape, slopes: Callable[[Float], Float]) -> None:
        """Refuse a symmetry with which a step does not commute; `slopes` returns gradients."""
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

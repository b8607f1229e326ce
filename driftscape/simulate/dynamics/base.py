"""What every dynamics is: a frozen set of numbers that turns a landscape into a `Step`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import sympy as sp

from ...landscapes.field import Field
from ...landscapes.landscape import Landscape
from ...typing import Assignment
from ...validate import plain, real
from ..ensemble import Ensemble
from ..step import Step


@dataclass(frozen=True, kw_only=True)
class Dynamics:
    """Base of all dynamics; a new one is a file that defines `step` and a line in `__init__`."""

    def __post_init__(self) -> None:
        for each in fields(self):
            given = getattr(self, each.name)
            number = real(given)
            object.__setattr__(self, each.name, plain(given) if number is None else number)
        self.check()

    def check(self) -> None:
        """Refuse numbers that the dynamics cannot have; they are Python's own by now."""

    def step(self, landscape: Landscape) -> Step:
        """Return the one-step map on a landscape."""
        raise NotImplementedError

    @property
    def time_step(self) -> float:
        """Physical time of one step: `learning_rate` or `dt`."""
        raise NotImplementedError

    def bound(self, landscape: Landscape) -> Dynamics:
        """Return the dynamics with what the landscape settles: the size of its data."""
        return self

    def report(self, step: Step, ensemble: Ensemble) -> None:
        """Warn of what the hidden rows of a finished run show, if anything."""

    def bridge_covariance(self, landscape: Landscape) -> Field | None:
        """Covariance of a step's increment where the path between two states is a Brownian bridge.

        None where it is not: a discrete step is the physics itself, and a position that is pushed
        by a noisy velocity does not jitter.
        """
        return None

    def check_steps(self, steps: int) -> None:
        """Refuse a number of steps that the dynamics cannot make."""

    def steps_of(self, epochs: int) -> int:
        """Return the number of steps of so many epochs."""
        raise ValueError(
            f"epochs={epochs}, but {self} has no training set; give steps= or time=, or "
            "SGD(sampling='reshuffled', train_size=...)."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return name and numbers, ready for JSON."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        values = {k: v.to_dict() if isinstance(v, Dynamics) else v for k, v in values.items()}
        return {"name": type(self).__name__} | values


def moved(
    field: Field, point: Sequence[sp.Expr], tag: str
) -> tuple[list[Assignment], list[sp.Expr]]:
    """Return the field's assignments and entries at another point than its own symbols."""
    swaps: dict[sp.Basic, sp.Basic] = dict(zip(field.symbols, point, strict=True))
    assignments = []
    for symbol, expression in field.assignments:
        renamed = sp.Symbol(f"{symbol.name}.{tag}", real=True)
        assignments.append((renamed, expression.xreplace(swaps)))
        swaps[symbol] = renamed
    return assignments, [e.xreplace(swaps) for e in field.entries]

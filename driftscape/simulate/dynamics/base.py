"""`Dynamics`: a frozen set of numbers that turns a landscape into a `Step`."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass, fields
from typing import ClassVar

from ...landscapes.field import Field
from ...landscapes.landscape import Landscape
from ...validate import plain, real
from ..ensemble import Ensemble
from ..step import Step

_PLAIN = (float, int, str, bool, type(None))  # Python's own already


@dataclass(frozen=True, kw_only=True)
class Dynamics:
    """Base class of all dynamics.

        state' = F(state, noise, parameters)       written by `step`

    A dynamics is a frozen dataclass of numbers.  A new one defines `step`, which returns the update
    rule on a landscape as a `Step`, and `time_step`; `check` may refuse numbers.  It can then be
    given to `run`, `sweep`, `first_passage` and `splitting`.  To read it back from a stored
    dataset, it must also be listed in `DYNAMICS`.

    Raises
    ------
    TypeError, ValueError
        A number is not allowed.

    Examples
    --------
    Gradient descent in the direction of the sign of the gradient:

    >>> from dataclasses import dataclass
    >>> import sympy as sp
    >>> from driftscape import landscapes, simulate
    >>> @dataclass(frozen=True, kw_only=True)
    ... class SignGD(simulate.Dynamics):
    ...     learning_rate: float
    ...
    ...     @property
    ...     def time_step(self):
    ...         return self.learning_rate
    ...
    ...     def step(self, landscape):
    ...         eta, gradient = simulate.parameter("learning_rate"), landscape.gradient
    ...         return simulate.Step.of(
    ...             landscape,
    ...             [x - eta * sp.sign(g) for x, g in zip(landscape.symbols, gradient.entries)],
    ...             assignments=gradient.assignments,
    ...             parameters={eta: self.learning_rate},
    ...             tables=gradient.tables,
    ...         )
    >>> run = simulate.run(landscapes.quartic_well(), SignGD(learning_rate=0.125), start=0.5,
    ...                    steps=3)
    >>> run.final.item()
    0.875
    """

    #: fields that enter the step as the value of the parameter of their name, and in no other way,
    #: unless they are 0 or no number
    run_time: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        for each in fields(self):
            given = getattr(self, each.name)
            if type(given) in _PLAIN:
                continue
            number: object = real(given)
            if number in (None, math.inf, -math.inf):  # it is refused, in its own words
                number = plain(given)
            object.__setattr__(self, each.name, number)
        self.check()

    def check(self) -> None:
        """Raise an error if a number is not allowed; NumPy's numbers are Python's own by now."""

    def step(self, landscape: Landscape) -> Step:
        """Return the one-step map on a landscape."""
        raise NotImplementedError

    @property
    def time_step(self) -> float:
        """Physical time of one step: `learning_rate` or `dt`."""
        raise NotImplementedError

    def bound(self, landscape: Landscape) -> Dynamics:
        """Return the dynamics with the numbers that the landscape determines: the data's size."""
        return self

    def kind_of_step(self, landscape: Landscape) -> Hashable:
        """Return what decides the step on a landscape, but for the values of its parameters.

        None where that is not known.  It is known where a class says so itself, by a `run_time` of
        its own: a subclass may write another step.
        """
        if "run_time" not in vars(type(self)):
            return None
        return type(self), *(
            (value == 0) if f.name in self.run_time and isinstance(value, (int, float)) else value
            for f in fields(self)
            for value in (getattr(self, f.name),)
        )

    def report(self, step: Step, ensemble: Ensemble) -> None:
        """Warn if the hidden rows of a finished run show that something went wrong."""

    def bridge_covariance(self, landscape: Landscape) -> Field | None:
        """Return the covariance of a step's increment, if the path inside a step is a bridge.

        A Brownian bridge joins the two states of a step of an SDE.  None for other dynamics: the
        steps of a discrete map are the physics itself, and a position driven by a noisy velocity is
        smooth.
        """
        return None

    def check_steps(self, steps: int) -> None:
        """Raise an error if the dynamics cannot make so many steps."""

    def steps_of(self, epochs: int) -> int:
        """Return the number of steps of so many epochs."""
        raise ValueError(
            f"epochs={epochs}, but {self} has no training set; give steps= or time=, or "
            "SGD(sampling='reshuffled', train_size=...)."
        )

    def to_dict(self) -> dict[str, object]:
        """Return the name of the class and the numbers, ready for JSON."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        plain = {k: v.to_dict() if isinstance(v, Dynamics) else v for k, v in values.items()}
        return {"name": type(self).__name__} | plain

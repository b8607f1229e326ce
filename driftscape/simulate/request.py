"""Checks of what a run is asked for: landscape and dynamics, number of steps, trajectories."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..landscapes.landscape import Landscape
from ..typing import Index
from ..validate import check_positive, check_whole, shown
from .dynamics import Dynamics

Numbers: TypeAlias = NDArray[np.uint64]

#: whose numbers and states alone would fill tens of gigabytes
_MOST_TRAJECTORIES = 1_000_000_000


def check_arguments(
    landscape: Landscape | None, dynamics: Dynamics | None
) -> tuple[Landscape, Dynamics]:
    """Return the two arguments; raise an error unless they are a Landscape and a Dynamics."""
    if not isinstance(landscape, Landscape):
        raise TypeError(
            f"landscape={shown(landscape)}; give a Landscape, e.g. landscapes.archimedes()."
        )
    if not isinstance(dynamics, Dynamics):
        raise TypeError(
            f"dynamics={shown(dynamics)}; give a dynamics, e.g. simulate.SGD(learning_rate=0.1)."
        )
    return landscape, dynamics


def count_steps(
    dynamics: Dynamics, asked: dict[str, Any], prefix: str, done: int, requested: int
) -> int:
    """Return the number of steps in all.

    Parameters
    ----------
    dynamics
        Gives the time of a step and the steps of an epoch.
    asked
        The arguments by name: `steps`, `time`, `epochs`; one of them is not None.
    prefix
        The names of `steps` and `time` begin with it.  With a prefix they count from the start of
        the trajectories, otherwise from the step `done`.
    done, requested
        Number of steps that a resumed dataset has, and that were asked for; 0 without one.
    """
    given = {name: value for name, value in asked.items() if value is not None}
    if len(given) > 1:
        listed = " and ".join(f"{name}={shown(value)}" for name, value in given.items())
        raise ValueError(f"{listed}: give one of them.")
    if not given:
        if requested > done:
            return requested
        other = "" if prefix else " (or epochs= where there is a training set)"
        raise ValueError(f"give {prefix}steps= or {prefix}time={other}.")
    ((name, value),) = given.items()
    if name == "epochs":
        check_whole(name, value)
        value = dynamics.steps_of(value)
    elif name.endswith("time"):
        time = check_positive(name, value)
        count = time / dynamics.time_step
        value = round(count) if count < 2**63 else 0
        if value < 1 or abs(count - value) > 1e-9 * max(1.0, count):
            raise ValueError(
                f"{name}={time} is {count:.10g} steps of {dynamics.time_step}; "
                "it must be a whole number >= 1."
            )
    check_whole(f"{prefix}steps", value)
    total = int(value) + (0 if prefix else done)
    if total <= done:
        raise ValueError(
            f"{prefix}steps={total} counts from the start, and {done} of them are done; give more."
        )
    dynamics.check_steps(total)
    return total


def trajectory_numbers(trajectories: int | range | Index) -> Numbers:
    """Return the trajectory numbers of a count, a range or an array of numbers."""
    given: range | NDArray[Any]
    if isinstance(trajectories, range) or (
        isinstance(trajectories, np.ndarray) and trajectories.ndim
    ):
        given = trajectories
    else:
        given = range(check_whole("trajectories", trajectories))
    if len(given) > _MOST_TRAJECTORIES:
        raise ValueError(
            f"trajectories={shown(trajectories)}; at most {_MOST_TRAJECTORIES:,} fit into one "
            "run: give ranges of numbers to several."
        )
    numbers = np.array(given) if len(given) else np.zeros(0, np.int64)
    if numbers.ndim != 1 or numbers.dtype.kind not in "iu":
        raise TypeError(
            f"trajectories={shown(trajectories)}; give a number of trajectories, a range, or an "
            "array of whole numbers with one axis."
        )
    distinct = len(np.unique(numbers)) == len(numbers) > 0
    if not distinct or numbers.min() < 0 or numbers.max() >= 2**63:
        raise ValueError(
            f"trajectories={shown(trajectories)}; numbers must be distinct and >= 0, at least one."
        )
    return numbers.astype(np.uint64)

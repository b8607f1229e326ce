"""How long a run is and which trajectories it has: `steps`, `time`, `trajectories`, checked."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..landscapes.landscape import Landscape
from ..validate import check_whole, real
from .dynamics import Dynamics


def count_steps(
    steps: Any,
    time: Any,
    dynamics: Dynamics,
    old: Any = None,
    epochs: Any = None,
    prefix: str = "",
) -> int:
    """Return the number of steps in all; `old` is the run that is being resumed.

    `prefix` is what the arguments' names begin with in messages.
    """
    given = {f"{prefix}steps": steps, f"{prefix}time": time, "epochs": epochs}
    given = {name: value for name, value in given.items() if value is not None}
    if len(given) > 1:
        listed = " and ".join(f"{name}={value}" for name, value in given.items())
        raise ValueError(f"{listed}: give one of them.")
    if epochs is not None:
        check_whole("epochs", epochs)
        steps = dynamics.steps_of(epochs)
    if not given:
        if old is not None and old.owed:
            return old.done + old.owed
        other = "" if prefix else " (or epochs= where there is a training set)"
        raise ValueError(f"give {prefix}steps= or {prefix}time={other}.")
    if time is not None:
        if real(time) is None or not np.isfinite(float(time)):
            raise TypeError(f"{prefix}time={time!r}; it must be a positive finite number.")
        count = time / dynamics.time_step
        steps = round(count)
        if steps < 1 or abs(count - steps) > 1e-9 * max(1.0, count):
            raise ValueError(
                f"{prefix}time={time} is {count:.10g} steps of {dynamics.time_step}; "
                "it must be a whole number >= 1."
            )
    check_whole(f"{prefix}steps", steps)
    total = int(steps) + (old.done if old is not None and not prefix else 0)
    if old is not None and total <= old.done:
        raise ValueError(
            f"{prefix}steps={total} counts from the start, and {old.done} were made already; "
            "give more."
        )
    dynamics.check_steps(total)
    return total


def check_nouns(landscape: Any, dynamics: Any) -> tuple[Landscape, Dynamics]:
    """Return the two; refuse what is no landscape or no dynamics."""
    if not isinstance(landscape, Landscape):
        raise TypeError(f"landscape={landscape!r}; give a Landscape, e.g. landscapes.archimedes().")
    if not isinstance(dynamics, Dynamics):
        raise TypeError(
            f"dynamics={dynamics!r}; give a dynamics, e.g. simulate.SGD(learning_rate=0.1)."
        )
    return landscape, dynamics


def trajectory_numbers(trajectories: Any) -> np.ndarray:
    """Return the trajectory numbers of a count, a range or an array of numbers."""
    if isinstance(trajectories, range):
        numbers = np.arange(
            trajectories.start, trajectories.stop, trajectories.step, dtype=np.int64
        )
    elif isinstance(trajectories, np.ndarray) and trajectories.dtype.kind in "iu":
        numbers = trajectories.astype(np.int64)
    else:
        check_whole("trajectories", trajectories)
        numbers = np.arange(trajectories, dtype=np.int64)
    if not len(numbers) or numbers.min() < 0 or len(np.unique(numbers)) < len(numbers):
        raise ValueError(
            f"trajectories={trajectories}; numbers must be distinct and >= 0, at least one."
        )
    return numbers.astype(np.uint64)

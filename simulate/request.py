"""How long a run is and which trajectories it has: `steps`, `time`, `trajectories`, checked."""

from __future__ import annotations

from typing import Any

import numpy as np

from .dynamics import Dynamics
from .dynamics.base import whole


def count_steps(
    steps: Any, time: Any, dynamics: Dynamics, old: Any = None, epochs: Any = None
) -> int:
    """Return the number of steps in all; `old` is the run that is being resumed."""
    given = {"steps": steps, "time": time, "epochs": epochs}
    given = {name: value for name, value in given.items() if value is not None}
    if len(given) > 1:
        listed = " and ".join(f"{name}={value}" for name, value in given.items())
        raise ValueError(f"{listed}: give one of them.")
    if epochs is not None:
        whole("epochs", epochs)
        steps = dynamics.steps_of(epochs)
    if not given:
        if old is not None and old.owed:
            return old.done + old.owed
        raise ValueError("give steps= or time= (or epochs= where there is a training set).")
    if time is not None:
        if (
            isinstance(time, bool)
            or not isinstance(time, (int, float, np.number))
            or not np.isfinite(time)
        ):
            raise TypeError(f"time={time!r}; it must be a positive finite number.")
        count = time / dynamics.time_step
        steps = round(count)
        if steps < 1 or abs(count - steps) > 1e-9 * max(1.0, count):
            raise ValueError(
                f"time={time} is {count:.10g} steps of {dynamics.time_step}; "
                "it must be a whole number >= 1."
            )
    whole("steps", steps)
    total = int(steps) + (old.done if old is not None else 0)
    dynamics.check_steps(total)
    return total


def trajectory_numbers(trajectories: Any) -> np.ndarray:
    """Return the trajectory numbers of a count, a range or an array of numbers."""
    if isinstance(trajectories, range):
        numbers = np.arange(
            trajectories.start, trajectories.stop, trajectories.step, dtype=np.int64
        )
    elif isinstance(trajectories, np.ndarray) and trajectories.dtype.kind in "iu":
        numbers = trajectories.astype(np.int64)
    else:
        whole("trajectories", trajectories)
        numbers = np.arange(trajectories, dtype=np.int64)
    if not len(numbers) or numbers.min() < 0 or len(np.unique(numbers)) < len(numbers):
        raise ValueError(
            f"trajectories={trajectories}; numbers must be distinct and >= 0, at least one."
        )
    return numbers.astype(np.uint64)

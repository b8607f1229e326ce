"""How long a sweep is: one number of steps, the same for every point."""

from __future__ import annotations

from typing import Any

from ..request import count_steps
from ..points import Points


def steps_of_each(
    points: Points, steps: Any, time: Any, old: Any, epochs: Any = None, prefix: str = ""
) -> int:
    """Return the number of steps that every point makes; arguments as for `count_steps`.

    Raises
    ------
    ValueError
        A time is not the same number of steps at each point.
    """
    totals = [
        count_steps(steps, time, dynamics, old, epochs, prefix) for _, dynamics in points.nouns
    ]
    for label, total in zip(points.labels, totals, strict=True):
        if total != totals[0]:
            raise ValueError(
                f"{prefix}time={time} is {totals[0]} steps at {points.labels[0]} and {total} at "
                f"{label}; give {prefix}steps=, the same for every point."
            )
    return totals[0]

"""What is said of passages: that some start in a target, that none has reached one, and where."""

from __future__ import annotations

import warnings
from typing import Any

from ..points import Points
from ..sweeping.warn import listed
from .goal import Goals
from .passages import Passages


class CensoredWarning(UserWarning):
    """No trajectory reached a target while it was watched."""


class InsideWarning(UserWarning):
    """Some trajectories start in a target."""


def warn_inside(goals: Goals, within: Any) -> None:
    """Warn of trajectories that start in a target, point by point."""
    points = goals.points
    counts = [int((within[part] > 0).sum()) for part in points.parts(len(within))]
    if any(counts):
        each = len(within) // len(points)
        where = [
            f"{count} of {each} trajectories{_at(points, label)}"
            for count, label in zip(counts, points.labels, strict=True)
            if count
        ]
        text = f"{listed(where)} start in {_named(goals)}; their passage time is 0."
        warnings.warn(text, InsideWarning, stacklevel=3)


def warn_censored(goals: Goals, passages: Passages, total: int) -> None:
    """Warn of points where trajectories were watched to the end and none reached a target."""
    points, running, ended = goals.points, passages.running, passages.ended
    parts = points.parts(len(running))
    idle = [i for i, part in enumerate(parts) if running[part].any() and not ended[part].any()]
    if idle:
        times = {total * points.nouns[i][1].time_step for i in idle}
        long = f"{times.pop():.6g} ({total} steps)" if len(times) == 1 else f"{total} steps"
        where = _at(points, listed([points.labels[i] for i in idle], "; "))
        warnings.warn(
            f"none of {parts[0].stop} trajectories{where} reached {_named(goals)} within {long}: "
            f"{sum(running[parts[i]].sum() for i in idle)} are censored. Watch them for longer "
            "(resume= goes on from here), or check that the target can be reached.",
            CensoredWarning,
            stacklevel=3,
        )


def _at(points: Points, label: str) -> str:
    return f" at {label}" if points.axes else ""


def _named(goals: Goals) -> str:
    return " or ".join(repr(target.text) for target in goals.targets)

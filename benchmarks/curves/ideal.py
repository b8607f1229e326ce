"""Ideal times: the best rate of a curve, or a promised multiple of a bare run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from .curve import Point

Seconds = dict[str, float]

#: trajectories that a kernel advances together where there are enough
BLOCK = 64


class Ideal(Protocol):
    """The ideal times of a curve."""

    @property
    def words(self) -> str:
        """A sentence that says what the ideal is."""

    def of(self, points: list[Point], seconds: list[float], beside: Seconds) -> list[float]:
        """Return the ideal time of each point from the measured times of all."""


@dataclass(frozen=True)
class Rate:
    """The time granted to a call, and its work at the best rate of the curve."""

    words: str = "work times the best rate of the curve"

    def of(self, points: list[Point], seconds: list[float], beside: Seconds) -> list[float]:
        """Return granted + work*best for each point."""
        best = best_rate(points, seconds)
        return [each.granted + each.units * best for each in points]


@dataclass(frozen=True)
class Multiple:
    """A promised multiple of a bare run, per unit of work.

    Attributes
    ----------
    factor
        Size -> multiple.
    words
        The promise.
    bare
        Name of the bare run.
    """

    factor: Callable[[float], float]
    words: str
    bare: str = "bare run"

    def of(self, points: list[Point], seconds: list[float], beside: Seconds) -> list[float]:
        """Return granted + factor*(time of the bare run for the same work) for each point."""
        rate = beside[self.bare]
        return [each.granted + self.factor(each.size) * rate * each.units for each in points]


@dataclass(frozen=True)
class Marginal:
    """A bare run, and the best cost of each further thing.

    The bare run is the ideal at size 0; the best cost is the lowest of (time - bare)/size.
    """

    words: str
    bare: str = "bare run"

    def of(self, points: list[Point], seconds: list[float], beside: Seconds) -> list[float]:
        """Return the bare run's time + size*best for each point."""
        bare = [beside[self.bare] * each.units for each in points]
        more = [
            max(0.0, spent - b) / each.size
            for each, spent, b in zip(points, seconds, bare, strict=True)
            if each.size
        ]
        best = min(more, default=0.0)
        return [b + each.size * best for each, b in zip(points, bare, strict=True)]


@dataclass(frozen=True)
class Small:
    """Ensembles of fewer trajectories than a block.

    The promise is half the time of a naive Numba loop, or that of a whole block if this is less.
    """

    words: str = (
        "work times the best rate of the curve; below 64 trajectories the lesser of half the time "
        "of a naive Numba loop and the ideal of 64 trajectories; and 1 ms + 50 ns a trajectory"
    )
    naive: str = "naive Numba"

    def of(self, points: list[Point], seconds: list[float], beside: Seconds) -> list[float]:
        """Return the ideal of each point; its size is its number of trajectories."""
        best, naive = best_rate(points, seconds), beside[self.naive]
        ideals = []
        for each in points:
            block = best * each.units * max(1.0, BLOCK / each.size)
            loop = naive * each.units / 2
            own = min(loop, block) if each.size < BLOCK else best * each.units
            ideals.append(each.granted + own)
        return ideals


@dataclass(frozen=True)
class Sets:
    """Runs that draw, store and return training sets, which is work of another kind.

    A sample of a set costs what it costs in a run of two steps; the best rate of the other work is
    that of the points for which it is most of the time.
    """

    words: str = (
        "work times the best rate of the curve, samples of the training sets times the time of "
        "one in a run of two steps, and 1 ms + 50 ns a trajectory"
    )
    alone: str = "a sample in a run of two steps"

    def of(self, points: list[Point], seconds: list[float], beside: Seconds) -> list[float]:
        """Return granted + best*work + samples*(time of a sample) for each point."""
        stored = [beside[self.alone] * each.samples for each in points]
        telling = [
            (spent - kept) / each.units
            for each, spent, kept in zip(points, seconds, stored, strict=True)
            if kept < spent / 2
        ]
        best = min(telling) if telling else best_rate(points, seconds)
        return [
            each.granted + each.units * best + kept
            for each, kept in zip(points, stored, strict=True)
        ]


@dataclass(frozen=True)
class Wide:
    """A device that advances all trajectories at once, until it is full."""

    words: str = (
        "work times the best rate of the curve, but not below the shortest step of the curve; "
        "and 1 ms + 50 ns a trajectory"
    )

    def of(self, points: list[Point], seconds: list[float], beside: Seconds) -> list[float]:
        """Return the ideal of each point; its size is its number of trajectories."""
        best = best_rate(points, seconds)
        steps = [each.units / each.size for each in points]
        least = min(spent / n for spent, n in zip(seconds, steps, strict=True))
        return [
            each.granted + max(best * each.units, least * n)
            for each, n in zip(points, steps, strict=True)
        ]


def best_rate(points: list[Point], seconds: list[float]) -> float:
    """Return the least time per unit of work."""
    return min(spent / each.units for each, spent in zip(points, seconds, strict=True))

"""Curves: a whole call at several sizes, and where it is measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .ideal import Ideal


@dataclass(frozen=True)
class Setting:
    """Where curves are measured, and how large their runs are.

    Attributes
    ----------
    backend
        As for `simulate.run`.
    many
        Trajectories of an ensemble that fills the device.
    speed
        Units of work a second, roughly; runs are made to last about `seconds` at this speed.
    seconds
        Duration of a run.
    most
        Sizes above this number are left out.
    copied
        Bytes a second at which results leave the device; None where they are not copied.
    """

    backend: str = "numba"
    many: int = 1024
    speed: float = 5e8
    seconds: float = 0.02
    most: float = float("inf")
    copied: float | None = None

    @property
    def given(self) -> dict[str, Any]:
        """Arguments of every call."""
        return {"backend": self.backend, "seed": 1, "threads": 1, "progress": False}

    def steps(self, units: float, most: int = 1_000_000) -> int:
        """Return the number of steps of `units` units of work each that last `seconds`."""
        return int(min(most, max(2, self.seconds * self.speed / units // 2 * 2)))

    def sizes(self, *sizes: int) -> list[int]:
        """Return the sizes that are not too large."""
        return [size for size in sizes if size <= self.most]


#: on one core, and the smallest sizes, which show that everything runs
FULL = Setting()
QUICK = Setting(many=64, seconds=1e-4, most=10)


@dataclass(frozen=True)
class Point:
    """One size of a curve.

    Attributes
    ----------
    size
        Along the axis of the curve.
    call
        The whole call.
    units
        Its units of work.
    granted
        Seconds that its ideal contains whatever the work is.
    """

    size: float
    call: Callable[[], Any]
    units: float
    granted: float = 0.0


@dataclass(frozen=True)
class Curve:
    """A whole call at several sizes of one argument.

    Attributes
    ----------
    title, axis, unit
        What is measured; the argument that grows; the unit of work.
    points
        In ascending order of their sizes.
    ideal
        The ideal time of each point.
    beside
        Name -> a call with which the points are compared, measured in the same rounds.
    """

    title: str
    axis: str
    unit: str
    points: list[Point]
    ideal: Ideal
    beside: dict[str, Point] = field(default_factory=dict)


#: seconds that are promised for a run and for a trajectory
RUN, TRAJECTORY = 1e-3, 50e-9


def fixed(trajectories: int) -> float:
    """Return the seconds that an ideal grants for the start and the results of an ensemble."""
    return RUN + TRAJECTORY * trajectories

"""Curves: a whole call at several sizes, and where it is measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import TypeAlias

    from driftscape.landscapes import Landscape
    from driftscape.simulate import Dynamics

    from .ideal import Ideal

    System: TypeAlias = tuple[Landscape, Dynamics]
    Start: TypeAlias = float | tuple[float, ...]  # as for `simulate.run`


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
    longest
        Steps of the longest run.
    most
        Sizes above this number are left out.
    copied
        Bytes a second at which results leave the device; None where they are not copied.
    """

    backend: str = "cpu"
    many: int = 1024
    speed: float = 5e8
    seconds: float = 0.02
    longest: int = 1_000_000
    most: float = float("inf")
    copied: float | None = None

    @property
    def given(self) -> dict[str, Any]:
        """Arguments of every call."""
        return {"backend": self.backend, "seed": 1, "threads": 1, "progress": False}

    def steps(self, units: float) -> int:
        """Return the number of steps of `units` units of work each that last `seconds`."""
        return int(min(self.longest, max(2, self.seconds * self.speed / units // 2 * 2)))

    def sizes(self, *sizes: int) -> list[int]:
        """Return the sizes that are not too large."""
        return [size for size in sizes if size <= self.most]


#: on one core, on a GPU, and the smallest sizes, which show that everything runs
FULL = Setting()
GPU = Setting("cupy", many=131_072, speed=5e10, longest=20_000, copied=1e10)
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
    samples
        Samples of training sets that the call draws, stores and returns, beside its other work.
    """

    size: float
    call: Callable[[], Any]
    units: float
    granted: float = 0.0
    samples: float = 0.0

    @property
    def work(self) -> float:
        """All units of work."""
        return self.units + self.samples


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

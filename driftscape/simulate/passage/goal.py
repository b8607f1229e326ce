"""What ends the trajectories of a first passage, at a point of parameters or at each of several."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...landscapes.landscape import Landscape
from ..dynamics import Dynamics
from ..start import Start
from ..step import Step
from ..points import Points
from ..target import Target, check_outside, read_targets
from .exits import place_exits
from .margins import bridge_covariance
from .passages import Passages
from .stopped import stopped


@dataclass(frozen=True)
class Goal:
    """Targets and bridges as the user gives them; `at` reads them at every point."""

    target: Any
    bridge: bool | None
    # with the landscape, which must outlive its id
    _read: dict[int, tuple[Landscape, tuple[Target, ...]]] = field(default_factory=dict)

    def targets(self, landscape: Landscape) -> tuple[Target, ...]:
        """Return the targets on a landscape, read once."""
        if id(landscape) not in self._read:
            self._read[id(landscape)] = landscape, read_targets(landscape, self.target)
        return self._read[id(landscape)][1]

    def step(self, landscape: Landscape, dynamics: Dynamics) -> Step:
        """Return the step of a point, which ends in a target."""
        covariance = bridge_covariance(landscape, dynamics, self.bridge)
        return stopped(dynamics.step(landscape), landscape, self.targets(landscape), covariance)

    def at(self, points: Points) -> Goals:
        """Return what ends the trajectories at each point."""
        bridged = bridge_covariance(*points.nouns[0], self.bridge) is not None
        return Goals(points, [self.targets(landscape) for landscape, _ in points.nouns], bridged)


@dataclass(frozen=True)
class Goals:
    """The targets of each point, of an ensemble in which the points lie side by side.

    Attributes
    ----------
    each
        The targets as each point reads them; they differ in the values of parameters only.
    bridged
        Whether crossings inside steps count.
    """

    points: Points
    each: list[tuple[Target, ...]]
    bridged: bool

    @property
    def targets(self) -> tuple[Target, ...]:
        """Those of the first point: names and texts are the same for all."""
        return self.each[0]

    def refuse_inside(self, starts: list[Start]) -> None:
        """Refuse starting points that are known before anything is compiled."""
        for placed, (landscape, _), targets, label in self._with(starts):
            if placed.points is not None:
                check_outside(landscape, targets, np.atleast_2d(placed.points).T, label)

    def inside(self, states: Any) -> Any:
        """Return the number of the target that each trajectory starts in, 0 where in none."""
        parts = [states[:, part] for part in self.points.parts(states.shape[1])]
        return np.concatenate(
            [
                check_outside(landscape, targets, part, label)
                for part, (landscape, _), targets, label in self._with(parts)
            ]
        )

    def place_exits(self, passages: Passages, ended: Any) -> None:
        """Put exit points and ages where they belong, in place; see `exits`."""
        for part, (landscape, _), targets, _ in self._with(self.points.parts(len(ended))):
            own = np.zeros_like(ended)
            own[part] = ended[part]
            place_exits(landscape, targets, passages, own)

    def _with(self, of_each: Any) -> Any:
        return zip(of_each, self.points.nouns, self.each, self.points.labels, strict=True)

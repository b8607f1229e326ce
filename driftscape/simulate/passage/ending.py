"""What ends the trajectories of a first passage, at each point of parameters.

A point's targets are read on its own landscape: they may mention parameters, swept ones too.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from ...labels import TIME, Label
from ...typing import Bools, Float, Index
from ..axes import at_point
from ..divergence import listed, warn
from ..ensemble import Ensemble, Variables, described
from ..groups import Group
from ..points import Points
from ..problem import side_by_side
from ..start import Start
from ..step import Step
from ..target import read_targets, target_at_start
from .crossing import bridge_covariance, survival_budgets
from .exits import place_exits
from .stopped import stopped


class CensoredWarning(UserWarning):
    """No trajectory reached a target before the time limit."""


class InsideWarning(UserWarning):
    """Some trajectories start in a target."""


class Ending:
    """Targets and bridges of each point.

    Attributes
    ----------
    targets
        Those of each point; they differ in the values of parameters only.
    covariances
        Of a step of each point, where crossings inside steps count, else None.
    """

    def __init__(
        self,
        points: Points,
        target: str | Mapping[str, str] | None,
        bridges: Sequence[bool | None],
    ) -> None:
        self.points = points
        self.targets = points.of_landscapes(lambda landscape: read_targets(landscape, target))
        self.covariances = []
        for point, bridge in zip(points, bridges, strict=True):
            with at_point(point.label):
                self.covariances.append(bridge_covariance(point.landscape, point.dynamics, bridge))

    def extend(self, step: Step, number: int) -> Step:
        """Return the step of a point so that it ends in a target."""
        landscape = self.points[number].landscape
        return stopped(step, landscape, self.targets[number], self.covariances[number])

    def kind(self, number: int) -> Hashable:
        """Return what the rows depend on that `extend` adds to the step of a point."""
        targets = tuple((target.name, target.text) for target in self.targets[number])
        return targets, self.covariances[number] is not None

    def bridged(self, group: Group) -> bool:
        """Whether crossings inside the steps of a group count."""
        return self.covariances[group.members[0]] is not None

    def refuse_inside(self, starts: list[Start]) -> None:
        """Raise an error where all start in one target, before anything is compiled."""
        for number, start in enumerate(starts):
            if start.points is not None:
                self._inside(number, np.atleast_2d(start.points).T)

    def begin(self, begun: Sequence[tuple[Group, Ensemble]]) -> None:
        """Prepare fresh trajectories, and warn of those that start in a target."""
        counts: dict[int, int] = {}
        for group, ensemble in begun:
            states = ensemble.state[: group.landscape.dim]
            row = ensemble.ended_row
            for number, part in zip(group.members, group.parts(), strict=True):
                within = self._inside(number, states[:, part])
                ensemble.state[row, part] = within
                counts[number] = int((within > 0).sum())
            if self.bridged(group):
                count, problem = len(self.targets[0]), group.problem
                budgets = partial(
                    survival_budgets, count, problem.backend, numbers=problem.numbers,
                    generator=problem.generator,
                )  # fmt: skip
                ensemble.state[group.rows - count : group.rows] = side_by_side(group.seeds, budgets)
        each = begun[0][0].parts()[0].stop
        where = [
            f"{counts[number]} of {each} trajectories{self._at(point.label)}"
            for number, point in enumerate(self.points)
            if counts[number]
        ]
        if where:
            text = f"{listed(where)} start in {self._names}; their passage time is 0."
            warn(text, InsideWarning)

    def place_exits(self, group: Group, ensemble: Ensemble, before: Bools) -> None:
        """Move exit points and ages to the boundary, except of those that had ended `before`."""
        if not self.bridged(group):
            return
        ended, row = np.where(before, 0, ensemble.ended), ensemble.ended_row
        assert row is not None
        for number, part in zip(group.members, group.parts(), strict=True):
            landscape, targets = self.points[number].landscape, self.targets[number]
            place_exits(landscape, targets, ensemble.state[:, part], row, ended[part])

    def variables(
        self, group: Group, ensemble: Ensemble, done: int
    ) -> tuple[Variables, Variables, dict[str, Any]]:
        """Return the passages after `done` steps: variables, coordinates and description."""
        targets, running, row = self.targets[0], ensemble.running, ensemble.ended_row
        assert row is not None
        each = len(group.problem.numbers)
        time_step = np.repeat([point.dynamics.time_step for point in group], each)
        one, point = ("trajectory",), ("trajectory", "coordinate")
        times = np.where(running, done, ensemble.state[row + 1]) * time_step
        exits, words = ensemble.state[: group.landscape.dim], np.where(running, ensemble.words, 0)
        data = described({
            "passage_time": (
                one, times,
                Label("time of the first passage, or to the end of a censored trajectory", TIME),
            ),
            "target": (
                one, ensemble.ended - 1, Label("number of the target that was reached, or -1"),
            ),
            "exit": (
                point, exits.T,
                Label("state at the target, or the last one of a censored trajectory"),
            ),
            "censored": (
                one, running, Label("stopped at the limit of time without reaching a target"),
            ),
            "words": (
                ("trajectory", "word"), words.T,
                Label("state of the generator of a censored trajectory, for resuming"),
            ),
        })  # fmt: skip
        data["passage_time"][2]["crossings"] = self._crossings
        data["target"][2]["flag_values"] = np.arange(len(targets))
        data["target"][2]["flag_meanings"] = " ".join(target.name for target in targets)
        metadata = {"targets": {t.name: t.text for t in targets}, "bridge": self.bridged(group)}
        return data, {}, metadata

    def warn_censored(self, finished: Sequence[tuple[Group, Ensemble]]) -> None:
        """Warn of points where trajectories were followed to the end and none reached a target."""
        points = self.points
        idle: dict[int, tuple[int, int]] = {}  # point -> steps, censored trajectories
        for group, ensemble in finished:
            running, ended = ensemble.running, ensemble.ended
            for number, part in zip(group.members, group.parts(), strict=True):
                if running[part].any() and not ended[part].any():
                    idle[number] = group.total, int(running[part].sum())
        if not idle:
            return
        times = {total * points[i].dynamics.time_step for i, (total, _) in idle.items()}
        steps = {total for total, _ in idle.values()}
        long = " and ".join(f"{total} steps" for total in sorted(steps))
        if len(times) == 1:
            long = f"{times.pop():.6g} ({long})"
        each = finished[0][0].parts()[0].stop
        where = self._at(listed([points[i].label for i in sorted(idle)], "; "))
        warn(
            f"none of {each} trajectories{where} reached {self._names} within {long}: "
            f"{sum(censored for _, censored in idle.values())} are censored. Give them more time "
            "(resume= continues from here), or check that the target can be reached.",
            CensoredWarning,
        )

    def within(self, number: int) -> Callable[[Float], Bools]:
        """Return the function that says which states lie in a target of a point."""
        landscape, targets = self.points[number].landscape, self.targets[number]
        return lambda states: np.any([t.contains(landscape, states) for t in targets], axis=0)

    def _inside(self, number: int, states: Float) -> Index:
        point = self.points[number]
        return target_at_start(point.landscape, self.targets[number], states, point.label)

    def _at(self, label: str) -> str:
        return f" at {label}" if self.points.axes else ""

    @property
    def _crossings(self) -> str:
        bridged = [covariance is not None for covariance in self.covariances]
        if not any(bridged):
            return "at the ends of steps only"
        where = "" if all(bridged) else ", where a step has one"
        return f"inside steps too, by Brownian bridges{where}"

    @property
    def _names(self) -> str:
        return " or ".join(repr(target.text) for target in self.targets[0])

"""What ends the trajectories of a first passage, at each point of parameters.

A point's targets are read on its own landscape: they may mention parameters, swept ones too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ...labels import TIME, Label
from ...typing import Bools, Float, Index
from ..divergence import listed, warn
from ..ensemble import Ensemble, Variables, described
from ..points import Points
from ..problem import Problem, side_by_side
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
    bridged
        Whether crossings inside steps count.
    """

    def __init__(
        self, points: Points, target: str | Mapping[str, str] | None, bridge: bool | None
    ) -> None:
        self.points = points
        self.targets = points.of_landscapes(lambda landscape: read_targets(landscape, target))
        self.covariances = [bridge_covariance(p.landscape, p.dynamics, bridge) for p in points]
        self.bridged = self.covariances[0] is not None

    def extend(self, step: Step, number: int) -> Step:
        """Return the step of a point so that it ends in a target."""
        landscape = self.points[number].landscape
        return stopped(step, landscape, self.targets[number], self.covariances[number])

    def refuse_inside(self, starts: list[Start]) -> None:
        """Raise an error where all start in one target, before anything is compiled."""
        for number, start in enumerate(starts):
            if start.points is not None:
                self._inside(number, np.atleast_2d(start.points).T)

    def begin(self, problem: Problem, ensemble: Ensemble) -> None:
        """Prepare fresh trajectories, and warn of those that start in a target."""
        states = ensemble.state[: problem.landscape.dim]
        parts = self.points.parts(ensemble.count)
        within = np.concatenate([self._inside(i, states[:, part]) for i, part in enumerate(parts)])
        ensemble.state[ensemble.ended_row] = within
        if self.bridged:
            count = len(self.targets[0])
            ensemble.state[problem.rows - count : problem.rows] = side_by_side(
                problem.seeds,
                lambda seed: survival_budgets(
                    count, problem.backend, seed, problem.numbers, problem.generator
                ),
            )
        counts = [int((within[part] > 0).sum()) for part in parts]
        where = [
            f"{count} of {parts[0].stop} trajectories{self._at(point.label)}"
            for count, point in zip(counts, self.points, strict=True)
            if count
        ]
        if where:
            text = f"{listed(where)} start in {self._names}; their passage time is 0."
            warn(text, InsideWarning)

    def place_exits(self, ensemble: Ensemble, before: Bools) -> None:
        """Move exit points and ages to the boundary, except of those that had ended `before`."""
        ended = np.where(before, 0, ensemble.ended)
        for number, part in enumerate(self.points.parts(len(ended)) if self.bridged else ()):
            own = np.zeros_like(ended)
            own[part] = ended[part]
            place_exits(self.points[number].landscape, self.targets[number], ensemble, own)

    def variables(
        self, problem: Problem, ensemble: Ensemble, done: int
    ) -> tuple[Variables, Variables, dict[str, Any]]:
        """Return the passages after `done` steps: variables, coordinates and description."""
        targets, running, row = self.targets[0], ensemble.running, ensemble.ended_row
        assert row is not None
        time_step = np.repeat([p.dynamics.time_step for p in self.points], len(problem.numbers))
        one, point = ("trajectory",), ("trajectory", "coordinate")
        times = np.where(running, done, ensemble.state[row + 1]) * time_step
        exits, words = ensemble.state[: problem.landscape.dim], np.where(running, ensemble.words, 0)
        data = described({
            "passage_time": (
                one, times,
                Label("time of the first passage, or to the end of a censored trajectory", TIME),
            ),
            "target": (
                one, ensemble.ended - 1, Label("number of the target that was reached, or -1"),
            ),
            "exit": (
                point, exits.T.copy(),
                Label("state at the target, or the last one of a censored trajectory"),
            ),
            "censored": (
                one, running, Label("stopped at the limit of time without reaching a target"),
            ),
            "words": (
                ("trajectory", "word"), words.T.copy(),
                Label("state of the generator of a censored trajectory, for resuming"),
            ),
        })  # fmt: skip
        data["passage_time"][2]["crossings"] = (
            "inside steps too, by Brownian bridges" if self.bridged else "at the ends of steps only"
        )
        data["target"][2]["flag_values"] = np.arange(len(targets))
        data["target"][2]["flag_meanings"] = " ".join(target.name for target in targets)
        metadata = {"targets": {t.name: t.text for t in targets}, "bridge": self.bridged}
        return data, {}, metadata

    def warn_censored(self, ensemble: Ensemble, total: int) -> None:
        """Warn of points where trajectories were followed to the end and none reached a target."""
        running, ended, points = ensemble.running, ensemble.ended, self.points
        parts = points.parts(len(running))
        idle = [i for i, part in enumerate(parts) if running[part].any() and not ended[part].any()]
        if idle:
            times = {total * points[i].dynamics.time_step for i in idle}
            long = f"{times.pop():.6g} ({total} steps)" if len(times) == 1 else f"{total} steps"
            where = self._at(listed([points[i].label for i in idle], "; "))
            censored = sum(running[parts[i]].sum() for i in idle)
            warn(
                f"none of {parts[0].stop} trajectories{where} reached {self._names} within {long}: "
                f"{censored} are censored. Give them more time (resume= continues from here), or "
                "check that the target can be reached.",
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
    def _names(self) -> str:
        return " or ".join(repr(target.text) for target in self.targets[0])

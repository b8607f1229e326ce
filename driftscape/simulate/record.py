"""Recording a run or a sweep: room for what kernels store and count, and what is read from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..labels import Label
from ..typing import Float
from .advance import Task, advance, check_execution
from .density import Counter
from .divergence import warn_diverged, warn_unstable
from .ensemble import Ensemble, Variables, described
from .groups import Group, begun_at, groups
from .keep import Keep, KeepOption, keep_argument, spacing
from .problem import Problem
from .progress import ProgressOption
from .results import build, piece
from .start import Start

if TYPE_CHECKING:
    import xarray as xr


def record(
    problem: Problem,
    keep: KeepOption,
    *,
    steps: int | None,
    time: float | None,
    epochs: int | None,
    save_every: int | None,
    threads: int | None,
    progress: ProgressOption,
    max_bytes: float,
) -> xr.Dataset:
    """Carry out what `run` and `sweep` are asked for; arguments as for these."""
    max_bytes = check_execution(threads, progress, max_bytes)
    kept = Keep.read(keep_argument(problem.metadata["keep"]) if problem.metadata else keep)
    points = problem.points
    if not problem.totals:
        problem = problem.lasting(steps=steps, time=time, epochs=epochs)
    every = _spacing(problem, kept, save_every, max_bytes)
    recorders = [
        Recorder(group, kept, every)
        for group in groups(
            problem,
            lambda step, i: kept.extend(step, points[i].landscape),
            max_bytes,
            lambda _: kept.kind,
        )  # fmt: skip
    ]
    starts = problem.starts()
    begun = [recorder.begin(starts) for recorder in recorders]
    starting = [(r.group, start) for r, (_, start) in zip(recorders, begun, strict=True)]
    if not problem.earlier:
        warn_unstable(starting)
    tasks = [
        Task(recorder.group, ensemble, recorder.group.engine(ensemble))
        for recorder, (ensemble, _) in zip(recorders, begun, strict=True)
    ]

    def result() -> xr.Dataset:
        return build(problem, [
            piece(task.group, task.ensemble, start, task.done,
                  *recorder.variables(task.ensemble, task.done))
            for task, recorder, (_, start) in zip(tasks, recorders, begun, strict=True)
        ])  # fmt: skip

    return advance(
        problem, tasks, result, threads=threads, progress=progress,
        warn=lambda: warn_diverged(
            points, [(task.group, task.ensemble) for task in tasks],
            lambda member, lost: begun_at(starting, member, lost),
        ),
    )  # fmt: skip


def _spacing(problem: Problem, keep: Keep, save_every: int | None, max_bytes: float) -> int:
    """Return the spacing of snapshots, the same at every point; 0 for none."""
    size, total = 8 * problem.landscape.dim * problem.count, max(problem.totals)
    if not problem.earlier:
        return spacing(save_every, keep, total, size, max_bytes)
    every: int = keep.density.every if keep.density else problem.metadata["save_every"]
    needed = size * (total // every + 1) if keep.snapshots else 0
    if needed > max_bytes:
        raise ValueError(
            f"the resumed run has {needed / 1e9:.3g} GB of snapshots; raise max_bytes=."
        )
    return every


class Recorder:
    """Gives an ensemble room for snapshots and for counts, and reads what was recorded in it."""

    def __init__(self, group: Group, keep: Keep, every: int) -> None:
        self.group, self.keep, self.every, self.total = group, keep, every, group.total
        self.shots = self.total // self.every + 1 if keep.snapshots else 0
        self.counter = None
        if keep.density:
            self.counter = Counter(keep.density, len(group))

    def begin(self, starts: Sequence[Start]) -> tuple[Ensemble, Float]:
        """Return the ensemble, after what the resumed dataset has recorded, and its start.

        `starts` are those of all points of the problem, if they are new.
        """
        group, earlier = self.group, self.group.earlier
        own = [starts[member] for member in group.members] if starts else []
        ensemble, start = group.ensemble(own, self.shots, self.every)
        if self.keep.snapshots and earlier:
            for part, each in zip(group.parts(), earlier, strict=True):
                states = each["state"].transpose("time", "coordinate", "trajectory").values
                ensemble.snapshots[: len(states), :, part] = states
        if self.counter is not None:
            self.counter.restore(earlier)
            ensemble.histogram = self.counter.histogram
        return ensemble, start

    def variables(
        self, ensemble: Ensemble, done: int
    ) -> tuple[Variables, Variables, dict[str, object]]:
        """Return what was recorded in `done` steps: variables, coordinates and description."""
        group, keep = self.group, self.keep
        d, average = group.landscape.dim, keep.average
        final: Float = ensemble.state[:d].T
        data = described({"final": (("trajectory", "coordinate"), final, Label("final state"))})
        coords: Variables = {}
        if self.counter is not None:
            counted, coords = self.counter.variables(bool(group.problem.points.axes))
            data |= counted
        if keep.snapshots:
            shots = done // self.every + 1
            states = ensemble.snapshots[:shots].transpose(2, 0, 1)
            data |= described({
                "state": (("trajectory", "time", "coordinate"), states, Label("state")),
            })  # fmt: skip
            coords["step"] = ("time",), np.arange(shots, dtype=np.int64) * self.every, {}
        if average is not None:
            count, weight = len(average.expressions), max(0, done - average.discard_steps)
            sums = ensemble.state[group.rows - count : group.rows].T
            values = sums / weight if weight else np.full_like(sums, np.nan)
            label = Label("average along the trajectory", formula="(1/n) sum_k f(theta_k)")
            data |= described({"average": (("trajectory", "expression"), values, label)})
            coords["expression"] = ("expression",), list(average.expressions), {}
        metadata = {"keep": keep.to_list(), "save_every": self.every if keep.snapshots else 0}
        return data, coords, metadata

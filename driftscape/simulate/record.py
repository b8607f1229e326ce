"""Recording a run or a sweep while it goes on: snapshots, densities, averages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..labels import Label
from ..typing import Float
from .advance import advance, check_execution
from .density import Counter
from .divergence import warn_diverged
from .ensemble import Ensemble, Variables, described
from .keep import Keep, KeepOption, keep_argument, spacing
from .problem import Problem
from .progress import ProgressOption
from .results import build

if TYPE_CHECKING:
    import xarray as xr

_WINDOW = 32e6  # bytes of snapshots in memory while only a density is wanted


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
    check_execution(threads, progress, max_bytes)
    kept = Keep.read(keep_argument(problem.metadata["keep"]) if problem.metadata else keep)
    problem = problem.lasting(
        lambda step, number: kept.averaging(step, problem.points[number].landscape),
        steps=steps, time=time, epochs=epochs,
    )  # fmt: skip
    recorder = Recorder(problem, kept, save_every, max_bytes)
    ensemble, start = problem.ensemble(problem.starts(), recorder.shots, recorder.every)
    recorder.attach(ensemble)
    engine = problem.engine(ensemble, max_bytes)

    def result(done: int) -> xr.Dataset:
        return build(problem, ensemble, start, done, *recorder.variables(ensemble, done))

    return advance(
        problem, engine, ensemble, result, threads=threads, progress=progress,
        sampler=recorder if kept.density else None,
        warn=lambda: warn_diverged(
            problem.points, ensemble, lambda number, lost: problem.begun(start, number, lost)
        ),
    )  # fmt: skip


class Recorder:
    """Gives the ensemble room for snapshots and counts densities from them as they come.

    Where snapshots are kept the room is for all of them; where only a density is, it is a window
    that moves along, so that memory does not grow with the steps.
    """

    def __init__(
        self, problem: Problem, keep: Keep, save_every: int | None, max_bytes: float
    ) -> None:
        self.problem, self.keep, self.total = problem, keep, problem.total
        size = 8 * problem.landscape.dim * problem.count
        if problem.earlier is None:
            self.every = spacing(save_every, keep, self.total, size, max_bytes)
        else:
            self.every = keep.density.every if keep.density else problem.metadata["save_every"]
        self.shots = self.total // self.every + 1 if keep.snapshots else 0
        needed = size * self.shots
        if problem.earlier is not None and needed > max_bytes:
            raise ValueError(
                f"the resumed run has {needed / 1e9:.3g} GB of snapshots; raise max_bytes=."
            )
        self.counter = None
        if keep.density:
            self.counter = Counter(keep.density, problem.landscape, len(problem.points))

    def attach(self, ensemble: Ensemble) -> None:
        """Record this ensemble, after what the resumed dataset has recorded."""
        earlier = self.problem.earlier
        if self.keep.snapshots and earlier is not None:
            ensemble.snapshots[: earlier.sizes["time"]] = earlier["state"].values.transpose(1, 2, 0)
        if self.counter is not None and earlier is not None:
            self.counter.restore(earlier)
        if self.every and not self.keep.snapshots:
            shape = ensemble.snapshots.shape[1:]
            room = int(_WINDOW // (8 * shape[0] * shape[1]))
            ensemble.snapshots = np.empty((max(1, min(room, self.total // self.every)), *shape))
            ensemble.first_shot = self.problem.done // self.every + 1

    def limit(self, ensemble: Ensemble, then: int) -> int:
        """Return how far the next burst may go before the window is full."""
        if self.keep.snapshots:
            return then
        last = ensemble.first_shot + len(ensemble.snapshots) - 1
        return min(then, (last + 1) * self.every - 1)

    def collect(self, ensemble: Ensemble, done: int, then: int) -> None:
        """Count the snapshots of steps `done` + 1 to `then`."""
        assert self.counter is not None
        for shot in range(done // self.every + 1, then // self.every + 1):
            self.counter.add(ensemble.snapshots[shot - ensemble.first_shot], shot * self.every)
        if not self.keep.snapshots:
            ensemble.first_shot = then // self.every + 1

    def variables(
        self, ensemble: Ensemble, done: int
    ) -> tuple[Variables, Variables, dict[str, object]]:
        """Return what was recorded in `done` steps: variables, coordinates and description."""
        problem, keep = self.problem, self.keep
        d, average = problem.landscape.dim, keep.average
        final: Float = ensemble.state[:d].T.copy()
        data = described({"final": (("trajectory", "coordinate"), final, Label("final state"))})
        coords: Variables = {}
        if self.counter is not None:
            counted, coords = self.counter.variables(bool(problem.points.axes))
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
            sums = ensemble.state[problem.rows - count : problem.rows].T
            values = sums / weight if weight else np.full_like(sums, np.nan)
            label = Label("average along the trajectory", formula="(1/n) sum_k f(theta_k)")
            data |= described({"average": (("trajectory", "expression"), values, label)})
            coords["expression"] = ("expression",), list(average.expressions), {}
        metadata = {"keep": keep.to_list(), "save_every": self.every if keep.snapshots else 0}
        return data, coords, metadata

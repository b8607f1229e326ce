"""Advancing an ensemble in bursts of steps: progress, Ctrl-C, and trajectories that have ended.

Between two bursts Python counts, shows progress and reacts to Ctrl-C.  Trajectories that have ended
are left out of `Ensemble.live` there, so that blocks of lanes stay full.  How often that is worth
while is measured: a burst of K steps wastes about r K/2 steps per trajectory when a fraction r ends
per step, and costs the time that a return to Python takes, so K = sqrt(2 overhead/(r step time)).
Results do not depend on K.
"""

from __future__ import annotations

import math
import os
import time as clock
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..validate import check_limit, check_whole
from .ensemble import Ensemble
from .groups import Group
from .interrupt import Interrupted, deferred_interrupt
from .problem import Problem
from .progress import Progress, ProgressOption, check_progress

if TYPE_CHECKING:
    import xarray as xr

    from .backends.engine import Engine

_BURST = 0.2  # seconds between returns to Python
_GRAIN = 64  # steps between two checks inside a kernel
_BLOCK = 64  # trajectories: a thread with less than a block to advance would share nothing


@dataclass(eq=False)
class Task:
    """A group of points on its way: its trajectories, their engine, and how far they have come."""

    group: Group
    ensemble: Ensemble
    engine: Engine
    done: int = 0

    def __post_init__(self) -> None:
        self.done = self.group.done


def advance(
    problem: Problem,
    tasks: Sequence[Task],
    result: Callable[[], xr.Dataset],
    *,
    threads: int | None,
    progress: ProgressOption,
    warn: Callable[[], None] = lambda: None,
) -> xr.Dataset:
    """Make the steps that a problem asks for, one group after the other, and return `result()`.

    `result` reads how far each task has come; `warn` is called where all of them are finished.

    Raises
    ------
    Interrupted
        On Ctrl-C, with the result of what was made as `.dataset`: the whole one where the last
        burst was under way.
    """
    count = sum(task.ensemble.count for task in tasks)
    ends = tasks[0].ensemble.ended_row is not None
    shown = (
        Progress(problem.title, count, 0, progress, "trajectories")
        if ends
        else Progress(
            problem.title,
            sum(task.group.total for task in tasks),
            sum(task.done for task in tasks),
            progress,
        )
    )
    left = [task.ensemble.count for task in tasks]  # trajectories that still run, if they can end
    with deferred_interrupt() as pressed:  # until the result is built, so that it is never lost
        with shown, workers(threads, max(left)) as pool:
            for number, task in enumerate(tasks):
                total = task.group.total
                if pressed and task.done < total:
                    break
                made = range(task.done, total)
                for step, running in bursts(task.engine, task.ensemble, made, pool):
                    task.done, left[number] = step, running
                    try:
                        if ends:
                            note = f"{running} running at step {step}/{total}"
                            shown.update(count - sum(left), note)
                        else:
                            shown.update(sum(each.done for each in tasks))
                    except KeyboardInterrupt:
                        pressed.yes = True
                    if pressed and running and step < total:
                        break
                else:
                    task.done = total
                task.engine.bring(task.ensemble)
        message = "interrupted after the last step: error.dataset is the whole result."
        owed = [task for task in tasks if task.done < task.group.total]
        if owed:
            censored = f", {sum(left)} of {count} trajectories still running" if ends else ""
            where = ""
            if len(tasks) > 1:
                points = sum(len(task.group) for task in owed)
                where = f" at {next(iter(owed[0].group)).label}, {points} points unfinished"
            message = (
                f"interrupted at step {owed[0].done} of {owed[0].group.total}{where}{censored}; "
                f"continue with simulate.{problem.kind}(resume=error.dataset)."
            )
        else:
            warn()
        dataset = result()
    if pressed:
        raise Interrupted(message, dataset)
    return dataset


def bursts(
    engine: Engine,
    ensemble: Ensemble,
    steps: range,
    pool: ThreadPoolExecutor | None,
) -> Iterator[tuple[int, int]]:
    """Advance over a range of steps, or until all have ended; yield (steps, running).

    The engine alone knows what has ended until it brings the ensemble back.
    """
    row, running = ensemble.ended_row, ensemble.count
    done, total = steps.start, steps.stop
    burst = max(2, 2_000_000 // max(running, engine.lanes))
    if row is not None:
        # short enough for Ctrl-C where a step of all trajectories takes long
        burst, running = min(_GRAIN, burst), engine.retire(ensemble, row)
    while running and done < total:
        then = min(total, done + burst)
        if then < total and then - done > 1:
            then -= then % 2  # kernels draw noise for one or two steps at a time
        began = clock.perf_counter()
        engine.advance(ensemble, done, then, pool)
        stepped = clock.perf_counter()
        before, seconds = running, max(stepped - began, 1e-9) / (then - done)
        if row is not None:
            running = engine.retire(ensemble, row)
        done = then
        yield done, running
        longest = min(_BURST / seconds, 8 * burst)
        if row is not None:
            overhead = clock.perf_counter() - stepped + 3e-5  # and what starting a burst takes
            rate = (before - running + 0.5) / before / burst
            longest = min(longest, (2 * overhead / (rate * seconds)) ** 0.5)
        least = min(_GRAIN, max(2, int(_BURST / seconds)))
        burst = max(least, int(longest) // _GRAIN * _GRAIN)


def check_execution(
    threads: int | None, progress: ProgressOption, max_bytes: float = math.inf
) -> float:
    """Raise an error unless the arguments have values that are allowed; return `max_bytes`."""
    if threads is not None:
        check_whole("threads", threads)
    check_progress(progress)
    return float(check_limit("max_bytes", max_bytes))


def workers(
    threads: int | None, trajectories: int
) -> AbstractContextManager[ThreadPoolExecutor | None]:
    """Return a pool of so many threads, or of as many as the work and this process allow."""
    count = min(threads or cores(), -(-trajectories // _BLOCK))
    return ThreadPoolExecutor(count) if count > 1 else nullcontext(None)


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

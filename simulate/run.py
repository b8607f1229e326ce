"""`run`: an ensemble of trajectories of one dynamics on one landscape."""

from __future__ import annotations

import os
import time as clock
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any

import numpy as np

from ..landscapes.landscape import Landscape
from .backends import backend as find_backend
from .dataset import build
from .divergence import check_stability, report_divergence
from .dynamics import Dynamics
from .dynamics.base import whole
from .ensemble import Ensemble
from .interrupt import Interrupted, held_back
from .keep import MAX_BYTES, Keep, spacing
from .progress import Progress, check_progress
from .record import Recorder
from .request import count_steps, trajectory_numbers
from .resume import Resumed
from .sampling import draw_training_sets, lay_out
from .start import Start
from .step import Step
from .streams import check_generator, check_seed, stream_words

_BURST = 0.2  # seconds between returns to Python: progress, interrupts


def run(
    landscape: Landscape | None = None,
    dynamics: Dynamics | None = None,
    *,
    steps: int | None = None,
    time: float | None = None,
    epochs: int | None = None,
    trajectories: int | range = 1,
    seed: int | None = None,
    start: Any = None,
    save_every: int | None = None,
    keep: Any = None,
    threads: int | None = None,
    backend: Any = "numba",
    generator: str | None = None,
    progress: Any = None,
    resume: Any = None,
    max_bytes: float = MAX_BYTES,
) -> Any:
    """Run an ensemble of independent trajectories.

    A trajectory depends on the landscape, the dynamics, its start, the seed and its number, and on
    nothing else: threads, blocks, bursts, snapshots, shards and resuming leave every bit as it is.

    Parameters
    ----------
    landscape
        What is descended.
    dynamics
        How: `GD`, `SGD`, `GradientFlow`, `Ito`, ...
    steps
        Number of updates; or give `time` or `epochs`.
    time
        Physical time, a whole number of `dt` (of `learning_rate` for SGD) to 1e-9.
    epochs
        Passes through the training set of an SGD that has one: epochs*train_size/batch_size steps.
    trajectories
        How many; or a range of trajectory numbers, so that `range(0, 500)` and `range(500, 1000)`
        are the two halves of `1000`.
    seed
        Any whole number >= 0; None draws one, which the result records.
    start
        A point, an array (trajectories, coordinates), or a law (`Normal(...)`) per coordinate;
        default: the landscape's own.
    save_every
        Steps between snapshots; by default at most 1000 snapshots and `max_bytes`.
    keep
        `"snapshots"` (default), `"final"`, `Average(...)`, `Density(...)`, or a list of these.
    threads
        Default: as many as this process may use.
    backend
        `"numba"`, or `"numpy"` for the slow reference.
    generator
        `"xoshiro"` (default), or `"philox"`, slower, whose words can be reached by their number.
    progress
        None shows a bar on runs over a second when a person is watching; True, False, or a function
        of (steps done, steps in all).
    resume
        A dataset of an earlier run to go on from: `steps` more (or, for an interrupted one, the
        steps it still owes).  The result is the run that was never stopped.

    Returns
    -------
    xarray.Dataset
        `state` (trajectory, time, coordinate), `final` and `start` (trajectory, coordinate),
        `diverged` (trajectory), `words` (trajectory, word), what `keep` asks for, and where there
        is a training set `training` (trajectory, sample, variable).

    Raises
    ------
    ValueError, TypeError
        An input is refused, before anything is compiled.
    Interrupted
        On Ctrl-C, with what was finished as `.dataset`.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> sgd = simulate.SGD(learning_rate=0.1)
    >>> screw = simulate.run(landscapes.archimedes(), sgd, steps=200, trajectories=100, seed=7)
    >>> dict(screw.state.sizes)
    {'trajectory': 100, 'time': 201, 'coordinate': 3}
    """
    engine_backend = find_backend(backend)
    old: Any = None
    if resume is not None:
        if (
            any(given is not None for given in (seed, start, save_every, keep, generator))
            or trajectories != 1
        ):
            raise ValueError(
                "resume= takes seed, start, save_every, keep, generator and trajectories from "
                "its dataset."
            )
        old = Resumed(resume, landscape, dynamics)
        landscape, dynamics, keeping = old.landscape, old.dynamics, old.keep
    else:
        keeping = Keep.read(keep)
    generator = old.generator if old is not None else check_generator(generator)
    if not isinstance(landscape, Landscape):
        raise TypeError(f"landscape={landscape!r}; give a Landscape, e.g. landscapes.archimedes().")
    if not isinstance(dynamics, Dynamics):
        raise TypeError(
            f"dynamics={dynamics!r}; give a dynamics, e.g. simulate.SGD(learning_rate=0.1)."
        )
    if threads is not None:
        whole("threads", threads)
    check_progress(progress)
    total = count_steps(steps, time, dynamics, old, epochs)
    step = _with_averages(dynamics.step(landscape), landscape, keeping)

    if old is not None:
        numbers, seed, every = old.numbers, old.seed, old.every
        ensemble, states, done = old.ensemble(step, total, max_bytes), old.start, old.done
    else:
        numbers, seed = trajectory_numbers(trajectories), check_seed(seed)
        placed = Start(landscape, start, len(numbers))
        every = spacing(save_every, keeping, total, 8 * landscape.dim * len(numbers), max_bytes)
        check_stability(landscape, dynamics)
        states, done = placed.place(engine_backend, seed, numbers, generator), 0
        purpose = "order" if step.deck else "noise"
        words = stream_words(seed, numbers, purpose, generator=generator)
        ensemble = _fresh(step, states, words, every, total, keeping)

    recorder = Recorder(keeping, landscape, ensemble, total)
    recorder.begin(done, resume)
    engine = engine_backend.engine(step, generator)
    if step.deck:
        cards = (
            old.cards
            if old is not None
            else draw_training_sets(step, engine_backend, seed, numbers, generator, max_bytes)
        )
        ensemble.deck = lay_out(cards, engine.lanes)
    origin = {
        "seed": str(seed), "generator": generator, "backend": engine_backend.name,
        "requested": total,
    }  # fmt: skip

    def result(at: int) -> Any:
        return build(landscape, dynamics, keeping, ensemble, numbers, states, at, origin, recorder)

    workers = min(threads or _cores(), -(-len(numbers) // 64))
    pool = ThreadPoolExecutor(workers) if workers > 1 else nullcontext(None)
    title = f"{type(dynamics).__name__} on {landscape.name}"
    with (
        Progress(title, total, done, progress) as shown,
        pool as threads_of,
        held_back() as pressed,
    ):
        burst = max(2, 2_000_000 // len(numbers))
        while done < total:
            then = recorder.limit(min(total, done + burst))
            if then < total and then - done > 1:
                then -= then % 2  # chunks of noise are one or two steps
            began = clock.perf_counter()
            engine.advance(ensemble, done, then, threads_of)
            recorder.collect(done, then)
            done = then
            try:
                shown.update(done)
            except KeyboardInterrupt:
                pressed.yes = True
            if pressed:  # on the last burst too: who pressed it wants to be heard
                raise Interrupted(
                    f"interrupted at step {done} of {total}; go on with "
                    "simulate.run(resume=error.dataset).",
                    result(done),
                )
            spent = clock.perf_counter() - began
            burst = max(2, int(burst * min(8.0, _BURST / max(spent, 1e-6))))
    report_divergence(ensemble, landscape, dynamics)
    dynamics.report(step, ensemble)
    return result(total)


def _with_averages(step: Step, landscape: Landscape, keep: Keep) -> Step:
    if keep.average is None:
        return step
    return step.averaging(
        [landscape.parse(e) for e in keep.average.expressions], keep.average.after
    )


def _fresh(step: Step, states: Any, words: Any, every: int, total: int, keep: Keep) -> Ensemble:
    count = words.shape[1]
    hidden = np.repeat(np.array(step.initial, dtype=float)[:, None], count, axis=1)
    ensemble = Ensemble(
        state=np.ascontiguousarray(np.vstack([states, hidden])),
        words=words,
        diverged=np.full(count, -1, dtype=np.int64),
        snapshots=np.empty((total // every + 1 if keep.snapshots else 0, step.visible, count)),
        every=every,
    )
    if keep.snapshots:
        ensemble.snapshots[0] = states
    return ensemble


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

"""`run`: an ensemble of trajectories of one dynamics on one landscape."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..landscapes.landscape import Landscape
from .backends import backend as find_backend
from .bursts import make_steps
from .dataset import build
from .divergence import check_stability, report_divergence
from .dynamics import Dynamics
from .ensemble import Ensemble
from .keep import MAX_BYTES, Keep, spacing
from .progress import check_progress
from .record import Recorder
from .request import check_nouns, count_steps, trajectory_numbers
from .resume import Resumed
from .sampling import draw_training_sets, lay_out
from .start import Start
from .streams import check_generator, check_seed, stream_words
from .workers import check_threads


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
        `"numba"`; `"cupy"` for an NVIDIA GPU, with the same bits (`simulate.CupyBackend` for its
        options); or `"numpy"` for the slow reference.
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
        is a training set `training` (trajectory, sample, variable); of a landscape that is a data
        set its `data` (sample, variable) and, where it is shuffled, the `order` of its rows.

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
        if any(
            given is not None for given in (seed, start, save_every, keep, generator)
        ) or not np.array_equal(trajectories, 1):
            raise ValueError(
                "resume= takes seed, start, save_every, keep, generator and trajectories from "
                "its dataset."
            )
        old = Resumed(resume, landscape, dynamics)
        landscape, dynamics, keeping = old.landscape, old.dynamics, old.keep
    else:
        keeping = Keep.read(keep)
    generator = old.generator if old is not None else check_generator(generator)
    landscape, dynamics = check_nouns(landscape, dynamics)
    dynamics = dynamics.bound(landscape)
    check_threads(threads)
    check_progress(progress)
    total = count_steps(steps, time, dynamics, old, epochs)
    plain = dynamics.step(landscape)
    step = keeping.averaging(plain, landscape)

    if old is not None:
        numbers, seed, every = old.numbers, old.seed, old.every
        ensemble, states, done = old.ensemble(step, total, max_bytes), old.start, old.done
    else:
        numbers, seed = trajectory_numbers(trajectories), check_seed(seed)
        placed = Start(landscape, start, len(numbers))
        every = spacing(save_every, keeping, total, 8 * landscape.dim * len(numbers), max_bytes)
        states, done = placed.place(engine_backend, seed, numbers, generator), 0
        check_stability(landscape, dynamics, step=plain, starts=states.T)
        purpose = "order" if step.training_set else "noise"
        words = stream_words(seed, numbers, purpose, generator=generator)
        shots = total // every + 1 if keeping.snapshots else 0
        ensemble = Ensemble.fresh(step, states, words, shots, every)

    recorder = Recorder(keeping, landscape, ensemble, total)
    recorder.begin(done, resume)
    engine = engine_backend.engine(step, generator)
    if step.training_set:
        cards = (
            old.cards
            if old is not None
            else draw_training_sets(step, engine_backend, seed, numbers, generator, max_bytes)
        )
        ensemble.training_sets = lay_out(cards, engine.lanes)
    origin = {
        "seed": str(seed), "generator": generator, "backend": engine_backend.name,
        "requested": total,
    }  # fmt: skip

    def result(at: int) -> Any:
        return build(landscape, dynamics, keeping, ensemble, numbers, states, at, origin, recorder)

    title = f"{type(dynamics).__name__} on {landscape.name}"
    make_steps(
        engine, ensemble, recorder, range(done, total), title=title, threads=threads,
        progress=progress, result=result,
    )  # fmt: skip
    report_divergence(ensemble, landscape, dynamics)
    dynamics.report(step, ensemble)
    return result(total)

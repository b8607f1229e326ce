"""`sweep`: one ensemble over a grid of parameter values, in one kernel."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..landscapes.landscape import Landscape
from .backends import backend as find_backend
from .bursts import make_steps
from .dataset import build
from .dynamics import Dynamics
from .ensemble import Ensemble
from .keep import MAX_BYTES, Keep, spacing
from .progress import check_progress
from .record import Recorder
from .request import check_nouns, trajectory_numbers
from .resume import ResumedSweep
from .sampling import lay_out
from .streams import check_generator, check_seed
from .axes import check_common
from .sweeping.length import steps_of_each
from .points import Points
from .sweeping.side_by_side import (
    hidden_rows,
    hold,
    place,
    read_starts,
    seeds_of,
    streams,
    training_sets,
)
from .sweeping.unfold import Counters, unfold
from .sweeping.warn import report, warn_of_stability
from .workers import check_threads


def sweep(
    landscape: Landscape | None = None,
    dynamics: Dynamics | None = None,
    *,
    over: Any = None,
    steps: int | None = None,
    time: float | None = None,
    epochs: int | None = None,
    trajectories: int | range = 1,
    seed: int | None = None,
    common: bool | None = None,
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
    """Run an ensemble at every point of a grid of parameter values.

        over={"a": [a1, a2, ...], "b": [b1, ...]}     every (a_i, b_j), `trajectories` at each

    All points advance together in one kernel, in which a swept parameter is a number that each
    trajectory holds.  Trajectory n of a point is, bit for bit, trajectory n of a `run` with that
    point's landscape and dynamics and the same seed (on the NumPy reference, and in single
    precision: to rounding).

    By default the points share their random numbers: trajectory n begins alike and sees the same
    noise everywhere, so that differences between points have a far smaller error than either
    point, and the errors of different points are *not* independent.  `common=False` gives every
    point noise of its own.

    Parameters
    ----------
    landscape, dynamics
        As for `run`.
    over
        Name -> values, of numbers of the dynamics (`learning_rate`, `beta`, `dt`, `friction`, ...)
        and of parameters of the landscape; a name that both know is written `"landscape.a"` or
        `"dynamics.a"`.  What changes the step by more than a number (`batch_size`, `train_size`, a
        scheme) cannot be swept.
    steps, time, epochs
        As for `run`; `time` must be the same number of steps at each point.
    trajectories
        At each point: how many, or a range of trajectory numbers.
    seed
        As for `run`.
    common
        True (default): the same random numbers at every point.  False: point i, counted with the
        last name in `over` fastest, has the seed `seed` + i, recorded in the coordinate `seed`.
    start
        As for `run`, for every point; or an array (*values, trajectories, coordinates).
    save_every, keep, threads, backend, generator, progress
        As for `run`.
    resume
        A dataset of an earlier sweep to go on from, as for `run`.
    max_bytes
        Limit of the snapshots of all points together.

    Returns
    -------
    xarray.Dataset
        What `run` returns with a leading dimension for each name in `over`.  Where the time of a
        step differs between points, `time` has their dimensions too; `step` is common to all.
        `.sel(learning_rate=0.02)` is the dataset of a run: analyses, `landscape_of`, `dynamics_of`,
        `rerun` and `run(resume=...)` take it as one.

    Raises
    ------
    ValueError, TypeError
        An input is refused, before anything is compiled.
    Interrupted
        On Ctrl-C, with what was finished as `.dataset`.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate
    >>> screw, sgd = landscapes.archimedes(), simulate.SGD(learning_rate=0.1)
    >>> rates = {"learning_rate": [0.01, 0.02, 0.05]}
    >>> runs = simulate.sweep(screw, sgd, over=rates, steps=1000, trajectories=500, seed=1)
    >>> dict(runs.final.sizes)
    {'learning_rate': 3, 'trajectory': 500, 'coordinate': 3}
    >>> slow = runs.sel(learning_rate=0.05)
    >>> simulate.dynamics_of(slow).learning_rate
    0.05
    >>> analysis.drift_velocity(slow, "z", discard_steps=200).n_eff
    500
    """
    chosen = find_backend(backend)
    if resume is None:
        points, old = Points.read(*check_nouns(landscape, dynamics), over), None
        keeping, generator = Keep.read(keep), check_generator(generator)
    else:
        given = (landscape, dynamics, over, seed, common, start, save_every, keep, generator)
        if any(g is not None for g in given) or not np.array_equal(trajectories, 1):
            raise ValueError(
                "resume= takes landscape, dynamics, over, seed, common, start, save_every, keep, "
                "generator and trajectories from its dataset."
            )
        old = ResumedSweep(resume, landscape, dynamics)
        points, keeping, generator, common = old.points, old.keep, old.generator, old.common
    common = check_common(common)
    check_threads(threads)
    check_progress(progress)
    points = points.making(lambda landscape, law: keeping.averaging(law.step(landscape), landscape))
    total = steps_of_each(points, steps, time, old, epochs)
    plain = points.steps[0]
    step = plain.with_constant_rows(points.swept)

    if old is not None:
        numbers, seed, seeds = old.one_of_each, old.seed, old.seeds
        ensemble, states, done = old.ensemble(plain, total, max_bytes), old.start, old.done
    else:
        numbers, seed = trajectory_numbers(trajectories), check_seed(seed)
        seeds = seeds_of(points, seed, common)
        size = 8 * plain.visible * len(points) * len(numbers)
        every = spacing(save_every, keeping, total, size, max_bytes)
        starts = read_starts(points, start, len(numbers))
        states, done = place(starts, seeds, chosen, numbers, generator), 0
        warn_of_stability(points, states)
        words = streams(step, seeds, numbers, generator)
        shots = total // every + 1 if keeping.snapshots else 0
        ensemble = Ensemble.fresh(plain, states, words, shots, every)
        ensemble.state[plain.visible :] = hidden_rows(points, len(numbers))

    recorder = Recorder(keeping, points.landscape, ensemble, total)
    if keeping.density:
        recorder.counter = counters = Counters(keeping.density, points)
        if old is not None:
            counters.restore(old.dataset)
    recorder.begin(done)
    engine = chosen.engine(step, generator)
    if step.training_set:
        cards = (
            old.cards
            if old is not None
            else training_sets(step, chosen, seeds, numbers, generator, max_bytes)
        )
        ensemble.training_sets = lay_out(cards, engine.lanes)
    hold(ensemble, points)
    origin = {
        "seed": str(seed), "generator": generator, "backend": chosen.name, "requested": total,
        "verb": "sweep",
    } | points.provenance(common)  # fmt: skip

    def result(at: int) -> Any:
        shown = replace(ensemble, state=ensemble.state[: len(plain.state)])
        flat = build(
            *points.nouns[0], keeping, shown, np.tile(numbers, len(points)), states, at, origin,
            recorder,
        )  # fmt: skip
        return unfold(flat, points, numbers, at, None if common else seeds)

    title = f"{type(points.dynamics).__name__} on {points.landscape.name}, {len(points)} points"
    make_steps(
        engine, ensemble, recorder, range(done, total), title=title, threads=threads,
        progress=progress, result=result, verb="sweep",
    )  # fmt: skip
    report(points, plain, ensemble)
    return result(total)

"""`first_passage`: when and where trajectories first reach a target."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..landscapes.landscape import Landscape
from .backends import backend as find_backend
from .divergence import report_divergence
from .dynamics import Dynamics
from .ensemble import Ensemble
from .keep import MAX_BYTES
from .passage.goal import Goal
from .passage.hits import build_hits
from .passage.margins import bridge_margins
from .passage.passages import Passages
from .passage.warn import CensoredWarning, InsideWarning, warn_censored, warn_inside
from .passage.watch import watch
from .progress import check_progress
from .request import check_nouns, trajectory_numbers
from .resume import ResumedPassage
from .sampling import lay_out
from .streams import check_generator, check_seed
from .axes import check_common
from .sweeping.length import steps_of_each
from .points import Points
from .sweeping.side_by_side import (
    each,
    hidden_rows,
    hold,
    place,
    read_starts,
    seeds_of,
    streams,
    training_sets,
)
from .sweeping.warn import report, warn_of_stability
from .workers import check_threads

__all__ = ["CensoredWarning", "InsideWarning", "first_passage"]


def first_passage(
    landscape: Landscape | None = None,
    dynamics: Dynamics | None = None,
    *,
    start: Any = None,
    target: Any = None,
    over: Any = None,
    trajectories: int | range | None = None,
    seed: int | None = None,
    common: bool | None = None,
    max_time: float | None = None,
    max_steps: int | None = None,
    bridge: bool | None = None,
    threads: int | None = None,
    backend: Any = "numba",
    generator: str | None = None,
    progress: Any = None,
    resume: Any = None,
    max_bytes: float = MAX_BYTES,
) -> Any:
    r"""Run trajectories until each has reached a target, and return when, which and where.

        tau = min{t : x(t) in target}

    A trajectory that ends makes room for the others; its result depends on the landscape, the
    dynamics, start, target, seed and its number, and on nothing else.  With `over`, trajectories
    run at every point of a grid of parameter values, all points in one kernel; trajectory n of a
    point is, bit for bit, that of a first passage of its own (on the NumPy reference, and in single
    precision: to rounding).

    A step of an SDE may enter the target and leave it again before it ends: looking at the ends of
    steps alone makes times too long by O(sqrt(dt)), some 6 % for the quartic well at dt = 0.01.
    Where the path between two states is a Brownian bridge, the probability exp(-2 a b/v) of such a
    crossing is taken into account (see `simulate.passage.crossing`), with random numbers of its
    own, and time and exit point are those of the boundary; what is left is O(dt).

    Parameters
    ----------
    landscape, dynamics
        As for `run`; any dynamics.
    start
        As for `run`: a point, an array of points, or a law per coordinate; with `over` also an
        array (*values, trajectories, coordinates).
    target
        A predicate on the coordinates, `"x > 0"`, `"(x-1)**2 + y**2 < 0.01"`, or several by name,
        `{"left": "x < -1", "right": "x > 1"}`, of which the first counts where one step meets two.
        It may mention parameters of the landscape, swept ones too.
    over
        Name -> values of numbers of dynamics and landscape, `{"beta": [3, 4, 5]}`, as for `sweep`.
    trajectories
        How many (default 1000), or a range of trajectory numbers; at each point.
    seed
        Any whole number >= 0; None draws one, which the result records.
    common
        As for `sweep`: the same random numbers at every point (True, the default), so that errors
        of different points are not independent, or a seed of its own for each (False).
    max_time, max_steps
        How long a trajectory is watched, in time or in steps; one that reaches no target until
        then is censored.  A time must be the same number of steps at each point: where `dt` or
        `learning_rate` is swept give `max_steps`, and points are watched for different times.
    bridge
        None (default) corrects for crossings inside a step wherever that is valid: for SDEs driven
        by Gaussian noise.  Discrete dynamics are never corrected: their step is the physics.  False
        looks at the ends of steps only; True refuses a dynamics that has no bridge.
    threads, backend, generator
        As for `run`.
    progress
        As for `run`; a function is called as f(trajectories that have ended, trajectories in all).
    resume
        A dataset of an earlier first passage: its censored trajectories go on until `max_time`
        (counted from their start), or, after an interrupt, for what was asked for.
    max_bytes
        Limit of what training sets may take.

    Returns
    -------
    xarray.Dataset
        `passage_time` (trajectory), `target` (trajectory; number of the target, -1 for none),
        `exit` (trajectory, coordinate), `censored`, `diverged`, `start`; see
        `analysis.mean_first_passage_time`.  With `over`, each with a leading dimension for every
        name in it; `.sel(beta=4)` is the dataset of a first passage, for analyses,
        `landscape_of`, `dynamics_of`, `rerun` and `resume`.

    Raises
    ------
    ValueError, TypeError
        An input is refused, before anything is compiled: a target that mentions no coordinate or
        holds the start, a time shorter than a step, ...
    Interrupted
        On Ctrl-C, with what was finished as `.dataset`, the others censored at that time.

    References
    ----------
    R. Mannella, Phys. Lett. A 254 (1999) 257; E. Gobet, Stoch. Proc. Appl. 87 (2000) 167.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> hits = simulate.first_passage(landscapes.quartic_well(), simulate.Ito(beta=5, dt=0.01),
    ...                               start=-1, target="x > 0", trajectories=256, seed=3,
    ...                               max_time=200)
    >>> int(hits.censored.sum()), float(hits.exit.max())
    (0, 0.0)
    >>> colder = simulate.first_passage(landscapes.quartic_well(), simulate.Ito(beta=5, dt=0.01),
    ...                                 over={"beta": [5, 10]}, start=-1, target="x > 0",
    ...                                 trajectories=256, seed=3, max_time=1000)
    >>> bool((colder.sel(beta=5).passage_time == hits.passage_time).all())
    True
    """
    chosen = find_backend(backend)
    if resume is None:
        if target is None:
            raise ValueError('give target=, a predicate such as "x > 0".')
        if over is None and common is not None:
            raise ValueError(f"common={common!r} belongs to over=, the parameters to be swept.")
        nouns, old = check_nouns(landscape, dynamics), None
        points = Points(*nouns) if over is None else Points.read(*nouns, over)
        generator = check_generator(generator)
    else:
        given = (over, common, start, target, trajectories, seed, bridge, generator)
        if any(g is not None for g in given):
            raise ValueError(
                "resume= takes over, common, start, target, trajectories, seed, bridge and "
                "generator from its dataset."
            )
        old = ResumedPassage(resume, landscape, dynamics)
        points, generator, common = old.points, old.generator, old.common
        target, bridge = old.targets, old.bridge
    common = check_common(common)
    check_threads(threads)
    check_progress(progress)
    goal = Goal(target, bridge)
    points = points.making(goal.step)
    goals = goal.at(points)
    total = steps_of_each(points, max_steps, max_time, old, prefix="max_")
    plain = points.steps[0]
    step = plain.with_constant_rows(points.swept)

    if old is not None:
        numbers, seed, seeds = old.one_of_each, old.seed, old.seeds
        ensemble, states, done = old.ensemble(), old.start, old.done
    else:
        numbers = trajectory_numbers(1000 if trajectories is None else trajectories)
        seed = check_seed(seed)
        seeds = seeds_of(points, seed, common)
        starts = read_starts(points, start, len(numbers))
        goals.refuse_inside(starts)
        states, done = place(starts, seeds, chosen, numbers, generator), 0
        warn_of_stability(points, states)
        ensemble = Ensemble.fresh(plain, states, streams(plain, seeds, numbers, generator))
        ensemble.state[plain.visible :] = hidden_rows(points, len(numbers))
        within = goals.inside(states)
        warn_inside(goals, within)
        ensemble.state[plain.state.index(plain.ended)] = within
        if goals.bridged:
            count = len(goals.targets)
            luck = each(seeds, lambda s: bridge_margins(count, chosen, s, numbers, generator))
            ensemble.state[-count:] = np.hstack(luck)
    engine = chosen.engine(step, generator)
    if step.training_set:
        cards = (
            old.cards
            if old is not None
            else training_sets(step, chosen, seeds, numbers, generator, max_bytes)
        )
        ensemble.training_sets = lay_out(cards, engine.lanes)
    hold(ensemble, points)
    passages = Passages(plain, engine, ensemble)
    before = passages.ended > 0  # started in a target, or ended before this was resumed
    origin = {
        "seed": str(seed), "generator": generator, "backend": chosen.name, "requested": total,
    } | points.provenance(common)  # fmt: skip

    def result(at: int) -> Any:
        engine.bring(ensemble)
        if goals.bridged:
            goals.place_exits(passages, np.where(before, 0, passages.ended))
        apart = None if common else seeds
        return build_hits(goals, passages, numbers, states, at, origin, apart)

    title = f"first passage, {type(points.dynamics).__name__} on {points.landscape.name}"
    if points.axes:
        title += f", {len(points)} points"
    watch(
        passages, range(done, total), title=title, threads=threads, progress=progress,
        result=result,
    )  # fmt: skip
    if points.axes:
        report(points, plain, ensemble)
    else:
        report_divergence(ensemble, *points.nouns[0])
        points.nouns[0][1].report(plain, ensemble)
    warn_censored(goals, passages, total)
    return result(total)

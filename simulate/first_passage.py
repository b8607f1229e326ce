"""`first_passage`: when and where trajectories first reach a target."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..landscapes.landscape import Landscape
from .backends import backend as find_backend
from .divergence import check_stability, report_divergence
from .dynamics import Dynamics
from .ensemble import Ensemble
from .interrupt import Interrupted, held_back
from .keep import MAX_BYTES
from .passage.exits import place_exits
from .passage.hits import build_hits
from .passage.margins import bridge_covariance, bridge_margins
from .passage.passages import Passages
from .passage.stopped import stopped
from .passage.target import check_outside, read_targets
from .progress import Progress, check_progress
from .request import check_nouns, count_steps, trajectory_numbers
from .resume import ResumedPassage
from .sampling import draw_training_sets, lay_out
from .start import Start
from .streams import check_generator, check_seed, stream_words
from .workers import check_threads, workers


class CensoredWarning(UserWarning):
    """No trajectory reached a target while it was watched."""


class InsideWarning(UserWarning):
    """Some trajectories start in a target."""


def first_passage(
    landscape: Landscape | None = None,
    dynamics: Dynamics | None = None,
    *,
    start: Any = None,
    target: Any = None,
    trajectories: int | range | None = None,
    seed: int | None = None,
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
    dynamics, start, target, seed and its number, and on nothing else.

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
        As for `run`: a point, an array of points, or a law per coordinate.
    target
        A predicate on the coordinates, `"x > 0"`, `"(x-1)**2 + y**2 < 0.01"`, or several by name,
        `{"left": "x < -1", "right": "x > 1"}`, of which the first counts where one step meets two.
    trajectories
        How many (default 1000), or a range of trajectory numbers.
    seed
        Any whole number >= 0; None draws one, which the result records.
    max_time, max_steps
        How long a trajectory is watched, in time or in steps; one that reaches no target until
        then is censored.
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
        `analysis.mean_first_passage_time`.

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
    """
    chosen = find_backend(backend)
    old = None
    if resume is not None:
        given = (start, target, trajectories, seed, bridge, generator)
        if any(g is not None for g in given):
            raise ValueError(
                "resume= takes start, target, trajectories, seed, bridge and generator from its "
                "dataset."
            )
        old = ResumedPassage(resume, landscape, dynamics)
        landscape, dynamics, target, bridge = old.landscape, old.dynamics, old.targets, old.bridge
    elif target is None:
        raise ValueError('give target=, a predicate such as "x > 0".')
    generator = old.generator if old else check_generator(generator)
    landscape, dynamics = check_nouns(landscape, dynamics)
    dynamics = dynamics.bound(landscape)
    check_threads(threads)
    check_progress(progress)
    targets = read_targets(landscape, target)
    total = count_steps(max_steps, max_time, dynamics, old, prefix="max_")
    covariance = bridge_covariance(landscape, dynamics, bridge)
    step = stopped(dynamics.step(landscape), landscape, targets, covariance)

    if old:
        numbers, seed, states, done = old.numbers, old.seed, old.start, old.done
        ensemble = old.ensemble()
    else:
        numbers = trajectory_numbers(1000 if trajectories is None else trajectories)
        seed = check_seed(seed)
        placed = Start(landscape, start, len(numbers))
        check_stability(landscape, dynamics)
        if placed.points is not None:  # before anything is compiled
            check_outside(landscape, targets, np.atleast_2d(placed.points).T)
        states, done = placed.place(chosen, seed, numbers, generator), 0
        words = stream_words(seed, numbers, "order" if step.deck else "noise", generator=generator)
        ensemble = Ensemble.fresh(step, states, words)
        within = check_outside(landscape, targets, states)
        if within.any():
            warnings.warn(
                f"{np.count_nonzero(within)} of {len(numbers)} trajectories start in "
                f"{_listed(targets)}; their passage time is 0.",
                InsideWarning,
                stacklevel=2,
            )
        ensemble.state[step.state.index(step.ended)] = within
        if covariance is not None:
            luck = bridge_margins(len(targets), chosen, seed, numbers, generator)
            ensemble.state[-len(targets) :] = luck
    engine = chosen.engine(step, generator)
    if step.deck:
        cards = (
            old.cards
            if old
            else draw_training_sets(step, chosen, seed, numbers, generator, max_bytes)
        )
        ensemble.deck = lay_out(cards, engine.lanes)
    passages = Passages(step, engine, ensemble)
    before = passages.ended > 0  # started in a target, or ended before this was resumed
    origin = {
        "seed": str(seed), "generator": generator, "backend": chosen.name, "requested": total,
        "bridge": covariance is not None,
    }  # fmt: skip

    def result(at: int) -> Any:
        engine.bring(ensemble)
        if covariance is not None:
            ended = np.where(before, 0, passages.ended)
            place_exits(landscape, targets, passages, ended)
        return build_hits(landscape, dynamics, targets, passages, numbers, states, at, origin)

    title = f"first passage, {type(dynamics).__name__} on {landscape.name}"
    with (
        Progress(title, len(numbers), 0, progress, "trajectories") as shown,
        workers(threads, len(numbers)) as pool,
        held_back() as pressed,
    ):
        for made, running in passages.advance(done, total, pool):
            try:
                note = f"{running} running at time {made * dynamics.time_step:.4g}"
                shown.update(len(numbers) - running, note)
            except KeyboardInterrupt:
                pressed.yes = True
            if pressed:
                raise Interrupted(
                    f"interrupted at step {made} of {total}, {running} of {len(numbers)} "
                    "trajectories still running; they are censored in error.dataset, and "
                    "simulate.first_passage(resume=error.dataset) goes on.",
                    result(made),
                )
    engine.bring(ensemble)
    report_divergence(ensemble, landscape, dynamics)
    dynamics.report(step, ensemble)
    if passages.running.any() and not passages.ended.any():
        warnings.warn(
            f"none of {len(numbers)} trajectories reached {_listed(targets)} within "
            f"{total * dynamics.time_step:.6g} ({total} steps): {passages.running.sum()} are "
            "censored. Watch them for "
            "longer (resume= goes on from here), or check that the target can be reached.",
            CensoredWarning,
            stacklevel=2,
        )
    return result(total)


def _listed(targets: Any) -> str:
    return " or ".join(repr(target.text) for target in targets)

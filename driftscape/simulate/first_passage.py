"""`first_passage`: when and where trajectories first reach a target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..landscapes.landscape import Landscape
from ..typing import Index
from .advance import Task, advance, check_execution
from .axes import OverOption
from .divergence import warn_diverged, warn_unstable
from .dynamics import Dynamics
from .groups import begun_at, groups
from .keep import MAX_BYTES
from .passage.ending import Ending
from .problem import Problem
from .progress import ProgressOption
from .results import build, piece
from .start import StartOption

if TYPE_CHECKING:
    import xarray as xr

    from .backends.engine import Backend


def first_passage(
    landscape: Landscape | None = None,
    dynamics: Dynamics | None = None,
    *,
    start: StartOption = None,
    target: str | Mapping[str, str] | None = None,
    over: OverOption | None = None,
    trajectories: int | range | Index | None = None,
    seed: int | None = None,
    common: bool | None = None,
    max_time: float | None = None,
    max_steps: int | None = None,
    bridge: bool | None = None,
    threads: int | None = None,
    backend: str | Backend = "cpu",
    generator: str | None = None,
    progress: ProgressOption = None,
    resume: xr.Dataset | None = None,
    max_bytes: float = MAX_BYTES,
) -> xr.Dataset:
    r"""Run trajectories until each has reached a target, and return when, which and where.

        tau = min{t : x(t) in target}

    A trajectory that ends makes room for the others; its result depends on the landscape, the
    dynamics, start, target, seed and its number, and on nothing else.  With `over`, trajectories
    run at every point of a grid, as for `sweep`; trajectory n of a point is, bit for bit, that of a
    first passage of its own (on the NumPy reference, and in single precision: to rounding).

    A step of an SDE may enter the target and leave it again before it ends: if only the ends of
    steps are looked at, times are too long by O(sqrt(dt)), some 6 % for the quartic well at
    dt = 0.01.  Where the path between two states is a Brownian bridge, the probability
    exp(-2 a b/v) of such a crossing is taken into account (see `simulate.passage.crossing`), with
    random numbers of its own, and time and exit point are those of the boundary; the remaining
    error is O(dt).

    Parameters
    ----------
    landscape, dynamics
        As for `run`; any dynamics.
    start
        As for `run`: a point, an array of points, or a probability law per coordinate; with `over`
        also an array (*values, trajectories, coordinates).
    target
        A predicate on the coordinates, `"x > 0"`, `"(x-1)**2 + y**2 < 0.01"`, or several by name,
        `{"left": "x < -1", "right": "x > 1"}`, of which the first counts where one step meets two.
        It may mention parameters of the landscape, swept ones too.
    over
        Name -> values of the dynamics or the landscape, `{"beta": [3, 4, 5]}`,
        `{"batch_size": [1, 4]}`, or `{"dynamics": [Ito(...), SGD(...)]}`, as for `sweep`.
    trajectories
        Number of trajectories at each point (default 1000), or a range of trajectory numbers.
    seed
        Any whole number >= 0; None draws one, which the result records.
    max_time, max_steps
        Limit of time or of steps; a trajectory that reaches no target until then is censored.
        Where `dt` or `learning_rate` is swept, a time is a different number of steps at each point,
        and a number of steps a different time.

    Other Parameters
    ----------------
    common
        As for `sweep`: the same random numbers at every point (True, the default), so that errors
        of different points are not independent, or a seed of its own for each (False).
    bridge
        None (default) corrects for crossings inside a step wherever that is valid: for SDEs driven
        by Gaussian noise.  Discrete dynamics are never corrected: their step is the physics.  False
        looks at the ends of steps only; True refuses a dynamics that has no bridge.
    threads, backend, generator
        As for `run`.
    progress
        As for `run`; a function is called as f(trajectories that have ended, trajectories in all).
    resume
        A dataset of an earlier first passage: its censored trajectories continue until `max_time`
        (counted from their start), or, after an interrupt, for the time that was asked for.
    max_bytes
        Limit for training sets, in bytes.

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
        contains the start, a time shorter than a step, ...
    Interrupted
        On Ctrl-C, with what was finished as `.dataset`, the others censored at that time.

    References
    ----------
    R. Mannella, Phys. Lett. A 254 (1999) 257; E. Gobet, Stoch. Proc. Appl. 87 (2000) 167.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> well, ito = landscapes.quartic_well(), simulate.Ito(beta=5, dt=0.01)
    >>> passages = simulate.first_passage(well, ito, start=-1, target="x > 0", trajectories=256,
    ...                                   seed=3, max_time=200)
    >>> int(passages.censored.sum()), float(passages.exit.max())
    (0, 0.0)
    >>> colder = simulate.first_passage(well, ito, over={"beta": [5, 10]}, start=-1, seed=3,
    ...                                 target="x > 0", trajectories=256, max_time=1000)
    >>> bool((colder.sel(beta=5).passage_time == passages.passage_time).all())
    True
    """
    problem = Problem.read(
        "first_passage", landscape, dynamics, backend=backend, resume=resume, over=over,
        common=common, start=start, target=target, trajectories=trajectories, seed=seed,
        bridge=bridge, generator=generator,
    )  # fmt: skip
    return passages(
        problem, target, bridge, max_steps=max_steps, max_time=max_time, threads=threads,
        progress=progress, max_bytes=max_bytes,
    )  # fmt: skip


def passages(
    problem: Problem,
    target: str | Mapping[str, str] | None,
    bridge: bool | None,
    *,
    max_steps: int | None,
    max_time: float | None,
    threads: int | None,
    progress: ProgressOption,
    max_bytes: float,
) -> xr.Dataset:
    """Carry out what `first_passage` is asked for; arguments as for it."""
    max_bytes = check_execution(threads, progress, max_bytes)
    bridges = [bridge] * len(problem.points)
    if problem.described:
        target, bridges = problem.metadata["targets"], [d["bridge"] for d in problem.described]
    ending = Ending(problem.points, target, bridges)
    if not problem.totals:
        problem = problem.lasting(steps=max_steps, time=max_time, prefix="max_")
    starts = problem.starts()
    ending.refuse_inside(starts)
    found = groups(problem, ending.extend, max_bytes, ending.kind)
    begun = [
        group.ensemble([starts[m] for m in group.members] if starts else []) for group in found
    ]
    both = [(group, ensemble) for group, (ensemble, _) in zip(found, begun, strict=True)]
    starting = [(group, start) for group, (_, start) in zip(found, begun, strict=True)]
    if not problem.earlier:
        warn_unstable(starting)
        ending.begin(both)
    tasks = [Task(group, ensemble, group.engine(ensemble)) for group, ensemble in both]
    # started in a target, or ended before this was resumed
    before = [ensemble.ended > 0 for ensemble, _ in begun]

    def result() -> xr.Dataset:
        pieces = []
        for task, (_, start), ended in zip(tasks, begun, before, strict=True):
            ending.place_exits(task.group, task.ensemble, ended)
            own = ending.variables(task.group, task.ensemble, task.done)
            pieces.append(piece(task.group, task.ensemble, start, task.done, *own))
        return build(problem, pieces)

    def warn() -> None:
        warn_diverged(
            problem.points, both,
            lambda member, lost: begun_at(starting, member, lost, ending.within(member)),
        )  # fmt: skip
        ending.warn_censored(both)

    return advance(problem, tasks, result, threads=threads, progress=progress, warn=warn)

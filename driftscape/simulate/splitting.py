"""`splitting`: rare passages by adaptive multilevel splitting, on the same kernels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import sympy as sp

from ..labels import TIME, Label
from ..landscapes.fields import evaluate_at
from ..landscapes.landscape import Landscape
from ..typing import Float
from ..validate import check_kind, check_real, check_whole
from .advance import check_execution, workers
from .divergence import DivergenceWarning, stability_message, warn
from .dynamics import Dynamics
from .ensemble import Variables, described
from .interrupt import deferred_interrupt
from .padding import Part
from .passage.crossing import bridge_covariance
from .problem import Problem
from .progress import Progress, ProgressOption
from .rare.cloning import Split, split
from .rare.excursions import BACK, OUT, TARGET, Excursions, Way
from .rare.loops import Loops, refuse_memory, walk
from .rare.reaction import read_coordinate
from .results import dataset
from .start import StartOption
from .target import read_targets, target_at_start

if TYPE_CHECKING:
    import xarray as xr

    from .backends.engine import Backend

_SCOUTS = 512
_SCOUTS_SEED = 0  # not the user's: default levels depend on the problem, and not on a seed
_NEGLIGIBLE = 1e-4  # a way back that adds less to the probability is not followed to its end
_NEVER = 1e-100  # a smaller probability counts as 0
_SETTLED = 1.1  # growth of the spread when the time is doubled, below which it has settled
_LONGEST = 1 << 18


class UnsettledWarning(UserWarning):
    """The walkers of splitting had not forgotten their start when the settled loops began."""


def splitting(
    landscape: Landscape,
    dynamics: Dynamics,
    *,
    target: str,
    reaction_coordinate: str | xr.DataArray,
    start: StartOption = None,
    runs: int = 20,
    replicas: int = 2000,
    kill: int | None = None,
    home: float | None = None,
    leave: float | None = None,
    seed: int | None = None,
    max_steps: int = 10_000_000,
    bridge: bool | None = None,
    threads: int | None = None,
    backend: str | Backend = "cpu",
    generator: str | None = None,
    progress: ProgressOption = None,
) -> xr.Dataset:
    r"""Measure how rarely an excursion from home reaches a target, and the mean times of its parts.

    With the reaction coordinate xi, an excursion begins where a trajectory that was at home,
    xi < `home`, first exceeds `leave`, and ends at home or in the target, with probability a in the
    second.  From home it goes back to where `leave` is exceeded, or into the target without, with
    probability b; this completes a loop, of mean time C.  Adaptive multilevel splitting estimates a
    and b without bias, by xi on the way out and by the target's own level function on the way
    back.  A loop reaches the target with probability p = a + (1 - a) b, and once the start is
    forgotten, after a mean time T and with a share S that has not reached the target until then,

        tau = T + S C/p

    is the mean first-passage time.  Walkers sample the loops; how many it takes to forget is
    measured (see `simulate.rare.loops`).  Independent runs give the error: see
    `analysis.mean_first_passage_time_by_splitting`.

    Parameters
    ----------
    landscape, dynamics
        Any dynamics that is the same map at all times (no training set, no schedule).
    target
        A predicate, `"x > 0"`.
    reaction_coordinate
        A formula that grows on the way to the target, `"x"`; or a committor on a grid, an
        `xarray.DataArray` over the landscape's coordinates, to which a polynomial is fitted.  A bad
        one costs precision and adds no bias; one that is low in a second basin too, so that
        trajectories do not forget at home (xi < `home`) where they have been, is refused.
    start
        As for `run`; it should lie in the basin that is left.
    runs
        Number of independent repetitions, at least 2; they advance together.
    replicas
        Number of excursions of each run; an eighth as many walkers (64 at least) make the loops.
    seed
        As for `run`.

    Other Parameters
    ----------------
    kill
        Smallest number of excursions that are killed in a round; default a tenth.
    home, leave
        Levels of xi, home < leave; default the median of xi in the basin, and one standard
        deviation above it, from a pilot run whose seed is not `seed`.
    max_steps
        Limit for the number of steps of an excursion.
    bridge, threads, backend, generator
        As for `first_passage`.
    progress
        As for `run`; a function is called as f(finished runs, runs).

    Returns
    -------
    xarray.Dataset
        `probability` a, `probability_at_home` b, `first_time` T, `survival` S, `loop_time` C,
        `reached_loops` (settled loops of the walkers that reached the target), `rounds` (run); of
        the excursions `reached`, `duration` (run, replica), `exit`, `start` (run, replica,
        coordinate).

    Raises
    ------
    ValueError, TypeError
        An input is refused, before anything is compiled where that can be.
    KeyboardInterrupt
        On Ctrl-C: nothing is returned, since unfinished runs give no estimate.

    Warns
    -----
    UnsettledWarning
        The walkers had not forgotten their start when the settled loops began.

    References
    ----------
    F. Cerou, A. Guyader, T. Lelievre, D. Pommier, J. Chem. Phys. 134 (2011) 054108.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> well, ito = landscapes.quartic_well(), simulate.Ito(beta=20, dt=0.01)
    >>> split = simulate.splitting(well, ito, start=-1, target="x > 0", reaction_coordinate="x",
    ...                            runs=4, replicas=100, seed=1)
    >>> bool((split.probability > 0).all())
    True
    """
    check_execution(threads, progress)
    kill = _checked(runs, replicas, kill, max_steps, target)
    problem = Problem.read(
        "splitting", landscape, dynamics, backend=backend, seed=seed, start=start,
        generator=generator, trajectories=runs * replicas,
    )  # fmt: skip
    landscape, dynamics = problem.landscape, problem.dynamics
    targets = read_targets(landscape, target)
    xi, formula = read_coordinate(landscape, reaction_coordinate)
    home = home if home is None else check_real("home", home)
    leave = leave if leave is None else check_real("leave", leave)
    if home is not None and leave is not None and not home < leave:
        raise ValueError(f"home={home}, leave={leave}; home must be the lower level.")
    covariance = bridge_covariance(landscape, dynamics, bridge)
    starts, ids = problem.starts(), problem.numbers
    points = starts[0].points
    if points is not None:
        target_at_start(landscape, targets, np.atleast_2d(points).T)
    message = stability_message(landscape, dynamics, starts=points)
    if message is not None:
        warn(message, DivergenceWarning)
    excursions = Excursions(problem, targets[0], xi, covariance, max_steps)
    states = problem.place(starts, problem.seeds)
    target_at_start(landscape, targets, states)

    with (
        Progress(problem.title, runs, 0, progress, "runs") as shown,
        workers(threads, len(ids)) as excursions.pool,
        deferred_interrupt() as excursions.pressed,
    ):
        if home is None or leave is None:
            scouts = problem.place(starts, [_SCOUTS_SEED])
            middle, spread = _settle(excursions, landscape, xi, scouts)
            home = middle if home is None else home
            leave = home + spread if leave is None else leave
            if not home < leave:
                raise ValueError(f"home={home:.6g}, leave={leave:.6g}; give both levels.")
        scouted = excursions.steps_made  # which a rerun does not repeat: it knows the levels
        loops = walk(excursions, excursions.whole(states), ids, runs, home, leave)
        # the way back first: where it leads to the target, the way out need not
        walkers = loops.entered_home.shape[1] // runs
        inside = split(
            excursions, loops.entered_home, Way(BACK, leave), walkers, max(1, walkers // 2), _NEVER,
            ids.reshape(runs, -1)[:, :walkers].reshape(-1), loops.generation,
        )  # fmt: skip
        enough = max(_NEVER, _NEGLIGIBLE * float(inside.probability.mean()))
        outside = split(
            excursions, loops.left_home, Way(OUT, home), replicas, kill, enough, ids,
            inside.generation,
            lambda done, weight: shown.update(done, f"p below {weight.mean():.2g}"),
        )  # fmt: skip
        a, b = outside.probability.mean(), inside.probability.mean()
        refuse_memory(
            excursions, outside.swarm, loops, (Way(OUT, home), Way(BACK, leave)), a + (1 - a) * b,
            ids, runs, outside.generation,
        )  # fmt: skip
    if excursions.pressed:  # at the very end
        raise KeyboardInterrupt("interrupted while splitting: nothing is kept.")
    if not loops.settled:
        warn(
            f"the states in which home is left still drift after {loops.before} loops: something "
            "here is slower than the loops, and the time is right only if passages do not depend "
            "on it. Start from a law that has settled (start=), or use first_passage.",
            UnsettledWarning,
        )
    data = _variables(problem, states, outside, inside, loops)
    metadata = {
        "targets": {targets[0].name: targets[0].text}, "reaction_coordinate": formula,
        "runs": runs, "replicas": replicas, "home": home, "leave": leave, "kill": kill,
        "max_steps": max_steps,
        "bridge": covariance is not None, "trajectory_steps": excursions.steps_made - scouted,
        "loops": loops.total, "loops_before": loops.before,
    }  # fmt: skip
    whole = {name: (("all", *dims), v[None], label) for name, (dims, v, label) in data.items()}
    coords: Variables = {"run": (("run",), np.arange(runs), {})}
    return dataset(problem, [Part([0], whole, {})], coords, [metadata])


def _checked(runs: int, replicas: int, kill: int | None, max_steps: int, target: object) -> int:
    """Check numbers and target; return the number of excursions to kill in a round."""
    check_whole("runs", runs, 2)
    check_whole("replicas", replicas, 2)
    kill = max(1, replicas // 10) if kill is None else kill
    kill = check_whole("kill", kill, most=replicas - 1)
    check_whole("max_steps", max_steps)
    check_kind("target", target, str, 'one predicate as text, "x > 0"')
    return kill


def _variables(
    problem: Problem, states: Float, outside: Split, inside: Split, loops: Loops
) -> Variables:
    """Return the variables of the dataset: by run, and by excursion."""
    tau, dim, shape = problem.dynamics.time_step, len(states), (len(loops.first), -1)
    last = outside.swarm.last
    by_run, each = ("run",), ("run", "replica")
    return described({
        "probability": (
            by_run, outside.probability,
            Label("probability of the target before home, from where home is left"),
        ),
        "probability_at_home": (
            by_run, inside.probability,
            Label("probability of the target from home, before home is left"),
        ),
        "first_time": (by_run, loops.first * tau, Label("mean time before settled loops", TIME)),
        "survival": (
            by_run, loops.left, Label("share not at the target before the settled loops"),
        ),
        "loop_time": (
            by_run, loops.loop * tau,
            Label("mean time of a settled loop, home and out again or into the target", TIME),
        ),
        "reached_loops": (
            by_run, loops.reached, Label("settled loops that reached the target, unsplit"),
        ),
        "rounds": (by_run, outside.rounds, Label("rounds of killing and cloning")),
        "reached": (
            each, (last.ended == TARGET).reshape(shape), Label("whether it reached the target"),
        ),
        "duration": (
            each, (outside.swarm.before + last.steps).reshape(shape) * tau,
            Label("duration of the excursion", TIME),
        ),
        "exit": (
            (*each, "coordinate"), last.state[:dim].T.reshape(*shape, dim),
            Label("state at the end of the excursion"),
        ),
        "start": ((*each, "coordinate"), states.T.reshape(*shape, dim), Label("start")),
    })  # fmt: skip


def _settle(
    excursions: Excursions, landscape: Landscape, xi: sp.Expr, states: Float
) -> tuple[float, float]:
    """Return median and spread of xi in the basin; the time is doubled until the spread settles."""
    scouts = excursions.whole(states[:, np.arange(_SCOUTS) % states.shape[1]])
    streams = excursions.streams(np.arange(_SCOUTS, dtype=np.uint64), 0, _SCOUTS_SEED)
    before, steps = 0.0, 64
    while True:
        states = excursions.wander(scouts, streams, steps)
        if states.shape[1] < _SCOUTS // 2:
            raise ValueError(
                f"half the trajectories reach the target within {steps} steps, before they settle: "
                "nothing is rare here. Use first_passage, or give home= and leave=."
            )
        low, middle, high = np.quantile(evaluate_at(landscape, [xi], states)[0], [0.16, 0.5, 0.84])
        spread = (high - low) / 2
        if spread <= _SETTLED * before or steps >= _LONGEST:
            return float(middle), float(spread)
        before, steps = spread, 2 * steps

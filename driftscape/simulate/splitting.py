"""`splitting`: rare passages by adaptive multilevel splitting, on the same kernels."""

from __future__ import annotations

import json
import warnings
from typing import Any

import numpy as np
import sympy as sp

from ..landscapes.fields import evaluate_at
from ..landscapes.landscape import Landscape
from ..validate import check_whole
from .advance import check_execution, deferred_interrupt, workers
from .backends import backend as find_backend
from .divergence import DivergenceWarning, stability_message, warn
from .dynamics import Dynamics
from .passage.crossing import bridge_covariance
from .progress import Progress
from .provenance import ATTRIBUTE, FORMAT
from .rare.cloning import split
from .rare.excursions import TARGET, Excursions, Way
from .rare.loops import walk
from .rare.memory import refuse_memory
from .rare.reaction import read_coordinate
from .request import check_arguments
from .start import Start
from .streams import check_generator, check_seed
from .target import read_targets, target_at_start

_SCOUTS = 512
_SCOUTS_SEED = 0  # not the user's: default levels belong to the problem, and not to a seed
_NEGLIGIBLE = 1e-4  # a way back that adds less to the probability is not followed to its end
_NEVER = 1e-100  # a smaller probability is taken for none
_SETTLED = 1.1  # growth of the spread, when the time is doubled, that counts as none
_LONGEST = 1 << 18


class UnsettledWarning(UserWarning):
    """Something is slower than the loops of splitting."""


def splitting(
    landscape: Landscape,
    dynamics: Dynamics,
    *,
    target: str,
    reaction_coordinate: Any,
    start: Any = None,
    runs: int = 20,
    replicas: int = 2000,
    kill: int | None = None,
    home: float | None = None,
    leave: float | None = None,
    seed: int | None = None,
    max_steps: int = 10_000_000,
    bridge: bool | None = None,
    threads: int | None = None,
    backend: Any = "numba",
    generator: str | None = None,
    progress: Any = None,
) -> Any:
    r"""Measure how rarely an excursion from home reaches a target, and how long everything takes.

    With the reaction coordinate xi, an excursion begins where a trajectory that was at home,
    xi < `home`, first exceeds `leave`, and ends at home or in the target, with probability a in the
    second.  From home it goes back to where `leave` is exceeded, or into the target without, with
    probability b, and has made a loop, of mean time C.  Adaptive multilevel splitting estimates a
    and b without bias, by xi on the way out and by the target's own level function on the way
    back.  A loop reaches the target with probability p = a + (1 - a) b, and once the start is
    forgotten, after a mean time T and with a share S that has not reached the target until then,

        tau = T + S C/p

    is the mean first-passage time.  Walkers sample the loops; how many it takes to forget is
    measured (see `simulate.passage.loops`).  Independent runs say how good all is: see
    `analysis.mean_first_passage_time_by_splitting`.

    Parameters
    ----------
    landscape, dynamics
        Any dynamics that is the same map at all times (no training set, no schedule).
    target
        A predicate, `"x > 0"`.
    reaction_coordinate
        A formula that grows on the way to the target, `"x"`; or a committor on a grid, an
        `xarray.DataArray` over the landscape's coordinates, which a polynomial is fitted to.  A bad
        one costs precision, not truth; one that is low in a second basin too, so that trajectories
        do not forget at home (xi < `home`) where they have been, is refused.
    start
        As for `run`; it should lie in the basin that is left.
    runs
        Independent repetitions, at least 2; they are made at once.
    replicas
        Excursions of each; an eighth as many walkers (64 at least) make the loops.
    kill
        How many are killed in a round, at least; default a tenth.
    home, leave
        Levels of xi, home < leave; default the median of xi in the basin, and one standard
        deviation above it, as a pilot run finds them whose seed is not `seed`.
    seed, bridge, threads, backend, generator
        As for `first_passage`.
    max_steps
        Of an excursion.
    progress
        As for `run`; a function is called as f(runs that are done, runs).

    Returns
    -------
    xarray.Dataset
        `probability` a, `probability_at_home` b, `first_time` T, `survival` S, `loop_time` C,
        `hits` (settled loops of the walkers that reached the target), `rounds` (run); of the
        excursions `reached`, `duration` (run, replica), `exit`, `start` (run, replica, coordinate).

    Raises
    ------
    ValueError, TypeError
        An input is refused, before anything is compiled where that can be.
    KeyboardInterrupt
        On Ctrl-C: what is not finished says nothing.

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
    >>> rare = simulate.splitting(landscapes.quartic_well(), simulate.Ito(beta=20, dt=0.01),
    ...                           start=-1, target="x > 0", reaction_coordinate="x", runs=4,
    ...                           replicas=100, seed=1)
    >>> bool((rare.probability > 0).all())
    True
    """
    chosen = find_backend(backend)
    landscape, dynamics = check_arguments(landscape, dynamics)
    dynamics = dynamics.bound(landscape)
    check_execution(threads, progress)
    generator, seed = check_generator(generator), check_seed(seed)
    check_whole("runs", runs)
    check_whole("replicas", replicas)
    kill = max(1, replicas // 10) if kill is None else kill
    check_whole("kill", kill)
    check_whole("max_steps", max_steps)
    if runs < 2 or kill >= replicas:
        raise ValueError(
            f"runs={runs}, replicas={replicas}, kill={kill}; at least 2 runs, and kill < replicas."
        )
    if not isinstance(target, str):
        raise TypeError(f"target={target!r}; splitting needs one predicate as text.")
    goals = read_targets(landscape, target)
    xi, formula = read_coordinate(landscape, reaction_coordinate)
    if home is not None and leave is not None and not home < leave:
        raise ValueError(f"home={home}, leave={leave}; home must be the lower level.")
    covariance = bridge_covariance(landscape, dynamics, bridge)
    count = runs * replicas
    placed = Start(landscape, start, count)
    if placed.points is not None:
        target_at_start(landscape, goals, np.atleast_2d(placed.points).T)
    message = stability_message(landscape, dynamics, starts=placed.points)
    if message is not None:
        warn(message, DivergenceWarning)
    excursions = Excursions(
        landscape, dynamics, goals[0], xi, covariance, chosen, generator, seed, max_steps
    )
    ids = np.arange(count, dtype=np.uint64)
    states = placed.place(chosen, seed, ids, generator)
    target_at_start(landscape, goals, states)

    title = f"splitting, {type(dynamics).__name__} on {landscape.name}"
    with (
        Progress(title, runs, 0, progress, "runs") as shown,
        workers(threads, count) as pool,
        deferred_interrupt() as pressed,
    ):
        excursions.pressed = pressed

        def tell(done: int, weight: Any) -> None:
            shown.update(done, f"p below {weight.mean():.2g}")

        if home is None or leave is None:
            scouts = placed.place(chosen, _SCOUTS_SEED, ids, generator)
            middle, spread = _settle(excursions, landscape, xi, scouts, pool)
            home = middle if home is None else home
            leave = home + spread if leave is None else leave
            if not home < leave:
                raise ValueError(f"home={home:.6g}, leave={leave:.6g}; give both levels.")
        loops = walk(excursions, excursions.whole(states), ids, runs, home, leave, pool)
        # the way back first: where it leads to the target, the way out need not
        walkers = loops.entered_home.shape[1] // runs
        inside = split(
            excursions, loops.entered_home, Way.back(leave), walkers, max(1, walkers // 2), _NEVER,
            ids.reshape(runs, -1)[:, :walkers].reshape(-1), loops.generation, pool, lambda *_: None,
        )  # fmt: skip
        enough = max(_NEVER, _NEGLIGIBLE * float(inside.probability.mean()))
        made = split(
            excursions, loops.left_home, Way.out(home), replicas, kill, enough, ids,
            inside.generation, pool, tell,
        )  # fmt: skip
        a, b = made.probability.mean(), inside.probability.mean()
        refuse_memory(
            excursions, made.swarm, loops, (Way.out(home), Way.back(leave)), a + (1 - a) * b, ids,
            runs, made.generation, pool,
        )  # fmt: skip
    if not loops.settled:
        warnings.warn(
            f"the states in which home is left still drift after {loops.before} loops: something "
            "here is slower than the loops, and the time is right only if passages do not depend "
            "on it. Start from a law that has settled (start=), or use first_passage.",
            UnsettledWarning,
            stacklevel=2,
        )

    reached = made.swarm.last.ended == TARGET
    duration = made.swarm.before + made.swarm.last.steps
    shape, tau = (runs, replicas), dynamics.time_step
    per_run, each = "run", ("run", "replica")
    points = made.swarm.last.state[: landscape.dim].T.reshape(*shape, landscape.dim)
    import xarray as xr

    from .. import __version__

    origin = {
        "format": FORMAT, "version": __version__, "kind": "splitting",
        "landscape": landscape.to_dict(), "dynamics": dynamics.to_dict(),
        "targets": {goals[0].name: goals[0].text}, "reaction_coordinate": formula,
        "home": home, "leave": leave, "kill": kill, "max_steps": max_steps,
        "seed": str(seed), "generator": generator,
        "backend": chosen.name, "bridge": covariance is not None,
        "trajectory_steps": excursions.steps_made,
        "loops": loops.made, "loops_before": loops.before,
    }  # fmt: skip
    dataset = xr.Dataset(
        {
            "probability": (per_run, made.probability),
            "probability_at_home": (per_run, inside.probability),
            "first_time": (per_run, loops.first * tau),
            "survival": (per_run, loops.left),
            "loop_time": (per_run, loops.loop * tau),
            "hits": (per_run, loops.hits),
            "rounds": (per_run, made.rounds),
            "reached": (each, reached.reshape(shape)),
            "duration": (each, duration.reshape(shape) * tau),
            "exit": ((*each, "coordinate"), points),
            "start": ((*each, "coordinate"), states.T.reshape(*shape, landscape.dim)),
        },
        {"run": np.arange(runs), "coordinate": list(landscape.coordinates)},
        {
            ATTRIBUTE: json.dumps(origin),
            "title": f"splitting, {landscape.name}, {dynamics}",
            "landscape": str(landscape),
        },
    )
    meanings = {
        "probability": "of reaching the target before home, from where home is left",
        "probability_at_home": "of reaching the target from home, before home is left",
        "first_time": "mean time before the settled loops",
        "survival": "share that has not reached the target before the settled loops",
        "loop_time": "mean time of a settled loop, home and out again or into the target",
        "hits": "settled loops that reached the target, unsplit",
    }
    for name, meaning in meanings.items():
        dataset[name].attrs["meaning"] = meaning
    return dataset


def _settle(
    excursions: Excursions, landscape: Landscape, xi: sp.Expr, states: Any, pool: Any
) -> tuple[float, float]:
    """Return median and spread of xi in the basin: the time is doubled until both stand still."""
    scouts = excursions.whole(states[:, np.arange(_SCOUTS) % states.shape[1]])
    streams = excursions.streams(np.arange(_SCOUTS, dtype=np.uint64), 0, _SCOUTS_SEED)
    before, steps = 0.0, 64
    while True:
        states = excursions.wander(scouts, streams, steps, pool)
        if states.shape[1] < _SCOUTS // 2:
            raise ValueError(
                f"half the trajectories reach the target within {steps} steps, before they settle: "
                "nothing is rare here. Use first_passage, or give home= and leave=."
            )
        low, middle, high = np.quantile(_values(landscape, xi, states), [0.16, 0.5, 0.84])
        spread = (high - low) / 2
        if spread <= _SETTLED * before or steps >= _LONGEST:
            return float(middle), float(spread)
        before, steps = spread, 2 * steps


def _values(landscape: Landscape, xi: sp.Expr, states: Any) -> Any:
    return evaluate_at(landscape, [xi], states)[0]

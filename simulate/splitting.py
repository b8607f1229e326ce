"""`splitting`: rare passages by adaptive multilevel splitting, on the same kernels."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import sympy as sp

from ..landscapes.evaluate import evaluate_at
from ..landscapes.landscape import Landscape
from .backends import backend as find_backend
from .dataset import ATTRIBUTE, FORMAT
from .divergence import check_stability
from .dynamics import Dynamics
from .dynamics.base import whole
from .interrupt import held_back
from .passage.cloning import Swarm, split
from .passage.excursions import HOME, NEVER_HOME, NEVER_LEVEL, TARGET, Excursions
from .passage.margins import bridge_covariance
from .passage.reaction import read_coordinate
from .passage.target import check_outside, read_targets
from .progress import Progress, check_progress
from .request import check_nouns
from .start import Start
from .streams import check_generator, check_seed
from .workers import check_threads, workers

_LOOPS = 3  # home and out again, before splitting begins: entrances forget the start
_SCOUTS = 512
_SETTLED = 1.1  # growth of the spread, when the time is doubled, that counts as none
_LONGEST = 1 << 18


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
    xi < `home`, first exceeds `leave`, and ends at home or in the target.  Adaptive multilevel
    splitting estimates the probability p of the second without bias; with the mean times of the
    first way out T_0, of a loop (home and out again) L and of a way into the target R, the mean
    first-passage time is the Hill relation's

        tau = T_0 + (1/p - 1) L + R.

    Independent runs say how good it is: see `analysis.splitting_mfpt`.

    Parameters
    ----------
    landscape, dynamics
        Any dynamics that is the same map at all times (no training set, no schedule).
    target
        A predicate, `"x > 0"`.
    reaction_coordinate
        A formula that grows on the way to the target, `"x"`; or a committor on a grid, an
        `xarray.DataArray` over the landscape's coordinates, which a polynomial is fitted to.  A bad
        one costs precision, not truth.
    start
        As for `run`; it should lie in the basin that is left.
    runs
        Independent repetitions, at least 2; they are made at once.
    replicas
        Excursions of each.
    kill
        How many are killed in a round, at least; default a tenth.
    home, leave
        Levels of xi, home < leave; default the median of xi in the basin, and one standard
        deviation above it.
    seed, bridge, threads, backend, generator
        As for `first_passage`.
    max_steps
        Of an excursion.
    progress
        As for `run`; a function is called as f(runs that are done, runs).

    Returns
    -------
    xarray.Dataset
        `probability`, `first_time`, `loop_time`, `reactive_time`, `rounds` (run); `reached`,
        `duration` (run, replica), `exit`, `start` (run, replica, coordinate).

    Raises
    ------
    ValueError, TypeError
        An input is refused, before anything is compiled where that can be.
    KeyboardInterrupt
        On Ctrl-C: what is not finished says nothing.

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
    landscape, dynamics = check_nouns(landscape, dynamics)
    dynamics = dynamics.bound(landscape)
    check_threads(threads)
    check_progress(progress)
    generator, seed = check_generator(generator), check_seed(seed)
    whole("runs", runs)
    whole("replicas", replicas)
    kill = max(1, replicas // 10) if kill is None else kill
    whole("kill", kill)
    whole("max_steps", max_steps)
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
        check_outside(landscape, goals, np.atleast_2d(placed.points).T)
    check_stability(landscape, dynamics)
    excursions = Excursions(
        landscape, dynamics, goals[0], xi, covariance, chosen, generator, seed, max_steps
    )
    ids = np.arange(count, dtype=np.uint64)
    states = placed.place(chosen, seed, ids, generator)
    check_outside(landscape, goals, states)
    hidden = np.repeat(excursions.initial[:, None], count, axis=1)
    begun = np.vstack([states, hidden])

    title = f"splitting, {type(dynamics).__name__} on {landscape.name}"
    with (
        Progress(title, runs, 0, progress, "runs") as shown,
        workers(threads, count) as pool,
        held_back() as pressed,
    ):
        excursions.pressed = pressed

        def tell(done: int, weight: Any) -> None:
            shown.update(done, f"p below {weight.mean():.2g}")

        if home is None or leave is None:
            middle, spread = _settle(excursions, landscape, xi, begun, pool)
            home = middle if home is None else home
            leave = home + spread if leave is None else leave
            if not home < leave:
                raise ValueError(f"home={home:.6g}, leave={leave:.6g}; give both levels.")
        # generations of the streams: 0 for the scouts, then one for each phase
        first = excursions.go(begun, excursions.streams(ids, 1), NEVER_HOME, leave, pool)
        entries, loops = _loops(excursions, first, ids, home, leave, pool)
        swarm = _set_out(excursions, entries, ids, home, pool)
        generation = 2 * _LOOPS + 3
        made = split(excursions, swarm, replicas, kill, home, ids, generation, pool, tell)

    reached = made.swarm.last.ended == TARGET
    duration = made.swarm.before + made.swarm.last.steps
    shape, tau = (runs, replicas), dynamics.time_step
    with np.errstate(invalid="ignore", divide="ignore"):
        reactive = (duration * reached).reshape(shape).sum(1) / reached.reshape(shape).sum(1)
    per_run, each = "run", ("run", "replica")
    points = made.swarm.last.state[: landscape.dim].T.reshape(*shape, landscape.dim)
    import xarray as xr

    from .. import __version__

    origin = {
        "format": FORMAT, "version": __version__, "verb": "splitting",
        "landscape": landscape.to_dict(), "dynamics": dynamics.to_dict(),
        "targets": {goals[0].name: goals[0].text}, "reaction_coordinate": formula,
        "home": home, "leave": leave, "kill": kill, "max_steps": max_steps,
        "seed": str(seed), "generator": generator,
        "backend": chosen.name, "bridge": covariance is not None,
        "trajectory_steps": excursions.steps_made,
    }  # fmt: skip
    dataset = xr.Dataset(
        {
            "probability": (per_run, made.probability),
            "rounds": (per_run, made.rounds),
            "first_time": (per_run, first.steps.reshape(shape).mean(1) * tau),
            "loop_time": (per_run, loops.reshape(shape).mean(1) * tau),
            "reactive_time": (per_run, reactive * tau),
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
    dataset["probability"].attrs["meaning"] = (
        "of reaching the target before home, from where home is left"
    )
    return dataset


def _settle(
    excursions: Excursions, landscape: Landscape, xi: sp.Expr, begun: Any, pool: Any
) -> tuple[float, float]:
    """Return median and spread of xi in the basin: the time is doubled until both stand still."""
    scouts = begun[:, np.arange(_SCOUTS) % begun.shape[1]]
    streams = excursions.streams(np.arange(_SCOUTS, dtype=np.uint64), 0)
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


def _loops(
    excursions: Excursions, first: Any, ids: Any, home: float, leave: float, pool: Any
) -> tuple[Any, Any]:
    """Go home and out again; returns the last entrances and the mean steps of a loop."""
    entries, total, made = first.take(np.arange(len(ids))), np.zeros(len(ids)), np.zeros(len(ids))
    for turn in range(_LOOPS):
        out = np.flatnonzero(entries.ended != TARGET)
        streams = excursions.streams(ids[out], 2 * turn + 2)
        back = excursions.go(entries.state[:, out], streams, home, NEVER_LEVEL, pool)
        kept = np.flatnonzero(back.ended == HOME)
        streams = excursions.streams(ids[out[kept]], 2 * turn + 3)
        again = excursions.go(back.state[:, kept], streams, NEVER_HOME, leave, pool)
        total[out[kept]] += back.steps[kept] + again.steps
        made[out[kept]] += 1
        entries.put(out[kept], again)
    with np.errstate(invalid="ignore"):
        mean = total / made
    return entries, np.where(made > 0, mean, np.nanmean(mean))


def _set_out(excursions: Excursions, entries: Any, ids: Any, home: float, pool: Any) -> Swarm:
    """Return the excursions that splitting begins with."""
    out = np.flatnonzero(entries.ended != TARGET)
    swarm = Swarm(entries, entries.top.copy(), np.zeros(len(ids)))
    entries.steps[:] = 0.0
    streams = excursions.streams(ids[out], 2 * _LOOPS + 2)
    entries.put(out, excursions.go(entries.state[:, out], streams, home, NEVER_LEVEL, pool))
    return swarm


def _values(landscape: Landscape, xi: sp.Expr, states: Any) -> Any:
    return evaluate_at(landscape, [xi], states)[0]

r"""Loops of splitting, from where home is left to home and out again: their times and their ends.

With nu the probability law of the states in which home is left, of trajectories that have not
reached the target and have forgotten their start (the quasi-stationary law of a chain that is
killed there), a loop from nu reaches the target with one probability p, whatever loops came before.
So the number of loops is geometric, and with C the mean time of a loop, ended early by the target
or not,

    tau = T + S C/p                                                             (Wald's identity)

is the mean first-passage time, T the mean time that is spent before the start is forgotten and S
the probability that the target is not reached until then.

Walkers sample nu: a walker that reaches the target continues as a copy of another of its run, and
the share that does not is a factor of S.  How many loops it takes to forget is found by doubling
their number until nothing differs between one half and the other; those that are used come later.

Reference: F. Cerou, A. Guyader, T. Lelievre, D. Pommier, J. Chem. Phys. 134 (2011) 054108; P. Del
Moral, Feynman-Kac Formulae (2004), chapter 3 (killed walkers that are copied: products of shares
are unbiased).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...typing import Bools, Float, Index
from .cloning import Swarm, uniform
from .excursions import BACK, OUT, STOP, TARGET, Excursion, Excursions, Way

Ids = NDArray[np.uint64]

_SHARE = 8  # replicas a walker
_FEWEST = 64  # walkers of a run
_DIFFERENT = 4.0  # standard errors between two halves that are not called alike
_LONGEST = 1024  # loops in one half
_FOLLOWED = 32  # of each run
_REMEMBERED = 0.1  # share of them that may be elsewhere, beyond what is expected
_BY_CHANCE = 1e-6


@dataclass(frozen=True)
class Loops:
    """The results of the walkers of each run; times in steps.

    Attributes
    ----------
    first
        T, the mean time before the settled loops, shape (runs,).
    left
        S, the share that has not reached the target until then.
    loop
        C, the mean time of a settled loop.
    reached, total
        Number of settled loops that reached the target, shape (runs,), and of all of them.
    left_home
        States where home was left, shape (rows, runs x replicas).
    entered_home
        States where home was entered, shape (rows, runs x walkers).
    settled
        Whether the loops were seen to have forgotten the start.
    before
        Number of loops before the settled ones.
    generation
        Number of the next generation of streams.
    """

    first: Float
    left: Float
    loop: Float
    reached: Index
    total: int
    left_home: Float
    entered_home: Float
    settled: bool
    before: int
    generation: int


class _Walkers:
    """The walkers of all runs, run by run, where home is left."""

    def __init__(
        self, excursions: Excursions, ids: Ids, runs: int, home: float, leave: float
    ) -> None:
        self.excursions, self.runs = excursions, runs
        self.ids = ids.reshape(runs, -1)
        self.out, self.back = Way(OUT, home), Way(BACK, leave)
        self.generation = 1
        self.states: Float = np.empty((0, 0))

    def go(self, states: Float, which: Index, way: Way) -> Excursion:
        """Run a generation of excursions of some of the walkers."""
        ids = self.ids[:, : self.states.shape[1] // self.runs].reshape(-1)[which]
        streams = self.excursions.streams(ids, self.generation)
        self.generation += 1
        return self.excursions.go(states, streams, way)

    def set_out(self, begun: Float, count: int) -> tuple[Float, Float]:
        """Leave home for the first time; returns steps and who reached the target, (runs, all).

        So many walkers of each run go on.
        """
        self.states = begun
        first = self.go(begun, np.arange(begun.shape[1]), self.back)
        arrived = (first.ended == TARGET).reshape(self.runs, -1)
        self.states = self.drawn(first.state, ~arrived, count)
        return first.steps.reshape(self.runs, -1), arrived

    def loop(self) -> tuple[Float, Float, Excursion]:
        """Go home and out again; returns steps, who reached the target, and the ways out."""
        every = np.arange(self.states.shape[1])
        out = self.go(self.states, every, self.out)
        home = np.flatnonzero(out.ended != TARGET)
        back = self.go(out.state[:, home], home, self.back)
        steps, arrived = out.steps.copy(), out.ended == TARGET
        steps[home] += back.steps
        arrived[home] = back.ended == TARGET
        states = out.state.copy()
        states[:, home] = back.state
        arrived = arrived.reshape(self.runs, -1)
        self.states = self.copied(states, arrived)
        return steps.reshape(self.runs, -1), arrived, out

    def copied(self, states: Float, arrived: Float) -> Float:
        """Replace those that have reached the target by copies of others of their run."""
        for m in np.flatnonzero(arrived.any(axis=1)):
            first = m * arrived.shape[1]
            dead, alive = first + np.flatnonzero(arrived[m]), first + np.flatnonzero(~arrived[m])
            _refuse_none(alive)
            luck = uniform(self.excursions, dead.astype(np.uint64), self.generation)
            states[:, dead] = states[:, alive[(luck * len(alive)).astype(int)]]
        self.generation += 1
        return states

    def drawn(self, states: Float, usable: Bools, count: int) -> Float:
        """Draw so many of the usable states of each run, all of them before any twice."""
        each = usable.shape[1]
        numbers = np.arange(usable.size, dtype=np.uint64)
        luck = uniform(self.excursions, numbers, self.generation).reshape(self.runs, each)
        self.generation += 1
        columns = []
        for m in range(self.runs):
            own = np.flatnonzero(usable[m])
            _refuse_none(own)
            order = own[np.argsort(luck[m, own], kind="stable")]
            columns.append(m * each + order[np.arange(count) % len(order)])
        return states[:, np.concatenate(columns)]


def walk(
    excursions: Excursions, begun: Float, ids: Ids, runs: int, home: float, leave: float
) -> Loops:
    """Walk until the start is forgotten, and so many loops more that each replica has a start.

    Raises
    ------
    ValueError
        All walkers of a run reach the target in one loop.
    """
    replicas = len(ids) // runs
    count = min(replicas, max(_FEWEST, replicas // _SHARE))
    walkers = _Walkers(excursions, ids, runs, home, leave)
    steps, arrived = walkers.set_out(begun, count)
    first, left = steps.mean(axis=1), 1 - arrived.mean(axis=1)
    centre = walkers.states.mean(axis=1, keepdims=True)
    half, before, earlier, settled = 1, 0, None, False
    while not settled and half <= _LONGEST:
        half *= 2
        sums: Any = 0.0
        for _ in range(half):
            steps, arrived, _out = walkers.loop()
            first += left * steps.mean(axis=1)
            left = left * (1 - arrived.mean(axis=1))
            off = walkers.states - centre
            sums = sums + np.vstack([off, off**2, steps.reshape(1, -1), arrived.reshape(1, -1)])
        before += half
        later = sums / half
        settled = earlier is not None and _alike(earlier, later)
        earlier = later

    # those that are used: evenly spread, so that a walker's are less alike
    needed = math.ceil(replicas / count)
    made = max(2 * half, needed) if settled else half
    kept = set(np.linspace(0, made - 1, needed).round().astype(int))
    entries, homes, at_home = [], [], []
    total, reached = np.zeros(runs), np.zeros(runs, dtype=np.int64)
    for turn in range(made):
        if turn in kept:
            entries.append(walkers.states.reshape(len(walkers.states), runs, -1))
        steps, arrived, out = walkers.loop()
        total += steps.mean(axis=1)
        reached += arrived.sum(axis=1)
        if turn in kept:
            homes.append(out.state.reshape(len(out.state), runs, -1))
            at_home.append((out.ended != TARGET).reshape(runs, -1))
    pool_of_entries, pool_of_homes = np.concatenate(entries, axis=2), np.concatenate(homes, axis=2)
    rows, usable = len(pool_of_entries), np.concatenate(at_home, axis=1)
    left_home = walkers.drawn(pool_of_entries.reshape(rows, -1), np.ones_like(usable), replicas)
    entered_home = walkers.drawn(pool_of_homes.reshape(rows, -1), usable, count)
    return Loops(
        first, left, total / made, reached, made * count, left_home, entered_home, settled, before,
        walkers.generation,
    )  # fmt: skip


def _alike(earlier: Float, later: Float) -> bool:
    """Whether no feature, (features, walkers), differs by more than its standard errors."""
    change = later - earlier
    error = change.std(axis=1, ddof=1) / math.sqrt(change.shape[1])
    return bool((np.abs(change.mean(axis=1)) <= _DIFFERENT * error).all())


def _refuse_none(alive: Index) -> None:
    if not len(alive):
        raise ValueError(
            "all walkers of a run reach the target within one loop: nothing is rare here. Use "
            "first_passage, or give home= and leave= further from the target."
        )


def refuse_memory(
    excursions: Excursions,
    swarm: Swarm,
    loops: Loops,
    ways: tuple[Way, Way],
    probability: float,
    ids: NDArray[np.uint64],
    runs: int,
    generation: int,
) -> None:
    """Raise an error where trajectories remember at home where they have been.

    Loops are counted as if they forgot.  Excursions that came far and turned back home are followed
    for as many loops as the walkers needed to forget their start.  They must then leave home where
    walkers do; where the reaction coordinate is low in a second basin too, they do not.

    Parameters
    ----------
    swarm
        The excursions at the end of splitting.
    ways
        Out and back.
    probability
        That a loop reaches the target.

    Raises
    ------
    ValueError
        More than a tenth, beyond doubt, leave home where no walker does, or reach the target.
    """
    from scipy.special import bdtrc  # scipy costs 0.1 s to import

    turned = (swarm.last.ended == STOP).reshape(runs, -1)
    first = turned & (turned.cumsum(axis=1) <= _FOLLOWED)
    followed = np.flatnonzero(first)
    if not len(followed) or not loops.settled:  # walkers that drift give nothing to compare with
        return
    states, total = swarm.last.state[:, followed], len(followed)
    out, back = ways
    for _ in range(loops.before):
        for way in (back, out):
            streams = excursions.streams(ids[followed], generation)
            generation += 1
            path = excursions.go(states, streams, way)
            kept = path.ended != TARGET
            states, followed = path.state[:, kept], followed[kept]
    streams = excursions.streams(ids[followed], generation)
    path = excursions.go(states, streams, back)
    known = loops.left_home
    low, high = known.min(axis=1, keepdims=True), known.max(axis=1, keepdims=True)
    home = (path.ended != TARGET) & ((path.state >= low) & (path.state <= high)).all(axis=0)
    elsewhere = total - int(home.sum())
    expected = 1 - (1 - probability) ** (loops.before + 1)
    allowed = min(1.0, _REMEMBERED + 2 * expected)
    if elsewhere and bdtrc(elsewhere - 1, total, allowed) < _BY_CHANCE:
        raise ValueError(
            f"{elsewhere} of {total} excursions that came far and returned home are in "
            f"the target or where no other trajectory leaves home, {loops.before} loops later: the "
            "reaction coordinate is low in a second basin too, and trajectories do not forget at "
            "home where they have been. Give a reaction_coordinate= that is low in the basin of "
            "start= only, or levels home= and leave=."
        )

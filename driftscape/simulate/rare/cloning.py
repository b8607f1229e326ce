r"""Adaptive multilevel splitting: the rounds of killing and cloning.

Of N excursions on one way (see `excursions`), those that come least far are killed, and each is
replaced by a clone of a survivor: the survivor's path up to where it first goes beyond the level Z
that the killed did not pass, and from there on a path of its own.  When K_q were killed in round q,
and M of N excursions have reached the target when the rounds end,

    p = (M/N) prod_q (1 - K_q/N)

is an unbiased estimate of the probability to reach the target before the way ends, for any measure
of how far a path has come, and whenever the rounds end; a good coordinate makes its variance small.

Reference: F. Cerou and A. Guyader, Stoch. Anal. Appl. 25 (2007) 417; C.-E. Brehier, M. Gazeau, L.
Goudenege, T. Lelievre, M. Rousset, Ann. Appl. Probab. 26 (2016) 3559 (unbiased, in discrete time,
with ties).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...typing import Float, Index
from ..backends.reference.words import next_uniform
from ..streams import stream_words
from .excursions import LEVEL, LOWEST, TARGET, Excursion, Excursions, Way


@dataclass
class Swarm:
    """The excursions of all runs: run m has columns m N .. (m + 1) N - 1.

    Attributes
    ----------
    last
        The last piece of each excursion, from where it was cloned.
    entered
        How far the excursion has come where that piece begins.
    before
        Number of steps before it.
    """

    last: Excursion
    entered: Float
    before: Float

    @property
    def top(self) -> Float:
        """How far each has come, infinite in the target."""
        reached = self.last.ended == TARGET
        return np.where(reached, np.inf, np.maximum(self.entered, self.last.top))


@dataclass(frozen=True)
class Split:
    """The estimates of each run, and the number of the next generation of streams."""

    probability: Float
    rounds: Index
    swarm: Swarm
    generation: int


def split(
    excursions: Excursions,
    begun: Float,
    way: Way,
    replicas: int,
    kill: int,
    enough: float,
    ids: NDArray[np.uint64],
    generation: int,
    report: Callable[[int, Float], object] = lambda finished, weight: None,
) -> Split:
    """Split until fewer than `kill` excursions of each run have not reached the target.

    A run ends earlier, with its estimate so far, where the rest cannot matter: where the product of
    the formula above falls below `enough`.  `report` is called after each round with the number of
    runs that have finished and their products.
    """
    streams = excursions.streams(ids, generation)
    first = excursions.go(begun.copy(), streams, way)  # a copy, since pieces are replaced
    swarm = Swarm(first, np.full(len(ids), LOWEST), np.zeros(len(ids)))
    generation += 1
    runs = len(ids) // replicas
    weight, rounds = np.ones(runs), np.zeros(runs, dtype=np.int64)
    open_runs = set(range(runs))
    while open_runs:
        tops = swarm.top.reshape(runs, replicas)
        killed: list[Index] = []
        parents: list[Index] = []
        levels: list[Float] = []
        for m in sorted(open_runs):
            level = np.partition(tops[m], kill - 1)[kill - 1]
            dead = np.flatnonzero(tops[m] <= level)
            alive = np.flatnonzero(tops[m] > level)
            if np.isinf(level) or not len(alive) or weight[m] < enough:
                open_runs.discard(m)
                continue
            weight[m] *= len(alive) / replicas
            rounds[m] += 1
            column = m * replicas + dead
            luck = uniform(excursions, ids[column], generation)
            killed.append(column)
            parents.append(m * replicas + alive[np.floor(luck * len(alive)).astype(int)])
            levels.append(np.full(len(dead), level))
        if killed:
            _clone(
                excursions, swarm, np.concatenate(killed), np.concatenate(parents),
                np.concatenate(levels), way, ids, generation,
            )  # fmt: skip
        generation += 1
        report(runs - len(open_runs), weight)
    reached = (swarm.last.ended == TARGET).reshape(runs, replicas)
    return Split(weight * reached.mean(axis=1), rounds, swarm, generation)


def _clone(
    excursions: Excursions,
    swarm: Swarm,
    killed: Index,
    parents: Index,
    level: Float,
    way: Way,
    ids: NDArray[np.uint64],
    generation: int,
) -> None:
    """Replace the killed by clones of their parents from where these first went beyond `level`."""
    last, entered, before = swarm.last.take(parents), swarm.entered[parents], swarm.before[parents]
    # a parent whose last piece begins beyond the level went beyond it there and not earlier: that
    # piece was cloned at a level not above this one
    again = np.flatnonzero(entered <= level)
    begun = last.begun.copy()
    done = np.zeros(len(killed), dtype=bool)
    if len(again):
        part = last.take(again)
        path = excursions.go(
            part.begun, (part.words, part.budget), way, level[again]
        )  # the same words, and so the same path, as far as the level
        begun[:, again], entered[again] = path.state, path.top
        before[again] += path.steps
        # where the step that passes the level ends the path too, its fate is its parent's
        done[again] = path.ended != LEVEL
    fresh = np.flatnonzero(~done)
    if len(fresh):
        column = killed[fresh]
        new = excursions.go(begun[:, fresh], excursions.streams(ids[column], generation), way)
        swarm.last.put(column, new)
        swarm.entered[column], swarm.before[column] = entered[fresh], before[fresh]
    copied = np.flatnonzero(done)
    if len(copied):
        column, parent = killed[copied], parents[copied]
        swarm.last.put(column, swarm.last.take(parent))
        swarm.entered[column] = swarm.entered[parent]
        swarm.before[column] = swarm.before[parent]


def uniform(excursions: Excursions, ids: NDArray[np.uint64], generation: int) -> Float:
    """Draw a number of (0, 1) for each, from streams that only selections use."""
    words = stream_words(excursions.seed, ids, "selection", generation, excursions.generator)
    return next_uniform(words, excursions.generator)

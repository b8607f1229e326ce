"""Excursions: the pieces of trajectories of which splitting consists.

An excursion starts from a full state (coordinates and hidden rows) with a stream of its own.  It
goes out, from where home was left, or back, from where home was entered, and ends where it first

                                   out                  back
    reaches the target             "target",  bridged as in `first_passage`
    has gone all the way, "stop"   xi(x) < home         xi(x) > leave
    rises above a level,  "level"  xi(x) > level        h(x) > level

with xi the reaction coordinate, and h minus the level function of the target (see `crossing`),
which grows towards it: on the way back a coordinate that leads away from the target is no guide.
Side and levels are rows of the step, so that every excursion has its own and one kernel serves them
all.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from ...landscapes.field import Field
from ...typing import Float, Index
from ..advance import bursts
from ..advice import depends_on_beta
from ..dynamics import Dynamics
from ..ensemble import Ensemble
from ..interrupt import Pressed
from ..passage.crossing import nearness, survival_budgets
from ..passage.exits import place_exits
from ..passage.stopped import stopped
from ..problem import Problem
from ..step import STEP, Step
from ..streams import Words, stream_words
from ..target import Target

#: words and survival budgets of trajectories
Streams: TypeAlias = tuple[Words, Float]

TARGET, STOP, LEVEL = 1, 2, 3
#: levels that are never crossed; infinities would count as numbers that are not finite
NEVER, LOWEST = 1e300, -1e300
#: sides: xi times the side falls below the stop's
OUT, BACK = 1.0, -1.0

_SIDE, _STOP, _LEVEL, _TOP = (
    sp.Symbol(f"row.{name}", real=True) for name in ("side", "stop", "level", "top")
)
_XI, _NEAR, _HEIGHT = (sp.Symbol(f"let.{name}", real=True) for name in ("xi", "near", "height"))


@dataclass(frozen=True)
class Way:
    """Excursions go out until xi < `stop` (side `OUT`), or back until xi > `stop` (`BACK`)."""

    side: float
    stop: float


#: the way of scouts, which only the target stops
ANYWHERE = Way(OUT, LOWEST)


@dataclass
class Excursion:
    """Excursions that have ended, one column each.

    Attributes
    ----------
    begun
        State rows at the start.
    words, budget
        The generator's state at the start, and the row that decides crossings inside steps.
    ended
        `TARGET`, `STOP` or `LEVEL`.
    state
        State rows at the end.
    top
        Largest xi after any step on a way out, largest h on a way back.
    steps
        Number of steps; the last one counts by the part before the boundary.
    """

    begun: Float
    words: NDArray[np.uint64]
    budget: Float
    ended: Index
    state: Float
    top: Float
    steps: Float

    def take(self, which: Index) -> Excursion:
        """Return some of them."""
        return Excursion(*(value[..., which] for value in vars(self).values()))

    def put(self, which: Index, other: Excursion) -> None:
        """Replace some of them."""
        for mine, theirs in zip(vars(self).values(), vars(other).values(), strict=True):
            mine[..., which] = theirs


class Excursions:
    """Runs excursions of one dynamics on one landscape."""

    def __init__(
        self,
        problem: Problem,
        target: Target,
        coordinate: sp.Expr,
        covariance: Field | None,
        max_steps: int,
    ) -> None:
        landscape, dynamics = problem.landscape, problem.dynamics
        plain = dynamics.step(landscape)
        refuse_clock(plain, dynamics)
        self.initial = np.array(plain.initial, dtype=float)
        self.rows = len(plain.state)
        moved = dict(zip(plain.state, plain.update, strict=True))
        step = plain.with_row("side", lambda row: row, OUT)
        step = step.with_row("stop", lambda row: row, LOWEST)
        step = step.with_row("level", lambda row: row, NEVER)
        near = nearness(target.condition)
        climbed = sp.Piecewise((_XI, _SIDE > 0), (_NEAR, True))
        assignments = (
            (_XI, coordinate.xreplace(moved)), (_NEAR, near.xreplace(moved)), (_HEIGHT, climbed),
        )  # fmt: skip
        step = replace(step, assignments=(*step.assignments, *assignments))
        # not a maximum: where the height is no number, left of 0 for log(x), the top stays
        step = step.with_row(
            "top", lambda row: sp.Piecewise((_HEIGHT, _HEIGHT > row), (row, True)), LOWEST
        )
        ends = (
            target,
            Target("stop", "", _SIDE * _XI < _STOP, bridged=False),
            Target("level", "", _HEIGHT > _LEVEL, bridged=False),
        )
        self.landscape, self.ends = landscape, ends
        self.step = stopped(step, landscape, ends, covariance)
        self.bridged = covariance is not None
        self.backend, self.generator, self.seed = problem.backend, problem.generator, problem.seed
        self.engine = self.backend.engine(self.step, self.generator)
        self.max_steps = max_steps
        self.steps_made = 0.0  # by all trajectories
        self.pool: ThreadPoolExecutor | None = None
        self.pressed = Pressed()

    def whole(self, states: Float) -> Float:
        """Return coordinates with the hidden rows that trajectories begin with."""
        return np.vstack([states, np.repeat(self.initial[:, None], states.shape[1], axis=1)])

    def streams(self, ids: NDArray[np.uint64], generation: int, seed: int | None = None) -> Streams:
        """Return new words and survival budgets of trajectories, of one generation."""
        seed = self.seed if seed is None else seed
        words = stream_words(seed, ids, "noise", generation, self.generator)
        if not (self.bridged and len(ids)):
            return words, np.ones(len(ids))
        budgets = survival_budgets(1, self.backend, seed, ids, self.generator, generation)
        return words, budgets[0]

    def go(
        self, begun: Float, streams: Streams, way: Way, level: float | Float = NEVER
    ) -> Excursion:
        """Run excursions; the level is a number or an array, one for each."""
        if not begun.shape[1]:
            none = np.zeros(0)
            return Excursion(begun, *streams, none.astype(np.int64), begun.copy(), none, none)
        ensemble = self._set_out(begun, streams, way, level)
        self._advance(ensemble, self.max_steps)
        ended, row = ensemble.ended, ensemble.ended_row
        if self.bridged and row is not None:
            place_exits(self.landscape, self.ends, ensemble.state, row, ended)
        if (late := ensemble.running).any():
            raise ValueError(
                f"{late.sum()} of {len(late)} excursions were still under way after "
                f"{self.max_steps} steps; raise max_steps=, or give home= and leave= levels that "
                "are reached sooner."
            )
        state, row = ensemble.state, ensemble.ended_row
        assert row is not None
        return Excursion(
            begun, *streams, ended, state[: self.rows].copy(),
            state[self.step.state.index(_TOP)].copy(), state[row + 1].copy(),
        )  # fmt: skip

    def wander(self, begun: Float, streams: Streams, steps: int) -> Float:
        """Return the coordinates after so many steps of those that have not reached the target."""
        ensemble = self._set_out(begun, streams, ANYWHERE, NEVER)
        self._advance(ensemble, steps)
        return ensemble.state[: self.step.visible, ensemble.running]

    def _set_out(self, begun: Float, streams: Streams, way: Way, level: float | Float) -> Ensemble:
        words, budget = streams
        ensemble = Ensemble.fresh(self.step, begun[: self.step.visible], words.copy())
        ensemble.state[: self.rows] = begun
        for row, value in ((_SIDE, way.side), (_STOP, way.side * way.stop), (_LEVEL, level)):
            ensemble.state[self.step.state.index(row)] = value
        if self.bridged:
            ensemble.state[-1] = budget
        return ensemble

    def _advance(self, ensemble: Ensemble, steps: int) -> None:
        for _ in bursts(self.engine, ensemble, range(steps), self.pool):
            if self.pressed:
                raise KeyboardInterrupt("interrupted while splitting: nothing is kept.")
        self.engine.bring(ensemble)
        if (lost := ensemble.diverged >= 0).any():
            colder = ", or a smaller beta" if depends_on_beta(self.landscape) else ""
            raise ValueError(
                f"{lost.sum()} of {ensemble.count} excursions left the finite numbers; use a "
                f"smaller step{colder}."
            )
        self.steps_made += float(ensemble.state[self.step.state.index(self.step.ended) + 1].sum())


def refuse_clock(step: Step, dynamics: Dynamics) -> None:
    """Raise an error unless the step is the same map at all times: clones start at step 0 again."""
    parts = [*step.update, *(e for _, e in step.assignments)]
    samples = step.training_set
    memory = samples is not None and not (samples.rows and samples.order == "iid")
    if memory or any(STEP in e.free_symbols for e in parts):
        what = "deals from a training set" if memory else "depends on the number of the step"
        raise ValueError(
            f"{dynamics} {what}, and splitting restarts trajectories in the middle: it needs a "
            "step that is the same at all times. Use sampling='fresh' and a constant "
            "learning_rate, or first_passage."
        )

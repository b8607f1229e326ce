"""Trajectories that end: stepping an ensemble until each has reached a target.

Trajectories that have ended are left out of `Ensemble.live` between bursts, so that blocks of lanes
stay full.  How often that is worth while is measured as it goes: a burst of K steps wastes about
r K/2 steps a trajectory when a fraction r ends per step, and costs the time that a return to Python
takes, so K = sqrt(2 overhead/(r step time)).  Results do not depend on K.
"""

from __future__ import annotations

import time as clock
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..backends.engine import still_running
from ..ensemble import Ensemble
from ..step import Step

_BURST = 0.2  # seconds between returns to Python
_GRAIN = 64  # steps between two checks inside a kernel


class Passages:
    """The trajectories of one ensemble on their way to the targets of a stopped step."""

    def __init__(self, step: Step, engine: Any, ensemble: Ensemble) -> None:
        assert step.ended is not None
        self.step, self.engine, self.ensemble = step, engine, ensemble
        self.row = step.state.index(step.ended)
        self.retire()

    @property
    def ended(self) -> NDArray[np.int64]:
        """Number of the target that each trajectory reached, 0 where it has not."""
        ended = self.ensemble.state[self.row]
        return np.where(np.isnan(ended), 0, ended).astype(np.int64)

    @property
    def running(self) -> NDArray[np.bool_]:
        """Whether a trajectory has neither ended nor left the finite numbers."""
        mask: NDArray[np.bool_] = still_running(
            self.ensemble.state[self.row], self.ensemble.diverged
        )
        return mask

    def retire(self) -> int:
        """Leave out what has ended; returns how many still run."""
        return int(self.engine.retire(self.ensemble, self.row))

    def advance(self, done: int, total: int, pool: Any) -> Iterator[tuple[int, int]]:
        """Step until all have ended or made `total` steps; yields (steps made, still running).

        What has ended is known to the engine alone until it brings the ensemble back.
        """
        # a first burst short enough for Ctrl-C where a step of all trajectories takes long
        burst, running = (
            min(_GRAIN, max(2, 2_000_000 // max(self.ensemble.count, self.engine.lanes))),
            self.retire(),
        )
        while running and done < total:
            then = min(total, done + burst)
            began = clock.perf_counter()
            self.engine.advance(self.ensemble, done, then, pool)
            stepped = clock.perf_counter()
            before, done, running = running, then, self.retire()
            yield done, running
            seconds = (stepped - began) / burst
            overhead = clock.perf_counter() - stepped + 3e-5  # and what starting a burst takes
            rate = (before - running + 0.5) / before / burst
            best = (2 * overhead / (rate * seconds)) ** 0.5
            best = min(best, _BURST / seconds, 8 * burst)
            least = min(_GRAIN, max(2, int(_BURST / seconds)))
            burst = max(least, int(best) // _GRAIN * _GRAIN)

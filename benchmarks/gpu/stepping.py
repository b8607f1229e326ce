"""The engines of the package, stepping a resident ensemble without start and results.

The cost of a whole call (words, start, datasets) is measured separately by `whole_run`.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

import numpy as np

from .systems import System


@lru_cache(maxsize=1)
def words(count: int) -> Any:
    """Return the random words of trajectories, those of the package for seed 1."""
    from driftscape.simulate.streams import stream_words

    return stream_words(1, np.arange(count, dtype=np.uint64))


def states(system: System, count: int) -> Any:
    """Return trajectories at their start, shape (coordinates, trajectories)."""
    return np.repeat(np.array(system.start)[:, None], count, axis=1)


class Stepping:
    """Plain steps of one system on one backend."""

    whole = False

    def __init__(
        self, name: str, system: System, backend: Any, most: int, count: int, threads: int = 1
    ) -> None:
        from driftscape.simulate.ensemble import Ensemble

        landscape = system.landscape()
        step = system.dynamics().bound(landscape).step(landscape)
        self.name, self.count, self.at = name, count, 0
        self.ensemble = Ensemble.fresh(
            step, states(system, count), np.ascontiguousarray(words(most)[:, :count])
        )
        self.engine = backend.engine(step, "xoshiro")
        self.pool = ThreadPoolExecutor(threads) if threads > 1 else None

    def prepare(self) -> None:
        """Do nothing: every call continues where the last one ended."""

    def run(self, steps: int) -> None:
        """Make this number of steps; engines return when they are done."""
        self.engine.advance(self.ensemble, self.at, self.at + steps, self.pool)
        self.at += steps

    def made(self, steps: int) -> float:
        """Return the steps of all trajectories."""
        return float(steps) * self.count

    def final(self) -> Any:
        """Return the states, shape (coordinates, trajectories)."""
        self.engine.bring(self.ensemble)
        return self.ensemble.state


def whole_run(system: System, backend: str, count: int, steps: int) -> float:
    """Return the steps a second of one whole `simulate.run`, from the call to its dataset."""
    from driftscape import simulate

    given = dict(trajectories=count, seed=1, start=system.start, keep="final", progress=False)
    landscape, dynamics = system.landscape(), system.dynamics()
    simulate.run(landscape, dynamics, steps=2, backend=backend, **given)  # type: ignore[arg-type]
    begin = time.perf_counter()
    simulate.run(landscape, dynamics, steps=steps, backend=backend, **given)  # type: ignore[arg-type]
    return count * steps / (time.perf_counter() - begin)

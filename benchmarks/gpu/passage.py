"""First passage of W3, counted in useful steps: the steps before a trajectory has ended.

Steps of lanes that have ended, moving trajectories together, returns to Python, and the last few
trajectories that leave most of the GPU idle are cost.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..passage import DT, MEAN
from .stepping import states, words
from .systems import System

#: whether crossings inside steps are looked for
KINDS = {"no bridge": False, "bridge": True}


class Passage:
    """A first passage from -1 to the saddle at 0, followed for 100 times its mean."""

    whole = True

    def __init__(self, name: str, system: System, backend: Any, most: int, count: int) -> None:
        from driftscape.simulate.passage.crossing import bridge_covariance
        from driftscape.simulate.passage.stopped import stopped
        from driftscape.simulate.target import read_targets

        landscape, dynamics = system.landscape(), system.dynamics()
        dynamics = dynamics.bound(landscape)
        self.name, self.backend = name, backend
        self.count, self.most, self.start = count, most, states(system, count)
        self.targets = read_targets(landscape, "x > 0")
        covariance = bridge_covariance(landscape, dynamics, KINDS[name])
        self.bridged = covariance is not None
        self.step = stopped(dynamics.step(landscape), landscape, self.targets, covariance)
        self.engine = backend.engine(self.step, "xoshiro")
        self.ensemble: Any = None

    def prepare(self) -> None:
        """Reset all trajectories to their start and copy them to the GPU."""
        from driftscape.simulate.ensemble import Ensemble
        from driftscape.simulate.passage.crossing import survival_budgets

        mine = np.ascontiguousarray(words(self.most)[:, : self.count])
        ensemble = Ensemble.fresh(self.step, self.start, mine)
        if self.bridged:
            numbers = np.arange(self.count, dtype=np.uint64)
            budgets = survival_budgets(len(self.targets), self.backend, 1, numbers, "xoshiro")
            ensemble.state[-len(self.targets) :] = budgets
        self.ensemble = ensemble
        self.engine.retire(ensemble, ensemble.ended_row)

    def run(self, steps: int) -> None:
        """Step until all have ended; `steps` is ignored."""
        from driftscape.simulate.advance import bursts

        for _ in bursts(self.engine, self.ensemble, range(int(100 * MEAN / DT)), None):
            pass

    def made(self, steps: int) -> float:
        """Return the useful steps."""
        self.engine.bring(self.ensemble)
        return float(self.ensemble.state[self.ensemble.ended_row + 1].sum())

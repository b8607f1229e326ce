"""What is recorded between bursts: the window of snapshots, and the densities counted from it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..landscapes.landscape import Landscape
from .density import Counter
from .ensemble import Ensemble
from .keep import Keep

_WINDOW = 32e6  # bytes of snapshots held while only a density is wanted


class Recorder:
    """Gives the ensemble room for snapshots and takes densities from them as they come.

    Where snapshots are kept the room holds all of them; where only a density is, it is a window
    that moves along, so that memory does not grow with the steps.
    """

    def __init__(self, keep: Keep, landscape: Landscape, ensemble: Ensemble, total: int) -> None:
        self.ensemble, self.keep = ensemble, keep
        self.counter = Counter(keep.density, landscape) if keep.density else None
        every, shape = ensemble.every, (landscape.dim, ensemble.count)
        if every and not keep.snapshots:
            room = int(_WINDOW // (8 * shape[0] * shape[1]))
            ensemble.snapshots = np.empty((max(1, min(room, total // every)), *shape))

    def begin(self, done: int, before: Any = None) -> None:
        """Start at step `done`; `before` is the dataset of a run that is resumed."""
        if self.counter is None:
            return
        if not self.keep.snapshots:
            self.ensemble.first_shot = done // self.ensemble.every + 1
        if before is not None:
            self.counter.counts[...] = before.counts.values
            kept = "outside" in before  # a point of a sweep
            self.counter.outside = int(before.outside if kept else before.counts.attrs["outside"])

    def limit(self, then: int) -> int:
        """Return how far the next burst may go before the window is full."""
        if self.counter is None or self.keep.snapshots:
            return then
        last = self.ensemble.first_shot + len(self.ensemble.snapshots) - 1
        return min(then, (last + 1) * self.ensemble.every - 1)

    def collect(self, done: int, then: int) -> None:
        """Count the snapshots of steps `done` + 1 to `then`, where a density is kept."""
        assert self.counter is not None
        every = self.ensemble.every
        for shot in range(done // every + 1, then // every + 1):
            self.counter.add(self.ensemble.snapshots[shot - self.ensemble.first_shot], shot * every)
        if not self.keep.snapshots:
            self.ensemble.first_shot = then // every + 1

"""What an engine is to the verbs: a compiled step, and the ensembles it advances.

    engine.advance(ensemble, start, stop, pool)     make steps `start` to `stop`
    engine.retire(ensemble, row)                    leave out the trajectories that have ended
    engine.bring(ensemble)                          make the ensemble's arrays current

Between the first `advance` and a `bring` the arrays of an ensemble may be out of date, and must not
be written to: an engine on a card keeps its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..ensemble import Ensemble
from ..step import Step


def pack_tables(step: Step) -> NDArray[np.float64]:
    """Return the step's tables as rows of one array, as kernels read them."""
    rows = [np.asarray(t, dtype=float) for t in step.tables.values()]
    packed = np.zeros((max(1, len(rows)), max([1, *(r.size for r in rows)])))
    for i, row in enumerate(rows):
        packed[i, : row.size] = row
    return packed


def make(engine: Any, ensemble: Ensemble, steps: int) -> None:
    """Make so many steps from the beginning, and bring the ensemble."""
    engine.advance(ensemble, 0, steps, None)
    engine.bring(ensemble)


class HostEngine:
    """An engine that works on the ensemble's own arrays."""

    lanes: int

    def bring(self, ensemble: Ensemble) -> None:
        """Nothing to do: the arrays are current."""

    def retire(self, ensemble: Ensemble, row: int) -> int:
        """Leave out what has ended or diverged; returns how many still run."""
        return retire(ensemble, row, self.lanes)


def retire(ensemble: Ensemble, row: int, lanes: int) -> int:
    """`Engine.retire` on the ensemble's own arrays."""
    running = still_running(ensemble.state[row], ensemble.diverged)
    ensemble.live = columns(np, running, lanes if ensemble.deck.size else None)
    return int(running.sum())


def still_running(ended: Any, diverged: Any) -> Any:
    """Return whether a trajectory has neither ended nor left the finite numbers."""
    return (ended == 0) & (diverged < 0)


def columns(xp: Any, running: Any, lanes: int | None) -> Any:
    """Return the columns to advance: those that run, or, with training sets, their whole blocks.

    A training set lies in the place of its lane, so that only whole blocks can be left out.  `xp`
    is NumPy or CuPy.
    """
    if lanes is None:
        return xp.flatnonzero(running)
    blocks = xp.unique(xp.flatnonzero(running) // lanes)
    slots = (blocks[:, None] * lanes + xp.arange(lanes)).ravel()
    return slots[slots < len(running)]

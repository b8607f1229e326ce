"""The interface between the pipeline and a compiled step: `Backend` makes an `Engine`.

    backend.engine(step, generator, trajectories)   compile a step
    engine.advance(ensemble, start, stop, pool)     make steps `start` to `stop`, all arrays checked
    engine.retire(ensemble, row)                    leave out the trajectories that have ended
    engine.bring(ensemble)                          make the ensemble's arrays current

Between the first `advance` and a `bring` the arrays of an ensemble may be out of date, and must not
be written to: an engine on a GPU keeps its own copy there.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Protocol, runtime_checkable

import numpy as np

from ...typing import Bools, Float, Index
from ..ensemble import Ensemble
from ..step import Step
from .inspection import Inspection


class Engine(Protocol):
    """A step that is ready to run, and the ensembles that it advances."""

    @property
    def lanes(self) -> int:
        """Number of trajectories in a block; training sets are stored block by block."""

    def advance(
        self, ensemble: Ensemble, start: int, stop: int, pool: ThreadPoolExecutor | None = None
    ) -> None:
        """Advance the live trajectories from step `start` to step `stop`.

        `pool` gives the threads; None uses the calling thread.

        Raises
        ------
        TypeError, ValueError
            An array is of another type, shape or layout than the step reads (`Inspection`).
        """

    def retire(self, ensemble: Ensemble, row: int) -> int:
        """Leave out the trajectories that have ended or diverged; return how many still run.

        A trajectory has ended when this row of its state is not 0.
        """

    def bring(self, ensemble: Ensemble) -> None:
        """Make the arrays of the ensemble current."""


@runtime_checkable
class Backend(Protocol):
    """A way to turn a `Step` into an `Engine`."""

    @property
    def name(self) -> str:
        """The name that `backend=` accepts and that a dataset records."""

    def engine(
        self, step: Step, generator: str = "xoshiro", trajectories: int | None = None
    ) -> Engine:
        """Return the step, ready to run with the random words of a generator.

        It advances any number of trajectories, and may be chosen for the number given.
        """


class HostEngine:
    """Base of the engines that work on the ensemble's own arrays."""

    lanes: int
    inspection: Inspection

    def bring(self, ensemble: Ensemble) -> None:
        """Do nothing: the arrays are current."""

    def retire(self, ensemble: Ensemble, row: int) -> int:
        """Leave out the trajectories that have ended or diverged; return how many still run."""
        return retire(ensemble, row, self.lanes)


def make(engine: Engine, ensemble: Ensemble, steps: int) -> None:
    """Advance an ensemble by so many steps from step 0, and make its arrays current."""
    engine.advance(ensemble, 0, steps)
    engine.bring(ensemble)


def retire(ensemble: Ensemble, row: int, lanes: int) -> int:
    """Carry out `Engine.retire` on the ensemble's own arrays."""
    running = still_running(ensemble.state[row], ensemble.diverged)
    ensemble.live = columns(np, running, lanes if ensemble.training_sets.size else None)
    return int(running.sum())


def still_running(ended: Float, diverged: Index) -> Bools:
    """Return whether each trajectory has neither ended nor left the finite numbers."""
    running: Bools = (ended == 0) & (diverged < 0)
    return running


def columns(xp: ModuleType, running: Bools, lanes: int | None) -> Index:
    """Return the columns to advance: those that run or, with training sets, their whole blocks.

    A training set belongs to a lane, so that only whole blocks can be left out.  `xp` is NumPy, or
    CuPy for arrays on the GPU.
    """
    found: Index = xp.flatnonzero(running)
    if lanes is None:
        return found
    blocks = xp.unique(found // lanes)
    slots: Index = (blocks[:, None] * lanes + xp.arange(lanes)).ravel()
    return slots[slots < len(running)]


def pack_tables(step: Step) -> Float:
    """Return the step's tables as rows of one array, as kernels read them."""
    rows = [np.asarray(t, dtype=float) for t in step.tables.values()]
    packed = np.zeros((max(1, len(rows)), max([1, *(r.size for r in rows)])))
    for i, row in enumerate(rows):
        packed[i, : row.size] = row
    return packed

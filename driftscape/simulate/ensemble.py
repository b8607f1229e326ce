"""`Ensemble`: the arrays that a backend advances; and `Variables`, of which a dataset is built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..labels import Label
from ..typing import Bools, Float, Index
from .histogram import Histogram
from .snapshot_memory import uninitialised
from .step import Step

#: name -> dimensions, values and attributes, ready for xarray
Variables: TypeAlias = dict[str, tuple[tuple[str, ...], Any, dict[str, Any]]]


def described(entries: Mapping[str, tuple[tuple[str, ...], Any, Label]]) -> Variables:
    """Return variables from dimensions, values and labels."""
    return {name: (dims, v, {**label.attributes}) for name, (dims, v, label) in entries.items()}


@dataclass
class Ensemble:
    """State of all trajectories of a run, one row a variable, one column a trajectory.

    Attributes
    ----------
    state
        Coordinates, then hidden rows, shape (rows, trajectories).
    words
        Generator state, shape (4, trajectories).
    diverged
        Step at which a trajectory left the finite numbers, or -1.
    snapshots
        Shape (snapshots, coordinates, trajectories); entry k is of step (first_shot + k)*every.
    every
        Spacing of snapshots and of counted states in steps; 0 for none.
    training_sets
        Shape (blocks, variables, samples, lanes): those of a block lie together.
    ended_row
        The row that is 0 while a trajectory runs and then the number of its target, if any.
    histogram
        Counts of the states, where the step counts some.
    live
        Numbers of the columns that are advanced; default all.  With training sets, whole blocks.
    """

    state: Float
    words: NDArray[np.uint64]
    diverged: Index
    snapshots: Float
    every: int = 0
    first_shot: int = 0
    training_sets: Float = field(default_factory=lambda: np.empty((0, 0, 0, 1)))
    ended_row: int | None = None
    histogram: Histogram = field(default_factory=Histogram)
    live: Index = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def __post_init__(self) -> None:
        if not len(self.live):
            self.live = np.arange(self.count, dtype=np.int64)

    @classmethod
    def fresh(
        cls,
        step: Step,
        states: Float,
        words: NDArray[np.uint64],
        shots: int = 0,
        every: int = 0,
        hidden: Float | None = None,
    ) -> Ensemble:
        """Return trajectories at their start, with room for so many snapshots.

        `hidden` are the initial values of the hidden rows where they differ between points of
        equally many trajectories side by side, shape (hidden rows, points).
        """
        count = states.shape[1]
        if hidden is None:
            hidden = np.array(step.initial, dtype=float)[:, None]
        state = np.empty((len(states) + len(hidden), count))
        state[: len(states)] = states
        if len(hidden):
            points = hidden.shape[1]
            state[len(states) :].reshape(len(hidden), points, -1)[:] = hidden[..., None]
        ensemble = cls(
            state=state,
            words=words,
            diverged=np.full(count, -1, dtype=np.int64),
            snapshots=uninitialised((shots, step.visible, count)),
            every=every,
            ended_row=step.state.index(step.ended) if step.ended is not None else None,
        )
        ensemble.snapshots[:1] = states
        return ensemble

    @property
    def count(self) -> int:
        """Number of trajectories."""
        return int(self.state.shape[1])

    @property
    def ended(self) -> Index:
        """Number of the target that each trajectory has reached, 0 where none."""
        ended = self.state[self.ended_row]
        return np.where(np.isnan(ended), 0, ended).astype(np.int64)

    @property
    def running(self) -> Bools:
        """Whether a trajectory has neither ended nor left the finite numbers."""
        running: Bools = (self.state[self.ended_row] == 0) & (self.diverged < 0)
        return running

    def columns(self, which: slice | Index) -> Ensemble:
        """Return some of the trajectories, without snapshots and training sets."""
        state = self.state[:, which]
        none = np.empty((0, self.snapshots.shape[1], state.shape[1]))
        return Ensemble(state, self.words[:, which], self.diverged[which], none)

    def part(self) -> Ensemble:
        """Return copies of the live trajectories, in blocks of one lane and without snapshots."""
        part = self.columns(self.live)
        if self.training_sets.size:
            part.training_sets = self.training_sets[self.live]
        return part

    def put_back(self, part: Ensemble) -> None:
        """Undo `part` after it was advanced."""
        self.state[:, self.live], self.words[:, self.live] = part.state, part.words
        self.diverged[self.live] = part.diverged
        if self.training_sets.size:
            self.training_sets[self.live] = part.training_sets

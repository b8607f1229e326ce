"""`Ensemble`: the arrays that a backend advances."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .step import Step


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
        Snapshot spacing in steps; 0 stores none.
    training_sets
        Shape (blocks, variables, samples, lanes): those of a block lie together.
    live
        Numbers of the columns that are advanced; default all.  With training sets, whole blocks.
    """

    state: NDArray[np.float64]
    words: NDArray[np.uint64]
    diverged: NDArray[np.int64]
    snapshots: NDArray[np.float64]
    every: int = 0
    first_shot: int = 0
    training_sets: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 0, 0, 1)))
    live: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def __post_init__(self) -> None:
        if not len(self.live):
            self.live = np.arange(self.count, dtype=np.int64)

    @classmethod
    def fresh(
        cls, step: Step, states: NDArray[np.float64], words: NDArray[np.uint64],
        shots: int = 0, every: int = 0,
    ) -> "Ensemble":  # fmt: skip
        """Return trajectories at their start, with room for so many snapshots."""
        count = states.shape[1]
        hidden = np.repeat(np.array(step.initial, dtype=float)[:, None], count, axis=1)
        ensemble = cls(
            state=np.ascontiguousarray(np.vstack([states, hidden])),
            words=words,
            diverged=np.full(count, -1, dtype=np.int64),
            snapshots=np.empty((shots, step.visible, count)),
            every=every,
        )
        ensemble.snapshots[:1] = states
        return ensemble

    def part(self) -> "Ensemble":
        """Return copies of the live trajectories, in blocks of one lane and without snapshots."""
        sets = self.training_sets
        return Ensemble(
            state=self.state[:, self.live],
            words=self.words[:, self.live],
            diverged=self.diverged[self.live],
            snapshots=np.empty((0, self.snapshots.shape[1], len(self.live))),
            training_sets=sets[self.live] if sets.size else sets,
        )

    def put_back(self, part: "Ensemble") -> None:
        """Undo `part` after it was advanced."""
        self.state[:, self.live], self.words[:, self.live] = part.state, part.words
        self.diverged[self.live] = part.diverged
        if self.training_sets.size:
            self.training_sets[self.live] = part.training_sets

    @property
    def count(self) -> int:
        """Number of trajectories."""
        return int(self.state.shape[1])

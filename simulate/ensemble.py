"""`Ensemble`: the arrays that a backend advances."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


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
    deck
        Training sets, shape (blocks, variables, samples, lanes): those of a block lie together.
    """

    state: NDArray[np.float64]
    words: NDArray[np.uint64]
    diverged: NDArray[np.int64]
    snapshots: NDArray[np.float64]
    every: int = 0
    first_shot: int = 0
    deck: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 0, 0, 1)))

    @property
    def count(self) -> int:
        """Number of trajectories."""
        return self.state.shape[1]

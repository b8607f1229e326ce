"""`Histogram`: the arrays in which an engine counts the states of an ensemble."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ..typing import Float, Index

#: of a coordinate's numbers: a bin is at least so wide, beside the larger of its bounds, that the
#: bin that a multiplication gives is at most one away from the right one
RESOLVED = 2.0**-44


def edges_of(low: float, high: float, bins: int) -> Float:
    """Return the edges of equal bins: low + i*width, and high.

    A kernel computes the same sums, bit for bit.
    """
    edges: Float = np.arange(bins + 1, dtype=float)
    edges *= width_of(low, high, bins)
    edges += low
    edges[-1] = high
    return edges


def width_of(low: float, high: float, bins: int) -> float:
    """Return the width of a bin."""
    with np.errstate(over="ignore"):
        return float((np.float64(high) - low) / bins)


def resolved(low: float, high: float, bins: int) -> bool:
    """Return whether floating numbers tell the edges of neighbouring bins well apart."""
    width = width_of(low, high, bins)
    return bool(max(RESOLVED * max(abs(low), abs(high)), np.finfo(float).tiny) < width < np.inf)


@dataclass(eq=False)
class Histogram:
    """Counts of states in cells, of each point of a sweep.

    Attributes
    ----------
    bins
        Of each counted coordinate the lower bound, the upper one, the width of a bin, 1/width and
        the number of bins, shape (coordinates, 5).
    counts
        Shape (points, cells + 1): the first coordinate slowest, and last what lies in no cell.
    after
        States of later steps than this one are counted.
    """

    bins: Float = field(default_factory=lambda: np.empty((0, 5)))
    counts: Index = field(default_factory=lambda: np.empty((0, 0), dtype=np.int64))
    after: int = 0

    @classmethod
    def empty(
        cls,
        bounds: Sequence[tuple[float, float]],
        bins: Sequence[int],
        after: int = 0,
        points: int = 1,
    ) -> Histogram:
        """Return counts of zero for these bounds and numbers of bins along each coordinate."""
        rows = []
        for (low, high), number in zip(bounds, bins, strict=True):
            width = width_of(low, high, number)
            rows.append([low, high, width, 1 / width, number])
        cells = int(np.prod(bins))
        return cls(np.array(rows), np.zeros((points, cells + 1), dtype=np.int64), after)

    def add(self, states: Float, step: int) -> None:
        """Count the states after a step, shape (coordinates, points x trajectories).

        NaN lies in no cell.
        """
        if step <= self.after:
            return
        points, inside = len(self.counts), np.ones(states.shape[1], dtype=bool)
        cell = np.zeros(states.shape[1], dtype=np.int64)
        for state, (low, high, _, _, number) in zip(states, self.bins, strict=True):
            bins = int(number)
            index = np.searchsorted(edges_of(low, high, bins), state, side="right") - 1
            inside &= (index >= 0) & (index < bins)
            cell = cell * bins + np.clip(index, 0, bins - 1)
        cell[~inside] = self.counts.shape[1] - 1
        for count, part in zip(self.counts, cell.reshape(points, -1), strict=True):
            count += np.bincount(part, minlength=len(count))

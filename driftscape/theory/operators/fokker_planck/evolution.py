"""Time evolution of a density: a stiff, linear equation with one unknown for each cell.

SDIRK4 of E. Hairer and G. Wanner (Solving ODEs II, section IV.6): five solves with one matrix
1 - h A/4, order 4, L-stable (modes faster than the step are damped), with an embedded solution
of order 3 whose difference controls the step.  Steps are dyadic fractions of the time to the next
output, so that many of them use one matrix.  Every stage conserves the sum of the masses to
rounding.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy.sparse as sparse
from numpy.typing import ArrayLike

from ....typing import Float, Index
from ....validate import check_numbers, shown
from ..grid import Matrix
from .linear_solver import Factors

_GAMMA = 0.25  # coefficients of the method
_STAGES = (  # weights of the earlier slopes, for each stage
    (),
    (1 / 2,),
    (17 / 50, -1 / 25),
    (371 / 1360, -137 / 2720, 15 / 544),
    (25 / 24, -49 / 48, 125 / 16, -85 / 12),
)
_ERROR = (-3 / 16, -27 / 32, 25 / 32, 0.0, 1 / 4)  # weights of the slopes in the estimate
_CACHED = 3  # factorisations in memory
_MOST_HALVINGS = 50  # of the time to the next output
_EASY = 1 / 20  # of the tolerance: below this error a step twice as long would still pass


def evolved(
    forward: Matrix, order: Index, mass: Float, times: Float, tolerance: float
) -> Iterator[Float]:
    """Yield the masses at each time.

    Parameters
    ----------
    forward
        A, sparse, shape (n, n).
    order
        The cells in the order of elimination.
    times
        Ascending, from 0 on.
    tolerance
        Mass misplaced by a step at most.
    """
    stepper = _Stepper(forward, order)
    now, level = 0.0, 0
    for end in times:
        span, done = end - now, 0  # done: in units of span/2**level
        while span > 0 and done < 2**level:
            new, error = stepper.step(mass, span / 2**level)
            if error > tolerance and level < _MOST_HALVINGS:
                finer = min(_halvings(error / tolerance), _MOST_HALVINGS - level)
                level, done = level + finer, done * 2**finer
                continue
            mass, done = new, done + 1
            if error < _EASY * tolerance and level > 0 and done % 2 == 0:
                level, done = level - 1, done // 2
        now = end
        yield mass


def _halvings(excess: float) -> int:
    """Return how often to halve a step whose error is `excess` times too large, at least once.

    Half a step has at least 1/16 of the error, so that fewer halvings would fail.
    """
    return max(1, int(np.log2(min(excess, 1e300)) / 4))


class _Stepper:
    """One step of any length, with the factorisations of the last few lengths kept."""

    def __init__(self, forward: Matrix, order: Index) -> None:
        self.forward, self.order = forward, order
        self.factors: dict[float, Factors] = {}

    def step(self, mass: Float, h: float) -> tuple[Float, float]:
        """Return the masses after h, and the estimated mass misplaced."""
        solver = self._at(h)
        slopes: list[Float] = []
        for weights in _STAGES:
            known = mass + h * sum((w * k for w, k in zip(weights, slopes, strict=True)), 0.0)
            stage = solver.solve(known)
            slopes.append((stage - known) / (h * _GAMMA))
        # the filter 1/(1 - h A/4) removes from the estimate what is damped anyway
        terms = (e * k for e, k in zip(_ERROR, slopes, strict=True))
        estimate = np.asarray(h * sum(terms), float)
        return stage, float(np.abs(solver.solve(estimate)).sum())

    def _at(self, h: float) -> Factors:
        key = float(f"{h:.12e}")  # equal spans differ in the last bits
        if key not in self.factors:
            while len(self.factors) >= _CACHED:
                self.factors.pop(next(iter(self.factors)))
            matrix = sparse.identity(self.forward.shape[0]) - key * _GAMMA * self.forward
            self.factors[key] = Factors(matrix, self.order)
        return self.factors[key]


def check_times(times: ArrayLike) -> Float:
    """Return the output times as an array; they ascend from 0 on."""
    wanted = "finite times >= 0, in ascending order"
    array = np.atleast_1d(check_numbers("times", times, wanted))
    if array.ndim != 1 or not len(array) or (np.diff(array, prepend=0.0) < 0).any():
        raise ValueError(f"times={shown(times)}; give {wanted}.")
    return array

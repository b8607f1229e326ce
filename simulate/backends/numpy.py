"""The NumPy reference backend: the step evaluated as written, one step at a time.

It draws the same 64-bit words as the compiled kernels and turns them into numbers with NumPy's own
functions.  NumPy has no fused multiply-add, so states agree to rounding, not in every bit.  Slow,
short, and independent of the printer and of every compiled primitive: what tests compare with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from ...landscapes.evaluate import evaluate
from ..ensemble import Ensemble
from ..step import STEP, Step
from .kernel import Draws

Words = NDArray[np.uint64]


@dataclass(frozen=True)
class NumpyBackend:
    """The reference."""

    name: str = "numpy"

    def engine(self, step: Step) -> NumpyEngine:
        """Return the step ready to run; nothing is compiled."""
        return NumpyEngine(step)


class NumpyEngine:
    """A step run by tree evaluation over all trajectories at once."""

    def __init__(self, step: Step) -> None:
        self.step = step
        self.top = [s for s in step.noise if isinstance(s, sp.Symbol)]
        self.indexed = {s: law for s, law in step.noise.items() if not isinstance(s, sp.Symbol)}
        laws = [step.noise[s] for s in self.top]
        self.draws = Draws(laws, paired=not self.indexed)
        self.parameters = dict(zip(step.parameters, map(float, step.values), strict=True))

    def advance(self, ensemble: Ensemble, start: int, stop: int, pool: Any = None) -> None:
        """Advance every trajectory from step `start` to `stop`."""
        turns = self.draws.turns
        with np.errstate(all="ignore"):
            for chunk in range(start // turns, -(-stop // turns)):
                before = ensemble.words.copy()
                numbers = draw(ensemble.words, self.draws)
                for turn in range(turns):
                    number = chunk * turns + turn
                    if start <= number < stop:
                        noise = {s: numbers[r] for s, r in zip(self.top, self.draws.rows[turn], strict=True)}
                        self._step(ensemble, number, noise)
                if (chunk + 1) * turns > stop:
                    ensemble.words[:] = before

    def _step(self, ensemble: Ensemble, number: int, noise: dict[sp.Basic, Any]) -> None:
        values: dict[sp.Basic, Any] = {**self.parameters, **noise, STEP: float(number)}
        values |= zip(self.step.state, ensemble.state, strict=True)
        tables = dict(self.step.tables) | self._batches(ensemble)
        new = evaluate(self.step.update, values, self.step.lets, tables)
        ensemble.state[:] = [np.broadcast_to(row, ensemble.count) for row in new]
        lost = ~np.isfinite(ensemble.state).all(axis=0)
        ensemble.diverged[lost & (ensemble.diverged < 0)] = number + 1
        ensemble.state[:, lost] = np.nan
        if ensemble.every and (number + 1) % ensemble.every == 0:
            ensemble.snapshots[(number + 1) // ensemble.every] = ensemble.state[: self.step.visible]

    def _batches(self, ensemble: Ensemble) -> dict[sp.Basic, Any]:
        """Draw the samples of a mini-batch, shape (trajectories, batch), loop by loop."""
        if not self.indexed:
            return {}
        sums = {s for e in [*self.step.update, *(e for _, e in self.step.lets)] for s in e.atoms(sp.Sum)}
        counts = {
            int(s.limits[0][2].subs(self.parameters)) - int(s.limits[0][1]) + 1
            for s in sums
            if any(i.base in self.indexed for i in s.atoms(sp.Indexed))
        }
        if len(counts) != 1:
            raise ValueError("the reference backend draws one mini-batch a step.")
        count = counts.pop()
        draws = Draws(list(self.indexed.values()), paired=True)
        batches = {base: np.empty((ensemble.count, count)) for base in self.indexed}
        for first in range(0, count, draws.turns):
            numbers = draw(ensemble.words, draws)
            for turn in range(min(draws.turns, count - first)):
                for base, row in zip(self.indexed, draws.rows[turn], strict=True):
                    batches[base][:, first + turn] = numbers[row]
        return batches


def draw(words: Words, draws: Draws) -> list[NDArray[np.float64]]:
    """Draw one chunk of numbers; advances the generators in place."""
    rows: list[Any] = [None] * draws.count
    for function, targets in draws.calls:
        for row, values in zip(targets, _FROM_WORD[function](next_word(words)), strict=True):
            rows[row] = values
    return rows


def next_word(x: Words) -> Words:
    """xoshiro256++ on an array of states (4, n), in place."""
    with np.errstate(over="ignore"):
        word = _rotl(x[0] + x[3], 23) + x[0]
    t = x[1] << np.uint64(17)
    x[2] ^= x[0]
    x[3] ^= x[1]
    x[1] ^= x[2]
    x[0] ^= x[3]
    x[2] ^= t
    x[3] = _rotl(x[3], 45)
    return word


def _rotl(x: Words, k: int) -> Words:
    return (x << np.uint64(k)) | (x >> np.uint64(64 - k))


def _normal_pair(word: Words) -> tuple[Any, Any]:
    """Box-Muller from 38 bits of radius, 24 of angle and two signs, in the angle's eighth."""
    u = ((word >> np.uint64(26)).astype(float) + 0.5) * 2.0**-38
    w = ((word >> np.uint64(2)) & np.uint64(0xFFFFFF)).astype(float) * 2.0**-23 + (2.0**-24 - 1)
    radius, angle = np.sqrt(-np.log(u)), w * (np.pi / 4)
    a, b = radius * (np.cos(angle) + np.sin(angle)), radius * (np.cos(angle) - np.sin(angle))
    return np.where(word & np.uint64(1), -a, a), np.where(word & np.uint64(2), -b, b)


def _uniform(word: Words) -> tuple[Any]:
    return (((word >> np.uint64(12)).astype(float) + 0.5) * 2.0**-52,)


_FROM_WORD = {
    "normal_pair": _normal_pair,
    "uniform": _uniform,
    "rademacher": lambda word: (np.where(word >> np.uint64(63), -1.0, 1.0),),
    "exponential": lambda word: (-np.log(_uniform(word)[0]),),
}

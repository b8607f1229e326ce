"""The NumPy reference backend: the step evaluated as written, one step at a time.

It draws the same 64-bit words as the compiled kernels and turns them into numbers with NumPy's own
functions.  NumPy has no fused multiply-add, so states agree to rounding, not in every bit.  It is
slow, short, and independent of the printer and of every compiled primitive, so that tests compare
the other backends with it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from ....landscapes.formulas.evaluate import evaluate
from ....typing import Float
from ...ensemble import Ensemble
from ...step import STEP, Step
from ..codegen.draws import Draws
from ..engine import HostEngine
from ..inspection import Inspection
from .words import draw, next_uniform


@dataclass(frozen=True)
class NumpyBackend:
    """A backend that evaluates steps by NumPy.

    Attributes
    ----------
    name
        The name that `backend=` accepts and that a dataset records.
    """

    name: str = "numpy"

    def engine(
        self, step: Step, generator: str = "xoshiro", trajectories: int | None = None
    ) -> NumpyEngine:
        """Return the step ready to run; nothing is compiled."""
        return NumpyEngine(step, generator)


class NumpyEngine(HostEngine):
    """A step that is evaluated for all trajectories at once."""

    lanes = 1

    def __init__(self, step: Step, generator: str) -> None:
        self.step, self.generator = step, generator
        self.inspection = Inspection(step, self.lanes)
        self.top = [s for s in step.noise if isinstance(s, sp.Symbol)]
        self.indexed = {s: law for s, law in step.noise.items() if not isinstance(s, sp.Symbol)}
        laws = [step.noise[s] for s in self.top]
        self.draws = Draws(laws, paired=not self.indexed)
        self.sampler = _Sampler(step, generator) if step.training_set else None
        self.parameters = dict(zip(step.parameters, map(float, step.values), strict=True))

    def advance(
        self, ensemble: Ensemble, start: int, stop: int, pool: ThreadPoolExecutor | None = None
    ) -> None:
        """Advance the live trajectories from step `start` to `stop`."""
        self.inspection(ensemble, start, stop)
        if len(ensemble.live) == ensemble.count:
            self._advance(ensemble, start, stop)
            return
        part = ensemble.part()
        self._advance(part, start, stop)
        ensemble.put_back(part)

    def _advance(self, ensemble: Ensemble, start: int, stop: int) -> None:
        if self.sampler is not None:
            with np.errstate(all="ignore"):
                for number in range(start, stop):
                    noise: dict[sp.Basic, Any] = {}
                    if self.top:
                        samples = self.sampler.take(ensemble, number, 0, 1)
                        noise = dict(zip(self.top, samples, strict=True))
                    self._step(ensemble, number, noise)
            return
        turns = self.draws.turns
        with np.errstate(all="ignore"):
            for chunk in range(start // turns, -(-stop // turns)):
                before = ensemble.words.copy()
                numbers = draw(ensemble.words, self.draws, self.generator)
                for turn in range(turns):
                    number = chunk * turns + turn
                    if start <= number < stop:
                        noise = {
                            s: numbers[r]
                            for s, r in zip(self.top, self.draws.rows[turn], strict=True)
                        }
                        self._step(ensemble, number, noise)
                if (chunk + 1) * turns > stop:
                    ensemble.words[:] = before

    def _step(self, ensemble: Ensemble, number: int, noise: dict[sp.Basic, Any]) -> None:
        values: dict[sp.Basic, Any] = {**self.parameters, **noise, STEP: float(number)}
        values |= zip(self.step.state, ensemble.state, strict=True)
        tables = dict(self.step.tables) | self._batches(ensemble, number)
        new = evaluate(self.step.update, values, self.step.assignments, tables)
        ensemble.state[:] = [np.broadcast_to(row, ensemble.count) for row in new]
        lost = ~np.isfinite(ensemble.state).all(axis=0)
        ensemble.diverged[lost & (ensemble.diverged < 0)] = number + 1
        ensemble.state[:, lost] = np.nan
        if ensemble.every and (number + 1) % ensemble.every == 0:
            if len(ensemble.snapshots):
                shot = (number + 1) // ensemble.every - ensemble.first_shot
                ensemble.snapshots[shot] = ensemble.state[: self.step.visible]
            if self.step.counted:
                rows = [self.step.state.index(symbol) for symbol in self.step.counted]
                ensemble.histogram.add(ensemble.state[rows], number + 1)

    def _batches(self, ensemble: Ensemble, number: int) -> dict[sp.Basic, Any]:
        """Draw the samples of a mini-batch, shape (trajectories, batch), loop by loop."""
        if not self.indexed:
            return {}
        sums = {
            s
            for e in [*self.step.update, *(e for _, e in self.step.assignments)]
            for s in e.atoms(sp.Sum)
        }
        counts = {
            int(s.limits[0][2].subs(self.parameters)) - int(s.limits[0][1]) + 1
            for s in sums
            if any(i.base in self.indexed for i in s.atoms(sp.Indexed))
        }
        if len(counts) != 1:
            raise ValueError("the reference backend draws one mini-batch a step.")
        count = counts.pop()
        if self.sampler is not None:
            samples = [self.sampler.take(ensemble, number, i, count) for i in range(count)]
            return dict(zip(self.indexed, np.moveaxis(np.array(samples), 0, -1), strict=True))
        draws = Draws(list(self.indexed.values()), paired=True)
        batches = {base: np.empty((ensemble.count, count)) for base in self.indexed}
        for first in range(0, count, draws.turns):
            numbers = draw(ensemble.words, draws, self.generator)
            for turn in range(min(draws.turns, count - first)):
                for base, row in zip(self.indexed, draws.rows[turn], strict=True):
                    batches[base][:, first + turn] = numbers[row]
        return batches


class _Sampler:
    """Takes the samples of a step from the training sets of an ensemble, one turn at a time."""

    def __init__(self, step: Step, generator: str) -> None:
        assert step.training_set is not None
        self.order, self.generator = step.training_set.order, generator
        self.size = int(step.parameters[step.training_set.size])
        shared = [np.asarray(step.tables[base]) for base in step.training_set.rows]
        self.shared = np.array(shared) if shared else None  # (variables, samples)

    def take(self, ensemble: Ensemble, number: int, turn: int, batch: int) -> Float:
        """Return the sample of a turn of step `number`, shape (variables, trajectories)."""
        if self.shared is None:
            return self._own_sample(ensemble, number, turn, batch)
        if self.order == "iid":
            u = next_uniform(ensemble.words, self.generator)
            return self.shared[:, np.floor(u * self.size).astype(int)]
        if self.order == "fixed":
            row = number % (self.size // batch) * batch + turn
            return np.repeat(self.shared[:, row, None], ensemble.count, axis=1)
        return self.shared[:, self._own_sample(ensemble, number, turn, batch)[0].astype(int)]

    def _own_sample(self, ensemble: Ensemble, number: int, turn: int, batch: int) -> Float:
        """Return a sample of each trajectory's own training set."""
        sets = ensemble.training_sets[..., 0]  # (trajectories, variables, samples)
        position = turn
        if self.order in ("fixed", "reshuffled"):
            position += (number % (self.size // batch)) * batch
        if self.order == "fixed":
            return sets[:, :, position].T.copy()
        u = next_uniform(ensemble.words, self.generator)
        rows = np.arange(len(sets))
        if self.order == "iid":
            return sets[rows, :, np.floor(u * self.size).astype(int)].T
        other = position + np.floor(u * (self.size - position)).astype(int)
        drawn = sets[rows, :, other].copy()
        sets[rows, :, other] = sets[:, :, position]
        sets[:, :, position] = drawn
        return drawn.T

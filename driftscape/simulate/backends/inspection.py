"""Checks of everything that a kernel is given, since a kernel itself checks nothing.

A kernel reads and writes where its pointers and numbers lead.  `Inspection` refuses an ensemble
whose arrays are not of the type, shape and layout that the kernel of a step expects, or which lists
trajectories, rows of a table or snapshots that do not exist; a step whose loops leave its tables is
refused when its engine is made.  Types and shapes are looked at in every burst, at a few
microseconds in all, and contents only where an array is another than in the burst before.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import sympy as sp
from numpy.typing import DTypeLike, NDArray

from ...typing import Float, Index
from ..ensemble import Ensemble
from ..histogram import Histogram
from ..step import Step
from .codegen.stepkey import StepKey

#: number of steps and turns up to which a kernel counts exactly, in float64 too
MOST = 2**53

_MOST_CELLS = 2**40  # and more fit into no memory

_FLOAT, _WORD, _WHOLE = np.dtype(np.float64), np.dtype(np.uint64), np.dtype(np.int64)


class Inspection:
    """The checks of one step, with blocks of so many lanes.

    Raises
    ------
    ValueError
        A loop of the step reads past a table or a training set.
    """

    def __init__(self, step: Step, lanes: int) -> None:
        self.rows, self.visible, self.lanes = len(step.state), step.visible, lanes
        self.deck: tuple[int, int] | None = None  # variables and samples of a training set
        self.most_row: int | None = None  # where its samples are the numbers of rows
        self._live: Index | None = None
        self._sets: NDArray[Any] | None = None
        self._count = -1
        self.counted = len(step.counted)
        self._bins: Float | None = None
        if step.training_set or step.tables:
            self._read(step)

    def _read(self, step: Step) -> None:
        values = dict(zip(step.parameters, step.values.tolist(), strict=True))
        samples, size = step.training_set, 0.0
        if samples is not None:
            size = _turns(samples.size, values)
            _fits("the training set", 1, int(size))
            for base in samples.rows:
                _fits(base, size, len(step.tables[base]))
            if samples.shuffles or not samples.rows:
                self.deck = (1 if samples.rows else len(step.noise), int(size))
                self.most_row = int(size) - 1 if samples.rows else None
        for loop in _loops(StepKey(step)):
            turns = _turns(loop.count, values)
            for base in loop.tables:
                _fits(base, turns, len(step.tables[base]))
            if loop.draws and samples is not None:
                if not turns:
                    raise ValueError("a batch of 0 samples; give 1 or more.")
                if samples.order != "iid":
                    _fits("the training set", turns, int(size))

    def __call__(self, ensemble: Ensemble, start: int, stop: int) -> None:
        """Raise an error unless the kernel can make the steps `start` to `stop`.

        Raises
        ------
        TypeError
            An array is of another type than a kernel reads; the message names it.
        ValueError
            An array is of another shape or layout, or leads outside of another.
        """
        self.arrays(ensemble)
        every, first = ensemble.every, ensemble.first_shot
        for name, number in (("stop", stop), ("every", every), ("first_shot", first)):
            most = MOST if name == "stop" else 2**63 - 1
            if not isinstance(number, (int, np.integer)) or not 0 <= number <= most:
                raise ValueError(f"{name}={number!r}; it must be a whole number of 0 to {most}.")
        if not isinstance(start, (int, np.integer)) or not 0 <= start <= stop:
            raise ValueError(f"start={start!r}; it must be a whole number of 0 to {stop}, the end.")
        stored = len(ensemble.snapshots) or not self.counted
        if every and stored and stop // every > start // every:
            shots = range(start // every + 1, stop // every + 1)
            room = range(first, first + len(ensemble.snapshots))
            if shots[0] < room.start or shots[-1] >= room.stop:
                raise ValueError(
                    f"the array 'snapshots' has room for numbers {room.start} to {room.stop - 1}, "
                    f"and steps {start} to {stop} write {shots[0]} to {shots[-1]}."
                )
            live = ensemble.live
            if len(live) and live[-1] - live[0] >= len(live):
                raise ValueError(
                    "the array 'live' leaves out columns between others; snapshots are stored of "
                    "columns side by side."
                )

    def arrays(self, ensemble: Ensemble) -> None:
        """Raise an error unless the arrays of an ensemble are those that the kernel expects."""
        state, live, sets = ensemble.state, ensemble.live, ensemble.training_sets
        count = state.shape[-1] if isinstance(state, np.ndarray) and state.ndim else 0
        _check("state", state, _FLOAT, (self.rows, count))
        _check("words", ensemble.words, _WORD, (4, count))
        _check("diverged", ensemble.diverged, _WHOLE, (count,))
        _check("snapshots", ensemble.snapshots, _FLOAT, (None, self.visible, count))
        blocks = -(-count // self.lanes)
        if self.deck is None:
            _check("training_sets", sets, _FLOAT, (None, None, None, None))
        else:
            _check("training_sets", sets, _FLOAT, (blocks, *self.deck, self.lanes))
        _check("live", live, _WHOLE, (None,), written=False)
        if live is not self._live or sets is not self._sets or count != self._count:
            self._contents(live, sets, count)
        if self.counted:
            self._histogram(ensemble.histogram, count)

    def _histogram(self, histogram: Histogram, count: int) -> None:
        """Check the bins and the counts."""
        bins, counts = histogram.bins, histogram.counts
        _check("bins", bins, _FLOAT, (self.counted, 5), written=False)
        if bins is not self._bins:
            low, high, width, rate, number = bins.T
            whole = (number >= 1) & (number <= _MOST_CELLS) & (number == np.floor(number))
            if not (np.isfinite(bins).all() and (low < high).all() and whole.all()
                    and (np.minimum(width, rate) > 0).all()):  # fmt: skip
                raise ValueError(
                    "the array 'bins' must hold, for each counted row, finite bounds low < high, a "
                    "width > 0, its inverse and a whole number of bins."
                )
            bins.flags.writeable = False
            self._bins = bins
        cells = float(np.prod(bins[:, 4]))
        _check("counts", counts, _WHOLE, (None, int(min(cells, _MOST_CELLS)) + 1))
        if not len(counts) or count % len(counts):
            raise ValueError(
                f"the array 'counts' has {len(counts)} points; {count} trajectories must be a "
                "multiple of them."
            )
        after = histogram.after
        if not isinstance(after, (int, np.integer)) or not 0 <= after < 2**63:
            raise ValueError(f"after={after!r}; it must be a whole number of 0 or more.")

    def _contents(self, live: Index, sets: NDArray[Any], count: int) -> None:
        """Check the numbers by which arrays are indexed."""
        if len(live) and not (live[0] >= 0 and live[-1] < count and (live[1:] > live[:-1]).all()):
            raise ValueError(
                f"the array 'live' must list columns of 0 to {count - 1} in ascending order, each "
                "of them once."
            )
        if self.deck is not None:
            whole = live[:: self.lanes, None] // self.lanes * self.lanes + np.arange(self.lanes)
            if not np.array_equal(live, whole.ravel()[: len(live)]):
                raise ValueError(
                    f"the array 'live' must list whole blocks of {self.lanes} trajectories where "
                    "these have training sets."
                )
        if self.most_row is not None and sets is not self._sets and sets.size:
            low, high = sets.min(), sets.max()
            if not (low >= 0 and high <= self.most_row):
                raise ValueError(
                    f"the array 'training_sets' holds {low:g} to {high:g}; it must hold numbers of "
                    f"rows, 0 to {self.most_row}."
                )
        live.flags.writeable = False  # it is looked at once; who changes it makes another
        self._live, self._sets, self._count = live, sets, count


def _check(
    name: str, array: object, dtype: DTypeLike, shape: tuple[int | None, ...], written: bool = True
) -> None:
    """Raise an error unless an array is as described; None is a length that may be any."""
    if not isinstance(array, np.ndarray) or array.dtype != dtype:
        what = f"of {array.dtype}" if isinstance(array, np.ndarray) else f"a {type(array).__name__}"
        raise TypeError(f"the array {name!r} is {what}; a kernel reads an array of {dtype}.")
    if array.shape != shape and not (
        len(array.shape) == len(shape)
        and all(b is None or a == b for a, b in zip(array.shape, shape, strict=True))
    ):
        wanted = ", ".join("any" if n is None else str(n) for n in shape)
        raise ValueError(f"the array {name!r} has shape {array.shape}; it must be ({wanted}).")
    flags = array.flags
    if not (flags.carray if written else flags.c_contiguous and flags.aligned):
        raise ValueError(
            f"the array {name!r} must lie in memory as a contiguous, aligned"
            f"{', writeable' if written else ''} block; give a copy."
        )


class _Loop(NamedTuple):
    count: sp.Expr
    tables: tuple[sp.IndexedBase, ...]
    draws: bool


@lru_cache(maxsize=256)
def _loops(key: StepKey) -> tuple[_Loop, ...]:
    """Return the sums of a step: how many terms, which tables, and whether they draw."""
    step, found = key.step, []
    sums = set().union(
        *(e.atoms(sp.Sum) for e in (*step.update, *(e for _, e in step.assignments)))
    )
    for node in sums:
        _, low, high = node.limits[0]
        bases = {item.base for item in node.atoms(sp.Indexed)}
        tables = tuple(base for base in step.tables if base in bases)
        found.append(_Loop(high - low + 1, tables, bool(bases & set(step.noise))))
    return tuple(found)


def _turns(count: sp.Expr, values: dict[sp.Symbol, float]) -> float:
    """Return a number of turns as a whole number.

    Raises
    ------
    ValueError
        It is not a whole number of 0 to 2**53, or not known before the run.
    """
    number = count.xreplace({s: sp.Float(v, 17) for s, v in values.items()})
    turns = float(number) if number.is_number else np.nan
    if not (0 <= turns <= MOST and turns == int(turns)):
        raise ValueError(f"{count} is {number} turns of a loop; give a whole number of 0 to 2**53.")
    return turns


def _fits(what: object, turns: float, length: int) -> None:
    if turns > length:
        raise ValueError(f"a loop of {turns:.0f} turns reads past {what}, which has {length} rows.")

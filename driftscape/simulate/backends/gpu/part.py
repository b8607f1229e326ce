"""Columns of an ensemble on a card: carried there, advanced, brought back."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...ensemble import Ensemble
from ..codegen.kernel import NUMBERS, POINTERS
from ..engine import columns, still_running
from .device import out_of_memory
from .window import Window

_THREADS = 128  # of a launch's block: two blocks of lanes
_WINDOW = 64e6  # bytes of snapshots on their way to the host, at most


def bytes_needed(ensemble: Ensemble) -> float:
    """Return the device memory that a trajectory takes, with two snapshots of it."""
    rows = len(ensemble.state) + len(ensemble.words) + 2  # and when it diverged, whether it runs
    deck = ensemble.deck.size / ensemble.deck.shape[-1] / max(1, len(ensemble.deck))
    return 8.0 * (rows + deck) + (16.0 * ensemble.snapshots.shape[1] if ensemble.every else 0.0)


def carried(cupy: Any, array: Any) -> Any:
    """Return a copy of an array on the card.

    `cupy.asarray` would copy it to pinned memory first, as large again, and keep that.
    """
    array = np.ascontiguousarray(array)
    there = cupy.empty(array.shape, array.dtype)
    there.set(array)
    cupy.cuda.get_current_stream().synchronize()  # the host's copy may go now
    return there


class Part:
    """Columns `low` to `high` of an ensemble; `low` begins a block."""

    def __init__(self, engine: Any, ensemble: Ensemble, low: int, high: int) -> None:
        self.engine, self.cupy, self.ensemble = engine, engine.cupy, ensemble
        self.columns, self.count = slice(low, high), high - low
        first, last = low // engine.lanes, -(-high // engine.lanes)
        self.decks = slice(first, last)
        self.state = carried(self.cupy, ensemble.state[:, self.columns])
        self.words = carried(self.cupy, ensemble.words[:, self.columns])
        self.diverged = carried(self.cupy, ensemble.diverged[self.columns])
        self.deck = carried(self.cupy, ensemble.deck[self.decks])
        live = ensemble.live
        self.live = carried(self.cupy, live[(live >= low) & (live < high)] - low)
        self.window: Window | None = None
        if ensemble.every:
            most = int(
                min(_WINDOW, engine.room() / 4) // ensemble.snapshots[:1, :, : self.count].nbytes
            )
            shots = max(1, min(len(ensemble.snapshots), most))
            self.window = Window(self.cupy, (shots, ensemble.snapshots.shape[1], self.count))

    def advance(self, start: int, stop: int) -> None:
        """Make steps `start` to `stop`; snapshots go to the host while later steps are made."""
        try:
            self._advance(start, stop)
        except BaseException:  # Ctrl-C too: nothing may be written to memory that has another owner
            if self.window is not None:
                self.window.abandon()
            raise

    def _advance(self, start: int, stop: int) -> None:
        ensemble, window = self.ensemble, self.window
        if window is None:
            self._launch(start, stop, 0)
        while window is not None and start < stop:
            first = start // ensemble.every + 1
            then = min(stop, (first + window.shots - 1) * ensemble.every)
            buffer = window.free()
            # the kernel writes snapshot k at place k, and the buffer begins with number `first`
            self._launch(start, then, buffer.data.ptr - first * buffer[:1].nbytes)
            last = then // ensemble.every + 1
            if last > first:
                shift = ensemble.first_shot
                where = ensemble.snapshots[first - shift : last - shift, :, self.columns]
                window.send(where)
            start = then
        self.cupy.cuda.get_current_stream().synchronize()

    def _launch(self, start: int, stop: int, snapshots: int) -> None:
        engine, alive = self.engine, len(self.live)
        if not alive:
            return
        blocks = -(-alive // engine.lanes)
        arrays = {
            "state": self.state, "words": self.words, "values": engine.values,
            "table": engine.table, "diverged": self.diverged, "live": self.live,
            "deck": self.deck,
        }  # fmt: skip
        places = {name: array.data.ptr for name, array in arrays.items()}
        places |= {"snapshots": snapshots, "scratch": 0}  # rows are registers
        numbers = {
            "count": self.count, "alive": alive, "columns": engine.table.shape[1],
            "every": self.ensemble.every, "start": start, "stop": stop, "first": 0, "last": blocks,
        }  # fmt: skip
        grid = -(-blocks * engine.lanes // _THREADS)
        pointers = [np.uint64(places[name] % 2**64) for name in POINTERS]
        whole = [np.int64(numbers[name]) for name in NUMBERS]
        engine.kernel((grid,), (_THREADS,), (*pointers, *whole))

    def retire(self, row: int) -> int:
        """Leave out what has ended or diverged; returns how many still run."""
        lanes = self.engine.lanes if self.deck.size else None
        try:
            running = still_running(self.state[row], self.diverged)
            self.live = self.cupy.flatnonzero(running)
            left = len(self.live)
            if lanes is not None and left:
                self.live = columns(self.cupy, running, lanes)
            return left
        except Exception as error:
            headers = isinstance(error, self.cupy.cuda.compiler.CompileException)  # CuPy's kernels
            if not headers and not out_of_memory(self.cupy, error):
                raise
        running = still_running(self.state[row].get(), self.diverged.get())  # on the host
        self.live = carried(self.cupy, columns(np, running, lanes))
        return int(running.sum())

    def drop(self) -> None:
        """Wait for copies that are under way, so that their memory may be used again."""
        if self.window is not None:
            self.window.finish()

    def bring(self) -> None:
        """Make the host's arrays current."""
        ensemble, where = self.ensemble, self.columns
        self.drop()
        ensemble.state[:, where] = self.state.get()
        ensemble.words[:, where] = self.words.get()
        ensemble.diverged[where] = self.diverged.get()
        if self.deck.size:
            ensemble.deck[self.decks] = self.deck.get()

"""Columns of an ensemble on a GPU: copied there, advanced, copied back."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ...ensemble import Ensemble
from ..codegen.kernel import NUMBERS, POINTERS
from ..engine import columns, still_running
from .device import DeviceArray, out_of_memory
from .window import Window

_THREADS = 128  # of a launch's block: two blocks of lanes
_WINDOW = 64e6  # bytes of snapshots on their way to the host, at most


def bytes_needed(ensemble: Ensemble) -> float:
    """Return the device memory of a trajectory in bytes, with two snapshots of it."""
    rows = len(ensemble.state) + len(ensemble.words) + 2  # `diverged` and `live`
    sets = ensemble.training_sets
    samples: float = sets.size / sets.shape[-1] / max(1, len(sets))
    shots = 16.0 * ensemble.snapshots.shape[1] if len(ensemble.snapshots) else 0.0
    return 8.0 * (rows + samples) + shots


def to_device(cupy: ModuleType, array: NDArray[Any]) -> DeviceArray:
    """Return a copy of an array on the GPU.

    `cupy.asarray` would copy it to pinned memory first, as large again, and keep that.
    """
    array = np.ascontiguousarray(array)
    there: DeviceArray = cupy.empty(array.shape, array.dtype)
    there.set(array)
    cupy.cuda.get_current_stream().synchronize()  # the host's copy may go now
    return there


class Device(Protocol):
    """The part of `CupyEngine` that a `Part` uses."""

    @property
    def lanes(self) -> int:
        """Number of trajectories in a block."""

    cupy: ModuleType
    kernel: Callable[..., None]
    values: DeviceArray
    table: DeviceArray
    table_columns: int

    def room(self) -> float:
        """Return the device memory that may be used, in bytes."""


class Part:
    """Columns `low` to `high` of an ensemble; `low` begins a block."""

    def __init__(self, engine: Device, ensemble: Ensemble, low: int, high: int) -> None:
        self.engine, self.cupy, self.ensemble = engine, engine.cupy, ensemble
        self.columns, self.count = slice(low, high), high - low
        first, last = low // engine.lanes, -(-high // engine.lanes)
        self.blocks = slice(first, last)
        self.state = to_device(self.cupy, ensemble.state[:, self.columns])
        self.words = to_device(self.cupy, ensemble.words[:, self.columns])
        self.diverged = to_device(self.cupy, ensemble.diverged[self.columns])
        self.training_sets = to_device(self.cupy, ensemble.training_sets[self.blocks])
        self.bins = to_device(self.cupy, ensemble.histogram.bins)
        self.counts = to_device(self.cupy, np.zeros_like(ensemble.histogram.counts))
        live = ensemble.live
        self.live = to_device(self.cupy, live[(live >= low) & (live < high)] - low)
        self.window: Window | None = None
        if ensemble.every and len(ensemble.snapshots):
            most = int(
                min(_WINDOW, engine.room() / 4) // ensemble.snapshots[:1, :, : self.count].nbytes
            )
            shots = max(1, min(len(ensemble.snapshots), most))
            self.window = Window(self.cupy, (shots, ensemble.snapshots.shape[1], self.count))

    def advance(self, start: int, stop: int) -> None:
        """Make steps `start` to `stop`; snapshots are copied while later steps are made."""
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
            # the kernel writes snapshot k at index k, and the buffer begins with number `first`
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
            "deck": self.training_sets, "bins": self.bins, "counts": self.counts,
        }  # fmt: skip
        addresses = {name: array.data.ptr for name, array in arrays.items()}
        addresses |= {"snapshots": snapshots, "scratch": 0}  # rows are registers
        ensemble, histogram = self.ensemble, self.ensemble.histogram
        numbers = {
            "count": self.count, "alive": alive, "columns": engine.table_columns,
            "every": ensemble.every, "shots": len(ensemble.snapshots),
            "each": ensemble.count // max(1, len(histogram.counts)), "column": self.columns.start,
            "after": histogram.after, "start": start, "stop": stop, "first": 0, "last": blocks,
        }  # fmt: skip
        grid = -(-blocks * engine.lanes // _THREADS)
        pointers = [np.uint64(addresses[name] % 2**64) for name in POINTERS]
        whole = [np.int64(numbers[name]) for name in NUMBERS]
        engine.kernel((grid,), (_THREADS,), (*pointers, *whole))

    def retire(self, row: int) -> int:
        """Leave out the trajectories that have ended or diverged; return how many still run."""
        lanes = self.engine.lanes if self.training_sets.size else None
        try:
            ended: Any = self.state[row]  # the functions for arrays of the host serve here too
            diverged: Any = self.diverged
            running: Any = still_running(ended, diverged)
            live: Any = self.cupy.flatnonzero(running)
            left = len(live)
            if lanes is not None and left:
                live = columns(self.cupy, running, lanes)
            self.live = live
            return left
        except Exception as error:
            headers = isinstance(error, self.cupy.cuda.compiler.CompileException)  # CuPy's kernels
            if not headers and not out_of_memory(self.cupy, error):
                raise
        on_host = still_running(self.state[row].get(), self.diverged.get())
        self.live = to_device(self.cupy, columns(np, on_host, lanes))
        return int(on_host.sum())

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
        if self.counts.size:
            counts = self.counts.get()
            ensemble.histogram.counts += counts
            self.counts.set(np.zeros_like(counts))
        if self.training_sets.size:
            ensemble.training_sets[self.blocks] = self.training_sets.get()

"""Copy snapshots from a GPU to the host while later steps are made."""

from __future__ import annotations

from contextlib import suppress
from types import ModuleType
from typing import Any

import numpy as np

from ....typing import Float
from .device import DeviceArray, out_of_memory


class Window:
    """Two buffers on the GPU, and two in pinned memory that the GPU copies them to.

    While a kernel fills one buffer the other is copied; the host reads its copy when the buffer is
    next needed.
    """

    def __init__(self, cupy: ModuleType, shape: tuple[int, int, int]) -> None:
        self.cupy, self.shots = cupy, shape[0]
        self.stream = cupy.cuda.Stream(non_blocking=True)
        self.sides = [_Side(cupy, shape) for _ in range(2)]
        self.turn = 0

    def free(self) -> DeviceArray:
        """Return the buffer that the next kernel may write to."""
        self.turn = 1 - self.turn
        side = self.sides[self.turn]
        side.finish()
        return side.buffer

    def send(self, where: Float) -> None:
        """Copy the first rows of the current buffer into `where`, once they are computed."""
        self.stream.wait_event(self.cupy.cuda.get_current_stream().record())
        self.sides[self.turn].send(self.stream, where)

    def finish(self) -> None:
        """Wait until everything has arrived."""
        for side in self.sides:
            side.finish()

    def abandon(self) -> None:
        """Wait until nothing is written to the buffers any more, and drop the copies."""
        with suppress(Exception):  # a GPU that has failed raises its error again
            self.stream.synchronize()
        for side in self.sides:
            side.where = None


class _Side:
    """A buffer on the GPU and its copy in pinned memory, or in any memory where it is short."""

    def __init__(self, cupy: ModuleType, shape: tuple[int, int, int]) -> None:
        self.buffer: DeviceArray = cupy.empty(shape)
        try:
            memory = cupy.cuda.alloc_pinned_memory(self.buffer.nbytes)
        except Exception as error:
            if not out_of_memory(cupy, error):
                raise
            self.pinned = np.empty(shape)  # the host then waits for each copy
        else:  # in whole pages
            self.pinned = np.frombuffer(memory, np.float64, self.buffer.size).reshape(shape)
        self.where: Float | None = None
        self.copied: Any = None

    def send(self, stream: Any, where: Float) -> None:
        """Start to copy the first rows of the buffer."""
        rows = len(where)
        self.buffer[:rows].get(stream=stream, out=self.pinned[:rows], blocking=False)
        self.where, self.copied = where, stream.record()

    def finish(self) -> None:
        """Move the copied snapshots to their array."""
        if self.where is not None:
            self.copied.synchronize()
            self.where[...] = self.pinned[: len(self.where)]
            self.where = None

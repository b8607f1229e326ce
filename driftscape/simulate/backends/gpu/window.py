"""Snapshots on their way from a card to the host, behind the steps that are being made."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .device import out_of_memory


class Window:
    """Two buffers on the card, and two in pinned memory that the card copies them to.

    While a kernel fills one buffer the other is copied; the host empties its side when the buffer
    is next wanted.
    """

    def __init__(self, cupy: Any, shape: tuple[int, int, int]) -> None:
        self.cupy, self.shots = cupy, shape[0]
        self.stream = cupy.cuda.Stream(non_blocking=True)
        self.sides = [_Side(cupy, shape) for _ in range(2)]
        self.turn = 0

    def free(self) -> Any:
        """Return the buffer that the next kernel may write to."""
        self.turn = 1 - self.turn
        side = self.sides[self.turn]
        side.finish()
        return side.buffer

    def send(self, where: NDArray[np.float64]) -> None:
        """Copy the first rows of the buffer last given out into `where`, once they are made."""
        self.stream.wait_event(self.cupy.cuda.get_current_stream().record())
        self.sides[self.turn].send(self.stream, where)

    def finish(self) -> None:
        """Wait until everything has arrived."""
        for side in self.sides:
            side.finish()

    def abandon(self) -> None:
        """Wait until nothing is written to the buffers any more, and forget what was copied."""
        with suppress(Exception):  # a card that has failed says so again
            self.stream.synchronize()
        for side in self.sides:
            side.where = None


class _Side:
    """A buffer on the card, and its twin in pinned memory, or in any where that is short."""

    def __init__(self, cupy: Any, shape: tuple[int, int, int]) -> None:
        self.buffer = cupy.empty(shape)
        try:
            memory = cupy.cuda.alloc_pinned_memory(self.buffer.nbytes)
        except Exception as error:
            if not out_of_memory(cupy, error):
                raise
            self.pinned = np.empty(shape)  # the host then waits for each copy
        else:  # in whole pages
            self.pinned = np.frombuffer(memory, np.float64, self.buffer.size).reshape(shape)
        self.where: NDArray[np.float64] | None = None
        self.copied: Any = None

    def send(self, stream: Any, where: NDArray[np.float64]) -> None:
        rows = len(where)
        self.buffer[:rows].get(stream=stream, out=self.pinned[:rows], blocking=False)
        self.where, self.copied = where, stream.record()

    def finish(self) -> None:
        """Move what has been copied to where it belongs."""
        if self.where is not None:
            self.copied.synchronize()
            self.where[...] = self.pinned[: len(self.where)]
            self.where = None

"""Memory for snapshots, which a run takes over from an earlier one whose dataset is gone.

An operating system clears the memory that it gives, which takes as long as many steps.  A large
array is therefore kept when nothing refers to it any more, and the next run gets it.  The largest
one alone is kept, and the system takes its pages back where memory runs short (`MADV_FREE`).
"""

from __future__ import annotations

import math
import mmap
from contextlib import suppress
from typing import Any

import numpy as np

from ..typing import Float

_LARGE = 2**21  # bytes: memory for smaller arrays is kept by the C library
_MOST = 2**31  # bytes: a larger array is given back at once
_HUGE, _FREE = (getattr(mmap, f"MADV_{name}", None) for name in ("HUGEPAGE", "FREE"))

_left: list[mmap.mmap] = []  # memory of the largest array that is gone, if any


def uninitialised(shape: tuple[int, ...]) -> Float:
    """Return an array of any content."""
    size = 8 * math.prod(shape)
    if not _LARGE <= size <= _MOST or _HUGE is None or _FREE is None:
        return np.empty(shape)
    flat: Float = np.asarray(_Loan(_found(size), size // 8))
    return flat.reshape(shape)


def _found(size: int) -> mmap.mmap:
    """Return memory that is left, or new."""
    with suppress(IndexError):
        memory = _left.pop()
        if size <= len(memory):
            return memory
        _left.append(memory)
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    assert _HUGE is not None
    with suppress(OSError):  # a system without large pages
        memory.madvise(_HUGE)
    return memory


class _Loan:
    """What an array refers to as long as it, or a part of it, is in use."""

    def __init__(self, memory: mmap.mmap, count: int) -> None:
        self.memory = memory
        address = np.frombuffer(memory, dtype=np.uint8).ctypes.data
        self.__array_interface__: dict[str, Any] = {
            "shape": (count,), "typestr": np.dtype(float).str, "data": (address, False),
            "version": 3,
        }  # fmt: skip

    # a default outlives the names of a module, which are gone when Python ends
    def __del__(self, left: list[mmap.mmap] = _left, free: int | None = _FREE) -> None:
        if free is None or (left and len(left[0]) >= len(self.memory)):
            return
        try:
            self.memory.madvise(free)
        except OSError:
            return
        left[:] = [self.memory]

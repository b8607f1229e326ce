"""The C++ limit: kernels written by hand (`limit.cpp`), in the fastest of several forms.

They use the same generator and the same 64 bits for a pair of normal numbers, in vectors as wide as
those of the package's kernels on this processor.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np

from ..compilers import compiler, library, vector_bytes
from ..timing import Contender
from ..workloads import Workload

SOURCE = Path(__file__).with_name("limit.cpp")
FORMS = ("registers_4", "blocks_8")
_TRIAL = 500  # steps


@lru_cache(maxsize=1)
def libraries() -> dict[int, ctypes.CDLL]:
    """Return group -> library; g++ has not enough registers for groups of four."""
    width = f"-DWIDTH={vector_bytes()}"
    return {
        group: library(SOURCE.read_text(), width, f"-DGROUP={group}", "-ffast-math")
        for group in ((1, 4) if compiler().clang else (1,))
    }


def contender(work: Workload, trajectories: int, steps: int) -> Contender:
    """Return the hand-written kernel of a workload, in its fastest form on this processor."""
    out = np.zeros((len(work.start), trajectories))
    pointer, count = ctypes.c_void_p(out.ctypes.data), ctypes.c_int(trajectories)
    seed = ctypes.c_ulonglong(1)

    def seconds(kernel: Callable[..., None]) -> float:
        begin = time.perf_counter()
        kernel(pointer, count, ctypes.c_long(_TRIAL), seed)
        return time.perf_counter() - begin

    kernels = [getattr(each, f"{work.name}_{f}") for each in libraries().values() for f in FORMS]
    fastest = min(kernels, key=lambda kernel: min(seconds(kernel) for _ in range(5)))

    def run() -> np.ndarray:
        fastest(pointer, count, ctypes.c_long(steps), seed)
        return out

    return Contender("C++ limit", run, trajectories * steps)


def made_by() -> str:
    """Return the compiler and the width of the vectors."""
    return f"{compiler().version}, vectors of {8 * vector_bytes()} bits"

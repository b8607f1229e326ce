"""W1 and W2 written by hand in CUDA (`limit.cu`): the same words and steps, other rounding."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from .stepping import Stepping, states, words
from .systems import SYSTEMS, System

TEXT = Path(__file__).with_name("limit.cu").read_text(encoding="utf-8")
NAMES = ("W1", "W2")
#: contraction allowed; no other option changes double precision
OPTIONS = ("--fmad=true", "-std=c++14")
THREADS = (64, 128, 256)  # of a launch's block: the fastest is taken

_AGREE = 20  # steps after which both must still be the same trajectories


class Handwritten:
    """Steps of a hand-written kernel, whose ensemble stays on the GPU."""

    whole = False

    def __init__(self, cupy: Any, system: System, most: int, count: int, threads: int) -> None:
        from driftscape.simulate.backends.gpu.part import to_device

        self.name, self.count, self.threads = f"CUDA by hand, {threads} threads", count, threads
        self.cupy = cupy
        self.kernel = _kernel(cupy, system.name)
        self.state = to_device(cupy, states(system, count))
        self.words = to_device(cupy, words(most)[:, :count])

    def prepare(self) -> None:
        """Do nothing: every call continues where the last one ended."""

    def run(self, steps: int) -> None:
        """Make this even number of steps."""
        pointers = [np.uint64(a.data.ptr) for a in (self.state, self.words)]
        grid = (-(-self.count // self.threads),)
        numbers = np.int64(self.count), np.int64(steps)
        self.kernel(grid, (self.threads,), (*pointers, *numbers))
        self.cupy.cuda.get_current_stream().synchronize()

    def made(self, steps: int) -> float:
        """Return the steps of all trajectories."""
        return float(steps) * self.count

    def final(self) -> Any:
        """Return the states, shape (coordinates, trajectories)."""
        return self.state.get()


@lru_cache(maxsize=4)
def _kernel(cupy: Any, name: str) -> Any:
    return cupy.RawModule(code=TEXT, options=OPTIONS).get_function(name)


def disagreement(cupy: Any, backend: Any, name: str, count: int = 1000) -> float:
    """Return by how much trajectories differ from the package's own after a few steps.

    Rounding alone leaves some 1e-15 times what the dynamics makes of it.
    """
    system = SYSTEMS[name]
    hand = Handwritten(cupy, system, count, count, THREADS[0])
    ours = Stepping("ours", system, backend, count, count)
    hand.run(_AGREE)
    ours.run(_AGREE)
    return float(np.abs(hand.final() - ours.final()).max())

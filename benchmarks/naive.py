"""A straightforward loop in Numba: one trajectory after the other, math and np.random."""
# ruff: noqa: NPY002  what one would write

import math
from typing import Any

import numpy as np
from numba import njit

from .timing import Contender
from .workloads import Workload


@njit
def _screw(out: Any, steps: int, start: Any) -> None:
    for i in range(out.shape[1]):
        u, v, z = start[0], start[1], start[2]
        for _ in range(steps):
            x = np.random.standard_normal()
            w = u * math.cos(z) + v * math.sin(z)
            gu = u + w * math.cos(z) + x * math.cos(z - math.pi / 4)
            gv = v + w * math.sin(z) + x * math.sin(z - math.pi / 4)
            gz = w * (v * math.cos(z) - u * math.sin(z)) + x * (
                v * math.cos(z - math.pi / 4) - u * math.sin(z - math.pi / 4)
            )
            u -= 0.05 * gu
            v -= 0.05 * gv
            z -= 0.05 * gz
        out[0, i], out[1, i], out[2, i] = u, v, z


@njit
def _well(out: Any, steps: int, start: Any) -> None:
    scale = math.sqrt(0.02)
    for i in range(out.shape[1]):
        x, y = start[0], start[1]
        for _ in range(steps):
            turn = 1.5 * math.exp((x * x - 1) ** 2 / 4 + y * y / 2 - (x * x + y * y) ** 2 / 4)
            bx, by = -x * (x * x - 1) - turn * y, -y + turn * x
            x += 0.01 * bx + scale * np.random.standard_normal()
            y += 0.01 * by + scale * np.random.standard_normal()
        out[0, i], out[1, i] = x, y


@njit
def _fit(out: Any, steps: int, start: Any) -> None:
    for i in range(out.shape[1]):
        h = start[0]
        for _ in range(steps):
            x = np.random.standard_normal()
            h -= 0.05 * (1 - x * x * math.exp(-h)) / 2
        out[0, i] = h


_KERNELS = {"W1": _screw, "W2": _well, "W4": _fit}


def contender(work: Workload, trajectories: int, steps: int) -> Contender:
    """Return the naive Numba loop of a workload."""
    kernel, start = _KERNELS[work.name], np.array(work.start)
    out = np.empty((len(start), trajectories))

    def run() -> np.ndarray:
        kernel(out, steps, start)
        return out

    return Contender("naive Numba", run, trajectories * steps)

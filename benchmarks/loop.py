"""A straightforward loop in NumPy: arrays over trajectories, a Python loop over steps."""

import math
from collections.abc import Callable

import numpy as np

from .timing import Contender
from .workloads import Workload

Array = np.ndarray


def _screw(state: Array, rng: np.random.Generator) -> Array:
    u, v, z = state
    x = rng.standard_normal(u.size)
    cos, sin, cos2, sin2 = np.cos(z), np.sin(z), np.cos(z - math.pi / 4), np.sin(z - math.pi / 4)
    w = u * cos + v * sin
    gu = u + w * cos + x * cos2
    gv = v + w * sin + x * sin2
    gz = w * (v * cos - u * sin) + x * (v * cos2 - u * sin2)
    return u - 0.05 * gu, v - 0.05 * gv, z - 0.05 * gz


def _well(state: Array, rng: np.random.Generator) -> Array:
    x, y = state
    turn = 1.5 * np.exp((x * x - 1) ** 2 / 4 + y * y / 2 - (x * x + y * y) ** 2 / 4)
    bx, by = -x * (x * x - 1) - turn * y, -y + turn * x
    scale = math.sqrt(0.02)
    return (
        x + 0.01 * bx + scale * rng.standard_normal(x.size),
        y + 0.01 * by + scale * rng.standard_normal(x.size),
    )


def _fit(state: Array, rng: np.random.Generator) -> Array:
    (h,) = state
    x = rng.standard_normal(h.size)
    return (h - 0.025 * (1 - x * x * np.exp(-h)),)


_STEPS: dict[str, Callable] = {"W1": _screw, "W2": _well, "W4": _fit}


def contender(work: Workload, trajectories: int, steps: int) -> Contender:
    """Return the NumPy loop of a workload."""
    step, rng = _STEPS[work.name], np.random.default_rng(1)

    def run() -> Array:
        state = tuple(np.full(trajectories, x) for x in work.start)
        for _ in range(steps):
            state = step(state, rng)
        return np.array(state)

    return Contender("NumPy loop", run, trajectories * steps)

"""Interleaved repeats in one process: every round runs each contender once, ratios are per round.

Absolute times drift with the clock of the machine; a ratio of two neighbours in time does not.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


class Unavailable(Exception):
    """A contender cannot run here; the message says why."""


@dataclass(frozen=True)
class Contender:
    """Something to time.

    Attributes
    ----------
    name
        What it is.
    run
        Does the work and returns the final states, shape (dim, trajectories), or None.
    work
        Trajectory-steps that one call makes.
    """

    name: str
    run: Callable[[], Any]
    work: float


def pin(cores: int = 1) -> list[int]:
    """Keep this process on its first `cores` cores; return them."""
    allowed = sorted(os.sched_getaffinity(0))[:cores]
    os.sched_setaffinity(0, allowed)
    return allowed


def interleave(contenders: list[Contender], rounds: int) -> dict[str, np.ndarray]:
    """Time each contender once a round, in turn; return seconds per unit of work by name."""
    for contender in contenders:
        contender.run()  # compiled, loaded, caches warm
    times: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for _ in range(rounds):
        for contender in contenders:
            begin = time.perf_counter()
            contender.run()
            times[contender.name].append((time.perf_counter() - begin) / contender.work)
    return {name: np.array(values) for name, values in times.items()}


def ratio(above: np.ndarray, below: np.ndarray) -> tuple[float, float, float]:
    """Return the median of the per-round ratios, and their quartiles."""
    low, middle, high = np.percentile(above / below, [25, 50, 75])
    return float(middle), float(low), float(high)

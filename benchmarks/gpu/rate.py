"""Steps per second: the number of timed steps, and interleaved rounds."""

from __future__ import annotations

import time
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

_MOST = 50_000_000  # steps of one call; a kernel counts them with room to spare


class Runner(Protocol):
    """Something whose steps are counted."""

    name: str
    whole: bool  # whether it decides itself how many steps it makes

    def prepare(self) -> None:
        """Do the work that is not timed."""

    def run(self, steps: int) -> None:
        """Make this number of steps of each trajectory, and wait for them."""

    def made(self, steps: int) -> float:
        """Return the total number of steps of the last `run`."""


def calibrated(runner: Runner, seconds: float) -> int:
    """Return how many steps take a given time, after all one-time work is done."""
    runner.prepare()
    runner.run(2)  # compiles and loads
    if runner.whole:
        return 0
    steps, spent = 32, 0.0
    while spent < 0.3 * seconds and steps < _MOST:
        steps = min(_MOST, int(steps * np.clip(0.5 * seconds / max(spent, 1e-9), 2, 16)))
        spent = _timed(runner, steps)
    steps = int(min(_MOST, max(2.0, steps * seconds / spent)))
    return steps + steps % 2  # a pair of normal numbers makes two steps


def rates(
    runners: list[Any], seconds: float, rounds: int, deadline: float = np.inf
) -> dict[str, NDArray[np.float64]]:
    """Return the steps a second of each runner in each round, in which all take turns.

    At `deadline`, by `time.monotonic`, no further round begins; at least one is made.
    """
    steps = {runner.name: calibrated(runner, seconds) for runner in runners}
    found: dict[str, list[float]] = {runner.name: [] for runner in runners}
    for turn in range(rounds):
        if turn and time.monotonic() > deadline:
            break
        for runner in runners:
            runner.prepare()
            spent = _timed(runner, steps[runner.name])
            found[runner.name].append(runner.made(steps[runner.name]) / spent)
    return {name: np.array(values) for name, values in found.items()}


def _timed(runner: Runner, steps: int) -> float:
    begin = time.perf_counter()
    runner.run(steps)
    return time.perf_counter() - begin

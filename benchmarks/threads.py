"""Two threads against one, in a separate process with two cores."""

import json
import os
import subprocess
import sys

import numpy as np

from .timing import Unavailable, interleave, pin, ratio
from .workloads import STEPS, TRAJECTORIES, WORKLOADS

_PROCESSES = 5  # in some processes both threads stay on one core throughout: a machine's whim


def measure(name: str, rounds: int, quick: bool, cores: list[int]) -> tuple[float, float, float]:
    """Return the speed-up of a workload, median and quartiles over fresh processes."""
    if len(cores) < 2:
        raise Unavailable("one core only")
    os.sched_setaffinity(0, cores)  # the children inherit it; the parent is pinned to one core
    try:
        medians = [_in_a_process(name, rounds, quick) for _ in range(1 if quick else _PROCESSES)]
    finally:
        pin()
    low, middle, high = np.percentile(medians, [25, 50, 75])
    return float(middle), float(low), float(high)


def _in_a_process(name: str, rounds: int, quick: bool) -> float:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.threads", name, str(rounds), str(int(quick))],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise Unavailable(f"failed: {done.stderr.strip()[-200:]}")
    return float(json.loads(done.stdout)[1])


def main() -> None:
    """Print quartiles of the speed-up as JSON."""
    from . import ours

    name, rounds, quick = sys.argv[1], int(sys.argv[2]), bool(int(sys.argv[3]))
    pin(2)
    steps = STEPS // 100 if quick else STEPS
    contenders = [ours.contender(WORKLOADS[name], TRAJECTORIES, steps, n) for n in (1, 2)]
    times = interleave(contenders, rounds)
    middle, low, high = ratio(*(times[c.name] for c in contenders))
    print(json.dumps([low, middle, high]))


if __name__ == "__main__":
    main()

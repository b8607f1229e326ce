"""A warm second process: the time to the first result divided by that of the bare imports.

Both are whole processes, timed from outside, including the start of Python.
"""

import subprocess
import sys
import time

import numpy as np

from .timing import ratio

BARE = "import llvmlite.binding, sympy, xarray"
FIRST_RESULT = """
from driftscape import landscapes, simulate
run = simulate.run(landscapes.archimedes(), simulate.SGD(learning_rate=0.05), steps=100,
                   trajectories=64, seed=1)
print(float(run["final"].values.sum()))
"""


def measure(rounds: int) -> tuple[float, float, float]:
    """Return first result / bare imports, median and quartiles; the cache is warmed first."""
    _seconds(FIRST_RESULT)
    _seconds(BARE)
    first, bare = [], []
    for _ in range(rounds):
        bare.append(_seconds(BARE))
        first.append(_seconds(FIRST_RESULT))
    return ratio(np.array(first), np.array(bare))


def _seconds(program: str) -> float:
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    return time.perf_counter() - begin

"""SIGTERM and SIGINT: nothing is left running, what was finished is kept, the rest is resumable.

`python -m benchmarks signals` does the same at 40 moments.
"""

import os
import signal
import sys

import numpy as np
import pytest

from benchmarks.signals import reproduce, run, trial

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="reads the processes from /proc"),
]

PARTS = {"reproduce": reproduce, "run": run}
SIGNALS = [signal.SIGINT, signal.SIGTERM]


@pytest.fixture(scope="module", params=PARTS)
def part(request):
    """A program, the seconds that it takes, and its result."""
    module = PARTS[request.param]
    module.reference()  # compiles
    return module, *module.reference()


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_five_random_moments(part, number):
    module, seconds, right = part
    for moment in np.random.default_rng(number).uniform(0, seconds, 5):
        assert module.trial(number, float(moment), right)["wrong"] == "", f"at {moment:.3f} s"


def test_what_is_left_is_seen():
    """A child in the session of the program that outlives it."""
    code = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; "
    code += "time.sleep(60)']); print('begun', flush=True); import time; time.sleep(60)"
    process = trial.subprocess.Popen(
        [sys.executable, "-c", code], stdout=trial.subprocess.PIPE, start_new_session=True
    )
    process.stdout.readline()
    process.terminate()
    process.wait(10)
    (left,) = trial.members(process.pid)
    os.kill(left, signal.SIGKILL)
    process.stdout.close()

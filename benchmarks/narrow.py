"""AVX2 code against the C++ limit in AVX2, in a process that compiles for such a processor."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from .timing import Unavailable, interleave, pin, ratio
from .workloads import STEPS, TRAJECTORIES, WORKLOADS, same_physics

PROCESSOR = "haswell"  # the first with AVX2


def measure(rounds: int, quick: bool) -> dict[str, tuple[float, float, float, str]]:
    """Return workload -> driftscape over the limit, median and quartiles, and what to know."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.narrow", str(rounds), str(int(quick))],
        env=os.environ | {"DRIFTSCAPE_CPU": PROCESSOR},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise Unavailable(f"failed: {done.stderr.strip()[-200:]}")
    return {name: tuple(numbers) for name, numbers in json.loads(done.stdout).items()}


def main() -> None:
    """Print the ratios of all workloads as JSON."""
    from . import limit, ours

    rounds, steps = int(sys.argv[1]), STEPS // 100 if int(sys.argv[2]) else STEPS // 2
    pin()
    found = {}
    for name, work in WORKLOADS.items():
        us, them = (make.contender(work, TRAJECTORIES, steps) for make in (ours, limit))
        wrong = same_physics(work, us.run(), them.run())
        times = interleave([us, them], rounds)
        middle = sorted(times[us.name])[rounds // 2]
        note = wrong or f"ours {1e9 * middle:.3g} ns a step; {limit.made_by()}"
        found[name] = (*ratio(times[us.name], times[them.name]), note)
    print(json.dumps(found))


if __name__ == "__main__":
    main()

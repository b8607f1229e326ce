"""`simulate.run` end to end, as a user calls it; final states, one thread."""

from typing import Any

from .timing import Contender
from .workloads import Workload


def contender(work: Workload, trajectories: int, steps: int, threads: int = 1) -> Contender:
    """Return the run of a workload by this package; every call repeats all its work."""
    from driftscape import simulate

    landscape, dynamics = work.landscape(), work.dynamics()

    def run() -> Any:
        result = simulate.run(
            landscape, dynamics, steps=steps, trajectories=trajectories, seed=1,
            start=work.start, keep="final", threads=threads, progress=False,
        )  # fmt: skip
        return result["final"].values.T

    return Contender(
        "driftscape" if threads == 1 else f"{threads} threads", run, trajectories * steps
    )

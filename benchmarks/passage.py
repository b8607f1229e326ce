"""W3: first passage of the quartic well, per useful step, over a plain run's step.

A step is useful if its trajectory has not ended; all other work (steps of lanes that have ended,
compaction of trajectories, returns to Python) is cost.
"""

from typing import Any

from .timing import Contender

TRAJECTORIES = 10_000
BETA, DT, MEAN = 10.0, 0.01, 30.8  # D = 0.1: -1 to the saddle


def contenders(quick: bool) -> tuple[Contender, Contender, Contender]:
    """Return a plain run, and first passage without and with bridges; one thread."""
    from driftscape import landscapes, simulate

    well, ito = landscapes.quartic_well(), simulate.Ito(beta=BETA, dt=DT)
    count = TRAJECTORIES // 20 if quick else TRAJECTORIES
    steps = 300 if quick else 30_000

    def plain() -> Any:
        return simulate.run(
            well, ito, start=-1, steps=steps, trajectories=1024, seed=1, keep="final", threads=1,
            progress=False,
        )  # fmt: skip

    def passage(bridge: bool) -> Any:
        return simulate.first_passage(
            well, ito, start=-1, target="x > 0", trajectories=count, seed=1, bridge=bridge,
            max_time=100 * MEAN, threads=1, progress=False,
        )  # fmt: skip

    useful = [float(passage(bridge).passage_time.sum()) / DT for bridge in (False, True)]
    return (
        Contender("plain run", plain, 1024 * steps),
        Contender("no bridge", lambda: passage(False), round(useful[0])),
        Contender("bridge", lambda: passage(True), round(useful[1])),
    )

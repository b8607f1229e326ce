"""Targets: first passages that look for 1 to 8 of them at every step."""

from __future__ import annotations

from functools import partial

from .curve import Curve, Point, Setting
from .ensembles import well
from .ideal import Multiple

COUNTS = (1, 2, 4, 8)
DT, STEPS = 0.01, 100_000


def curves(where: Setting) -> list[Curve]:
    """Return the curves without and with a correction for crossings between steps.

    All targets but the first are out of reach, so that every row makes the same steps.
    """
    from driftscape import simulate

    well_, ito = well()
    many = 2 * where.many
    found = []
    for bridge, cost, label in ((False, 0.6, "no bridge"), (True, 2.0, "bridge")):

        def call(count: int, bridge: bool = bridge) -> object:
            targets = {"top": "x > 0"} | {f"far{k}": f"x < {-20 - k}" for k in range(1, count)}
            return partial(
                simulate.first_passage, well_, ito, start=-1, target=targets, trajectories=many,
                bridge=bridge, max_steps=STEPS, **where.given,
            )  # fmt: skip

        useful = float(call(1)().passage_time.sum()) / DT  # type: ignore[operator]
        points = [Point(count, call(count), round(useful)) for count in where.sizes(*COUNTS)]
        steps = max(2, round(useful / many))
        run = partial(
            simulate.run, well_, ito, start=-1, steps=steps, trajectories=many, keep="final",
            **where.given,
        )  # fmt: skip
        ideal = Multiple(
            lambda count, cost=cost: 1 + cost * count,  # type: ignore[misc]
            f"1 + {cost:g}*targets times a plain step: {1 + cost:g} times with one target, as "
            "promised",
            "plain run",
        )
        found.append(
            Curve(
                f"targets of a first passage, {label}", "targets",
                "a step of a trajectory that has not ended", points, ideal,
                {"plain run": Point(1, run, many * steps)},
            )
        )  # fmt: skip
    return found

"""Targets on a grid: which nodes lie in them, and whether the question has an answer there."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....simulate.target import Target, read_targets
from ....typing import Float
from ..errors import BoxTooSmall
from .circle import check_same_round
from .kernel import Kernel

LOST = 1e-6
"""Probability to leave the box first, which an answer may stand."""


def read_reachable(level: Any, named: dict[str, str]) -> tuple[Target, ...]:
    """Read targets; refuse one that the frame, a circle or the grid does not allow."""
    targets = read_targets(level.landscape, named)
    for target in targets:
        level.chain.check_free(target.condition, target.text)
        inside = partial(_inside, target, level.landscape)
        check_same_round(level.grid, level.chain.full, inside, target.text)
    if (members(level, targets) >= 0).all():
        raise ValueError(f"every node of the grid lies in a target; the box is {level.box_text()}.")
    return targets


def _inside(target: Target, landscape: Any, points: Float) -> NDArray[np.bool_]:
    return target.contains(landscape, points.T)


def check_hit(level: Any, targets: tuple[Target, ...], kernel: Kernel) -> None:
    """Refuse a target that no step reaches."""
    for number, target in enumerate(targets):
        if not kernel.hit[number].any():
            raise ValueError(
                f"no step from the box {level.box_text()} ends in {target.text!r}; give a wider "
                "box=, or another target."
            )


def members(level: Any, targets: tuple[Target, ...]) -> NDArray[np.int64]:
    """Return the number of the target that each node lies in, -1 outside."""
    points = level.chain.full(level.grid.points).T
    member = np.full(points.shape[1], -1)
    for number, target in reversed(list(enumerate(targets))):
        member[target.contains(level.landscape, points)] = number
    return member


def check_lost(probability: float, where: str) -> None:
    """Refuse a box that is left before a target is reached."""
    if not probability <= LOST:
        raise BoxTooSmall(
            f"from {where}, {probability:.2g} leaves the box before it reaches a target; give a "
            "wider box=.  If no box helps, SGD diverges: lower the learning rate."
        )

"""Targets on the grid of a chain: which nodes lie in them, and whether they can be reached."""

from __future__ import annotations

from functools import partial

import numpy as np

from ....landscapes import Landscape
from ....simulate.target import Target, read_targets
from ....typing import Bools, Float, Index
from ..errors import BoxTooSmall
from .chain import GridChain
from .circle import check_periodic
from .kernel import StepKernel

LARGEST_LOSS = 1e-6
"""Largest accepted probability that the chain leaves the box before it reaches a target."""


def read_reachable(chain: GridChain, named: dict[str, str]) -> tuple[Target, ...]:
    """Read targets; refuse one that the frame, a circle or the grid does not allow."""
    targets = read_targets(chain.landscape, named)
    for target in targets:
        chain.step.check_free(target.condition, target.text)
        inside = partial(_inside, target, chain.landscape)
        check_periodic(chain.grid, chain.step.full, inside, target.text)
    if (members(chain, targets) >= 0).all():
        raise ValueError(f"every node of the grid lies in a target; the box is {chain.box_text()}.")
    return targets


def _inside(target: Target, landscape: Landscape, points: Float) -> Bools:
    return target.contains(landscape, points.T)


def check_reached(chain: GridChain, targets: tuple[Target, ...], kernel: StepKernel) -> None:
    """Refuse a target that no step reaches."""
    for number, target in enumerate(targets):
        if not kernel.hit[number].any():
            raise ValueError(
                f"no step from the box {chain.box_text()} ends in {target.text!r}; give a wider "
                "box=, or another target."
            )


def members(chain: GridChain, targets: tuple[Target, ...]) -> Index:
    """Return the number of the target that each node lies in, -1 outside."""
    points = chain.step.full(chain.grid.points).T
    member = np.full(points.shape[1], -1)
    for number, target in reversed(list(enumerate(targets))):
        member[target.contains(chain.landscape, points)] = number
    return member


def check_lost(probability: float, where: str) -> None:
    """Refuse a box that is left before a target is reached."""
    if not probability <= LARGEST_LOSS:
        raise BoxTooSmall(
            f"from {where}, {probability:.2g} leaves the box before it reaches a target; give a "
            "wider box=.  If no box helps, SGD diverges: lower the learning rate."
        )

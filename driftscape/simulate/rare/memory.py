"""Do trajectories forget at home where they have been?  Loops are counted as if they did.

Excursions that came far and turned back home are followed for as many loops as the walkers needed
to forget their start.  They must then leave home where walkers do; where the reaction coordinate is
low in a second basin too, they do not.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .cloning import Swarm
from .excursions import STOP, TARGET, Excursions, Way
from .loops import Loops

_FOLLOWED = 32  # of each run
_REMEMBERED = 0.1  # share of them that may be elsewhere, beyond what is expected
_BY_CHANCE = 1e-6


def refuse_memory(
    excursions: Excursions,
    swarm: Swarm,
    loops: Loops,
    ways: tuple[Way, Way],
    probability: float,
    ids: NDArray[np.uint64],
    runs: int,
    generation: int,
    pool: Any,
) -> None:
    """Refuse where excursions that came far are elsewhere after their return than walkers are.

    Parameters
    ----------
    swarm
        The excursions at the end of splitting.
    ways
        Out and back.
    probability
        That a loop reaches the target.

    Raises
    ------
    ValueError
        More than a tenth, beyond doubt, leave home where no walker does, or reach the target.
    """
    from scipy.special import bdtrc  # scipy costs 0.1 s to import

    turned = (swarm.last.ended == STOP).reshape(runs, -1)
    first = turned & (turned.cumsum(axis=1) <= _FOLLOWED)
    followed = np.flatnonzero(first)
    if not len(followed) or not loops.settled:  # where walkers drift, no place is theirs
        return
    states, total = swarm.last.state[:, followed], len(followed)
    out, back = ways
    for _ in range(loops.before):
        for way in (back, out):
            streams = excursions.streams(ids[followed], generation)
            generation += 1
            path = excursions.go(states, streams, way, pool)
            kept = path.ended != TARGET
            states, followed = path.state[:, kept], followed[kept]
    streams = excursions.streams(ids[followed], generation)
    path = excursions.go(states, streams, back, pool)
    known = loops.left_home
    low, high = known.min(axis=1, keepdims=True), known.max(axis=1, keepdims=True)
    home = (path.ended != TARGET) & ((path.state >= low) & (path.state <= high)).all(axis=0)
    elsewhere = total - int(home.sum())
    expected = 1 - (1 - probability) ** (loops.before + 1)
    allowed = min(1.0, _REMEMBERED + 2 * expected)
    if elsewhere and bdtrc(elsewhere - 1, total, allowed) < _BY_CHANCE:
        raise ValueError(
            f"{elsewhere} of {total} excursions that came far and returned home are in "
            f"the target or where no other trajectory leaves home, {loops.before} loops later: the "
            "reaction coordinate is low in a second basin too, and trajectories do not forget at "
            "home where they have been. Give a reaction_coordinate= that is low in the basin of "
            "start= only, or levels home= and leave=."
        )

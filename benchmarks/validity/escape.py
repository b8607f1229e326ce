"""Escape theory on random landscapes: lines, planes, inertia, gradient noise, jumps."""

from __future__ import annotations

import numpy as np

from ..escape.gradient_noise import gradient_noise_in_the_plane, gradient_noise_on_the_line
from ..escape.kramers import kramers_in_the_plane, kramers_on_the_line, two_ways_out
from ..escape.others import inertia, jumps, large_deviations, quasipotential
from .case import Case

TITLE = (
    "escape: `eyring_kramers`, `langer`, `sgd_escape_time`, `levy_exit_time`, "
    "`quasipotential_barrier`, `sgd_barrier`"
)
COUNT = 200
MEDIAN = 0.3


def case(rng: np.random.Generator) -> Case:
    """Return one landscape and one of the theories that apply."""
    kinds = {
        kramers_on_the_line: 0.3,
        kramers_in_the_plane: 0.15,
        two_ways_out: 0.05,
        inertia: 0.1,
        gradient_noise_on_the_line: 0.15,
        gradient_noise_in_the_plane: 0.08,
        jumps: 0.06,
        quasipotential: 0.04,
        large_deviations: 0.07,
    }
    kind = rng.choice(np.array(list(kinds)), p=list(kinds.values()))
    result: Case = kind(rng)
    return result

"""Loops of splitting: the mean time is that of the chain, whatever the coordinate and the start."""

import numpy as np
import pytest
from scipy.special import ndtr

from driftscape import analysis, landscapes, simulate
from driftscape.landscapes import Landscape
from driftscape.simulate.passage import loops

WELL = landscapes.quartic_well()


def chain(beta, home, leave, dt=0.01, start=-1.0):
    """Mean time from -1 past 0 of the Euler chain of the quartic well, on a grid of its states.

    Also the probability to come from where `leave` is exceeded to 0 before `home`, of the law in
    which loops leave home, and the mean time of a loop over the probability that it ends there.
    """
    edges = np.arange(-2.6, 1e-9, 0.002)
    x, spread = (edges[1:] + edges[:-1]) / 2, np.sqrt(2 * dt / beta)

    def leads(here, to):
        next_mean = here + dt * (here - here**3)
        return np.diff(ndtr((edges - next_mean[:, None]) / spread), axis=1)[:, to]

    every = np.ones(len(x), bool)
    far, inside = x > leave, x < home

    def ends(within, to):
        """Where a way within some states ends, and its mean time, from each of them."""
        rest = np.eye(within.sum()) - leads(x[within], within)
        return np.linalg.solve(
            rest, np.column_stack([leads(x[within], to), np.full(within.sum(), dt)])
        )

    out, back = ends(~inside, inside)[far[~inside]], ends(~far, far)[inside[~far]]
    law = np.full(far.sum(), 1 / far.sum())
    for _ in range(100):
        law = law @ out[:, :-1] @ back[:, :-1]
        stays = law.sum()
        law /= stays
    entered = law @ out[:, :-1]
    loop = law @ out[:, -1] + entered @ back[:, -1]
    times = ends(every, every[:0])[:, -1] if False else np.linalg.solve(
        np.eye(len(x)) - leads(x, every), np.full(len(x), dt)
    )
    time = dt + (leads(np.array([start]), every) @ times)[0]
    return time, 1 - entered.sum(), loop / (1 - stays), law @ times[far]

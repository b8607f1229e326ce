"""Kernels have the bits that another compiler gives the same text."""

import numpy as np
import pytest

from driftscape import landscapes, simulate

from .numba_text import ByNumba

CASES = {
    "pairs of steps": (landscapes.archimedes, simulate.SGD(learning_rate=0.1)),
    "selects": (landscapes.quartic_well, simulate.Ito(beta=5, dt=0.01, noise="stable", alpha=1.5)),
    "loops and decks": (
        landscapes.mean_estimation,
        simulate.SGD(learning_rate=0.05, train_size=9, batch_size=3, sampling="reshuffled"),
    ),
}


@pytest.mark.fast_cases("pairs of steps")
@pytest.mark.filterwarnings("ignore:.*left the finite numbers")  # jumps in a quartic well: wanted
@pytest.mark.parametrize("case", CASES)
def test_the_bits_are_those_of_numba(case):
    make, dynamics = CASES[case]
    settings = {"steps": 130, "trajectories": 70, "seed": 7, "save_every": 13}
    ours = simulate.run(make(), dynamics, **settings)
    numba = simulate.run(make(), dynamics, backend=ByNumba(), **settings)
    assert np.array_equal(ours.state.values.view(np.uint64), numba.state.values.view(np.uint64))

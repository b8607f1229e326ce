"""Small runs of the NumPy reference, which compiles nothing."""

import pytest

from driftscape import landscapes, simulate

USUAL = {"seed": 1, "backend": "numpy"}


@pytest.fixture(scope="session")
def line():
    """A quartic well: 40 trajectories of 31 snapshots."""
    well, ito = landscapes.quartic_well(), simulate.Ito(beta=4, dt=0.05)
    return simulate.run(well, ito, steps=300, trajectories=40, save_every=10, **USUAL)


@pytest.fixture(scope="session")
def plane():
    """A double well: 40 trajectories of 31 snapshots."""
    wells, ito = landscapes.double_well(), simulate.Ito(beta=4, dt=0.05)
    return simulate.run(wells, ito, steps=300, trajectories=40, save_every=10, **USUAL)


@pytest.fixture(scope="session")
def space():
    """ARCHIMEDES: 20 trajectories of 11 snapshots."""
    screw, sgd = landscapes.archimedes(), simulate.SGD(learning_rate=0.1)
    return simulate.run(screw, sgd, steps=100, trajectories=20, save_every=10, **USUAL)

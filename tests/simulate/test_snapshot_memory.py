"""Large arrays of snapshots use memory again, never while somebody still has a part of it."""

import gc

import numpy as np
import pytest

from driftscape import landscapes, simulate
from driftscape.simulate import snapshot_memory
from driftscape.simulate.snapshot_memory import uninitialised

pytestmark = pytest.mark.skipif(
    snapshot_memory._HUGE is None or snapshot_memory._FREE is None, reason="not on this system"
)


@pytest.fixture(autouse=True)
def none_left(monkeypatch):
    monkeypatch.setattr(snapshot_memory, "_LARGE", 2**16)
    gc.collect()
    snapshot_memory._left.clear()
    yield
    snapshot_memory._left.clear()


def address(array: np.ndarray) -> int:
    return array.ctypes.data


def test_an_array_that_is_gone_leaves_its_memory_to_the_next():
    first = uninitialised((100, 2, 90))
    first[:] = 1.0
    assert first.flags.carray
    assert first.dtype == float
    where = address(first)
    del first
    second = uninitialised((50, 200))  # a smaller one
    assert address(second) == where
    second[:] = 2.0
    assert (second == 2.0).all()


def test_memory_in_use_is_nobody_elses():
    first = uninitialised((300, 100))
    first[:] = 1.0
    part = first.T[3:, ::2]
    del first
    second = uninitialised((300, 100))
    second[:] = 2.0
    assert (part == 1.0).all()
    assert address(second) not in range(address(part) - 300, address(part) + 240_000)


def test_the_largest_alone_is_kept_and_too_small_a_one_stays():
    small, large = uninitialised((100, 100)), uninitialised((200, 100))
    del small, large
    assert [len(memory) for memory in snapshot_memory._left] == [160_000]
    middle = uninitialised((300, 100))
    assert len(snapshot_memory._left) == 1
    del middle
    assert [len(memory) for memory in snapshot_memory._left] == [240_000]
    assert uninitialised((10, 10)).base is None  # the C library keeps that


def test_a_run_is_not_changed_by_the_next():
    well, ito = landscapes.quartic_well(), simulate.Ito(beta=4, dt=0.01)
    given = dict(steps=200, trajectories=100, save_every=1)
    first = simulate.run(well, ito, seed=1, **given)
    copy = first.copy(deep=True)
    states = first.state
    del first
    simulate.run(well, ito, seed=2, **given)
    assert states.identical(copy.state)
    del states
    gc.collect()
    assert simulate.run(well, ito, seed=1, **given).identical(copy)

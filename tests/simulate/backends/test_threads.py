"""A burst on several threads: the calling one works too, and every block is advanced once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from driftscape import landscapes, simulate
from driftscape.simulate.backends.cpu.backend import CpuBackend
from driftscape.simulate.ensemble import Ensemble


@pytest.fixture
def engine():
    return CpuBackend(8).engine(simulate.SGD(learning_rate=0.1).step(landscapes.gaussian_fit()))


def ensemble(engine, count=101):
    words = np.arange(1, 4 * count + 1, dtype=np.uint64).reshape(4, count)
    return Ensemble.fresh(engine.step, np.full((1, count), 0.2), words)


@pytest.mark.parametrize("threads", [2, 3, 40])
def test_each_block_is_advanced_once_and_the_caller_helps(engine, threads):
    one, several = ensemble(engine), ensemble(engine)
    engine.advance(one, 0, 30)
    kernel, calls = engine.kernel, []
    caller, entered = (
        threading.current_thread(),
        {True: threading.Event(), False: threading.Event()},
    )

    def recorded(*arguments):
        mine = threading.current_thread() is caller
        entered[mine].set()
        assert entered[not mine].wait(10)  # neither the caller nor the others do it all
        calls.append(arguments[-2:])
        kernel(*arguments)

    engine.kernel = recorded
    with ThreadPoolExecutor(threads) as pool:
        engine.advance(several, 0, 30, pool)
    assert np.array_equal(one.state.view("u8"), several.state.view("u8"))
    spans = sorted(calls)
    assert [first for first, _ in spans] == [0, *(last for _, last in spans[:-1])]
    assert spans[-1][1] == 13


def test_an_error_of_a_helper_is_not_lost(engine):
    kernel = engine.kernel

    def fails(*arguments):
        if threading.current_thread() is not threading.main_thread():
            raise MemoryError("no room")
        entered.wait(10)
        kernel(*arguments)

    entered = threading.Event()
    engine.kernel = fails
    with ThreadPoolExecutor(2) as pool:
        threading.Timer(0.2, entered.set).start()
        with pytest.raises(MemoryError, match="no room"):
            engine.advance(ensemble(engine), 0, 30, pool)

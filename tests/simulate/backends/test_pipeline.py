"""The shorter pipeline of Numba's passes makes kernels with the same bits, and is in use."""

import numpy as np
import pytest

from driftscape import landscapes, simulate
from driftscape.simulate.backends.cpu import compile as numba_compile
from driftscape.simulate.backends.cpu.backend import NumbaBackend, NumbaEngine
from driftscape.simulate.backends.cpu.compile import SHORT
from driftscape.simulate.backends.cpu.link import link

CASES = {
    "pairs of steps": (landscapes.archimedes, simulate.SGD(learning_rate=0.1)),
    "selects": (landscapes.quartic_well, simulate.Ito(beta=5, dt=0.01, noise="stable", alpha=1.5)),
    "loops and decks": (
        landscapes.mean_estimation,
        simulate.SGD(learning_rate=0.05, train_size=9, batch_size=3, sampling="reshuffled"),
    ),
}


class Whole(NumbaBackend):
    """Kernels by all of Numba's passes."""

    def engine(self, step, generator="xoshiro"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(numba_compile, "SHORT", {})
            patch.setattr(numba_compile, "primitives", numba_compile.primitives.__wrapped__)
            code, _ = numba_compile.compile_step(step, self.lanes, generator, "<kernel>")
        return NumbaEngine(step, link(code), code.rows, self.lanes)


@pytest.mark.fast_cases("pairs of steps")
@pytest.mark.filterwarnings("ignore:.*left the finite numbers")  # jumps in a quartic well: wanted
@pytest.mark.parametrize("case", CASES)
def test_the_bits_are_those_of_the_whole_pipeline(case):
    make, dynamics = CASES[case]
    settings = {"steps": 130, "trajectories": 70, "seed": 7, "save_every": 13}
    short = simulate.run(make(), dynamics, **settings)
    whole = simulate.run(make(), dynamics, backend=Whole(), **settings)
    assert np.array_equal(short.state.values.view(np.uint64), whole.state.values.view(np.uint64))


def test_it_is_in_use():
    """Else Numba has renamed its passes, and kernels take longer to compile."""
    assert SHORT

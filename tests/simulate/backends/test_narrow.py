"""Blocks of few lanes: other texts of the same step, with the same bits."""

import numpy as np
import pytest

from driftscape import landscapes, simulate
from driftscape.landscapes import Landscape
from driftscape.simulate.backends.codegen.kernel import kernel_source
from driftscape.simulate.backends.cpu.backend import CpuBackend, lanes_for
from driftscape.simulate.backends.cpu.compile import assembly, outside_calls
from driftscape.simulate.divergence import DivergenceWarning

from ...tiers import tiered
from ..pairs import PAIRS

WIDE = CpuBackend(lanes=64)
#: one lane in variables, a few lanes as scalars, a vector or two
NARROW = (1, 4, 16)


def bits(dataset):
    """Every number of a dataset that a kernel writes, as whole numbers."""
    names = ("state", "final", "words", "diverged")
    return [np.ascontiguousarray(dataset[n].values).view(np.uint64) for n in names]


def same(a, b):
    return all(np.array_equal(x, y) for x, y in zip(bits(a), bits(b), strict=True))


FAST = ("laws batch 5", "laws without replacement", "curled ito")


@pytest.mark.parametrize("name", tiered(list(PAIRS), FAST))
def test_narrow_blocks_leave_no_trace(name):
    make, dynamics = PAIRS[name]
    landscape = make()

    def go(lanes, **changes):
        settings = {"steps": 201, "trajectories": 5, "seed": 9, "save_every": 10, "threads": 1}
        backend = CpuBackend(lanes=lanes)
        return simulate.run(landscape, dynamics, backend=backend, **(settings | changes))

    wide = go(64)
    for lanes in NARROW if name not in FAST else (1, 4):
        assert same(go(lanes), wide), lanes
        for stop in (37, 64):  # inside a pair of normals, and between two spans
            begun = go(lanes, steps=stop)
            assert same(begun, go(64, steps=stop)), (lanes, stop)
            resumed = simulate.run(resume=begun, steps=201 - stop)
            assert same(resumed, wide), (lanes, stop)


@pytest.mark.slow
@pytest.mark.parametrize("lanes", [1, 2, 4, 8, 16, 32])
@pytest.mark.parametrize("generator", ["xoshiro", "philox"])
@pytest.mark.parametrize("name", ["screw sgd", "well ito", "laws sgd", "laws batch 5"])
def test_every_width_gives_the_bits_of_the_widest(name, generator, lanes):
    make, dynamics = PAIRS[name]

    def go(backend):
        return simulate.run(
            make(), dynamics, steps=137, trajectories=40, seed=2, save_every=7, threads=1,
            generator=generator, backend=backend,
        )  # fmt: skip

    assert same(go(CpuBackend(lanes=lanes)), go(WIDE))


def leaving():
    """A walk of which many trajectories leave the finite numbers, at different steps."""
    steep = Landscape.from_potential("-x**4/4", coordinates="x", diffusion="1/4", name="steep")
    return steep, simulate.Ito(beta=2, dt=0.01)


@pytest.mark.parametrize("lanes", [1, 4])
def test_divergence_is_found_at_the_same_step(lanes):
    landscape, dynamics = leaving()

    def go(backend, trajectories):
        with pytest.warns(DivergenceWarning):
            return simulate.run(
                landscape, dynamics, start=0.5, steps=700, trajectories=trajectories, seed=3,
                save_every=3, threads=1, backend=backend,
            )  # fmt: skip

    narrow, wide = go(CpuBackend(lanes=lanes), 9), go(WIDE, 9)
    assert same(narrow, wide)
    steps = wide.diverged.values
    assert len(set(steps[steps >= 0] % 64)) > 2  # within spans, and not at their ends


@pytest.mark.parametrize("lanes", [1, 4])
def test_first_passages_are_the_same(lanes):
    def go(backend):
        return simulate.first_passage(
            landscapes.quartic_well(), simulate.Ito(beta=4, dt=0.01), target="x > 0.5",
            trajectories=11, seed=4, max_time=40.0, threads=1, backend=backend,
        )  # fmt: skip

    narrow, wide = go(CpuBackend(lanes=lanes)), go(WIDE)
    assert (narrow.words.values == wide.words.values).all()
    assert narrow.identical(wide)


def test_an_ensemble_gets_the_lanes_that_it_fills():
    assert [lanes_for(n) for n in (1, 2, 5, 32, 33, 10**6)] == [1, 2, 8, 32, 64, 64]
    assert lanes_for(None) == 64
    step = simulate.Ito(beta=1, dt=0.1).step(landscapes.quartic_well())
    assert CpuBackend().engine(step, trajectories=3).lanes == 4
    assert CpuBackend(lanes=16).engine(step, trajectories=3).lanes == 16
    assert CpuBackend().engine(step).lanes == 64


def test_numbers_of_lanes_are_powers_of_two():
    with pytest.raises(ValueError, match="lanes=3; allowed: 1, 2, 4, 8, 16, 32, 64"):
        CpuBackend(lanes=3)


def test_noise_of_one_trajectory_is_drawn_in_vectors_and_its_step_calls_nothing():
    step = simulate.SGD(learning_rate=0.1).step(landscapes.archimedes())
    text = kernel_source(step, 1).text
    assert "for l in" not in text
    machine = assembly(step, 1)
    assert not outside_calls(machine)
    assert "sqrtpd" in machine  # two square roots or more at once

"""The random-number contract: a trajectory is a pure function of what it is made from."""

import os
import subprocess
import sys

import numpy as np
import pytest

from driftscape import landscapes, simulate
from driftscape.simulate.backends.cpu.backend import CpuBackend


def bits(array):
    """Integer bits, all NaNs alike."""
    values = np.array(array, dtype=float)
    values[np.isnan(values)] = np.nan
    return values.view(np.uint64)


def same(a, b):
    return bool((bits(a.final) == bits(b.final)).all() and (a.words.values == b.words.values).all())


@pytest.fixture
def run(pair):
    """Run this pair for 301 steps of 150 trajectories, with anything changed."""
    landscape, dynamics = pair

    def go(**changes):
        settings = {"steps": 301, "trajectories": 150, "seed": 9, "save_every": 10, "threads": 1}
        return simulate.run(landscape, dynamics, **(settings | changes))

    return go


@pytest.mark.fast_cases("fit ito", "screw sgd", "quartic underdamped")
def test_threads_leave_no_trace(run):
    assert same(run(), run(threads=2))


# another block size is another kernel to compile: one pair for each mechanism of the kernels
MECHANISMS = (
    "screw sgd", "screw batch 3", "well ito", "laws sgd", "laws batch 5", "quadrature ito",
    "curled ito", "laws reshuffled 3", "laws without replacement", "mean stable", "curled geodesic",
    "curled a-type weak-2", "rows without replacement",
)  # fmt: skip


@pytest.mark.fast_cases("well ito", "laws without replacement", "curled geodesic")
@pytest.mark.parametrize("pair", MECHANISMS, indirect=True)
def test_block_sizes_leave_no_trace(run):
    assert same(run(), run(backend=CpuBackend(lanes=16)))


@pytest.mark.fast_cases("well ito")
@pytest.mark.parametrize("name", ["screw sgd", "laws batch 5", "well ito"])
def test_philox_keeps_the_same_promises(pairs, name):
    make, dynamics = pairs[name]

    def go(**changes):
        settings = {
            "steps": 33,
            "trajectories": 70,
            "seed": 9,
            "generator": "philox",
            "save_every": 3,
        }
        return simulate.run(make(), dynamics, **(settings | changes))

    reference = go(backend="numpy")
    assert (go().words == reference.words).all()
    assert np.allclose(go().final, reference.final, rtol=1e-10, atol=1e-12)
    assert same(go(), go(threads=2, save_every=1))
    assert simulate.run(resume=go(steps=16), steps=17).identical(go())
    assert not same(go(), go(generator="xoshiro"))


def test_snapshot_spacing_leaves_no_trace(run):
    often, seldom, never = run(save_every=1), run(save_every=7), run(save_every=None, keep="final")
    assert same(often, seldom)
    assert same(often, never)
    assert (bits(often.state[:, ::7]) == bits(seldom.state)).all()


def test_bursts_leave_no_trace(run, monkeypatch):
    reference = run()
    module = sys.modules["driftscape.simulate.advance"]
    monkeypatch.setattr(module, "_BURST", 1e-9)  # two steps a burst
    assert same(reference, run())


def test_a_run_is_the_sum_of_its_shards(run):
    whole = run(trajectories=100)
    parts = [run(trajectories=range(0, 37)), run(trajectories=range(37, 100))]
    assert (bits(whole.state) == bits(np.concatenate([p.state for p in parts]))).all()


@pytest.mark.parametrize("stop", [1, 150, 299])
def test_resuming_equals_never_having_stopped(run, stop):
    first = run(steps=stop)
    resumed = simulate.run(resume=first, steps=301 - stop)
    assert resumed.identical(run())


def test_rerun_gives_the_same_dataset(run):
    once = run()
    assert simulate.rerun(once).identical(once)


def test_another_seed_or_trajectory_gives_other_bits():
    def go(**changes):
        screw, sgd = landscapes.archimedes(), simulate.SGD(learning_rate=0.1)
        return simulate.run(screw, sgd, **({"steps": 50, "trajectories": 4, "seed": 9} | changes))

    assert not same(go(), go(seed=10))
    assert not same(go(), go(trajectories=range(1, 5)))
    assert (bits(go().final)[1:] == bits(go(trajectories=range(1, 5)).final)[:3]).all()


def test_a_second_process_gives_the_same_bits():
    code = (
        "from driftscape import landscapes, simulate\n"
        "run = simulate.run(landscapes.archimedes(), simulate.SGD(learning_rate=0.1), steps=99,\n"
        "                   trajectories=70, seed=3)\n"
        "import hashlib; print(hashlib.sha256(run.state.values.tobytes()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code], env=os.environ | {"PYTHONHASHSEED": salt},
            capture_output=True, text=True, check=True,
        ).stdout
        for salt in ("0", "1", "2")
    }  # fmt: skip
    assert len(digests) == 1


@pytest.mark.slow
def test_narrower_vectors_give_the_same_bits():
    """Code compiled for a processor without AVX-512 must round alike."""
    code = (
        "from driftscape import landscapes, simulate\n"
        "run = simulate.run(landscapes.gaussian_fit(), simulate.SGD(learning_rate=0.1), steps=60,\n"
        "                   trajectories=70, seed=3)\n"
        "import hashlib; print(hashlib.sha256(run.state.values.tobytes()).hexdigest())"
    )
    kinds = (
        {},
        {"DRIFTSCAPE_CPU": "haswell", "DRIFTSCAPE_CPU_FEATURES": "+avx2,+fma"},
        {"DRIFTSCAPE_CPU": "generic"},
        {"DRIFTSCAPE_CPU": "of nobody"},  # LLVM says that it does not know it
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | kind,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for kind in kinds
    }
    assert len(digests) == 1

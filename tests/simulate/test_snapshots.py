"""Snapshots show the states that a run passes through, at every spacing and whatever happens."""

import numpy as np
import pytest

from driftscape import landscapes, simulate
from driftscape.simulate.backends.cpu.backend import CpuBackend
from driftscape.simulate.ensemble import Ensemble
from driftscape.simulate.streams import stream_words

from .test_bits import bits

pytestmark = pytest.mark.filterwarnings("ignore:.*:driftscape.simulate.DivergenceWarning")


@pytest.fixture
def run(pair):
    """Run this pair for 140 steps of 150 trajectories, two blocks and a part, with changes."""
    landscape, dynamics = pair

    def go(**changes):
        settings = {"steps": 140, "trajectories": 150, "seed": 9, "threads": 1}
        return simulate.run(landscape, dynamics, **(settings | changes))

    return go


@pytest.mark.fast_cases("well ito")
@pytest.mark.parametrize("pair", ["well ito", "screw sgd", "laws without replacement"],
                         indirect=True)  # fmt: skip
def test_a_snapshot_is_the_end_of_a_run_of_so_many_steps(run):
    every = run(save_every=1)
    for steps in (1, 2, 63, 64, 65, 127, 140):
        ended = run(steps=steps, keep="final")
        assert (bits(every.state[:, steps]) == bits(ended.final)).all()
    for spacing in (2, 3, 7, 63, 64, 65, 128, 140, 141):
        run_of = run(save_every=spacing)
        assert run_of.step.values.tolist() == list(range(0, 141, spacing))
        assert (bits(run_of.state) == bits(every.state[:, ::spacing])).all()


def leaving(**changes):
    """Trajectories that leave the finite numbers at many different steps, some of them never."""
    settings = {"steps": 300, "trajectories": 150, "seed": 2, "threads": 1}
    landscape, ito = landscapes.double_well(rotation=1.0), simulate.Ito(beta=0.6, dt=0.2)
    return simulate.run(landscape, ito, **(settings | changes))


def test_after_a_divergence_and_at_its_step_snapshots_are_nan():
    every = leaving(save_every=1)
    when = every.diverged.values
    assert len(set(when % 64)) > 20  # in the middle of a stretch between two checks
    gone = (when[:, None] >= 0) & (every.step.values >= when[:, None])
    assert (np.isnan(every.state.values).all(axis=2) == gone).all()
    assert (np.isnan(every.state.values).any(axis=2) == gone).all()
    assert every.identical(leaving(save_every=1, threads=2))
    for lanes in (1, 16, 64):
        assert every.identical(leaving(save_every=1, backend=CpuBackend(lanes=lanes)))
    for spacing in (5, 64):
        assert (bits(leaving(save_every=spacing).state) == bits(every.state[:, ::spacing])).all()
    reference = leaving(save_every=1, backend="numpy")
    assert (reference.diverged == every.diverged).mean() > 0.9
    resumed = simulate.run(resume=leaving(save_every=1, steps=101), steps=199)
    assert resumed.identical(every)


def test_columns_side_by_side_are_stored_in_their_places():
    landscape, ito = landscapes.double_well(rotation=1.0), simulate.Ito(beta=1, dt=0.02)
    engine = CpuBackend().engine(ito.bound(landscape).step(landscape))

    def advanced(live):
        words = stream_words(3, np.arange(150, dtype=np.uint64), "noise")
        ensemble = Ensemble.fresh(engine.step, np.zeros((2, 150)), words, 21, every=1)
        ensemble.snapshots[1:] = -7.0
        ensemble.live = live
        engine.advance(ensemble, 0, 20)
        return ensemble

    whole, some = advanced(np.arange(150)), np.arange(5, 140)
    part = advanced(some)
    assert (bits(part.snapshots[:, :, some]) == bits(whole.snapshots[:, :, some])).all()
    assert (np.delete(part.snapshots[1:], some, axis=2) == -7.0).all()
    assert (bits(whole.snapshots[20]) == bits(whole.state)).all()
    with pytest.raises(ValueError, match="'live' leaves out columns between others"):
        advanced(np.r_[0:5, 6:150])

"""First passages keep the contract of runs: a trajectory's result is its own, to the last bit."""

import warnings

import numpy as np
import pytest
import xarray as xr

from driftscape import landscapes, simulate
from driftscape.landscapes import Landscape
from driftscape.simulate import advance as loop
from driftscape.simulate.backends.cpu.backend import CpuBackend

SGD, Ito, GradientFlow = simulate.SGD, simulate.Ito, simulate.GradientFlow


def uneven() -> Landscape:
    """State-dependent D, correlated, in a well that leads out to the right."""
    return Landscape.from_potential(
        "(x**2 - 1)**2/4 + y**2/2",
        coordinates="x y",
        diffusion=[["1 + x**2/4", "x/4"], ["x/4", 1]],
        name="uneven",
        start=(-1, 0),
    )


def rows() -> Landscape:
    """A data set: one training set that all share, each in its own order."""
    columns = {"x": [-2, -1.5, -1, -0.6, -0.2, -0.1, 0.2, 0.4, 0.7, 1, 1.4, 1.7]}
    return Landscape.from_loss("(w**2 - 1)**2/4 + 3*x*w/2", coordinates="w", data=columns)


RIGHT = "x > 0.3 or y > 2"
CASES = {
    # a bridge through constant D, two targets
    "ito": (
        landscapes.quartic_well, Ito(beta=4, dt=0.01), {"right": "x > 0.2", "left": "x < -1.7"}, -1,
    ),
    "uneven ito": (uneven, Ito(beta=4, dt=0.02), RIGHT, None),
    "heun": (
        landscapes.quartic_well, simulate.Stratonovich(beta=4, dt=0.01), "x > 0.1", {"x": -1},
    ),
    "without bridge": (landscapes.quartic_well, Ito(beta=4, dt=0.01), "x > 0", -1),
    "sgd": (landscapes.quartic_well, SGD(learning_rate=0.1), "x > 0", -1),
    "sgd schedule": (
        landscapes.quartic_well,
        SGD(learning_rate="0.2/(1 + step/400)", batch_size=3),
        "x > -0.6",
        -1,
    ),
    "sgd reshuffled momentum": (
        landscapes.quartic_well,
        SGD(learning_rate=0.1, sampling="reshuffled", train_size=12, batch_size=2, momentum=0.5),
        "x > 0",
        -1,
    ),
    "data": (
        rows,
        SGD(learning_rate=0.1, sampling="without-replacement", batch_size=3, momentum=0.3),
        "w > -0.4",
        -1,
    ),
    "underdamped": (
        landscapes.quartic_well, simulate.Underdamped(friction=1, beta=5, dt=0.02), "x > 0", -1,
    ),
    "stable": (
        landscapes.mean_estimation,
        Ito(beta=5, dt=0.01, noise="stable", alpha=1.5),
        {"up": "theta > 2", "down": "theta < -2"},
        0,
    ),
    "flow": (landscapes.mean_estimation, GradientFlow(dt=0.0015), "theta < 0.5", 2),
}  # fmt: skip
RESULTS = ("passage_time", "target", "exit", "censored", "diverged")


def bits(values):
    return np.ascontiguousarray(values).view(np.uint8)


def same(a, b):
    """Integer bits of every result."""
    return all((bits(a[v].values) == bits(b[v].values)).all() for v in RESULTS)


@pytest.fixture(params=CASES)
def go(request):
    """Run this case with anything changed; some two thirds of the trajectories reach a target."""
    make, dynamics, target, start = CASES[request.param]
    if request.param == "flow":  # nothing random: let the starts differ
        start = np.linspace(0.6, 3, 150)[:, None]
    landscape, bridge = make(), False if "without" in request.param else None

    def passage(**changes):
        settings = {
            "start": start, "target": target, "trajectories": 150, "seed": 9, "max_steps": 700,
            "threads": 1, "bridge": bridge,
        }  # fmt: skip
        settings |= changes
        if request.param == "flow" and isinstance(settings["trajectories"], range):
            settings["start"] = start[settings["trajectories"]]
        return simulate.first_passage(landscape, dynamics, **settings)

    return passage


@pytest.mark.fast_cases("without bridge", "flow")
def test_threads_bursts_and_shards_leave_no_trace(go, monkeypatch):
    whole = go()
    assert 5 < int(whole.censored.sum()) < 145
    assert whole.identical(go(threads=2))
    parts = [go(trajectories=range(0, 37)), go(trajectories=range(37, 150))]
    for name in RESULTS:
        joined = np.concatenate([p[name].values for p in parts])
        assert (bits(joined) == bits(whole[name].values)).all()
    monkeypatch.setattr(loop, "_BURST", 1e-9)
    for grain in (2, 38):
        monkeypatch.setattr(loop, "_GRAIN", grain)
        assert whole.identical(go())


@pytest.mark.fast_cases("sgd", "without bridge")
def test_resuming_equals_never_having_stopped(go, tmp_path):
    whole = go()
    for stop in (1, 64, 331):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", simulate.CensoredWarning)
            half = go(max_steps=stop)
        half.to_netcdf(tmp_path / f"{stop}.nc", engine="h5netcdf")
        with xr.open_dataset(tmp_path / f"{stop}.nc", engine="h5netcdf") as stored:
            assert same(stored.load(), half)
            assert simulate.first_passage(resume=stored, max_steps=700).identical(whole)


@pytest.mark.fast_cases("ito", "data", "sgd reshuffled momentum")
def test_an_interrupted_passage_owes_the_rest(go, monkeypatch):
    """Interrupted twice, the second time where it had been resumed."""
    monkeypatch.setattr(loop, "_BURST", 1e-9)
    whole, calls = go(), []

    def stop(ended, total):
        calls.append((ended, total))
        if len(calls) == 3:
            raise KeyboardInterrupt

    with pytest.raises(simulate.Interrupted, match="still running") as caught:
        go(progress=stop)
    calls.clear()
    with pytest.raises(simulate.Interrupted) as again:
        simulate.first_passage(resume=caught.value.dataset, progress=stop)
    assert 0 < simulate.provenance(caught.value.dataset)["steps"] < 700
    assert simulate.first_passage(resume=again.value.dataset).identical(whole)


def test_rerun_gives_the_same_dataset(go):
    once = go()
    assert simulate.rerun(once).identical(once)


@pytest.mark.fast_cases("without bridge", "sgd")
def test_the_reference_backend_agrees(go):
    """NumPy draws the same words but rounds otherwise: here and there a step may tip over."""
    ours, theirs = go(), go(backend="numpy")
    alike = (ours.target == theirs.target) & (abs(ours.passage_time - theirs.passage_time) < 1e-6)
    assert int(alike.sum()) >= 149
    assert np.allclose(ours.exit[alike.values], theirs.exit[alike.values], rtol=1e-6, atol=1e-6)


# another block size or generator is another kernel to compile: one case for each mechanism
@pytest.mark.fast_cases("sgd reshuffled momentum")
@pytest.mark.parametrize("go", ["ito", "sgd reshuffled momentum"], indirect=True)
def test_block_sizes_leave_no_trace(go):
    assert go().identical(go(backend=CpuBackend(lanes=16)))


@pytest.mark.fast_cases("sgd reshuffled momentum")
@pytest.mark.parametrize("go", ["ito", "sgd reshuffled momentum"], indirect=True)
def test_philox_keeps_the_same_promises(go):
    whole = go(generator="philox")
    assert not same(whole, go())
    assert whole.identical(go(generator="philox", threads=2))
    assert whole.identical(simulate.rerun(whole))
    half = go(generator="philox", max_steps=101)
    assert simulate.first_passage(resume=half, max_steps=700).identical(whole)

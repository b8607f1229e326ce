"""First passages over anything: a point is the first passage of its own, to the bit."""

import numpy as np
import pytest
import xarray as xr

from driftscape import analysis, landscapes, simulate
from driftscape.landscapes import Landscape, Normal
from driftscape.simulate import advance as loop

from ...tiers import tiered

SGD, Ito = simulate.SGD, simulate.Ito
WELL, PLAIN = landscapes.quartic_well(), SGD(learning_rate=0.1)
FRICTION = simulate.Underdamped(friction=1, beta=9, dt=0.1)
EPOCHS = SGD(learning_rate=0.1, sampling="reshuffled", train_size=12, batch_size=2)
TARGET = {"right": "x > -0.6", "left": "x < -1.3"}
SETTINGS = {"start": -1, "target": TARGET, "trajectories": 70, "seed": 9, "threads": 1}


def valley(scale):
    """A loss whose noise has another width."""
    return Landscape.from_loss(
        "(x**2 - 1)**2/4 + s*x", coordinates="x", samples={"s": Normal(0, scale)},
        name=f"valley {scale}",
    )  # fmt: skip


CASES = {
    "dynamics": (
        (WELL, None, {"dynamics": [Ito(beta=4, dt=0.01), PLAIN, FRICTION, EPOCHS]}),
        {("Ito",): (WELL, Ito(beta=4, dt=0.01)), ("Underdamped",): (WELL, FRICTION)},
    ),
    "batches and momenta": (
        (WELL, PLAIN, {"batch_size": [1, 4], "momentum": [0, 0.5]}),
        {(n, m): (WELL, SGD(learning_rate=0.1, batch_size=n, momentum=m))
         for n in (1, 4) for m in (0, 0.5)},
    ),
    "schemes": (
        (WELL, Ito(beta=4, dt=0.02), {"scheme": ["euler-maruyama", "weak-2"], "beta": [3, 4]}),
        {(s, beta): (WELL, Ito(beta=beta, dt=0.02, scheme=s))
         for s in ("euler-maruyama", "weak-2") for beta in (3, 4)},
    ),
    "training sets": (
        (WELL, EPOCHS, {"train_size": [6, 12], "sampling": ["reshuffled", "iid"]}),
        {(n, s): (WELL, SGD(learning_rate=0.1, sampling=s, train_size=n, batch_size=2))
         for n in (6, 12) for s in ("reshuffled", "iid")},
    ),
    "landscapes": (
        (None, PLAIN, {"landscape": [valley(0.5), valley(1.5), WELL]}),
        {(f"valley {s}",): (valley(s), PLAIN) for s in (0.5, 1.5)},
    ),
}  # fmt: skip


def stored(dataset, path):
    """Return a dataset as it comes back from a file."""
    dataset.to_netcdf(path, engine="h5netcdf")
    return xr.load_dataset(path, engine="h5netcdf")


@pytest.mark.filterwarnings("ignore::driftscape.simulate.CensoredWarning")
@pytest.mark.parametrize("name", tiered(list(CASES), ("dynamics",)))
def test_every_point_is_its_own_first_passage(name, tmp_path):
    (landscape, dynamics, over), points = CASES[name]
    swept = stored(
        simulate.first_passage(landscape, dynamics, over=over, max_steps=40, **SETTINGS),
        tmp_path / "passages.nc",
    )
    assert 0 < int(swept.censored.sum()) < swept.censored.size
    assert simulate.rerun(swept).identical(swept)
    more = simulate.first_passage(resume=swept, max_steps=300)
    times = []
    for label, (own, its) in points.items():
        selection = dict(zip(over, label, strict=True))
        point = swept.sel(selection)
        alone = simulate.first_passage(own, its, max_steps=40, **SETTINGS)
        assert simulate.provenance(point) == simulate.provenance(alone)
        assert (point.fingerprint.values == alone.fingerprint.values).all()
        assert simulate.rerun(point).identical(alone)
        longer = simulate.first_passage(resume=alone, max_steps=300)
        assert simulate.first_passage(resume=point, max_steps=300).identical(longer)
        assert simulate.rerun(more.sel(selection)).identical(simulate.rerun(longer))
        assert (more.sel(selection).fingerprint.values == longer.fingerprint.values).all()
        curves = [analysis.survival(each) for each in (point, alone)]
        assert np.array_equal(curves[0].survival.values, curves[1].survival.values)
        times.append(longer.passage_time.values.tobytes())
    assert len(set(times)) == len(times)  # the wrong twin: the points are other passages


@pytest.mark.slow
def test_bridges_are_those_of_each_dynamics():
    over = {"dynamics": {"sde": Ito(beta=4, dt=0.01), "map": PLAIN}}
    swept = simulate.first_passage(WELL, over=over, max_steps=40, **SETTINGS)
    bridged = [simulate.provenance(swept.isel(dynamics=i))["bridge"] for i in (0, 1)]
    assert bridged == [True, False]
    assert swept.passage_time.attrs["crossings"].endswith("where a step has one")
    with pytest.raises(ValueError, match="at dynamics=map: bridge=True, but between"):
        simulate.first_passage(WELL, over=over, max_steps=40, bridge=True, **SETTINGS)
    never = simulate.first_passage(WELL, over=over, max_steps=40, bridge=False, **SETTINGS)
    assert simulate.rerun(never).identical(never)
    assert not simulate.provenance(never.isel(dynamics=0))["bridge"]


@pytest.mark.slow
def test_one_time_limit_for_steps_of_other_sizes():
    over = {"dt": [0.01, 0.02]}
    swept = simulate.first_passage(WELL, Ito(beta=9, dt=0.1), over=over, max_time=0.4, **SETTINGS)
    for dt, steps in ((0.01, 40), (0.02, 20)):
        point = swept.sel(dt=dt)
        assert simulate.provenance(point)["steps"] == steps
        assert (point.passage_time.values[point.censored.values] == 0.4).all()
        alone = simulate.first_passage(WELL, Ito(beta=9, dt=dt), max_time=0.4, **SETTINGS)
        assert simulate.rerun(point).identical(alone)
    whole = simulate.first_passage(WELL, Ito(beta=9, dt=0.1), over=over, max_time=2, **SETTINGS)
    assert simulate.first_passage(resume=swept, max_time=2).identical(whole)


@pytest.mark.parametrize("stop", tiered([2, 40], [2]))
def test_an_interrupt_between_kernels_keeps_what_is_finished(stop, monkeypatch, tmp_path):
    monkeypatch.setattr(loop, "_BURST", 1e-9)
    over, seen = {"momentum": [0, 0.5]}, []
    settings = SETTINGS | {"max_steps": 2000, "over": over}

    def press(ended, total):
        seen.append(ended)
        if len(seen) == stop:
            raise KeyboardInterrupt

    whole = simulate.first_passage(WELL, PLAIN, progress=lambda n, _: seen.append(n), **settings)
    assert seen == sorted(seen)
    assert seen[-1] == whole.censored.size - int(whole.censored.sum())
    seen.clear()
    with pytest.raises(simulate.Interrupted, match="trajectories still running") as caught:
        simulate.first_passage(WELL, PLAIN, progress=press, **settings)
    partial = stored(caught.value.dataset, tmp_path / "partial.nc")
    steps = [simulate.provenance(partial.isel(momentum=i))["steps"] for i in (0, 1)]
    assert steps[0] >= steps[1]
    assert steps[1] < 2000
    assert seen[-1] == int((~partial.censored).sum())
    assert simulate.first_passage(resume=partial).identical(whole)
    point = simulate.first_passage(resume=partial.isel(momentum=1))
    alone = simulate.first_passage(
        WELL, SGD(learning_rate=0.1, momentum=0.5), max_steps=2000, **SETTINGS
    )
    assert point.identical(alone)


@pytest.mark.slow
def test_first_passages_put_together_are_a_sweep():
    parts = [
        simulate.first_passage(WELL, each, max_steps=40, **SETTINGS)
        for each in (PLAIN, SGD(learning_rate=0.1, batch_size=2))
    ]
    names = xr.Variable("kind", ["one", "two"])
    together = xr.concat(parts, names, coords="different", compat="equals")
    more = simulate.first_passage(resume=together, max_steps=300)
    for i, part in enumerate(parts):
        longer = simulate.first_passage(resume=part, max_steps=300)
        assert simulate.dynamics_of(together.isel(kind=i)) == simulate.dynamics_of(part)
        assert simulate.rerun(together.isel(kind=i)).identical(part)
        assert simulate.rerun(more.isel(kind=i)).identical(simulate.rerun(longer))
    assert np.array_equal(more.kind, ["one", "two"])

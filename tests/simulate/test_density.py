"""Densities gathered along the way: whole counts, the same however the run was cut."""

import sys

import numpy as np
import pytest

from driftscape import landscapes, simulate
from driftscape.simulate import Density

WELL, ITO = landscapes.double_well(rotation=1.0), simulate.Ito(beta=1, dt=0.02)
BOTH = {"x1": (-2.5, 2.5), "x2": (-4, 4)}
KEEP = Density("x1 x2", bounds=BOTH, bins=[10, 8], every=6, discard_steps=12)


def go(**changes):
    settings = {"steps": 600, "trajectories": 150, "seed": 3, "keep": KEEP}
    return simulate.run(WELL, ITO, **(settings | changes))


def test_counts_are_those_of_the_snapshots():
    run = go(keep=[KEEP, "snapshots"])
    late = run.state.sel(time=run.step > 12).values.reshape(-1, 2)
    exact, *_ = np.histogram2d(*late.T, bins=[10, 8], range=[BOTH["x1"], BOTH["x2"]])
    assert run.counts.dims == ("bin_x2", "bin_x1")  # upright
    assert (run.counts.values == exact.T).all()
    assert run.counts.sum() + run.counts.outside == len(late)
    assert (go().counts == run.counts).all()


def test_however_the_run_was_cut_the_counts_are_the_same(monkeypatch):
    whole = go()
    monkeypatch.setattr(sys.modules["driftscape.simulate.advance"], "_BURST", 1e-9)
    assert go(threads=2).identical(whole)
    assert simulate.run(resume=go(steps=301), steps=299).identical(whole)
    assert simulate.rerun(whole).identical(whole)
    shards = [go(trajectories=range(a, b)) for a, b in ((0, 70), (70, 150))]
    assert (shards[0].counts + shards[1].counts == whole.counts).all()


def test_the_density_integrates_to_what_is_inside():
    run = go()
    cell = 0.5 * 1.0
    inside = run.counts.sum() / (run.counts.sum() + run.counts.outside)
    assert float(run.density.sum() * cell) == pytest.approx(float(inside), rel=1e-12)


def test_it_survives_netcdf(tmp_path):
    import xarray as xr

    run = go()
    run.to_netcdf(tmp_path / "run.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "run.nc", engine="h5netcdf") as read:
        assert simulate.rerun(read.load()).identical(read)


@pytest.mark.parametrize("make", [
    lambda: Density("x1", bounds={"x2": (0, 1)}, every=1),
    lambda: Density("x1", bounds={"x1": (1, 0)}, every=1),
    lambda: Density("x1", bounds={"x1": (0, float("nan"))}, every=1),
    lambda: Density("x1", bounds={"x1": (0, 1)}, every=0),
    lambda: Density("x1", bounds={"x1": (0, 1)}, bins=0, every=1),
    lambda: Density("x1 x2", bounds=BOTH, bins=[3], every=1),
    lambda: Density("x1 x2", bounds=BOTH, bins=10_000, every=1),
    lambda: Density("a b c d", bounds=dict.fromkeys("abcd", (0, 1)), every=1),
    lambda: go(keep=Density("x3", bounds={"x3": (0, 1)}, every=1)),
    lambda: go(keep=[KEEP, KEEP]),
    lambda: go(keep=[KEEP, "snapshots"], save_every=5),
])  # fmt: skip
def test_what_makes_no_density_is_refused(make):
    with pytest.raises(ValueError, match="."):
        make()

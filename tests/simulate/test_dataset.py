"""Results open in the tools people use, and hold everything that made them."""

import json

import numpy as np
import pytest
import xarray as xr

from driftscape import landscapes, simulate
from driftscape.landscapes import Landscape, Normal, Uniform


@pytest.fixture
def run():
    keep = ["snapshots", simulate.Average("x1**2", discard_steps=5)]
    well, ito = landscapes.double_well(rotation=0.5), simulate.Ito(beta=1, dt=0.01)
    return simulate.run(well, ito, time=0.2, trajectories=7, seed=2**70, save_every=4, keep=keep)


def test_dimensions_and_coordinates_have_the_agreed_names(run):
    assert run.state.dims == ("trajectory", "time", "coordinate")
    assert run.state.shape == (7, 6, 2)
    assert run.step.values.tolist() == [0, 4, 8, 12, 16, 20]
    assert np.allclose(run.time, run.step * 0.01)
    assert run.final.time == pytest.approx(0.2)
    assert (run.final == run.state.isel(time=-1)).all()
    assert (run.state.isel(time=0) == run.start).all()


def test_netcdf_keeps_every_bit(run, tmp_path):
    run.to_netcdf(tmp_path / "run.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "run.nc", engine="h5netcdf") as read:
        assert read.load().identical(run)
        assert simulate.rerun(read).identical(run)
        resumed = simulate.run(resume=read, steps=6)
    assert resumed.sizes["time"] == 7


def test_landscape_and_dynamics_come_back_from_the_file(run):
    assert simulate.landscape_of(run) == landscapes.double_well(rotation=0.5)
    assert simulate.dynamics_of(run) == simulate.Ito(beta=1, dt=0.01)
    result = simulate.provenance(run)
    assert int(result["seed"]) == 2**70
    assert result["steps"] == 20


def test_a_formula_in_a_file_is_parsed_and_not_run(run):
    result = simulate.provenance(run)
    result["landscape"]["potential"] = "__import__('os').system('id')"
    run.coords["provenance"] = json.dumps(result)
    with pytest.raises(landscapes.FormulaError):
        simulate.rerun(run)


def test_other_versions_and_foreign_files_are_refused_with_the_reason(run):
    result = simulate.provenance(run)
    run.coords["provenance"] = json.dumps(result | {"version": "0.0.1"})
    with pytest.raises(ValueError, match=r"made by driftscape 0\.0\.1"):
        simulate.rerun(run)
    run.coords["provenance"] = json.dumps(result | {"format": 99})
    with pytest.raises(ValueError, match="format 99"):
        simulate.provenance(run)
    with pytest.raises(ValueError, match="not made by"):
        simulate.rerun(xr.Dataset())


def test_resume_refuses_another_landscape_or_dynamics(run):
    with pytest.raises(ValueError, match="not of"):
        simulate.run(landscapes.double_well(rotation=1.0), resume=run, steps=1)
    with pytest.raises(ValueError, match="not of"):
        simulate.run(None, simulate.Ito(beta=2, dt=0.01), resume=run, steps=1)
    with pytest.raises(ValueError, match="takes seed"):
        simulate.run(resume=run, steps=1, seed=3)
    with pytest.raises(ValueError, match="takes seed"):
        simulate.run(resume=run, steps=1, trajectories=np.arange(2))


def test_without_a_seed_one_is_drawn_and_recorded():
    screw, sgd = landscapes.archimedes(), simulate.SGD(learning_rate=0.1)
    runs = [simulate.run(screw, sgd, steps=3, trajectories=2) for _ in range(2)]
    assert not (runs[0].final == runs[1].final).any()
    assert simulate.rerun(runs[0]).identical(runs[0])


def test_default_snapshots_are_at_most_a_thousand():
    run = simulate.run(
        landscapes.quartic_well(), simulate.Ito(beta=5, dt=0.01), steps=12_345, seed=1
    )
    assert 500 < run.sizes["time"] <= 1000


@pytest.mark.slow
def test_a_start_may_be_a_law_per_coordinate():
    screw, sgd = landscapes.archimedes(), simulate.SGD(learning_rate=0.1)

    def go(trajectories):
        start = {"u": Normal(1, 0.1), "v": 2.0, "z": Uniform(0, 6)}
        return simulate.run(screw, sgd, steps=1, trajectories=trajectories, seed=5, start=start)

    whole, shard = go(4000), go(range(1000, 4000))
    assert (whole.start[1000:] == shard.start).all()
    u, v, z = whole.start.values.T
    assert abs(u.mean() - 1) < 4 * 0.1 / np.sqrt(4000)
    assert (v == 2).all()
    assert abs(z.mean() - 3) < 4 * np.sqrt(3 / 4000)
    assert np.abs(np.corrcoef(u, z)[0, 1]) < 4 / np.sqrt(4000)


def test_parameters_are_values_and_not_code():
    """New parameter values give the same kernel text."""
    from driftscape.simulate.backends.codegen.kernel import kernel_source

    def text(curvature, rate):
        make = Landscape.from_loss(
            "c*w**2/2 + w*x", coordinates="w", samples={"x": Normal()}, parameters={"c": curvature}
        )
        return kernel_source(simulate.SGD(learning_rate=rate).step(make)).text

    assert text(1.0, 0.1) == text(7.5, 0.3)

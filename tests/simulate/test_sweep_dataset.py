"""What a sweep returns: dimensions, honest times, and points that are runs."""

import numpy as np
import pytest
import xarray as xr

from driftscape import analysis, landscapes, simulate, theory

WELL, ITO = landscapes.double_well(rotation=1.5), simulate.Ito(beta=1, dt=0.01)
OVER = {"rotation": [0.5, 1.5], "dt": [0.01, 0.02, 0.04]}
SETTINGS = {"steps": 300, "trajectories": 64, "seed": 1, "save_every": 3}


@pytest.fixture(scope="module")
def swept():
    return simulate.sweep(WELL, ITO, over=OVER, **SETTINGS)


def own_run(rotation, dt):
    return simulate.run(
        landscapes.double_well(rotation=rotation), simulate.Ito(beta=1, dt=dt), **SETTINGS
    )


def test_dimensions_and_coordinates(swept):
    assert swept.state.dims == ("rotation", "dt", "trajectory", "time", "coordinate")
    assert swept.state.shape == (2, 3, 64, 101, 2)
    assert swept.final.dims == ("rotation", "dt", "trajectory", "coordinate")
    assert {name: swept[name].values.tolist() for name in OVER} == OVER
    assert (swept.final == swept.state.isel(time=-1)).all()


def test_time_is_that_of_each_point(swept):
    assert swept.time.dims == ("dt", "time")
    assert swept.step.values.tolist() == list(range(0, 301, 3))
    for dt in OVER["dt"]:
        assert (swept.time.sel(dt=dt).values == swept.step.values * dt).all()
    assert swept.final_time.values.tolist() == [300 * dt for dt in OVER["dt"]]
    alike = simulate.sweep(WELL, ITO, over={"rotation": [0.5, 1.5]}, **SETTINGS)
    assert alike.time.dims == ("time",)
    assert alike.final.attrs["time"] == 3.0


def test_a_selected_point_says_what_a_run_would_say(swept):
    for rotation in OVER["rotation"]:
        for dt in OVER["dt"]:
            point, run = swept.sel(rotation=rotation, dt=dt), own_run(rotation, dt)
            assert simulate.provenance(point) == simulate.provenance(run)
            assert simulate.landscape_of(point) == simulate.landscape_of(run)
            assert simulate.dynamics_of(point) == simulate.dynamics_of(run)
    by_number = swept.isel(rotation=1).isel(dt=0)
    assert simulate.provenance(by_number) == simulate.provenance(own_run(1.5, 0.01))
    assert simulate.provenance(swept.isel(rotation=1, dt=0)) != simulate.provenance(
        own_run(1.5, 0.02)
    )


@pytest.mark.parametrize("dt", OVER["dt"])
def test_analyses_take_a_point_as_they_take_its_run(swept, dt):
    point, run = swept.sel(rotation=1.5, dt=dt), own_run(1.5, dt)
    for question in (
        lambda data: analysis.moment(data, "x1**2", discard_steps=100),
        lambda data: analysis.torque(data, discard_steps=100),
        lambda data: analysis.drift_velocity(data, "x1", discard_steps=100, per="time"),
        lambda data: analysis.angular_velocity(data, discard_steps=100),
    ):
        assert question(point) == question(run)
        assert question(swept.sel(rotation=0.5, dt=dt)) != question(run)


@pytest.mark.parametrize("rate", [0.02, 0.05])
def test_the_drift_velocity_of_each_learning_rate(rate):
    screw, sgd = landscapes.archimedes(), simulate.SGD(learning_rate=0.1)
    settings = {"steps": 1500, "trajectories": 100, "seed": 3, "save_every": 5}
    runs = simulate.sweep(screw, sgd, over={"learning_rate": [0.02, 0.05]}, **settings)
    run = simulate.run(screw, simulate.SGD(learning_rate=rate), **settings)
    point = runs.sel(learning_rate=rate)
    assert analysis.drift_velocity(point, "z") == analysis.drift_velocity(run, "z")
    predicted = theory.drift_velocity(screw, simulate.dynamics_of(point), "z")
    assert analysis.drift_velocity(point, "z").compare(predicted).verdict == "agrees"
    other = analysis.drift_velocity(runs.drop_sel(learning_rate=rate).isel(learning_rate=0), "z")
    assert other.compare(predicted).verdict == "rejected"


def test_a_point_is_rerun_and_resumed_as_a_run(swept):
    point, run = swept.sel(rotation=1.5, dt=0.02), own_run(1.5, 0.02)
    assert simulate.rerun(point).identical(run)
    more = simulate.run(resume=point, steps=60)
    assert more.identical(simulate.run(resume=run, steps=60))
    again = simulate.sweep(resume=swept, steps=60).sel(rotation=1.5, dt=0.02)
    assert (again.state.values == more.state.values).all()


def test_a_part_of_a_sweep_is_a_sweep(swept):
    part = swept.sel(dt=0.02).isel(rotation=[1], trajectory=slice(5, 20))
    again = simulate.rerun(part)
    assert again.final.dims == part.final.dims == ("rotation", "trajectory", "coordinate")
    assert (again.state.values == part.state.values).all()
    assert simulate.dynamics_of(part).dt == 0.02
    turned = swept.transpose("time", "dt", "trajectory", "coordinate", "rotation", ...)
    assert (simulate.rerun(turned).state == swept.state).all()
    assert (simulate.sweep(resume=turned, steps=3).final
            == simulate.sweep(resume=swept, steps=3).final).all()  # fmt: skip


def test_what_is_of_no_single_point_is_refused_by_name(swept):
    with pytest.raises(ValueError, match="sweep over rotation, of no single landscape"):
        simulate.landscape_of(swept.sel(dt=0.02))
    with pytest.raises(ValueError, match="sweep over dt, of no single dynamics"):
        simulate.dynamics_of(swept.sel(rotation=0.5))
    point = swept.sel(rotation=0.5, dt=0.02)
    without = swept.sel(rotation=0.5, dt=0.02, drop=True)
    assert simulate.provenance(without) == simulate.provenance(point)
    with pytest.raises(ValueError, match="is the result of simulate.sweep"):
        simulate.run(resume=swept, steps=3)
    apart = simulate.sweep(
        WELL, ITO, over={"rotation": [0, 1, 2], "dt": [0.01, 0.02]}, common=False, **SETTINGS
    )
    part = apart.isel(dt=[1])
    assert (simulate.rerun(part).final == part.final).all()
    turned = apart.transpose("dt", "rotation", ...)
    assert (simulate.rerun(turned).final == apart.final).all()
    assert (
        simulate.rerun(apart.isel(rotation=2, dt=1)).final.values == apart.final.values[2, 1]
    ).all()


def test_files_hold_everything(swept, tmp_path):
    apart = simulate.sweep(
        WELL, ITO, over={"landscape.rotation": [0, 1], "dt": [0.01, 0.02]}, common=False,
        keep=simulate.Density("x1", bounds={"x1": (-3, 3)}, bins=9, every=10),
        **(SETTINGS | {"save_every": None}),
    )  # fmt: skip
    for data in (swept, apart):
        data.to_netcdf(tmp_path / "sweep.nc", engine="h5netcdf")
        read = xr.load_dataset(tmp_path / "sweep.nc", engine="h5netcdf")
        assert read.identical(data)
        assert simulate.rerun(read).identical(data)
        assert simulate.sweep(resume=read, steps=10).identical(
            simulate.sweep(resume=data, steps=10)
        )
    assert np.allclose(apart.density.sum("bin_x1") * 6 / 9, 1, atol=0.1)


def test_divergence_is_told_point_by_point():
    screw, sgd = landscapes.archimedes(), simulate.SGD(learning_rate=0.1)
    over = {"learning_rate": [0.1, 2.5, 3.0]}
    with pytest.warns(simulate.DivergenceWarning) as warned:
        runs = simulate.sweep(
            screw, sgd, over=over, steps=1500, trajectories=5, seed=1, start=[1, 0, 0]
        )
    before, after = (str(w.message) for w in warned)
    assert "learning_rate=2.5 is past the mean-square stability limit" in before
    assert "also past theirs: learning_rate=3." in before
    assert "10 of 15 trajectories" in after
    assert "5 at learning_rate=2.5, 5 at learning_rate=3" in after
    assert (runs.diverged.values >= 0).sum(axis=1).tolist() == [0, 5, 5]
    with pytest.raises(analysis.Diverged):
        analysis.moment(runs.sel(learning_rate=2.5), "u")
    with pytest.warns(simulate.DivergenceWarning):
        run = simulate.run(
            screw, simulate.SGD(learning_rate=2.5), steps=1500, trajectories=5, seed=1,
            start=[1, 0, 0],
        )  # fmt: skip
    assert (runs.diverged.values[1] == run.diverged.values).all()


def test_an_interrupted_sweep_owes_the_rest():
    def stop(done, total):
        raise KeyboardInterrupt  # after the first burst, which is a fifth of the whole

    settings = {"steps": 400_000, "trajectories": 4, "seed": 1, "save_every": 10_000}
    with pytest.raises(simulate.Interrupted, match=r"simulate\.sweep\(resume=") as caught:
        simulate.sweep(WELL, ITO, over=OVER, progress=stop, **settings)
    resumed = simulate.sweep(resume=caught.value.dataset)
    assert resumed.identical(simulate.sweep(WELL, ITO, over=OVER, **settings))

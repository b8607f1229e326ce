"""The estimates of a sweep as a dataset: selection and files keep them, and points remember."""

import numpy as np
import pytest
import xarray as xr

from driftscape import analysis, landscapes, simulate

from ...sealed import sealed

WELL, ITO = landscapes.quartic_well(), simulate.Ito(beta=2, dt=0.02)
OVER = {"beta": [2.0, 2.02, 3.0], "dt": [0.02, 0.03]}


@pytest.fixture(scope="module")
def sweep():
    return simulate.sweep(WELL, ITO, over=OVER, steps=1500, trajectories=50, seed=1, save_every=10)


@pytest.fixture(scope="module")
def points(sweep):
    return analysis.moment(sweep, "x**2")


def test_each_point_is_the_estimate_of_its_run(sweep, points):
    for beta in OVER["beta"]:
        for dt in OVER["dt"]:
            alone = analysis.moment(sweep.sel(beta=beta, dt=dt), "x**2")
            here = analysis.estimate_of(points.sel(beta=beta, dt=dt))
            assert here == alone
            assert here.interval() == alone.interval()
            assert here.time_step == alone.time_step == dt
            (mine,), (other,) = here.contributions.blocks, alone.contributions.blocks
            assert (mine.noise, mine.freedom, mine.weight) == (
                other.noise, other.freedom, other.weight,
            )  # fmt: skip
            assert (mine.values == other.values).all()
            assert (mine.numbers == other.numbers).all()


def test_the_covariance_is_that_of_the_trajectories(sweep, points):
    assert points.covariance.dims == ("beta", "dt", "beta_other", "dt_other")
    matrix = points.covariance.values.reshape(6, 6)
    contributions = points.contribution.values.reshape(6, -1)
    assert np.allclose(matrix, contributions @ contributions.T, rtol=1e-14)
    assert np.allclose(np.diag(matrix), points.stderr.values.ravel() ** 2, rtol=1e-12)
    x = (sweep.state.isel(coordinate=0)[..., 51:] ** 2).mean("time")
    at = dict(dt=0.02)
    direct = np.cov(x.sel(beta=2.0, **at), x.sel(beta=2.02, **at))[0, 1] / 50
    moment = analysis.moment(sweep, "x**2", discard_steps=510)
    found = moment.covariance.sel(beta=2.0, dt=0.02, beta_other=2.02, dt_other=0.02)
    assert found.item() == pytest.approx(direct, rel=1e-12)


def test_a_difference_of_points_has_the_error_of_the_differences(sweep, points):
    one, other = (points.sel(beta=beta, dt=0.02) for beta in (2.0, 2.02))
    difference = analysis.estimate_of(other) - analysis.estimate_of(one)
    runs = [sweep.sel(beta=beta, dt=0.02) for beta in (2.0, 2.02)]
    direct = analysis.moment(runs[1], "x**2") - analysis.moment(runs[0], "x**2")
    assert (difference.value, difference.stderr) == (direct.value, direct.stderr)
    assert difference.stderr < 0.1 * one.stderr.item()
    apart = simulate.sweep(WELL, ITO, over={"beta": [2.0, 2.02]}, steps=1500, trajectories=50,
                           seed=1, save_every=10, common=False)  # fmt: skip
    alone = analysis.moment(apart, "x**2")
    a, b = (analysis.estimate_of(alone.isel(beta=i)) for i in (0, 1))
    assert (b - a).stderr == pytest.approx(np.hypot(a.stderr, b.stderr), rel=1e-12)
    assert alone.covariance.values[0, 1] == 0


def test_a_file_and_a_selection_keep_everything(points, tmp_path):
    points.to_netcdf(tmp_path / "points.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "points.nc") as back:
        assert (back.covariance == points.covariance).all()
        for beta in OVER["beta"]:
            at = dict(beta=beta, dt=0.03)
            kept = analysis.estimate_of(back.sel(**at))
            assert kept == analysis.estimate_of(points.sel(**at))
            first = analysis.estimate_of(points.isel(beta=0, dt=0))
            assert (kept - first) == (analysis.estimate_of(points.sel(**at)) - first)
    again = xr.concat([points.isel(beta=[0, 1]), points.isel(beta=[2])], "beta")
    assert (again.value == points.value).all()
    assert analysis.estimate_of(again.sel(beta=3.0, dt=0.02)) == analysis.estimate_of(
        points.sel(beta=3.0, dt=0.02)
    )


def test_dropped_trajectories_and_unlike_seeds():
    runs = [
        simulate.run(WELL, ITO, steps=1500, trajectories=numbers, seed=seed, save_every=10)
        for numbers, seed in ((range(40), 1), (range(10, 60), 1), (range(40), 2))
    ]
    diverged = runs[0].diverged.where(runs[0].trajectory != 12, 3)
    lost = sealed(runs[0].assign(diverged=diverged))
    joined = [analysis.moment(run, "x**2", diverged="drop") for run in (lost, *runs[1:])]
    found = analysis.moment(lost.expand_dims("part"), "x**2", diverged="drop")
    assert analysis.estimate_of(found.isel(part=0)) == joined[0]
    assert found.provenance.dims == ("call",)
    matrix = analysis.covariance(*joined)
    for i in range(3):
        for j in range(3):
            exact = joined[i].contributions.covariance(joined[j].contributions)
            assert matrix[i, j] == pytest.approx(exact, rel=1e-12, abs=1e-30)
    assert matrix[0, 1] != 0 == matrix[0, 2]


def test_what_is_no_point_is_refused(sweep, points):
    with pytest.raises(
        ValueError, match="several points of beta, dt; select one, e.g. points.isel"
    ):
        analysis.estimate_of(points)
    with pytest.raises(
        ValueError, match="^the dataset has no value, stderr, sources, contribution"
    ):
        analysis.estimate_of(sweep.isel(beta=0, dt=0))
    some = points.isel(beta=0, dt=0, trajectory=slice(10))
    with pytest.raises(ValueError, match="10 contributions of 50 trajectories; select points"):
        analysis.estimate_of(some)


@pytest.mark.slow
@pytest.mark.parametrize("common", [True, False])
def test_the_covariance_is_the_scatter_over_seeds(common):
    """Over 400 seeds; with common noise the covariance of independent points is wrong."""
    values, stated = [], []
    for seed in range(400):
        sweep = simulate.sweep(
            WELL, ITO, over={"beta": [2.0, 2.02, 3.0]}, steps=100, trajectories=32, seed=seed,
            common=common, keep="final",
        )  # fmt: skip
        found = analysis.at_every_point(lambda run: analysis.displacement(run, "x") * 1.0, sweep)
        values.append(found.value.values)
        stated.append(found.covariance.values)
    scatter, mean = np.cov(np.transpose(values)), np.mean(stated, axis=0)
    size = np.sqrt(np.outer(np.diag(mean), np.diag(mean)))
    assert (abs(scatter - mean) < 4 * 1.5 * size / np.sqrt(400)).all()
    assert (abs(scatter[0, 1]) > 0.9 * size[0, 1]) == common

"""Every public analysis of a run takes a sweep: at a point it gives what it gives for the point."""

import dataclasses
import inspect

import numpy as np
import pytest
import xarray as xr

from driftscape import analysis, landscapes, simulate, theory
from tests.test_labels import unlabelled
from tests.tiers import tiered

WELL, ITO = landscapes.double_well(rotation=1.5), simulate.Ito(beta=1, dt=0.02)
LINE = landscapes.quartic_well()
OVER = {"beta": [1.0, 1.5]}


def run():
    """A stationary sweep of an SDE in a plane."""
    return simulate.sweep(WELL, ITO, over=OVER, time=30, trajectories=32, seed=1, save_every=5)


def final():
    """Final states alone, at two step sizes."""
    over = {"dt": [0.02, 0.03]}
    return simulate.sweep(WELL, ITO, over=over, steps=1500, trajectories=300, seed=1, keep="final")


def ensemble():
    """Many trajectories that relax in one dimension."""
    return simulate.sweep(
        LINE, ITO, over=OVER, time=1, trajectories=300, seed=1,
        start=landscapes.Normal(2, 1), save_every=25,
    )  # fmt: skip


def trained():
    """SGD on training sets."""
    sgd = simulate.SGD(learning_rate=0.1, sampling="fixed", train_size=10, batch_size="full")
    over = {"learning_rate": [0.1, 0.2]}
    return simulate.sweep(
        landscapes.mean_estimation(), sgd, over=over, steps=20, trajectories=40, seed=1
    )


def metric():
    """Descent in the diffusion metric."""
    rgd, over = simulate.RGD(learning_rate=0.1, epsilon=0.5), {"learning_rate": [0.1, 0.2]}
    return simulate.sweep(
        landscapes.gaussian_fit(), rgd, over=over, start=1.0, steps=40, save_every=10
    )


def passages():
    """First passages to two targets."""
    return simulate.first_passage(
        LINE, ITO, over=OVER, start=-1, trajectories=100, seed=1,
        target={"right": "x > 0", "left": "x < -1.7"}, max_time=1000,
    )  # fmt: skip


def out():
    """First passages to one target, at two step sizes."""
    return simulate.first_passage(
        LINE, ITO, over={"dt": [0.02, 0.03]}, start=-1, trajectories=100, seed=1, target="x > 0",
        max_steps=50_000,
    )  # fmt: skip


def split():
    """Splitting at two temperatures, put together by hand."""
    results = [
        simulate.splitting(
            LINE, simulate.Ito(beta=beta, dt=0.02), start=-1, target="x > 0",
            reaction_coordinate="x", runs=4, replicas=100, seed=1,
        )
        for beta in (8.0, 10.0)
    ]  # fmt: skip
    return concatenated(results, 8.0, 10.0)


def refined():
    """Runs at several step sizes, at two temperatures."""
    bowl = landscapes.Landscape.from_potential("x**2/2", coordinates="x")
    results = [
        simulate.refine(bowl, simulate.Ito(beta=beta, dt=0.1), time=20, trajectories=300, seed=1)
        for beta in (1.0, 2.0)
    ]
    return concatenated(results, 1.0, 2.0)


def concatenated(results, *betas):
    """Put points side by side, as a user does."""
    joined = xr.concat(
        results, "beta", combine_attrs="override", coords="different", compat="equals"
    )
    return joined.assign_coords(beta=list(betas))


#: public name -> a sweep and further arguments
CASES = {
    "angular_velocity": (run, {}),
    "area_rate": (run, {}),
    "autocorrelation": (run, {"expression": "x1"}),
    "circulation_period": (run, {}),
    "compare": (final, {"operator": lambda: theory.fokker_planck(WELL, beta=1, shape=64)}),
    "compare_passages": (out, {"operator": lambda: theory.fokker_planck(LINE, beta=1, shape=64)}),
    "cross_correlation": (run, {"first": "x1", "second": "x2"}),
    "cross_spectrum": (run, {"first": "x1", "second": "x2"}),
    "crossing_probability": (split, {}),
    "current": (run, {"bins": 3}),
    "displacement": (run, {"coordinate": "x1"}),
    "drift_velocity": (run, {"coordinate": "x1"}),
    "entropy_production": (run, {}),
    "entropy_production_parts": (ensemble, {}),
    "escape_rate": (passages, {}),
    "exit_law": (passages, {"expression": "x"}),
    "exponentiality": (passages, {}),
    "free_energy": (ensemble, {}),
    "generalization_gap": (trained, {}),
    "is_stationary": (run, {}),
    "mean_first_passage_time": (passages, {}),
    "mean_first_passage_time_by_splitting": (split, {}),
    "metric_bound": (metric, {}),
    "metric_eigenvalue": (metric, {}),
    "moment": (run, {"expression": "x1**2"}),
    "potential": (final, {"bins": 5}),
    "power_spectrum": (run, {"expression": "x1"}),
    "restricted_mean": (passages, {}),
    "splitting_probability": (passages, {"target": "left"}),
    "step_bias": (refined, {"expression": "x**2"}),
    "survival": (passages, {}),
    "test_loss": (trained, {}),
    "torque": (run, {}),
    "train_loss": (trained, {}),
    "winding": (run, {}),
}  # fmt: skip

#: they take points that were measured, or call another function
OTHERS = {"at_every_point", "estimate_of", "fit"}


def of_a_dataset():
    """Public functions whose first argument is a dataset."""
    for name in analysis.__all__:
        thing = getattr(analysis, name)
        if inspect.isfunction(thing):
            first, *_ = inspect.signature(thing).parameters.values()
            if "Dataset" in str(first.annotation):
                yield name


#: an estimate, a dataset, a verdict, and what is made of passages
FAST = ("moment", "autocorrelation", "is_stationary", "mean_first_passage_time", "survival")


def test_every_analysis_of_a_run_is_in_the_table():
    assert set(of_a_dataset()) - OTHERS == set(CASES)


def first_of(found):
    """Return the first point without what the dataset adds, as plain values."""
    return found.isel(beta=0) if "beta" in found.dims else found.isel(learning_rate=0)


@pytest.mark.parametrize("name", tiered(list(CASES), FAST))
def test_it_takes_a_sweep(name, tmp_path):
    make, arguments = CASES[name]
    arguments = {key: value() if callable(value) else value for key, value in arguments.items()}
    sweep = make()
    (dim, _) = sweep.provenance.dims
    function = getattr(analysis, name)
    found = function(sweep, **arguments)
    assert isinstance(found, xr.Dataset)
    assert found[dim].variable.equals(sweep[dim].variable)
    assert (found.provenance == sweep.provenance).all()
    assert found.reason.dims == (dim,)
    assert (found.reason == "").all()
    assert unlabelled(found) == []
    values = [v for n, v in found.data_vars.items() if v.dtype.kind in "fib" and n != "covariance"]
    assert any(np.isfinite(v.values.astype(float)).any() for v in values)
    for i in (0, 1):
        point = sweep.isel({dim: i})
        same(function(point, **arguments), found.isel({dim: i}))
    assert "see `at_every_point`" in inspect.getdoc(function)
    found.to_netcdf(tmp_path / "found.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "found.nc") as back:
        assert back.reason.values.tolist() == found.reason.values.tolist()
        for variable, values in found.data_vars.items():
            if values.dtype.kind in "fib":
                assert np.array_equal(back[variable], values, equal_nan=values.dtype.kind == "f")


def same(alone, here):
    """Compare a result with the point of a dataset."""
    if isinstance(alone, analysis.Estimate):
        assert analysis.estimate_of(here) == alone
    elif isinstance(alone, xr.DataArray):
        assert np.array_equal(here.value.values, alone.values, equal_nan=True)
    elif isinstance(alone, xr.Dataset):
        for variable, values in {**alone.data_vars, **alone.coords}.items():
            if variable in here.data_vars or values.ndim:
                inner = here[variable].isel({d: slice(n) for d, n in values.sizes.items()})
                equal = values.dtype.kind in "US" or not values.dtype.kind == "f"
                assert np.array_equal(inner.values, values.values, equal_nan=not equal), variable
    else:
        for field in dataclasses.fields(alone):
            value = getattr(alone, field.name)
            if isinstance(value, analysis.Estimate):
                low, high = value.interval()
                assert here[field.name].item() == value.value
                assert here[f"{field.name}_low"].item() == low
                assert here[f"{field.name}_high"].item() == high
            elif isinstance(value, float):
                assert here[field.name].item() == value
            elif isinstance(value, np.ndarray):
                assert (here[field.name].values[: len(value)] == value).all()

"""Every variable and coordinate of numbers that the package returns has a long name."""

import inspect
from functools import cache

import numpy as np
import pytest
import xarray as xr

import driftscape
from driftscape import analysis, landscapes, simulate, theory
from driftscape.labels import DENSITY, FLUX, FREQUENCY, NUMBER, RATE, STEPS, TIME
from driftscape.landscapes import Landscape, Normal
from driftscape.theory.units import Unit

WELL, ITO = landscapes.double_well(rotation=1.5), simulate.Ito(beta=1, dt=0.05)
LINE, WARM = landscapes.quartic_well(), simulate.Ito(beta=3, dt=0.02)
SCREW, SGD = landscapes.archimedes(), simulate.SGD(learning_rate=0.1)
PLANE = {"x1": (-2, 2), "x2": (-2, 2)}


def run(landscape=WELL, dynamics=ITO, **changes):
    given = {"steps": 600, "trajectories": 32, "seed": 1, "save_every": 1}
    return simulate.run(landscape, dynamics, **(given | changes))


@cache
def path():
    return run()


@cache
def cloud():
    """Many trajectories, as a nearest-neighbour entropy needs them, and the grid beside them."""
    return run(
        time=1, steps=None, trajectories=400, start=(Normal(0, 1), Normal(0, 1)), save_every=5
    )


@cache
def passages():
    return simulate.first_passage(
        LINE, WARM, start=-1, target="x > 0", trajectories=64, max_time=400, seed=1
    )


@cache
def swept_passages():
    return simulate.first_passage(
        LINE, WARM, over={"beta": [3, 4]}, start=-1, target="x > 0", trajectories=300, max_time=400,
        seed=1,
    )  # fmt: skip


def line_of_rates():
    return analysis.fit(analysis.escape_rate(swept_passages()), "a + b*beta")


@cache
def fp():
    return theory.fokker_planck(WELL, beta=1, shape=64)


@cache
def line():
    return theory.fokker_planck(LINE, beta=3, shape=128)


@cache
def chain():
    loss = Landscape.from_loss("(x**2 - 1)**2/4 + s*x", coordinates="x", samples={"s": Normal()},
                               start=(-1,))  # fmt: skip
    return theory.transfer_operator(loss, simulate.SGD(learning_rate=0.2))


@cache
def sweeps():
    few = {"steps": 20, "trajectories": 32, "seed": 1}
    return {
        "sweep over the dynamics": simulate.sweep(
            WELL, ITO, over={"dt": [0.01, 0.02], "beta": [1, 2]}, **few
        ),
        "sweep over the landscape": simulate.sweep(
            WELL, ITO, over={"rotation": [0, 1]}, common=False, **few
        ),
        "sweep of densities": simulate.sweep(
            WELL, ITO, over={"beta": [1, 2]}, **few,
            keep=simulate.Density("x1 x2", bounds=PLANE, bins=4, every=2),
        ),
    }  # fmt: skip


def runs():
    density = simulate.Density("x1 x2", bounds=PLANE, bins=[4, 5], every=2)
    rgd = simulate.RGD(learning_rate=0.1, epsilon=0.5)
    rows = landscapes.linear_regression()
    shuffled = simulate.SGD(learning_rate=0.01, sampling="reshuffled")
    fixed = simulate.SGD(learning_rate=0.1, train_size=5, sampling="fixed", momentum=0.5)
    return {
        "snapshots": path(),
        "density and averages": run(keep=[density, simulate.Average("x1**2"), "final"],
                                    save_every=None),
        "hidden rows": run(landscapes.gaussian_fit(), rgd, start=1.0),
        "training sets": run(SCREW, fixed, steps=10),
        "rows of data": run(rows, shuffled, steps=10, trajectories=2),
    }  # fmt: skip


def rare():
    return simulate.splitting(
        LINE, WARM, start=-1, target="x > 0.8", reaction_coordinate="x", runs=4, replicas=40, seed=1
    )


def everywhere():
    """One call of each public function or method that returns a dataset or a grid."""
    targets = {"source": "x < -1", "target": "x > 1"}
    x0 = "exp(-4*(x1 - 1)**2 - 4*x2**2)"
    return {
        "simulate.run": runs,
        "simulate.sweep": sweeps,
        "simulate.first_passage": lambda: [passages(), swept_passages()],
        "simulate.splitting": rare,
        "simulate.refine": lambda: simulate.refine(
            LINE, WARM, observables="x**2", time=2, trajectories=8, seed=1
        ),
        "simulate.rerun": lambda: simulate.rerun(run(steps=10)),
        "landscapes.Landscape.on_grid": lambda: [
            WELL.on_grid(points=4), SCREW.on_grid(field="diffusion", points=4),
        ],
        "theory.FokkerPlanck.steady_state": lambda: fp().steady_state(),
        "theory.FokkerPlanck.current": lambda: fp().current(),
        "theory.FokkerPlanck.evolve": lambda: fp().evolve(x0, [0, 1]),
        "theory.FokkerPlanck.mean_first_passage_times": lambda: line().mean_first_passage_times(
            "x > 0"
        ),
        "theory.FokkerPlanck.first_passage_variances": lambda: line().first_passage_variances(
            "x > 0"
        ),
        "theory.FokkerPlanck.committor": lambda: line().committor(**targets),
        "theory.FokkerPlanck.quasi_stationary": lambda: line().quasi_stationary("x > 0"),
        "theory.FokkerPlanck.survival": lambda: [
            line().survival("x > 0", times=[1, 2]),
            line().survival("x > 0", times=[1, 2], start=-1),
        ],
        "theory.TransferOperator.steady_state": lambda: chain().steady_state(),
        "theory.TransferOperator.evolve": lambda: chain().evolve(0.5, [0, 1]),
        "theory.TransferOperator.mean_first_passage_times": lambda: (
            chain().mean_first_passage_times("x > 0")
        ),
        "theory.TransferOperator.committor": lambda: chain().committor(**targets),
        "theory.TransferOperator.quasi_stationary": lambda: chain().quasi_stationary("x > 0"),
        "theory.Circulation.ridge": lambda: fp().circulation().ridge,
        "theory.LimitCycle.orbit": lambda: theory.limit_cycle(landscapes.van_der_pol()).orbit,
        "theory.Grid.array": lambda: None,  # its values are the caller's
        "theory.potential": lambda: theory.potential(fp()),
        "theory.decompose": lambda: theory.decompose(fp()),
        "theory.step_error": lambda: theory.step_error(fp(), ITO),
        "theory.free_energy": lambda: theory.free_energy(fp(), fp().evolve(x0, [0, 1])),
        "theory.entropy_production_parts": lambda: theory.entropy_production_parts(
            fp(), fp().evolve(x0, [0.5, 1])
        ),
        "analysis.autocorrelation": lambda: analysis.autocorrelation(path(), "x1"),
        "analysis.cross_correlation": lambda: analysis.cross_correlation(path(), "x1", "x2"),
        "analysis.power_spectrum": lambda: analysis.power_spectrum(path(), "x1"),
        "analysis.cross_spectrum": lambda: analysis.cross_spectrum(path(), "x1", "x2"),
        "analysis.current": lambda: analysis.current(path(), bins=4),
        "analysis.potential": lambda: analysis.potential(path(), bins=2),
        "analysis.free_energy": lambda: analysis.free_energy(cloud()),
        "analysis.entropy_production_parts": lambda: analysis.entropy_production_parts(cloud()),
        "analysis.metric_bound": lambda: analysis.metric_bound(runs()["hidden rows"]),
        "analysis.metric_eigenvalue": lambda: analysis.metric_eigenvalue(runs()["hidden rows"]),
        "analysis.at_every_point": lambda: analysis.at_every_point(
            analysis.mean_first_passage_time, swept_passages()
        ),
        "analyses of sweeps": lambda: [
            analysis.mean_first_passage_time(swept_passages()),
            analysis.escape_rate(swept_passages(), discard_time=2),
            analysis.survival(swept_passages()),
            analysis.moment(sweeps()["sweep over the dynamics"], "x1", at="final"),
        ],
        "analysis.Fit.points": lambda: line_of_rates().points,
        "analysis.Fit.covariance": lambda: line_of_rates().covariance,
        "analysis.Fit.residuals": lambda: line_of_rates().residuals,
        "analysis.Fit.curve": lambda: line_of_rates().curve(beta=[3.0, 3.5]),
        "analysis.survival": lambda: [
            analysis.survival(passages()), analysis.survival(passages(), target="target"),
        ],
    }  # fmt: skip


def returning_data():
    """Names of the public functions, methods and attributes that are xarray objects."""

    def gives(thing):
        text = str(getattr(thing, "__annotations__", {}).get("return", ""))
        return "xr.Data" in text and "tuple" not in text

    found = []
    for room in (simulate, theory, analysis, landscapes):
        prefix = room.__name__.removeprefix("driftscape.")
        for name in room.__all__:
            thing = getattr(room, name)
            if inspect.isclass(thing) and not getattr(thing, "_is_protocol", False):
                found += [
                    f"{prefix}.{name}.{part}"
                    for part, value in inspect.getmembers(thing)
                    if not part.startswith("_") and gives(value)
                ]
                found += [
                    f"{prefix}.{name}.{part}"
                    for part, text in vars(thing).get("__annotations__", {}).items()
                    if str(text).startswith("xr.Data")
                ]
            elif inspect.isfunction(thing) and gives(thing):
                found.append(f"{prefix}.{name}")
    return found


def parts(given):
    """Yield every dataset as such."""
    if isinstance(given, dict):
        given = list(given.values())
    for each in given if isinstance(given, list) else [given]:
        if each is not None:
            yield each.to_dataset(name=each.name) if isinstance(each, xr.DataArray) else each


#: calls that compile kernels of their own
SLOW = ("simulate.splitting", "simulate.refine", "theory.LimitCycle.orbit")


def unlabelled(dataset):
    return [
        name
        for name, variable in dataset.variables.items()
        if variable.dtype.kind in "biufc" and not variable.attrs.get("long_name")
    ]


def test_the_walk_knows_every_public_function_that_returns_data():
    assert sorted(set(returning_data()) - set(everywhere())) == []
    assert len(returning_data()) > 25


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in everywhere()],
)
def test_everything_is_labelled(name, tmp_path):
    for k, dataset in enumerate(parts(everywhere()[name]())):
        assert unlabelled(dataset) == []
        for variable in dataset.variables.values():
            assert "meaning" not in variable.attrs
        dataset.to_netcdf(tmp_path / f"{k}.nc", engine="h5netcdf")
        with xr.open_dataset(tmp_path / f"{k}.nc", engine="h5netcdf") as back:
            assert unlabelled(back) == []
            for key in dataset.variables:
                labels = ("long_name", "units", "formula")
                assert {a: back[key].attrs.get(a) for a in labels} == {
                    a: dataset[key].attrs.get(a) for a in labels
                }


def test_units_are_those_of_the_quantity():
    found = path()
    assert found.time.attrs == {"long_name": "time", "units": TIME}
    assert found.step.attrs["units"] == "steps"
    assert "units" not in found.state.attrs  # a number; xarray would write "[1]" on the axis
    swept = sweeps()
    assert swept["sweep over the dynamics"].beta.attrs["long_name"] == "inverse temperature beta"
    assert swept["sweep over the dynamics"].time.attrs["units"] == TIME
    rotation = swept["sweep over the landscape"].rotation
    assert rotation.attrs["long_name"] == "rotation of double_well"
    assert fp().steady_state().attrs["units"] == "per volume"
    assert "div(b rho)" in fp().steady_state().attrs["formula"]
    assert analysis.power_spectrum(path(), "x1").frequency.attrs["units"] == "cycles per time"
    assert "units" not in theory.potential(fp()).attrs  # which the density has
    parts = theory.decompose(fp())
    assert {v.attrs["units"] for v in parts.data_vars.values()} == {"per time"}


def test_units_are_read_as_those_of_an_estimate():
    words = {Unit.of(text) for text in (NUMBER, TIME, STEPS, RATE, FREQUENCY, DENSITY, FLUX)}
    assert len(words) == 7
    assert Unit.of(RATE) * Unit.of(TIME) == Unit.of(NUMBER)
    assert Unit.of(DENSITY) / Unit.of("volume^-1") == Unit()


def test_labels_name_no_number_that_is_missing():
    bare = xr.Dataset({"novel": ("x", np.arange(3.0))}, {"x": np.arange(3)})
    assert unlabelled(driftscape.labels.labelled(bare)) == ["novel"]

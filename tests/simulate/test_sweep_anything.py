"""Whatever is swept, a point is its own run: bits, description, rerun, resume, file."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from driftscape import analysis, landscapes, simulate
from driftscape.landscapes import Landscape, Normal, Uniform
from driftscape.simulate.backends.cpu.backend import CpuBackend

from ..tiers import tiered

GD, SGD, Ito = simulate.GD, simulate.SGD, simulate.Ito
SCREW, WELL = landscapes.archimedes(), landscapes.quartic_well()
PLAIN, FRICTION = SGD(learning_rate=0.1), simulate.Underdamped(friction=1, beta=9, dt=0.1)
EPOCHS = SGD(learning_rate=0.1, sampling="reshuffled", train_size=12)
SETTINGS = {"trajectories": 70, "seed": 9, "save_every": 3}


def loss(law, name, formula="(w - x)**2/2"):
    """A loss of one weight with another law, and another name of the sample."""
    return Landscape.from_loss(formula, coordinates="w", samples=law, name=name)


def rows(values, name):
    """The same loss of a data set."""
    return Landscape.from_loss("(w - x)**2/2", coordinates="w", data={"x": values}, name=name)


def quadratic(a):
    """A loss with a parameter that another value removes from the step."""
    return Landscape.from_loss(
        "a*w**2/2 + x*w/3 + w**4/8", coordinates="w", samples={"x": Normal()},
        parameters={"a": a}, name="quadratic",
    )  # fmt: skip


NORMAL, UNIFORM = loss({"x": Normal()}, "normal"), loss({"u": Uniform()}, "uniform", "(w - u)**2/2")
TWO = loss({"x": Normal(), "u": Uniform()}, "two", "(w - x*u)**2/2")
SHORT, LONG = rows([-1.0, 0.5, 2.0], "short"), rows([0.1, 0.4, -0.7, 1.1, 0.3, -2.0], "long")
SHAKEN = SGD(learning_rate=0.1, sampling="reshuffled", train_size=6, batch_size=3)
MATRICES = [[[0.1, 0.01, 0], [0, 0.1, 0], [0, 0, 0.05]], [[0.2, 0, 0], [0, 0.1, 0], [0, 0, 0.1]]]
CONSTANT, FALLING = "0.1", "0.1/(1 + step/100)"

#: name -> arguments of `sweep`, and label(s) of a point -> landscape and dynamics of its own run
CASES = {
    "batch sizes": (
        (SCREW, PLAIN, {"batch_size": [1, 2, 4]}),
        {(n,): (SCREW, SGD(learning_rate=0.1, batch_size=n)) for n in (1, 2, 4)},
    ),
    "momentum from 0": (
        (SCREW, PLAIN, {"momentum": [0, 0.5, 0.9], "batch_size": [1, 3]}),
        {(m, n): (SCREW, SGD(learning_rate=0.1, batch_size=n, momentum=m))
         for m in (0, 0.5, 0.9) for n in (1, 3)},
    ),
    "look-ahead": (
        (SCREW, SGD(learning_rate=0.1, momentum=0.5), {"nesterov": [False, True]}),
        {(n,): (SCREW, SGD(learning_rate=0.1, momentum=0.5, nesterov=n)) for n in (False, True)},
    ),
    "sizes of training sets": (
        (SCREW, EPOCHS, {"train_size": [4, 12], "learning_rate": [0.05, 0.1]}),
        {(n, eta): (SCREW, SGD(learning_rate=eta, sampling="reshuffled", train_size=n))
         for n in (4, 12) for eta in (0.05, 0.1)},
    ),
    "samplings": (
        (SCREW, EPOCHS, {"sampling": ["iid", "fixed", "reshuffled", "without-replacement"]}),
        {(s,): (SCREW, SGD(learning_rate=0.1, sampling=s, train_size=12))
         for s in ("iid", "fixed", "reshuffled", "without-replacement")},
    ),
    "samplings of rows": (
        (LONG, PLAIN, {"sampling": ["fresh", "iid", "fixed", "reshuffled", "without-replacement"]}),
        {(s,): (LONG, SGD(learning_rate=0.1, sampling=s))
         for s in ("fresh", "iid", "fixed", "reshuffled", "without-replacement")},
    ),
    "whole batches": (
        (SCREW, EPOCHS, {"batch_size": [3, "full"]}),
        {(str(n),): (SCREW, SGD(learning_rate=0.1, sampling="reshuffled", train_size=12,
                                batch_size=n)) for n in (3, "full")},
    ),
    "nothing and a number": (
        (LONG, SGD(learning_rate=0.1, sampling="iid"), {"train_size": [None, 6]}),
        {(label,): (LONG, SGD(learning_rate=0.1, sampling="iid", train_size=n))
         for label, n in (("None", None), ("6", 6))},
    ),
    "schedules": (
        (SCREW, PLAIN, {"learning_rate": [FALLING, "0.1/(1 + step/10)"]}),
        {(s,): (SCREW, SGD(learning_rate=s)) for s in (FALLING, "0.1/(1 + step/10)")},
    ),
    "labels of matrices": (
        (SCREW, PLAIN, {"learning_rate": {"sheared": MATRICES[0], "straight": MATRICES[1]}}),
        {(label,): (SCREW, SGD(learning_rate=m))
         for label, m in zip(("sheared", "straight"), MATRICES, strict=True)},
    ),
    "labels of text": (
        (SCREW, EPOCHS, {"sampling": {"a": "iid", "b": "reshuffled"}}),
        {(label,): (SCREW, SGD(learning_rate=0.1, sampling=s, train_size=12))
         for label, s in (("a", "iid"), ("b", "reshuffled"))},
    ),
    "schemes": (
        (WELL, Ito(beta=5, dt=0.02), {"scheme": ["euler-maruyama", "heun", "weak-2"],
                                      "beta": [4, 5]}),
        {(s, beta): (WELL, Ito(beta=beta, dt=0.02, scheme=s))
         for s in ("euler-maruyama", "heun", "weak-2") for beta in (4, 5)},
    ),
    "dynamics": (
        (WELL, None, {"dynamics": [GD(learning_rate=0.1), PLAIN, Ito(beta=20, dt=0.05), FRICTION]}),
        {("GD",): (WELL, GD(learning_rate=0.1)), ("SGD",): (WELL, PLAIN),
         ("Ito",): (WELL, Ito(beta=20, dt=0.05)), ("Underdamped",): (WELL, FRICTION)},
    ),
    "named dynamics and a field of each": (
        (SCREW, None, {"dynamics": {"small": PLAIN, "heavy": SGD(learning_rate=1, momentum=0.5)},
                       "learning_rate": [0.05, 0.1]}),
        {(label, eta): (SCREW, SGD(learning_rate=eta, momentum=m))
         for label, m in (("small", 0.0), ("heavy", 0.5)) for eta in (0.05, 0.1)},
    ),
    "one dynamics in several ways": (
        (SCREW, None, {"dynamics": [PLAIN, SGD(learning_rate=0.1, batch_size=4)]}),
        {(f"SGD(batch_size={n})",): (SCREW, SGD(learning_rate=0.1, batch_size=n)) for n in (1, 4)},
    ),
    "landscapes": (
        (None, SHAKEN, {"landscape": [NORMAL, UNIFORM, TWO], "learning_rate": [0.05, 0.1]}),
        {(each.name, eta): (each, SGD(learning_rate=eta, sampling="reshuffled", train_size=6,
                                      batch_size=3))
         for each in (NORMAL, UNIFORM, TWO) for eta in (0.05, 0.1)},
    ),
    "data sets and laws": (
        (None, None, {"landscape": [SHORT, NORMAL, LONG],
                      "dynamics": {"iid": SGD(learning_rate=0.1), "gd": GD(learning_rate=0.1)}}),
        {(each.name, label): (each, dynamics) for each in (SHORT, NORMAL, LONG)
         for label, dynamics in (("iid", PLAIN), ("gd", GD(learning_rate=0.1)))},
    ),
    "shuffled data sets": (
        (None, SGD(learning_rate=0.1, sampling="reshuffled"), {"landscape": [SHORT, LONG]}),
        {(each.name,): (each, SGD(learning_rate=0.1, sampling="reshuffled"))
         for each in (SHORT, LONG)},
    ),
    "a parameter that vanishes": (
        (quadratic(1.0), PLAIN, {"a": [0, 0.5, 1], "batch_size": [1, 2]}),
        {(a, n): (quadratic(a), SGD(learning_rate=0.1, batch_size=n))
         for a in (0, 0.5, 1) for n in (1, 2)},
    ),
}  # fmt: skip
FAST = ("momentum from 0", "dynamics", "nothing and a number")


def stored(dataset, path):
    """Return a dataset as it comes back from a file."""
    dataset.to_netcdf(path, engine="h5netcdf")
    return xr.load_dataset(path, engine="h5netcdf")


def bits(values):
    """Return integer bits, all NaNs alike."""
    if values.dtype.kind == "f":
        return np.where(np.isnan(values), np.nan, values).view(np.uint64)
    return values


@pytest.mark.parametrize("name", tiered(list(CASES), FAST))
def test_every_point_is_its_own_run(name, tmp_path):
    (landscape, dynamics, over), points = CASES[name]
    swept = simulate.sweep(landscape, dynamics, over=over, steps=36, **SETTINGS)
    read = stored(swept, tmp_path / "sweep.nc")
    assert read.identical(swept)
    assert simulate.rerun(read).identical(swept)
    assert int(np.prod([swept.sizes[axis] for axis in over])) == len(points)
    more = simulate.sweep(resume=read, steps=15)
    finals = []
    for label, (own, its) in points.items():
        point = read.sel(dict(zip(over, label, strict=True)))
        run = simulate.run(own, its, steps=36, **SETTINGS)
        assert simulate.provenance(point) == simulate.provenance(run)
        assert simulate.landscape_of(point) == own
        assert simulate.dynamics_of(point) == its.bound(own)
        for variable in run.data_vars:
            if variable not in ("training", "order", "hidden", "data"):  # padded: see the next line
                assert (bits(point[variable].values) == bits(run[variable].values)).all(), variable
        assert (point.fingerprint.values == run.fingerprint.values).all()
        assert simulate.rerun(point).identical(run)
        longer = simulate.run(resume=run, steps=15)
        assert simulate.run(resume=point, steps=15).identical(longer)
        again = more.sel(dict(zip(over, label, strict=True)))
        assert (again.fingerprint.values == longer.fingerprint.values).all()
        in_memory = swept.sel(dict(zip(over, label, strict=True)))
        for mine, theirs in ((in_memory, run), (point, stored(run, tmp_path / "run.nc"))):
            its_moment, own_moment = (
                analysis.moment(data, own.coordinates[0], discard_steps=9)
                for data in (mine, theirs)
            )
            assert (its_moment.value, its_moment.stderr) == (own_moment.value, own_moment.stderr)
        finals.append(run.final.values)
    # the wrong twin: what is swept makes a difference, if only in when what is drawn is used
    alike = [np.array_equal(finals[0], other) for other in finals[1:]]
    assert not any(alike) or name in ("nothing and a number", "samplings of rows", "samplings")


@pytest.mark.slow
def test_labels_are_numbers_truth_values_or_text():
    labels = {
        "momentum": ([0, 0.5], [0.0, 0.5]), "batch_size": ([1, 4], [1, 4]),
        "nesterov": ([False, True], [False, True]), "sampling": (["iid"], ["iid"]),
        "train_size": ([None, 12], ["None", "12"]), "batch_size ": ([3, "full"], ["3", "full"]),
    }  # fmt: skip
    base = SGD(learning_rate=0.1, sampling="iid", train_size=12, momentum=0.5)
    for name, (values, expected) in labels.items():
        dynamics = PLAIN if name.startswith(("momentum", "train")) else base
        land = LONG if name == "train_size" else SCREW
        if name == "train_size":
            dynamics, values, expected = (
                SGD(learning_rate=0.1, sampling="iid"),
                [None, 6],
                ["None", "6"],
            )
        found = simulate.sweep(land, dynamics, over={name.strip(): values}, steps=2, seed=1)
        assert found[name.strip()].values.tolist() == expected
    named = simulate.sweep(SCREW, PLAIN, over={"batch_size": {"one": 1, "two": 2}}, steps=2, seed=1)
    assert named.batch_size.attrs["labels"] == "names of the values"
    with pytest.raises(ValueError, match="was made with batch_size=2"):
        simulate.rerun(
            simulate.sweep(SCREW, PLAIN, over={"batch_size": [1, 2]}, steps=2, seed=1)
            .assign_coords(batch_size=[1, 3])
        )  # fmt: skip


def test_points_share_a_kernel_where_they_can(monkeypatch):
    made, plain = [], CpuBackend.engine
    monkeypatch.setattr(CpuBackend, "engine", lambda *a: made.append(a) or plain(*a))
    over = {"momentum": [0, 0.3, 0.6], "learning_rate": [0.05, 0.1]}
    simulate.sweep(SCREW, PLAIN, over=over, steps=5, seed=1)
    assert len(made) == 2
    assert [len(step.state) for _, step, *_ in made] == [3 + 1, 6 + 2]


# -- numbers of steps that differ ------------------------------------------------------------------

UNEVEN = {
    "epochs": (
        (SCREW, EPOCHS, {"batch_size": [1, 4]}), {"epochs": 2},
        {(n,): (SCREW, SGD(learning_rate=0.1, sampling="reshuffled", train_size=12, batch_size=n))
         for n in (1, 4)}, [24, 6],
    ),
    "time": (
        (WELL, Ito(beta=5, dt=0.01), {"dt": [0.01, 0.02, 0.04]}), {"time": 0.4},
        {(dt,): (WELL, Ito(beta=5, dt=dt)) for dt in (0.01, 0.02, 0.04)}, [40, 20, 10],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", tiered(list(UNEVEN), ("epochs",)))
def test_a_time_may_be_other_numbers_of_steps(name, tmp_path):
    (landscape, dynamics, over), length, points, steps = UNEVEN[name]
    swept = stored(
        simulate.sweep(landscape, dynamics, over=over, **length, **SETTINGS), tmp_path / "sweep.nc"
    )
    assert swept.step.values.tolist() == list(range(0, max(steps) + 1, 3))
    assert simulate.rerun(swept).identical(swept)
    more = simulate.sweep(resume=swept, **length)
    for (label, (own, its)), count in zip(points.items(), steps, strict=True):
        point = swept.sel({next(iter(over)): label[0]})
        assert point.state.notnull().all(("trajectory", "coordinate")).sum() == count // 3 + 1
        assert simulate.provenance(point)["steps"] == count
        run = simulate.run(own, its, **length, **SETTINGS)
        assert simulate.rerun(point).identical(run)
        longer = simulate.run(resume=run, **length)
        assert simulate.run(resume=point, **length).identical(longer)
        assert simulate.rerun(more.sel({next(iter(over)): label[0]})).identical(longer)
        coordinate = own.coordinates[0]
        assert analysis.moment(point, coordinate, discard_steps=0) == analysis.moment(
            stored(run, tmp_path / "run.nc"), coordinate, discard_steps=0
        )


@pytest.mark.slow
def test_averages_and_densities_of_points_with_other_kernels():
    keep = [simulate.Average("u**2", discard_steps=3),
            simulate.Density("u", bounds={"u": (-1, 1)}, bins=5, every=2)]  # fmt: skip
    settings = {"steps": 20, "trajectories": 70, "seed": 3, "keep": keep}
    swept = simulate.sweep(
        SCREW, PLAIN, over={"momentum": [0, 0.5], "batch_size": [1, 2]}, **settings
    )
    for m in (0, 0.5):
        for n in (1, 2):
            point = swept.sel(momentum=m, batch_size=n)
            run = simulate.run(SCREW, SGD(learning_rate=0.1, momentum=m, batch_size=n), **settings)
            for name in ("average", "counts", "density", "final"):
                assert (point[name].values == run[name].values).all()
            assert simulate.run(resume=point, steps=6).identical(simulate.run(resume=run, steps=6))
    half = simulate.sweep(
        SCREW, PLAIN, over={"momentum": [0, 0.5], "batch_size": [1, 2]}, **settings | {"steps": 7}
    )
    assert simulate.sweep(resume=half, steps=13).identical(swept)


def test_seeds_and_starts_of_points_with_other_kernels():
    over, each = {"batch_size": [1, 2, 4]}, np.random.default_rng(1).normal(size=(3, 70, 3)) / 4
    swept = simulate.sweep(SCREW, PLAIN, over=over, common=False, start=each, steps=9, **SETTINGS)
    assert swept.seed.values.tolist() == ["9", "10", "11"]
    assert (swept.start.values == each).all()
    for i, n in enumerate(over["batch_size"]):
        run = simulate.run(SCREW, SGD(learning_rate=0.1, batch_size=n), start=each[i], steps=9,
                           **SETTINGS | {"seed": 9 + i})  # fmt: skip
        assert (swept.sel(batch_size=n).fingerprint.values == run.fingerprint.values).all()
    assert simulate.rerun(swept).identical(swept)


# -- Ctrl-C ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("keep", ["snapshots", tiered(["final"], ())[0]])
@pytest.mark.parametrize("stop", tiered([0.2, 0.4, 0.7], [0.4]))
def test_an_interrupted_sweep_keeps_what_is_finished_and_owes_the_rest(stop, keep, tmp_path):
    over, seen = {"momentum": [0, 0.5], "batch_size": [1, 2]}, []  # four kernels

    def press(done, total):
        seen.append((done, total))
        if done >= stop * total:
            raise KeyboardInterrupt

    settings = {"steps": 30_000, "trajectories": 64, "seed": 1, "threads": 1, "keep": keep}
    settings |= {"save_every": 1000} if keep == "snapshots" else {}
    whole = simulate.sweep(SCREW, PLAIN, over=over, progress=lambda *a: seen.append(a), **settings)
    assert seen == sorted(seen)
    assert seen[-1] == (120_000, 120_000)
    with pytest.raises(simulate.Interrupted, match=r"simulate\.sweep\(resume=") as caught:
        simulate.sweep(SCREW, PLAIN, over=over, progress=press, **settings)
    partial = stored(caught.value.dataset, tmp_path / "partial.nc")
    steps = [
        simulate.provenance(partial.isel(momentum=i, batch_size=j))["steps"]
        for i in (0, 1) for j in (0, 1)
    ]  # fmt: skip
    assert sum(steps) == seen[-1][0] < 120_000
    assert steps == sorted(steps, reverse=True)
    assert "points unfinished" in str(caught.value)
    assert simulate.sweep(resume=partial).identical(whole)
    again = simulate.rerun(partial)  # as far as it came
    for name in partial.data_vars:
        assert (bits(again[name].values) == bits(partial[name].values)).all()
    for i, m in enumerate((0, 0.5)):
        for j, n in enumerate((1, 2)):
            point = partial.isel(momentum=i, batch_size=j)
            own = simulate.run(resume=point)
            run = simulate.run(SCREW, SGD(learning_rate=0.1, momentum=m, batch_size=n), **settings)
            assert own.identical(run)


def test_memory_is_that_of_all_kernels():
    over = {"train_size": [10, 20], "momentum": [0, 0.5]}
    settings = {"steps": 5, "trajectories": 100, "keep": "final"}
    simulate.sweep(SCREW, EPOCHS, over=over, max_bytes=51_300, **settings)
    with pytest.raises(ValueError, match="training sets of 20 samples for 400 trajectories"):
        simulate.sweep(SCREW, EPOCHS, over=over, max_bytes=51_100, **settings)
    snapshots = {"steps": 10, "save_every": 1, "trajectories": 100}
    simulate.sweep(SCREW, PLAIN, over={"batch_size": [1, 2]}, max_bytes=52_800, **snapshots)
    with pytest.raises(ValueError, match="asks for 11 snapshots"):
        simulate.sweep(SCREW, PLAIN, over={"batch_size": [1, 2]}, max_bytes=52_700, **snapshots)


# -- runs that were put together by hand -----------------------------------------------------------


def runs_of(sizes, **changes):
    """Make a run for each batch size, with momentum where there is more than one sample."""
    settings = SETTINGS | {"steps": 30} | changes
    return [
        simulate.run(
            SCREW, SGD(learning_rate=0.1, batch_size=n, momentum=0.5 if n > 1 else 0.0), **settings
        )
        for n in sizes
    ]


@pytest.mark.parametrize("along", [pd.Index([1, 4], name="batch_size"), "run"])
def test_runs_put_together_are_a_sweep(along, tmp_path):
    """A concat of batch sizes 1 and 4: no answer is that of the first part for the second."""
    runs = runs_of([1, 4])
    name = along if isinstance(along, str) else along.name
    if name == "run":
        name = along = "which"
    together = stored(xr.concat(runs, along), tmp_path / "runs.nc")
    with pytest.raises(ValueError, match=f"sweep over {name}, of no single dynamics"):
        simulate.dynamics_of(together)
    assert (simulate.rerun(together).final.values == together.final.values).all()
    more = simulate.sweep(resume=together, steps=11)
    for i, run in enumerate(runs):
        point = together.isel({name: i})
        assert simulate.dynamics_of(point) == simulate.dynamics_of(run)
        assert simulate.rerun(point).identical(run)
        longer = simulate.run(resume=run, steps=11)
        assert simulate.run(resume=point, steps=11).identical(longer)
        assert simulate.rerun(more.isel({name: i})).identical(longer)
        assert analysis.moment(point, "u", discard_steps=9) == analysis.moment(
            stored(run, tmp_path / "run.nc"), "u", discard_steps=9
        )
    with pytest.raises(ValueError, match="sweep"):
        simulate.run(resume=together, steps=11)


def test_runs_that_were_not_run_alike_are_not_continued_together():
    one, other = runs_of([1]), runs_of([4], keep="final", save_every=None)
    together = xr.concat(
        [one[0].drop_vars(["state", "step", "time"]), other[0]], "which", coords="different",
        compat="equals", join="outer",
    )  # fmt: skip
    with pytest.raises(ValueError, match="points of the dataset differ in (keep|save_every)"):
        simulate.sweep(resume=together, steps=3)

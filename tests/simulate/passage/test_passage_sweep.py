"""First passages at every point of a grid of parameters are the first passages of each point."""

import sys
from itertools import pairwise

import numpy as np
import pytest
import xarray as xr

from driftscape import analysis, landscapes, simulate, theory
from driftscape.landscapes import Landscape, Normal
from driftscape.simulate import advance as loop
from driftscape.simulate.backends.cpu.backend import CpuEngine

SGD, Ito = simulate.SGD, simulate.Ito
WELL, ITO = landscapes.quartic_well(), Ito(beta=4, dt=0.01)


def uneven() -> Landscape:
    """State-dependent D with a parameter of its own, correlated, in a well."""
    return Landscape.from_potential(
        "(x**2 - 1)**2/4 + y**2/2",
        coordinates="x y",
        diffusion=[["1 + c*x**2", "x/4"], ["x/4", 1]],
        parameters={"c": 0.25},
        name="uneven",
        start=(-1, 0),
    )


def line() -> Landscape:
    """A drift to a level that is a parameter too."""
    return Landscape.from_drift(
        "mu", coordinates="x", parameters={"mu": 1.0, "h": 1.0}, name="line", start=(0,)
    )


def rows() -> Landscape:
    """A data set: one training set that all share, each in its own order."""
    columns = {"x": [-2, -1.5, -1, -0.6, -0.2, -0.1, 0.2, 0.4, 0.7, 1, 1.4, 1.7]}
    return Landscape.from_loss("(w**2 - 1)**2/4 + 3*x*w/2", coordinates="w", data=columns)


#: landscape, dynamics, target, start, what is swept
CASES = {
    "two targets": (
        landscapes.quartic_well, ITO, {"right": "x > 0.2", "left": "x < -1.7"}, -1,
        {"beta": [2, 4, 8.5]},
    ),
    "two parameters": (
        uneven, Ito(beta=4, dt=0.02), "x > 0.3 or y > 2", None,
        {"c": [0.1, 0.25], "dt": [0.01, 0.02]},
    ),
    "level": (line, Ito(beta=4, dt=0.02), "x > h", [Normal("h/9", 0.2)],
              {"h": [1.0, 2.0], "mu": [0.2, 0.5]}),
    "sgd": (
        landscapes.quartic_well, SGD(learning_rate=0.1), "x > 0", -1,
        {"learning_rate": [0.08, 0.1, 0.2]},
    ),
    "training sets": (
        landscapes.quartic_well,
        SGD(learning_rate=0.1, sampling="reshuffled", train_size=12, batch_size=2, momentum=0.5),
        "x > 0",
        -1,
        {"learning_rate": [0.05, 0.1], "momentum": [0.3, 0.5]},
    ),
    "data": (
        rows,
        SGD(learning_rate=0.1, sampling="without-replacement", batch_size=3, momentum=0.3),
        "w > -0.4",
        -1,
        {"learning_rate": [0.07, 0.1]},
    ),
    "underdamped": (
        landscapes.quartic_well, simulate.Underdamped(friction=1, beta=5, dt=0.02), "x > 0", -1,
        {"friction": [0.2, 1.0], "beta": [3, 5]},
    ),
}  # fmt: skip


def swept(name, **changes):
    """Run a case with anything changed; 70 trajectories, so that blocks hold several points."""
    make, dynamics, target, start, over = CASES[name]
    settings = {"target": target, "start": start, "over": over, "trajectories": 70, "seed": 9,
                "max_steps": 700, "threads": 1}  # fmt: skip
    return simulate.first_passage(make(), dynamics, **(settings | changes))


def points(over):
    """Every selection of one value for each name, last name fastest."""
    grid = np.meshgrid(*map(np.array, over.values()), indexing="ij")
    return [
        {name: value.item() for name, value in zip(over, point, strict=True)}
        for point in zip(*(axis.ravel() for axis in grid), strict=True)
    ]


def own(name, point, **changes):
    """Run one point by itself."""
    make, dynamics, target, start, _ = CASES[name]
    values = dynamics.to_dict() | {k: v for k, v in point.items() if hasattr(dynamics, k)}
    values.pop("name")
    landscape = make()
    mine = {k: v for k, v in point.items() if k in landscape.parameters}
    settings = {"target": target, "start": start, "trajectories": 70, "seed": 9, "max_steps": 700}
    return simulate.first_passage(
        landscape.with_parameters(**mine), type(dynamics)(**values), **(settings | changes)
    )


def differing(a, b):
    """Names of the variables of which some bit differs, or that one does not have."""
    both = set(a.data_vars) & set(b.data_vars)
    alike = {
        v for v in both
        if a[v].dims == b[v].dims and a[v].values.tobytes() == b[v].values.tobytes()
    }  # fmt: skip
    return {*a.data_vars, *b.data_vars} - alike


@pytest.mark.fast_cases("data", "two targets")
@pytest.mark.parametrize("name", CASES)
def test_every_point_has_the_bits_of_its_own_first_passage(name):
    passages, over = swept(name), CASES[name][-1]
    each = [(passages.sel(point), own(name, point)) for point in points(over)]
    for selected, alone in each:
        assert differing(selected, alone) == set()
        assert simulate.provenance(selected) == simulate.provenance(alone)
        assert simulate.landscape_of(selected) == simulate.landscape_of(alone)
        assert simulate.dynamics_of(selected) == simulate.dynamics_of(alone)
    assert 5 < int(passages.censored.sum()) < passages.censored.size - 5
    # the wrong twin: points are different passages
    assert {"passage_time", "exit"} <= differing(each[0][0], each[-1][1])


@pytest.mark.parametrize(
    ("name", "changes"),
    [("two targets", {}), ("training sets", {"trajectories": 64, "target": "abs(x + 1) > 0.1"})],
)
def test_points_that_end_early_make_room_and_leave_no_trace(name, changes, monkeypatch):
    """Fewer columns are advanced in the end, with training sets whole blocks, of any points."""
    whole, seen, plain = swept(name, **changes), [], CpuEngine.advance

    def advance(engine, ensemble, start, stop, pool=None):
        seen.append(len(ensemble.live) / ensemble.count)
        plain(engine, ensemble, start, stop, pool)

    monkeypatch.setattr(CpuEngine, "advance", advance)
    monkeypatch.setattr(loop, "_BURST", 1e-9)
    monkeypatch.setattr(loop, "_GRAIN", 38)
    assert whole.identical(swept(name, threads=2, **changes))
    assert seen[0] == 1
    assert seen[-1] <= 0.5
    cuts = (0, 23, whole.sizes["trajectory"])
    parts = [swept(name, **changes | {"trajectories": range(a, b)}) for a, b in pairwise(cuts)]
    for variable in ("passage_time", "target", "exit", "words"):
        together = np.concatenate(
            [part[variable].values for part in parts], axis=whole[variable].dims.index("trajectory")
        )
        assert together.tobytes() == whole[variable].values.tobytes()


@pytest.mark.fast_cases("two targets-True", "two targets-False")
@pytest.mark.parametrize("common", [True, False])
@pytest.mark.parametrize("name", ["two targets", "two parameters", "training sets"])
def test_resuming_and_rerunning_give_the_same_dataset(name, common, tmp_path):
    whole = swept(name, common=common)
    half = swept(name, common=common, max_steps=131)
    half.to_netcdf(tmp_path / "half.nc", engine="h5netcdf")
    read = xr.load_dataset(tmp_path / "half.nc", engine="h5netcdf")
    assert simulate.first_passage(resume=read, max_steps=700).identical(whole)
    assert simulate.rerun(whole).identical(whole)
    turned = half.transpose("coordinate", "trajectory", ...)
    assert simulate.first_passage(resume=turned, max_steps=700).identical(whole)
    # a point goes on alone, and a part of the points as a sweep
    point = points(CASES[name][-1])[-1]
    seed = 9 if common else 9 + len(points(CASES[name][-1])) - 1
    alone = own(name, point, seed=seed)
    assert simulate.first_passage(resume=half.sel(point), max_steps=700).identical(alone)
    assert simulate.rerun(whole.sel(point)).identical(alone)
    first = next(iter(CASES[name][-1]))
    part = simulate.first_passage(resume=half.isel({first: slice(1, None)}), max_steps=700)
    assert differing(part, whole.isel({first: slice(1, None)})) == set()


def test_an_interrupted_sweep_owes_the_rest(monkeypatch):
    monkeypatch.setattr(loop, "_BURST", 1e-9)
    warned = []

    def stop(ended, total):
        warned.append((ended, total))
        if len(warned) == 3:
            raise KeyboardInterrupt

    with pytest.raises(simulate.Interrupted, match="of 210 trajectories still running") as caught:
        swept("two targets", progress=stop)
    partial = caught.value.dataset
    assert warned[-1] == (210 - int(partial.censored.sum()), 210)
    assert dict(partial.passage_time.sizes) == {"beta": 3, "trajectory": 70}
    done = simulate.provenance(partial)["steps"]
    assert 0 < done < 700
    assert differing(partial, swept("two targets", max_steps=done)) == set()
    assert simulate.first_passage(resume=partial).identical(swept("two targets"))


@pytest.mark.slow
def test_separate_seeds_and_philox():
    apart = swept("two targets", common=False, generator="philox")
    assert apart.seed.values.tolist() == ["9", "10", "11"]
    for i, point in enumerate(points(CASES["two targets"][-1])):
        alone = own("two targets", point, seed=9 + i, generator="philox")
        assert differing(apart.sel(point), alone) == set()
    assert "passage_time" in differing(apart, swept("two targets", generator="philox"))


@pytest.mark.slow
def test_the_reference_backend_agrees():
    """NumPy draws the same words but rounds otherwise: here and there a step may tip over."""
    ours, theirs = swept("level"), swept("level", backend="numpy")
    alike = (ours.target == theirs.target) & (abs(ours.passage_time - theirs.passage_time) < 1e-6)
    assert int(alike.sum()) >= ours.target.size - 2
    assert np.allclose(ours.exit.values[alike], theirs.exit.values[alike], rtol=1e-6, atol=1e-6)


@pytest.mark.fast_cases("training sets")
@pytest.mark.parametrize("name", ["two parameters", "training sets"])
def test_a_card_gives_the_bits_of_the_cpu(name, monkeypatch):
    from ..backends import fake_cupy
    from ..backends.host_cpp import COMPILER

    if COMPILER is None:
        pytest.skip("no C++ compiler: neither g++ nor clang++")
    from driftscape.simulate.backends.gpu import backend as cupy

    monkeypatch.setitem(sys.modules, "cupy", fake_cupy.make())
    cupy._kernel.cache_clear()
    whole = swept(name)
    for max_bytes in (None, 1.5e5):  # at once, and in parts
        gpu = swept(name, backend=cupy.CupyBackend(max_bytes))
        assert differing(whole, gpu) == set()
    cupy._kernel.cache_clear()


def test_starts_at_every_point():
    """An array of its own for each, some of them in the target at one point."""
    over = CASES["level"][-1]
    start = np.random.default_rng(1).normal(0.3, 0.5, size=(2, 2, 70, 1))
    within = (start[..., 0] > np.array(over["h"])[:, None, None]).sum(axis=2)
    text = " of 70 trajectories at h=1, mu=0.2"
    with pytest.warns(simulate.InsideWarning, match=f"^{within[0, 0]}{text}, ") as warned:
        passages = swept("level", start=start)
    assert "start in 'x > h'; their passage time is 0" in str(warned[0].message)
    assert (passages.start == start).all()
    assert ((passages.passage_time == 0).sum("trajectory") == within).all()
    with pytest.warns(simulate.InsideWarning):
        alone = own("level", {"h": 1.0, "mu": 0.5}, start=start[0, 1])
    assert differing(passages.isel(h=0, mu=1), alone) == set()


@pytest.mark.slow
def test_points_where_none_arrives_are_named():
    with pytest.warns(simulate.CensoredWarning) as warned:
        passages = swept("two targets", over={"beta": [2, 100, 200]})
    (message,) = (str(w.message) for w in warned)
    assert message.startswith("none of 70 trajectories at beta=100; beta=200 reached 'x > 0.2' or")
    assert "within 7 (700 steps): 140 are censored" in message
    assert passages.censored.sum("trajectory")[1:].values.tolist() == [70, 70]
    with pytest.warns(simulate.CensoredWarning, match="beta=200, dt=0.02; beta=200, dt=0.03 reach"):
        swept("two targets", over={"beta": [0.1, 200], "dt": [0.02, 0.03]}, max_steps=20)


@pytest.mark.slow
def test_every_point_warns_of_its_own_divergence():
    hill = Landscape.from_potential("-a*x**4/4 + x**2/2", coordinates="x", parameters={"a": 1.0})
    settings = {"start": 0, "target": "x > 1", "trajectories": 50, "seed": 1, "max_steps": 500}
    with pytest.warns(simulate.DivergenceWarning, match=r"of 50 at each point: \d+ at a=1;"):
        passages = simulate.first_passage(hill, ITO, over={"a": [0.001, 1.0]}, **settings)
    lost = passages.diverged >= 0
    assert lost.sum("trajectory")[0] == 0
    assert np.isnan(passages.passage_time.values[lost.values]).all()


BAD = {
    "no names": ({"over": {}}, "give name -> list of values"),
    "no mapping": ({"over": ["beta"]}, "give name -> list of values"),
    "unknown": ({"over": {"temperature": [1]}}, "names 'temperature'; Ito has beta, dt"),
    "no values": ({"over": {"beta": []}}, "one at least"),
    "number for text": ({"over": {"scheme": [1, 2]}}, "scheme=1; it must be one of"),
    "not allowed": ({"over": {"beta": [1, -2]}}, "beta=-2; it must be a positive"),
    "a name of the dataset": ({"over": {"target": [1]}, "landscape": "odd"},
                              "write 'landscape.target'"),
    "common of nothing": ({"over": None, "common": True}, "common=True belongs to over="),
    "common of text": ({"common": "no"}, "common='no'"),
    "no whole number of steps": ({"over": {"dt": [0.01, 0.03]}, "max_time": 1, "max_steps": None},
                                 "at dt=0.03: max_time=1 is 33.33333333 steps"),
    "inside at a point": ({"over": {"beta": [1, 2]}, "start": 1},
                          "start=1.0 lies in the target 'x > 0.2' at beta=1; start outside"),
    "nowhere at a point": ({"landscape": "odd", "over": {"a": [1, 0]}, "target": "a*x > 1"},
                           "is true nowhere where a=0"),
    "bridge of a discrete step": (
        {"dynamics": SGD(learning_rate=0.1), "over": {"learning_rate": [0.1, 0.2]}, "bridge": True},
        "no Brownian bridge",
    ),
    "start of wrong shape": ({"start": np.zeros((2, 70, 1))}, "shape"),
    "ragged start": ({"start": [[1], [1, 2]]}, "give a point"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
@pytest.mark.usefixtures("nothing_is_compiled")
def test_bad_input_is_refused(case):
    changes, sentence = BAD[case]
    changes = dict(changes)
    odd = Landscape.from_potential(
        "target*a*x**2", coordinates="x", parameters={"target": 1.0, "a": 1.0}
    )
    landscape = odd if changes.pop("landscape", None) else WELL
    dynamics = changes.pop("dynamics", ITO)
    settings = {"target": CASES["two targets"][2], "start": -1, "over": {"beta": [2, 4, 8.5]},
                "trajectories": 70, "seed": 9, "max_steps": 700}  # fmt: skip
    with pytest.raises((ValueError, TypeError)) as error:
        simulate.first_passage(landscape, dynamics, **(settings | changes))
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


def test_what_a_resumed_sweep_cannot_take():
    passages = swept("two targets")
    for changes, sentence in (
        ({"over": {"beta": [1]}}, "resume= takes over"),
        ({"common": False}, "resume= takes over, common"),
        ({"dynamics": ITO}, "is a sweep over beta; it takes landscape and dynamics"),
        ({"landscape": WELL}, "is a sweep over beta"),
        ({"max_steps": 700}, "counts from the start"),
    ):
        with pytest.raises(ValueError, match=sentence):
            simulate.first_passage(resume=passages, **({"max_steps": 900} | changes))
    with pytest.raises(ValueError, match=r"result of simulate\.first_passage"):
        simulate.sweep(resume=passages, steps=900)
    runs = simulate.sweep(WELL, ITO, over={"beta": [2, 4]}, steps=2, seed=1)
    with pytest.raises(ValueError, match=r"result of simulate\.sweep"):
        simulate.first_passage(resume=runs, max_steps=3)


def test_escape_times_over_temperature_are_the_exact_ones():
    """The law of Kramers, by quadrature of the exact mean; where bridges are left out it is not."""
    settings = {"start": -1, "target": "x > 0", "trajectories": 20_000, "seed": 1,
                "max_time": 2000, "over": {"beta": [3, 5, 8, 12]}, "common": False}  # fmt: skip
    passages, twin = (
        simulate.first_passage(WELL, ITO, bridge=bridge, **settings) for bridge in (None, False)
    )
    betas = passages.beta.values
    exact = np.array(
        [theory.mean_first_passage_time(WELL, beta=b, start=-1, target=0).value for b in betas]
    )
    tau, late = (analysis.mean_first_passage_time(each) for each in (passages, twin))
    assert tau.value.dims == ("beta",)
    assert (abs(tau.value - exact) < 4 * tau.stderr).all()
    assert (abs(late.value - exact) > 4 * late.stderr).all()
    assert (abs(tau.value - exact[::-1]) > 4 * tau.stderr).all()  # nor those of other points
    # the slope of log tau tends to the barrier 1/4 and is that of the exact times
    slope, expected = (np.polyfit(betas, np.log(t), 1)[0] for t in (tau.value, exact))
    weight = (betas - betas.mean()) / ((betas - betas.mean()) ** 2).sum()
    error = np.sqrt(((weight * tau.stderr / tau.value) ** 2).sum())
    assert abs(slope - expected) < 4 * error
    assert abs(slope - 0.25) > 4 * error  # prefactors are not constant in so small a range

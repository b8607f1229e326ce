"""A sweep is the runs of its points: the same bits, from one kernel."""

import numpy as np
import pytest

from driftscape import landscapes, simulate
from driftscape.landscapes import Landscape, Normal

from ..tiers import tiered

SGD = simulate.SGD


def valley() -> Landscape:
    """A loss with parameters in the gradient, in the noise, and in what a schedule multiplies."""
    return Landscape.from_loss(
        "a*(w**2 - 1)**2/4 + b*x*w + a*b*v**2/2 + sin(a*v + b)*w",
        coordinates="w v",
        samples={"x": Normal()},
        parameters={"a": 1.0, "b": 0.5},
        name="valley",
    )


#: name in PAIRS -> what is swept
OVER = {
    "screw sgd": {"learning_rate": [0.01, 0.02, 0.1]},
    "quartic batch 4": {"learning_rate": [0.02, 0.1]},
    "screw heavy ball": {"momentum": [0.3, 0.6], "learning_rate": [0.01, 0.05]},
    "screw reshuffled": {"learning_rate": [0.05, 0.1]},
    "rows without replacement": {"learning_rate": [0.05, 0.1]},
    "well ito": {"rotation": [0, 0.5, 1.5]},
    "fit ito": {"beta": [20, 40], "dt": [0.01, 0.02]},
    "quartic underdamped": {"friction": [0.1, 1.0, 10.0]},
    "mean stable": {"alpha": [1.2, 1.5], "curvature": [0.5, 1.0]},
    "uneven isothermal": {"beta": [3.0, 5.0], "dt": [0.01, 0.02]},
    "quadrature ito": {"beta": [10.0, 20.0]},
}
KINDS = {
    "schedule": (
        valley,
        SGD(learning_rate="0.1/(1 + step/100)", batch_size=2),
        {"a": [0.5, 1.0], "b": [0.1, 0.5]},
    ),
}
SETTINGS = {"steps": 90, "trajectories": 70, "seed": 9, "save_every": 10}


@pytest.fixture(params=tiered([*OVER, *KINDS], {*OVER, *KINDS} - {"quadrature ito"}))
def kind(request, pairs):
    """A landscape, a dynamics and what is swept."""
    name = request.param
    return KINDS[name] if name in KINDS else (pairs[name][0], pairs[name][1], OVER[name])


def bits(array):
    """Integer bits, all NaNs alike."""
    values = np.array(array)
    if values.dtype.kind == "f":
        values[np.isnan(values)] = np.nan
        return values.view(np.uint64)
    return values


def points(over):
    """Every selection of one value for each name."""
    grid = np.meshgrid(*over.values(), indexing="ij")
    return [dict(zip(over, p, strict=True)) for p in zip(*(g.ravel() for g in grid), strict=True)]


def own_run(landscape, dynamics, point, **settings):
    """Make the run of one point, by itself."""
    mine = {k: v.item() for k, v in point.items()}
    numbers = dynamics.to_dict() | {k: v for k, v in mine.items() if hasattr(dynamics, k)}
    here = landscape.with_parameters(**{k: v for k, v in mine.items() if k in landscape.parameters})
    numbers.pop("name")
    return simulate.run(here, type(dynamics)(**numbers), **settings)


def differing(a, b):
    """Names of the variables of which some bit differs, or that one does not have."""
    names = set(a.data_vars) ^ set(b.data_vars)
    both = set(a.data_vars) & set(b.data_vars)
    return names | {v for v in both if a[v].dims != b[v].dims or (bits(a[v]) != bits(b[v])).any()}


@pytest.mark.fast_cases("screw reshuffled", "quartic underdamped")
def test_every_point_has_the_bits_of_its_own_run(kind):
    make, dynamics, over = kind
    settings = SETTINGS | {"start": [0.3] * make().dim}  # nowhere at rest
    swept = simulate.sweep(make(), dynamics, over=over, **settings)
    runs = [own_run(make(), dynamics, point, **settings) for point in points(over)]
    for point, run in zip(points(over), runs, strict=True):
        selected = swept.sel(point)
        assert differing(selected, run) == set()
        assert (selected.time.values == run.time.values).all()
        assert (selected.step.values == run.step.values).all()
    # the wrong twin: the points are different trajectories
    assert "final" in differing(swept.sel(points(over)[0]), runs[-1])


def test_the_numpy_reference_agrees_to_rounding(pairs):
    make, dynamics, over = *pairs["well ito"], OVER["well ito"]
    settings = SETTINGS | {"trajectories": 5, "backend": "numpy"}
    swept = simulate.sweep(make(), dynamics, over=over, **settings)
    compiled = simulate.sweep(make(), dynamics, over=over, **(settings | {"backend": "cpu"}))
    assert (swept.words == compiled.words).all()
    assert np.allclose(swept.final, compiled.final, rtol=1e-10, atol=1e-12)
    for point in points(over):
        run = own_run(make(), dynamics, point, **settings)
        assert np.allclose(swept.sel(point).final, run.final, rtol=1e-12, atol=1e-13)


def test_one_kernel_serves_all_points(pairs, monkeypatch):
    from driftscape.simulate.backends.cpu.backend import CpuBackend

    result, plain = [], CpuBackend.engine
    monkeypatch.setattr(CpuBackend, "engine", lambda *a: result.append(a) or plain(*a))
    make, dynamics, over = *pairs["screw heavy ball"], OVER["screw heavy ball"]
    simulate.sweep(make(), dynamics, over=over, **SETTINGS)
    assert len(result) == 1


def test_threads_bursts_and_shards_leave_no_trace(pairs, monkeypatch):
    from driftscape.simulate import advance

    make, dynamics, over = *pairs["screw sgd"], OVER["screw sgd"]

    def go(**changes):
        return simulate.sweep(make(), dynamics, over=over, **(SETTINGS | changes))

    whole = go(threads=1)
    assert differing(whole, go(threads=2)) == set()
    parts = [go(trajectories=range(0, 37)), go(trajectories=range(37, 70))]
    for name in ("state", "final", "words"):
        together = np.concatenate([p[name] for p in parts], axis=1)
        assert (bits(whole[name]) == bits(together)).all()
    monkeypatch.setattr(advance, "_BURST", 1e-9)  # two steps a burst
    assert differing(whole, go()) == set()


@pytest.mark.fast_cases("False-screw reshuffled", "False-rows without replacement")
@pytest.mark.parametrize(
    "kind", ["well ito", "uneven isothermal", "screw reshuffled", "rows without replacement"],
    indirect=True,
)  # fmt: skip
@pytest.mark.parametrize("common", [True, False])
def test_resuming_and_rerunning_give_the_same_dataset(kind, common):
    make, dynamics, over = kind
    extra = {"common": common, "keep": ["snapshots", simulate.Average(make().coordinates[0])]}

    def go(**changes):
        return simulate.sweep(make(), dynamics, over=over, **(SETTINGS | extra | changes))

    whole = go()
    assert simulate.sweep(resume=go(steps=31), steps=59).identical(whole)
    assert simulate.rerun(whole).identical(whole)


def test_points_share_their_noise_unless_told_otherwise():
    screw, sgd = landscapes.archimedes(), SGD(learning_rate=0.1)
    over = {"learning_rate": [0.01, 0.02]}
    alike = simulate.sweep(screw, sgd, over=over, **SETTINGS)
    assert (alike.words[0] == alike.words[1]).all()
    apart = simulate.sweep(screw, sgd, over=over, common=False, **SETTINGS)
    assert apart.seed.values.tolist() == ["9", "10"]
    for i, rate in enumerate(over["learning_rate"]):
        run = simulate.run(screw, SGD(learning_rate=rate), **(SETTINGS | {"seed": 9 + i}))
        assert differing(apart.isel(learning_rate=i), run) == set()
    assert not (apart.words[0] == apart.words[1]).any(axis=1).all()


def test_shared_noise_makes_differences_precise():
    """mean_estimation is linear: covariances of equal noise at two rates are known exactly."""
    mean, sgd = landscapes.mean_estimation(), SGD(learning_rate=0.1)
    settings = {"steps": 200, "trajectories": 400, "seed": 9, "keep": "final"}

    def scatter(common):
        over = {"learning_rate": [0.1, 0.11]}
        final = simulate.sweep(mean, sgd, over=over, common=common, **settings).final
        return float((final[1] - final[0]).std())

    # for x' = (1 - a) x - a xi: var a/(2 - a), covariance a b/(a + b - a b)
    a, b = 0.1, 0.11
    apart = a / (2 - a) + b / (2 - b)
    shared = apart - 2 * a * b / (a + b - a * b)
    error = 1 / np.sqrt(2 * 400)  # relative, of the standard deviation of 400 normals
    assert scatter(True) == pytest.approx(np.sqrt(shared), rel=4 * error)
    assert scatter(False) == pytest.approx(np.sqrt(apart), rel=4 * error)
    assert scatter(True) < scatter(False) / 10


def test_starts(pairs):
    well, ito, over = *pairs["well ito"], OVER["well ito"]
    laws = [Normal(0, 0.3), 1.0]
    swept = simulate.sweep(well(), ito, over=over, start=laws, **SETTINGS)
    for point in points(over):
        run = own_run(well(), ito, point, start=laws, **SETTINGS)
        assert differing(swept.sel(point), run) == set()
    each = np.random.default_rng(1).normal(size=(3, 70, 2))
    swept = simulate.sweep(well(), ito, over=over, start=each, **SETTINGS)
    assert (swept.start == each).all()
    run = own_run(well(), ito, points(over)[1], start=each[1], **SETTINGS)
    assert differing(swept.isel(rotation=1), run) == set()


@pytest.mark.slow
def test_a_start_may_be_drawn_from_a_law_of_the_parameter_swept():
    start = [Normal("a", 0.1), 0.0]
    swept = simulate.sweep(
        valley(), SGD(learning_rate=0.1), over={"a": [0.5, 2.0]}, start=start, **SETTINGS
    )
    run = simulate.run(
        valley().with_parameters(a=2.0), SGD(learning_rate=0.1), start=start, **SETTINGS
    )
    assert differing(swept.sel(a=2.0), run) == set()
    assert float(swept.start[1, :, 0].mean() - swept.start[0, :, 0].mean()) == pytest.approx(1.5)


@pytest.mark.slow
def test_averages_and_densities_of_each_point():
    keep = [
        simulate.Average("b*w", discard_steps=20),
        simulate.Density("w", bounds={"w": (-1, 1)}, bins=5, every=3),
    ]
    sgd, over = SGD(learning_rate=0.1), {"b": [0.1, 1.0]}
    settings = {"steps": 60, "trajectories": 70, "seed": 9, "keep": keep}
    swept = simulate.sweep(valley(), sgd, over=over, **settings)
    for b in over["b"]:
        run = simulate.run(valley().with_parameters(b=b), sgd, **settings)
        selected = swept.sel(b=b)
        assert differing(selected.drop_vars("outside"), run) == set()
        assert int(selected.outside) == run.counts.attrs["outside"]
        more = simulate.run(resume=selected, steps=30)
        assert differing(more, simulate.run(resume=run, steps=30)) == set()
    half = simulate.sweep(valley(), sgd, over=over, **(settings | {"steps": 31}))
    assert simulate.sweep(resume=half, steps=29).identical(swept)
    assert (swept.outside.values > 0).any()

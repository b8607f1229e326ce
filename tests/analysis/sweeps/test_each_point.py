"""A result at a point of a sweep is the result of the point; where there is none, the reason is."""

import numpy as np
import pytest
import xarray as xr

from driftscape import analysis, landscapes, simulate, theory

MEANS = {1.0: 2.0, 3.0: 4.0, 4.0: 12.0}


@pytest.fixture
def passages(passages_of, rng):
    """Exponential times of known means at three betas and, the same again, two values of c."""
    names = ("left", "right")

    def at(mean, count=3000):
        time, side = rng.exponential(mean, count), rng.random(count) < 0.3
        return passages_of(time, side.astype(int), max_time=40.0, names=names)

    def along_beta():
        return xr.concat([at(mean) for mean in MEANS.values()], "beta", combine_attrs="override")

    both = xr.concat([along_beta(), along_beta()], "c", combine_attrs="override")
    return both.assign_coords(beta=list(MEANS), c=[0.5, 1.5])


#: name -> function and its further arguments
FUNCTIONS = {
    "mean": (analysis.mean_first_passage_time, (), {}),
    "mean to the right": (
        analysis.mean_first_passage_time, (), {"target": "right", "method": "restricted"},
    ),
    "rate": (analysis.escape_rate, (), {"discard_time": 1.0}),
    "side": (analysis.splitting_probability, ("right",), {}),
    "restricted mean": (analysis.restricted_mean, (), {"up_to": 10}),
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_point_of_the_result_is_the_result_of_the_point(passages, name):
    passages = passages if name != "mean to the right" else passages.sel(beta=[1.0])
    function, args, kwargs = FUNCTIONS[name]
    found = function(passages, *args, **kwargs)
    assert found.value.dims == ("c", "beta")
    for c in passages.c.values:
        for beta in passages.beta.values:
            alone = function(passages.sel(c=c, beta=beta), *args, **kwargs)
            here = found.sel(c=c, beta=beta)
            numbers = [here[v].item() for v in ("value", "stderr", "low", "high", "n_eff")]
            assert numbers == [alone.value, alone.stderr, *alone.interval(), alone.n_eff]
            assert (here.method.item(), here.unit.item()) == (alone.method, alone.unit)
            again = analysis.estimate_of(here)
            assert (again, type(again)) == (alone, type(alone))
            assert again.interval(0.9) == alone.interval(0.9)
    assert found.value[0, 0] != found.value[-1, -1]
    assert (found.reason == "").all()
    same = analysis.at_every_point(function, passages, *args, **kwargs)
    assert same.value.identical(found.value)


def test_the_laws_of_the_points_are_distinguished(passages):
    mean = analysis.mean_first_passage_time(passages)
    rate = analysis.escape_rate(passages)
    truth = xr.DataArray(list(MEANS.values()), {"beta": list(MEANS)}, "beta")
    assert (abs(mean.value - truth) < 4 * mean.stderr).all()
    assert (abs(rate.value - 1 / truth) < 4 * rate.stderr).all()
    assert (abs(mean.value - truth.mean()) > 4 * mean.stderr).all()  # what pooling would give
    share = analysis.splitting_probability(passages, "left")
    assert (abs(share.value - 0.7) < 4 * share.stderr).all()
    assert (abs(share.value - 0.3) > 4 * share.stderr).all()


def test_a_single_point_is_no_sweep(passages):
    with pytest.raises(ValueError, match="a single point and no sweep; call the function itself"):
        analysis.at_every_point(analysis.escape_rate, passages.sel(c=0.5, beta=1.0))
    with pytest.raises(ValueError, match="the sweep has no value of beta"):
        analysis.escape_rate(passages.isel(beta=[]))


def test_a_function_of_ones_own(passages):
    kinds = {
        "number": lambda p: float(p.passage_time.mean()),
        "array": lambda p: p.passage_time.mean("trajectory"),
        "dict": lambda p: {"value": analysis.escape_rate(p), "late": p.passage_time.values.max()},
    }
    for function in kinds.values():
        found = analysis.at_every_point(function, passages)
        assert found.value.dims == ("c", "beta")
        assert found.value[1, 2].item() == pytest.approx(passages.passage_time[1, 2].mean(), rel=1)
    assert {"value_stderr", "value_low", "value_high", "late"} <= set(found.data_vars)
    with pytest.raises(TypeError, match="returned object, which has no numbers to collect"):
        analysis.at_every_point(lambda p: object(), passages)


def test_a_point_that_fails_has_nan_and_the_reason(passages_of, rng):
    times = [rng.exponential(1.0, 400), rng.exponential(1e9, 400), rng.exponential(1.0, 400)]
    three = xr.concat(
        [passages_of(t, max_time=20.0) for t in times], "beta", combine_attrs="override"
    ).assign_coords(beta=[1, 2, 3])
    found = analysis.mean_first_passage_time(three)
    assert np.isfinite(found.value.values).tolist() == [True, False, True]
    for name in ("value", "stderr", "low", "high", "n_eff"):
        assert np.isnan(found[name].sel(beta=2))
    assert found.reason.sel(beta=[1, 3]).values.tolist() == ["", ""]
    with pytest.raises(analysis.TooFewData) as alone:
        analysis.mean_first_passage_time(three.sel(beta=2))
    assert found.reason.sel(beta=2).item() == str(alone.value)
    assert np.isnan(found.covariance.sel(beta=2)).all()
    assert np.isfinite(found.covariance.sel(beta=[1, 3], beta_other=[1, 3])).all()
    with pytest.raises(ValueError, match="^this point has no estimate: 0 of 400 trajectories"):
        analysis.estimate_of(found.sel(beta=2))
    verdict = analysis.exponentiality(three)
    assert np.isnan(verdict.pvalue.sel(beta=2))
    assert verdict.verdict.values[[0, 2]].tolist() == [1.0, 1.0]
    assert np.isnan(verdict.verdict.values[1])
    lost = passages_of(times[2], max_time=20.0, diverged=np.full(400, 7))
    parts = [passages_of(t, max_time=20.0) for t in times[:2]]
    curve = analysis.survival(xr.concat([*parts, lost], "beta").assign_coords(beta=[1, 2, 3]))
    assert np.isnan(curve.survival.sel(beta=3)).all()
    assert curve.reason.sel(beta=3).item().startswith("400 of 400 trajectories diverged")


def test_a_wrong_argument_is_an_error_at_once(passages):
    for wrong, error, words in (
        ({"target": "up"}, ValueError, "^target='up'; it must be one of 'left', 'right'.$"),
        ({"diverged": "keep"}, ValueError, "^diverged='keep'"),
        ({"discard_time": -1}, ValueError, "^discard_time=-1; "),
        ({"discrad_time": 1}, TypeError, "discrad_time"),
    ):
        with pytest.raises(error, match=words):
            analysis.escape_rate(passages, **wrong)


def test_if_no_point_has_a_result_the_error_is_that_of_the_first(passages):
    few = passages.isel(trajectory=slice(0, 9))
    with pytest.raises(analysis.TooFewData, match="^at c=0.5, beta=1: .* of the 6 points") as error:
        analysis.restricted_mean(few, up_to=3)
    assert error.value.estimate.n_eff < 16


def test_warnings_of_a_point_name_it(passages_of, rng):
    short, long = rng.exponential(1.0, 400), rng.exponential(20.0, 400)
    pair = xr.concat([passages_of(t, max_time=20.0) for t in (short, long)], "beta",
                     combine_attrs="override").assign_coords(beta=[1, 7])  # fmt: skip
    with pytest.warns(
        analysis.TailWarning, match="^at beta=7: .* of the trajectories are cens"
    ) as w:
        analysis.mean_first_passage_time(pair)
    assert len(w) == 1
    assert w[0].filename == __file__
    with pytest.warns(analysis.TailWarning, match="^3.* of the trajectories are cens") as w:
        analysis.mean_first_passage_time(pair.sel(beta=7))
    assert w[0].filename == __file__


def test_an_operator_is_that_of_every_point():
    well, dynamics = landscapes.quartic_well(), simulate.Ito(beta=2, dt=0.02)
    settings = {"start": -1, "target": "x > 0", "trajectories": 100, "seed": 1, "max_steps": 40_000}
    grid = theory.fokker_planck(well, beta=2, shape=64)
    steps = simulate.first_passage(well, dynamics, over={"dt": [0.02, 0.04]}, **settings)
    found = analysis.compare_passages(steps, grid)
    alone = analysis.compare_passages(steps.isel(dt=1), grid)
    assert found.verdict.values.tolist() == ["agrees", alone.verdict]
    assert found.p_value.values[1] == alone.p_value
    assert found.measured.isel(dt=1).values.tolist() == [m.value for m in alone.measured]
    betas = simulate.first_passage(well, dynamics, over={"beta": [2.0, 5.0]}, **settings)
    with pytest.raises(ValueError, match="over beta have several .*lambda point: analysis.comp"):
        analysis.compare_passages(betas, grid)
    with pytest.raises(ValueError, match="an operator is of one; give each point its own"):
        analysis.compare(betas, operator=grid)

    def with_its_own(point, coarser=None):
        own = theory.fokker_planck(well, beta=simulate.dynamics_of(point).beta, shape=64)
        return analysis.compare_passages(point, own, coarser=coarser)

    assert (analysis.at_every_point(with_its_own, betas).verdict == "agrees").all()
    coarser = simulate.first_passage(
        well, simulate.Ito(beta=2, dt=0.04), over={"beta": [2.0, 5.0]}, **settings
    )
    both = analysis.at_every_point(with_its_own, betas, coarser=coarser)
    own = with_its_own(betas.isel(beta=1), coarser.isel(beta=1))
    assert both.step_errors.isel(beta=1).values.tolist() == list(own.step_errors)
    with pytest.raises(ValueError, match="two of the datasets have other values of beta"):
        analysis.at_every_point(with_its_own, betas, coarser=coarser.assign_coords(beta=[2.0, 4.0]))


def test_sweeps_over_anything_are_analysed():
    well, ito = landscapes.quartic_well(), simulate.Ito(beta=2, dt=0.02)
    settings = {"trajectories": 50, "seed": 1, "save_every": 100}
    bowl = landscapes.Landscape.from_potential("x**2", coordinates="x")
    whole = simulate.sweep(
        dynamics=ito, over={"landscape": {"well": well, "bowl": bowl}, "beta": [1.0, 2.0]},
        steps=2000, **settings,
    )  # fmt: skip
    found = analysis.moment(whole, "x**2")
    assert found.value.dims == ("landscape", "beta")
    alone = analysis.moment(whole.sel(landscape="bowl", beta=2.0), "x**2")
    assert analysis.estimate_of(found.sel(landscape="bowl", beta=2.0)) == alone
    # x of a bowl is proportional to 1/sqrt(beta) for the same noise: the errors are one
    law = analysis.fit(found.sel(landscape="bowl"), "c/beta")
    assert law["c"].value == pytest.approx(2 * alone.value, rel=1e-9)
    assert law["c"].stderr == pytest.approx(2 * alone.stderr, rel=0.05)
    uneven = simulate.sweep(well, ito, over={"dt": [0.02, 0.05]}, time=60, **settings)
    steps = analysis.moment(uneven, "x**2")
    for dt in (0.02, 0.05):
        assert analysis.estimate_of(steps.sel(dt=dt)) == analysis.moment(uneven.sel(dt=dt), "x**2")
    kinds = simulate.sweep(
        well, ito, over={"scheme": ["euler-maruyama", "heun"]}, steps=2000, **settings
    )
    assert analysis.moment(kinds, "x**2").scheme.values.tolist() == ["euler-maruyama", "heun"]
    with pytest.raises(analysis.TooFewData, match="^at scheme=euler-maruyama: "):
        analysis.moment(kinds.isel(trajectory=slice(3)), "x**2")

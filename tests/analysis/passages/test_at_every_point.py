"""Functions of first passages are evaluated at every point of a sweep, or refuse a sweep."""

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
    found = analysis.at_every_point(function, passages, *args, **kwargs)
    assert found.value.dims == ("c", "beta")
    for c in passages.c.values:
        for beta in passages.beta.values:
            alone = function(passages.sel(c=c, beta=beta), *args, **kwargs)
            here = found.sel(c=c, beta=beta)
            numbers = [here[v].item() for v in ("value", "stderr", "low", "high", "n_eff")]
            assert numbers == [alone.value, alone.stderr, *alone.interval(), alone.n_eff]
            assert (here.method.item(), here.unit.item()) == (alone.method, alone.unit)
    assert found.value[0, 0] != found.value[-1, -1]


def test_the_laws_of_the_points_are_distinguished(passages):
    mean = analysis.at_every_point(analysis.mean_first_passage_time, passages)
    rate = analysis.at_every_point(analysis.escape_rate, passages)
    truth = xr.DataArray(list(MEANS.values()), {"beta": list(MEANS)}, "beta")
    assert (abs(mean.value - truth) < 4 * mean.stderr).all()
    assert (abs(rate.value - 1 / truth) < 4 * rate.stderr).all()
    assert (abs(mean.value - truth.mean()) > 4 * mean.stderr).all()  # what pooling would give
    share = analysis.at_every_point(analysis.splitting_probability, passages, "left")
    assert (abs(share.value - 0.7) < 4 * share.stderr).all()
    assert (abs(share.value - 0.3) > 4 * share.stderr).all()


@pytest.mark.parametrize(
    "function",
    [
        analysis.survival, analysis.exponentiality, lambda p: analysis.exit_law(p, "x"),
        analysis.mean_first_passage_time, analysis.restricted_mean, analysis.escape_rate,
        lambda p: analysis.splitting_probability(p, "left"),
    ],
    ids=[
        "survival", "exponentiality", "exit_law", "mean_first_passage_time", "restricted_mean",
        "escape_rate", "splitting_probability",
    ],
)  # fmt: skip
def test_a_function_of_one_point_refuses_several(passages, function):
    words = r"several points of c, beta; select .* passages.sel\(c=0.5\).* analysis.at_every_point"
    with pytest.raises(ValueError, match=words):
        function(passages)
    with pytest.raises(ValueError, match=r"several points of beta; select one"):
        function(passages.sel(c=0.5))
    function(passages.sel(c=0.5, beta=1.0))


def test_a_single_point_is_no_sweep(passages):
    with pytest.raises(ValueError, match="belong to a single point; call the function itself"):
        analysis.at_every_point(analysis.escape_rate, passages.sel(c=0.5, beta=1.0))


def test_errors_and_warnings_of_a_point_name_it(passages_of, rng):
    short, long = rng.exponential(1.0, 400), rng.exponential(20.0, 400)
    pair = xr.concat([passages_of(t, max_time=20.0) for t in (short, long)], "beta",
                     combine_attrs="override").assign_coords(beta=[1, 7])  # fmt: skip
    with pytest.warns(
        analysis.TailWarning, match="^at beta=7: .* of the trajectories are cens"
    ) as w:
        analysis.at_every_point(analysis.mean_first_passage_time, pair)
    assert len(w) == 1
    few = pair.isel(trajectory=slice(0, 20))
    with pytest.raises(analysis.TooFewData, match="^at beta=7: ") as error:
        analysis.at_every_point(analysis.restricted_mean, few, up_to=3)
    assert error.value.estimate.n_eff < 16
    with pytest.raises(ValueError, match="^at beta=1: there is one target"):
        analysis.at_every_point(analysis.splitting_probability, pair, "out")
    with pytest.warns(analysis.TailWarning, match="^at beta=7: "):
        analysis.mean_first_passage_time(pair.sel(beta=7))  # also of a point selected by hand


def test_a_sweep_is_not_compared_with_one_grid():
    well, ito = landscapes.quartic_well(), simulate.Ito(beta=2, dt=0.02)
    passages = simulate.first_passage(
        well, ito, over={"beta": [2, 4]}, start=-1, target="x > 0", trajectories=20, seed=1,
        max_time=100,
    )  # fmt: skip
    grid = theory.fokker_planck(well, beta=2, shape=64)
    with pytest.raises(ValueError, match="sweep over beta, of no single dynamics; select a point"):
        analysis.compare_passages(passages, grid)

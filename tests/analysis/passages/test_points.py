"""Questions about first passages at several points are answered at each of them, or refused."""

import pytest
import xarray as xr

from driftscape import analysis, landscapes, simulate, theory

MEANS = {1.0: 2.0, 3.0: 4.0, 4.0: 12.0}


@pytest.fixture
def hits(passages_of, rng):
    """Exponential times of known means at three betas and, the same again, two values of c."""
    names = ("left", "right")

    def at(mean, count=3000):
        time, side = rng.exponential(mean, count), rng.random(count) < 0.3
        return passages_of(time, side.astype(int), max_time=40.0, names=names)

    def along_beta():
        return xr.concat([at(mean) for mean in MEANS.values()], "beta", combine_attrs="override")

    both = xr.concat([along_beta(), along_beta()], "c", combine_attrs="override")
    return both.assign_coords(beta=list(MEANS), c=[0.5, 1.5])


ASKED = {
    "mean": analysis.mean_first_passage_time,
    "mean of those to the right": lambda h: analysis.mean_first_passage_time(
        h, target="right", method="restricted"
    ),
    "rate": lambda h: analysis.escape_rate(h, discard_time=1.0),
    "side": lambda h: analysis.splitting_probability(h, "right"),
    "restricted mean": lambda h: analysis.restricted_mean(h, up_to=10),
}


@pytest.mark.parametrize("name", ASKED)
def test_a_point_of_the_answer_is_the_answer_of_the_point(hits, name):
    hits = hits if name != "mean of those to the right" else hits.sel(beta=[1.0])
    found = ASKED[name](hits)
    assert found.value.dims == ("c", "beta")
    for c in hits.c.values:
        for beta in hits.beta.values:
            alone = ASKED[name](hits.sel(c=c, beta=beta))
            here = found.sel(c=c, beta=beta)
            numbers = [here[v].item() for v in ("value", "stderr", "low", "high", "n_eff")]
            assert numbers == [alone.value, alone.stderr, *alone.interval(), alone.n_eff]
            assert (here.method.item(), here.unit.item()) == (alone.method, alone.unit)
    assert found.value[0, 0] != found.value[-1, -1]


def test_the_laws_of_the_points_are_told_apart(hits):
    mean, rate = analysis.mean_first_passage_time(hits), analysis.escape_rate(hits)
    truth = xr.DataArray(list(MEANS.values()), {"beta": list(MEANS)}, "beta")
    assert (abs(mean.value - truth) < 4 * mean.stderr).all()
    assert (abs(rate.value - 1 / truth) < 4 * rate.stderr).all()
    assert (abs(mean.value - truth.mean()) > 4 * mean.stderr).all()  # what pooling would give
    share = analysis.splitting_probability(hits, "left")
    assert (abs(share.value - 0.7) < 4 * share.stderr).all()
    assert (abs(share.value - 0.3) > 4 * share.stderr).all()


@pytest.mark.parametrize(
    "question",
    [analysis.survival, analysis.exponentiality, lambda h: analysis.exit_law(h, "x")],
    ids=["survival", "exponentiality", "exit_law"],
)
def test_what_is_no_number_is_refused_with_a_way_on(hits, question):
    with pytest.raises(ValueError, match=r"several points of c, beta; select .* hits.sel\(c=0.5\)"):
        question(hits)
    with pytest.raises(ValueError, match=r"several points of beta; select one"):
        question(hits.sel(c=0.5))
    question(hits.sel(c=0.5, beta=1.0))


def test_errors_and_warnings_of_a_point_name_it(passages_of, rng):
    few, many = rng.exponential(1.0, 400), rng.exponential(20.0, 400)
    pair = xr.concat([passages_of(t, max_time=20.0) for t in (few, many)], "beta",
                     combine_attrs="override").assign_coords(beta=[1, 7])  # fmt: skip
    with pytest.warns(
        analysis.TailWarning, match="^at beta=7: .* of the trajectories are cens"
    ) as w:
        analysis.mean_first_passage_time(pair)
    assert len(w) == 1
    with pytest.raises(analysis.TooFewData, match="^at beta=7: ") as error:
        analysis.restricted_mean(pair.isel(trajectory=slice(0, 20)), up_to=3)
    assert error.value.estimate.n_eff < 16
    with pytest.raises(ValueError, match="^at beta=1: there is one target"):
        analysis.splitting_probability(pair, "out")


def test_a_sweep_is_not_compared_with_one_grid():
    well, ito = landscapes.quartic_well(), simulate.Ito(beta=2, dt=0.02)
    hits = simulate.first_passage(
        well, ito, over={"beta": [2, 4]}, start=-1, target="x > 0", trajectories=20, seed=1,
        max_time=100,
    )  # fmt: skip
    grid = theory.fokker_planck(well, beta=2, shape=64)
    with pytest.raises(ValueError, match="sweep over beta, of no single dynamics; select a point"):
        analysis.compare(hits, grid)

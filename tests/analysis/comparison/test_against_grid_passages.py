"""First passages of ensembles against those of a grid."""

import numpy as np
import pytest
from scipy import stats

from driftscape import analysis, landscapes, simulate, theory

SEEDS, COUNT = 24, 500
SIGNIFICANCE = 1e-3
WELL = landscapes.quartic_well()


def first_passages(seed, count, dt=0.005, **more):
    ito = simulate.Ito(beta=5, dt=dt)
    settings = {"start": -1, "target": "x > 0", "max_time": 1000} | more
    return simulate.first_passage(WELL, ito, trajectories=count, seed=seed, **settings)


@pytest.fixture(scope="module")
def fp():
    return theory.fokker_planck(WELL, beta=5, shape=128)


@pytest.fixture(scope="module")
def colder():
    return theory.fokker_planck(WELL, beta=5.5, shape=128)


def test_times_and_survivors_agree_and_the_wrong_temperature_is_rejected(fp, colder):
    passages = first_passages(2, 10_000)
    result = analysis.compare_passages(passages, fp)
    assert [name[:4] for name in result.names] == ["mean", *3 * ["P(T "]]
    assert result.agrees, str(result)
    assert np.isnan(result.bias).all()  # what dt does is not known without coarser=
    assert not result.trustworthy
    assert not analysis.compare_passages(passages, colder).agrees


@pytest.mark.slow
def test_z_scores_are_standard_normal_over_seeds(fp, colder):
    """Where they are biased by less than a tenth of an error, as eight times the step says."""
    coarser = first_passages(7, 10_000, dt=0.04)
    for operator, right in ((fp, True), (colder, False)):
        result = [
            analysis.compare_passages(
                first_passages(s, COUNT), operator, coarser=coarser if right else None
            )
            for s in range(100, 100 + SEEDS)
        ]
        assert {a.trustworthy for a in result} == {right}
        z = np.array([a.z for a in result])
        share = stats.chi2.cdf((z**2).sum(axis=0), SEEDS)
        alone = [2 * np.minimum(share, 1 - share).min() * z.shape[1]]
        alone.append(min(stats.kstest(column, "norm").pvalue for column in z.T) * z.shape[1])
        together = stats.kstest([a.p_value for a in result], "uniform").pvalue
        assert (min(*alone, together) > SIGNIFICANCE) == right


def test_survival_on_the_grid_is_that_of_its_other_answers(fp):
    """Its integral is the mean; in the end it falls at the quasi-stationary rate."""
    t = np.linspace(0, 400, 4001)
    S = fp.survival("x > 0", times=t, start=-1)
    mean = fp.mean_first_passage_time("x > 0", start=-1).value
    assert float(S.integrate("time")) == pytest.approx(mean, rel=1e-4)
    assert float(S[0]) == pytest.approx(1)
    rate = float(fp.quasi_stationary("x > 0").rate)
    late = float(np.log(S.sel(time=60) / S.sel(time=70))) / 10
    assert late == pytest.approx(rate, rel=1e-3)
    everywhere = fp.survival("x > 0", times=[5.0])
    assert everywhere.dims == ("time", "x")
    assert float(everywhere.sel(x=0.5, method="nearest").item()) == 0
    assert float(everywhere.interp(x=-1).item()) == pytest.approx(float(S.sel(time=5)), rel=1e-3)


def test_survival_of_brownian_motion_is_the_theta_series():
    free = landscapes.Landscape.from_drift("0", coordinates="x")
    fp = theory.fokker_planck(free, beta=1, box=(0, 1), sides="absorbing", shape=128)
    t, n = np.array([0.02, 0.1, 0.3]), np.arange(1, 60, 2)
    odd = 4 / (np.pi * n) * np.sin(np.pi * n * 0.3)
    exact = (odd * np.exp(-((np.pi * n) ** 2) * t[:, None])).sum(axis=1)
    assert fp.survival(times=t, start=0.3).values == pytest.approx(exact, abs=1e-5)


@pytest.mark.filterwarnings("ignore::driftscape.simulate.CensoredWarning")
def test_wrong_requests_are_refused(fp):
    # nothing is asked of these but what they say of themselves: no kernels for them
    brief = {"backend": "numpy", "max_time": 0.05}
    passages = first_passages(
        1, 32, start=-0.2, target={"left": "x < -1", "right": "x > 0"}, **brief
    )
    with pytest.raises(ValueError, match="2 targets"):
        analysis.compare_passages(passages, fp)
    plain = first_passages(1, 32)
    for coarser, words in (
        (plain, "at a larger dt alone"),
        (first_passages(1, 32, dt=0.01, target="x > 0.1", **brief), "at a larger dt alone"),
        (first_passages(1, 64, dt=0.01, max_time=20), "censored"),
        (simulate.run(WELL, simulate.Ito(beta=5, dt=0.1), steps=1, seed=1), "no first passage"),
    ):
        with pytest.raises(ValueError, match=words):
            analysis.compare_passages(plain, fp, coarser=coarser)
    with pytest.raises(ValueError, match="compare them by analysis.compare_passages"):
        analysis.compare(plain, fp)
    run = simulate.run(WELL, simulate.Ito(beta=5, dt=0.1), steps=1, seed=1)
    with pytest.raises(ValueError, match="compare a run by analysis.compare"):
        analysis.compare_passages(run, fp)
    with pytest.raises(ValueError, match="ascending"):
        fp.survival("x > 0", times=[2, 1])

"""Curves under censoring: SciPy's Kaplan-Meier, multinomial closed forms, coverage of the bands."""

import numpy as np
import pytest
from scipy import stats

from driftscape import analysis


@pytest.fixture
def censored_anyhow(rng):
    """Exponential times, watched for random times, on a coarse grid so that there are ties."""
    time, watched = rng.exponential(3.0, 400).round(1), rng.uniform(0, 6, 400).round(1)
    return time, watched


def at(curve, variable, times):
    """Read a step curve at times."""
    return curve[variable].sel(time=times, method="ffill").values


def test_survival_is_scipys_kaplan_meier_with_ties_and_any_censoring(passages_of, censored_anyhow):
    time, watched = censored_anyhow
    data = stats.CensoredData.right_censored(np.minimum(time, watched), time > watched)
    oracle = stats.ecdf(data).sf
    curve = analysis.survival(passages_of(time, max_time=watched))
    inner = oracle.quantiles[oracle.probabilities > 0]
    assert at(curve, "survival", inner) == pytest.approx(oracle.evaluate(inner), abs=1e-12)
    band = oracle.confidence_interval(0.95, method="log-log")
    for mine, theirs in (("survival_low", band.low), ("survival_high", band.high)):
        known = np.isfinite(theirs.evaluate(inner))
        assert known.sum() > 30
        assert at(curve, mine, inner[known]) == pytest.approx(
            theirs.evaluate(inner[known]), abs=1e-9
        )
    # wrong twin: the censored taken as passages
    naive = analysis.survival(passages_of(np.minimum(time, watched)))
    assert np.abs(at(naive, "survival", inner) - oracle.evaluate(inner)).max() > 0.1


def test_without_censoring_incidence_is_multinomial(passages_of, rng):
    time, target = rng.exponential(1.0, 300), rng.choice(3, 300, p=[0.5, 0.3, 0.2])
    curve = analysis.survival(passages_of(time, target, names=("a", "b", "c")))
    for k, name in enumerate("abc"):
        for t in (0.3, 1.0, 2.5):
            share = np.mean((target == k) & (time <= t))
            one = curve.sel(target=name).sel(time=t, method="ffill")
            assert float(one.incidence) == pytest.approx(share, abs=1e-12)
            assert float(one.incidence_stderr) == pytest.approx(
                np.sqrt(share * (1 - share) / 300), rel=1e-9
            )
    alone = analysis.survival(passages_of(time, target, names=("a", "b", "c")), target="b")
    assert alone.incidence.dims == ("time",)
    assert (alone.incidence == curve.incidence.sel(target="b")).all()


def test_survival_and_incidence_add_up_to_one_and_fit_in_their_bands(passages_of, rng):
    time, target = rng.gamma(2.0, 1.0, 500), rng.integers(0, 2, 500)
    passages = passages_of(time, target, max_time=rng.uniform(1, 5, 500), names=("l", "r"))
    curve = analysis.survival(passages)
    assert float(curve.time[0]) == 0
    assert float(curve.survival[0]) == 1
    total = curve.survival + curve.incidence.sum("target")
    assert total.values == pytest.approx(1, abs=1e-12)
    for name in ("survival", "incidence"):
        assert (curve[f"{name}_low"] <= curve[name] + 1e-12).all()
        assert (curve[f"{name}_high"] >= curve[name] - 1e-12).all()
        assert (curve[f"{name}_low"] >= 0).all()
        assert (curve[f"{name}_high"] <= 1).all()


@pytest.mark.slow
def test_bands_cover_as_often_as_they_say(passages_of, rng):
    """Two exponential rates, 1 and 2, random censoring: F_k(t) = (k_k/3)(1 - exp(-3 t))."""
    t, runs, covered, narrow = 0.3, 400, np.zeros(2), 0
    exact = np.array([np.exp(-3 * t), (1 - np.exp(-3 * t)) / 3])
    for _ in range(runs):
        first = rng.exponential((1.0, 0.5), (80, 2))
        passages = passages_of(
            first.min(1), first.argmin(1), max_time=rng.exponential(0.4, 80), names=("a", "b")
        )
        now = analysis.survival(passages, target="a").sel(time=t, method="ffill")
        for k, name in enumerate(("survival", "incidence")):
            covered[k] += now[f"{name}_low"] <= exact[k] <= now[f"{name}_high"]
        narrow += abs(now.incidence - exact[1]) <= now.incidence_stderr
    error = np.sqrt(0.95 * 0.05 / runs)
    assert (np.abs(covered / runs - 0.95) < 4 * error).all()
    assert narrow / runs < 0.95 - 4 * error  # wrong twin: one standard error is not enough


def test_restricted_mean_is_the_sample_mean_where_all_is_seen(passages_of, rng):
    time = rng.gamma(2.0, 1.0, 200)
    found = analysis.restricted_mean(passages_of(time))
    assert found.value == pytest.approx(time.mean(), rel=1e-12)
    assert found.stderr == pytest.approx(time.std(ddof=1) / np.sqrt(200), rel=1e-9)
    assert found.unit == "units of time"
    cut = analysis.restricted_mean(passages_of(time), up_to=1.5)
    assert cut.value == pytest.approx(np.minimum(time, 1.5).mean(), rel=1e-12)
    assert "up to 1.5 by Kaplan-Meier, a lower bound of the mean" in cut.method


def test_restricted_mean_and_its_error_under_random_censoring(passages_of, rng):
    exact, z, wrong = 2 * (1 - np.exp(-1)), [], []
    for _ in range(300):
        time, watched = rng.exponential(2.0, 300), rng.uniform(0.5, 5, 300)
        found = analysis.restricted_mean(passages_of(time, max_time=watched), up_to=2.0)
        z.append(found.compare(exact).z)
        wrong.append(np.minimum(np.minimum(time, watched), 2).mean() - exact)
    assert abs(np.mean(z)) < 4 / np.sqrt(300)
    assert abs(np.std(z) - 1) < 4 / np.sqrt(600)
    assert np.mean(wrong) < -4 * np.std(wrong) / np.sqrt(300)  # times taken at face value


def test_a_million_trajectories_and_passages_at_time_zero(passages_of, rng):
    time = rng.exponential(1.0, 1_000_000)
    time[:1000] = 0
    curve = analysis.survival(passages_of(time, max_time=2.0))
    assert float(curve.survival[0]) == pytest.approx(0.999, abs=1e-12)
    assert float(curve.survival[-1]) == pytest.approx(0.999 * np.exp(-2), abs=2e-3)
    assert not any(np.isnan(curve[name].values).any() for name in curve.data_vars)


def test_curves_plot_as_steps(passages_of, rng):
    curve = analysis.survival(passages_of(rng.exponential(1.0, 50), max_time=1))
    (line,) = curve.survival.plot.step(where="post")
    assert line.get_xdata()[-1] == 1


def test_wrong_input_has_its_sentence(passages_of, rng):
    time = rng.exponential(1.0, 40)
    passages = passages_of(time, max_time=1.0)
    with pytest.raises(ValueError, match="target='left'; .* 'out'"):
        analysis.survival(passages, target="left")
    with pytest.raises(ValueError, match="level=95"):
        analysis.survival(passages, level=95)
    with pytest.raises(ValueError, match=r"up_to=3.*up to 1"):
        analysis.restricted_mean(passages, up_to=3)
    with pytest.raises(ValueError, match=r"no 'passage_time'.*simulate.first_passage"):
        analysis.survival(passages.drop_vars("passage_time"))
    with pytest.raises(ValueError, match="nothing to count"):
        analysis.survival(passages.isel(trajectory=slice(0)))
    with pytest.raises(analysis.TooFewData) as caught:
        analysis.restricted_mean(passages_of(time, max_time=0.05))
    assert caught.value.estimate.value == pytest.approx(0.05, rel=0.1)


def test_diverged_trajectories_are_refused_unless_dropped(passages_of, rng):
    time, when = rng.exponential(1.0, 50), np.full(50, -1)
    time[3], when[3] = np.nan, 17
    passages = passages_of(time, diverged=when)
    for question in (
        analysis.survival, analysis.mean_first_passage_time, analysis.escape_rate,
        analysis.exponentiality, analysis.restricted_mean,
    ):  # fmt: skip
        with pytest.raises(analysis.Diverged, match="1 of 50"):
            question(passages)
        question(passages, diverged="drop")
    assert "1 diverged" in analysis.mean_first_passage_time(passages, diverged="drop").method
    with pytest.raises(ValueError, match="'drop'"):
        analysis.mean_first_passage_time(passages, diverged="keep")

"""Mean first-passage times and rates: known laws, censored; then the quartic well itself."""

import warnings

import numpy as np
import pytest
from scipy import stats

from driftscape import analysis, landscapes, simulate, theory


def stages(rng, shape, way=0.5, escape=10.0):
    """The way into the well, then escape: mean `way` + `escape`."""
    return rng.exponential(way, shape) + rng.exponential(escape, shape)


def test_without_censoring_it_is_the_sample_mean(passages_of, rng):
    time = rng.wald(2.0, 4.0, 500)
    found = analysis.mean_first_passage_time(passages_of(time))
    assert found.value == time.mean()
    assert found.stderr == pytest.approx(stats.sem(time))
    assert found.unit == "units of time"
    assert found.compare(2.0).verdict == "agrees"
    assert found.compare(2.5).verdict == "rejected"
    assert analysis.mean_first_passage_time is analysis.mean_first_passage_time


def test_a_censored_exponential_law_has_its_maximum_likelihood_mean(passages_of, rng):
    time = rng.exponential(3.0, 2000)
    passages = passages_of(time, max_time=2.0)
    with pytest.warns(analysis.TailWarning, match=r"% of the trajectories are censored. \d+ %"):
        found = analysis.mean_first_passage_time(passages)
    seen = time <= 2
    assert found.value == pytest.approx(np.minimum(time, 2).sum() / seen.sum(), rel=1e-12)
    assert found.stderr == pytest.approx(found.value / np.sqrt(seen.sum()), rel=1e-12)
    assert found.n_eff == seen.sum()
    assert "Anderson-Darling" in found.method
    assert found.compare(3.0).verdict == "agrees"
    for twin in (time[seen], np.minimum(time, 2)):  # those seen only; all at face value
        assert (
            analysis.mean_first_passage_time(passages_of(twin)).compare(3.0).verdict == "rejected"
        )


@pytest.mark.filterwarnings("ignore::driftscape.analysis.TailWarning")
@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_the_rise_before_the_exponential_tail_is_counted_as_it_is(passages_of, share, rng):
    """z of 150 samples: little bias of the search for the tail, errors of the right size."""
    runs, n = 150, 2000
    time = stages(rng, (runs, n))
    end = float(np.quantile(time, share))
    found = []
    for t in time:
        try:
            found.append(
                analysis.mean_first_passage_time(passages_of(t, max_time=end), method="exponential")
            )
        except ValueError:
            pass  # the test for the tail errs now and then
    assert len(found) > 0.85 * runs
    z = np.array([f.compare(10.5).z for f in found])
    assert abs(z.mean()) < 4 / np.sqrt(runs) + (0.5 if share == 0.2 else 0.0)
    assert abs(z.std() - 1) < 4 / np.sqrt(2 * runs)
    # wrong twin: total time over passages, as if exponential from the start
    plain = [
        analysis.mean_first_passage_time(passages_of(t, max_time=end), discard_time=0) for t in time
    ]
    off = np.array([f.compare(10.5).z for f in plain])
    assert off.mean() > 4 / np.sqrt(runs)


@pytest.mark.filterwarnings("ignore::driftscape.analysis.TailWarning")
def test_the_error_holds_what_was_seen_before_the_tail_and_the_tail(passages_of, rng):
    """An exponential tail from one mean time on: two thirds of the variance lie before it."""
    z = []
    for time in rng.exponential(1.0, (400, 200)):
        found = analysis.mean_first_passage_time(passages_of(time, max_time=2.0), discard_time=1.0)
        z.append(found.compare(1.0).z)
    assert abs(np.mean(z)) < 4 / np.sqrt(400) + 0.1  # the tail is a ratio
    assert abs(np.std(z) - 1) < 4 / np.sqrt(800)


def test_few_censored_trajectories_need_no_warning(passages_of, rng):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = analysis.mean_first_passage_time(
            passages_of(rng.exponential(1.0, 4000), max_time=3.0)
        )
    assert found.compare(1.0).verdict == "agrees"


def test_where_no_tail_is_exponential_it_is_restricted_or_refused(passages_of, rng):
    time = rng.gamma(9.0, 1.0, 20_000)
    with pytest.warns(analysis.TailWarning, match="rejected .*: a lower bound"):
        found = analysis.mean_first_passage_time(passages_of(time, max_time=10.0))
    assert found.value == pytest.approx(np.minimum(time, 10).mean())
    assert "up to 10 by Kaplan-Meier, a lower bound of the mean" in found.method
    assert found.unit == "units of time"
    early = passages_of(time, max_time=7.0)
    with pytest.raises(analysis.TooFewData, match="the mean cannot be estimated") as caught:
        analysis.mean_first_passage_time(early)
    assert caught.value.estimate.value == pytest.approx(np.minimum(time, 7).mean())
    with pytest.raises(ValueError, match='no exponential tail.*method="restricted"'):
        analysis.mean_first_passage_time(early, method="exponential")
    assert (
        analysis.mean_first_passage_time(early, method="restricted").value
        == caught.value.estimate.value
    )


def test_all_censored_and_too_few_carry_what_there_is(passages_of, rng):
    with pytest.raises(analysis.TooFewData, match="0 of 100 trajectories") as caught:
        analysis.mean_first_passage_time(passages_of(np.full(100, 5.0), max_time=2.0))
    assert (caught.value.estimate.value, caught.value.estimate.n_eff) == (200.0, 0)
    time = np.concatenate([np.full(5, 0.5), np.full(95, 9.0)])
    with pytest.raises(analysis.TooFewData, match="5 of 100") as caught:
        analysis.mean_first_passage_time(passages_of(time, max_time=2.0))
    assert caught.value.estimate.value == pytest.approx((5 * 0.5 + 95 * 2) / 5)


def test_times_zero_count(passages_of, rng):
    time = np.where(rng.random(4000) < 0.3, 0.0, rng.exponential(1.0, 4000))
    with pytest.warns(analysis.TailWarning):
        found = analysis.mean_first_passage_time(passages_of(time, max_time=1.0), discard_time=0.0)
    assert found.compare(0.7).verdict == "agrees"
    assert found.compare(1.0).verdict == "rejected"


def test_of_several_targets_any_or_one(passages_of, rng):
    """Rates 1 and 3, the second after a delay: conditional means differ from the mean of any."""
    first = rng.exponential((1.0, 1 / 3), (4000, 2)) + (0, 0.4)
    time, target = first.min(1), first.argmin(1)
    passages = passages_of(time, target, names=("a", "b"))
    assert analysis.mean_first_passage_time(passages).value == time.mean()
    one = analysis.mean_first_passage_time(passages, target="b")
    assert one.value == pytest.approx(time[target == 1].mean())
    assert "reached 'b' first" in one.method
    assert one.compare(analysis.mean_first_passage_time(passages).value).verdict == "rejected"
    cut = passages_of(time, target, names=("a", "b"), max_time=1.0)
    with pytest.warns(analysis.TailWarning, match="before 1: a lower bound"):
        early = analysis.mean_first_passage_time(cut, target="b")
    assert early.value == pytest.approx(time[(target == 1) & (time <= 1)].mean())
    with pytest.raises(ValueError, match="needs target=None"):
        analysis.mean_first_passage_time(cut, target="b", method="exponential")
    anyhow = passages_of(time, target, names=("a", "b"), max_time=rng.uniform(0, 2, 4000))
    with pytest.raises(ValueError, match="are not known"):
        analysis.mean_first_passage_time(anyhow, target="b")


def test_wrong_input_has_its_sentence(passages_of, rng):
    passages = passages_of(rng.exponential(1.0, 100), max_time=1.0)
    with pytest.raises(ValueError, match="method='mode'.*'auto'"):
        analysis.mean_first_passage_time(passages, method="mode")
    with pytest.raises(ValueError, match='method="mean" needs all'):
        analysis.mean_first_passage_time(passages, method="mean")
    with pytest.raises(ValueError, match='discard_time=1 .*method="exponential"'):
        analysis.mean_first_passage_time(passages, method="restricted", discard_time=1)
    with pytest.raises(ValueError, match="discard_time=0.99: fewer than 16"):
        analysis.mean_first_passage_time(passages, method="exponential", discard_time=0.99)
    with pytest.raises(ValueError, match="target='left'"):
        analysis.mean_first_passage_time(passages, target="left")


def test_a_rate_is_passages_over_time_at_risk_with_garwoods_interval(passages_of, rng):
    time = rng.exponential(50.0, 100)
    found = analysis.escape_rate(passages_of(time, max_time=10.0))
    count, exposure = int((time <= 10).sum()), np.minimum(time, 10).sum()
    assert found.value == pytest.approx(count / exposure)
    assert found.stderr == pytest.approx(np.sqrt(count) / exposure)
    oracle = stats.chi2.ppf([0.025, 0.975], [2 * count, 2 * count + 2]) / 2 / exposure
    assert found.interval() == pytest.approx(tuple(oracle))
    assert found.unit == "per time"
    none = analysis.escape_rate(passages_of(time, max_time=0.01))
    assert none.value == 0
    assert none.interval() == pytest.approx((0, -np.log(0.025)), rel=1e-9, abs=1e-12)
    student = analysis.Estimate(2 * found.value, 2 * found.stderr, count, "").interval()
    doubled = (2 * found).interval()  # of a plain estimate, which knows how skewed a rate is
    assert doubled.low == pytest.approx(student.low)
    assert doubled.high > student.high
    with pytest.raises(analysis.TooFewData, match="after 20"):
        analysis.escape_rate(passages_of(time, max_time=10.0), discard_time=20)


@pytest.mark.slow
def test_intervals_of_rates_cover_at_least_as_often_as_they_say(passages_of, rng):
    covered, normal = 0, 0
    for time in rng.exponential(1.0, (800, 20)):
        found = analysis.escape_rate(passages_of(time, max_time=0.15))  # three passages or so
        low, high = found.interval()
        covered += low <= 1 <= high
        normal += abs(found.value - 1) <= 1.96 * found.stderr
    assert covered / 800 > 0.95 - 4 * np.sqrt(0.95 * 0.05 / 800)
    assert normal / 800 < 0.95 - 4 * np.sqrt(0.95 * 0.05 / 800)


def test_the_rate_after_the_way_is_the_rate_of_escape(passages_of, rng):
    passages = passages_of(stages(rng, 40_000), max_time=10.0)
    assert analysis.escape_rate(passages, discard_time=4.0).compare(0.1).verdict == "agrees"
    assert analysis.escape_rate(passages).compare(0.1).verdict == "rejected"
    assert "rejected" in analysis.escape_rate(passages).method


def test_rates_of_targets_add_up(passages_of, rng):
    first = rng.exponential((1.0, 2.0), (3000, 2))
    passages = passages_of(first.min(1), first.argmin(1), max_time=0.5, names=("a", "b"))
    a, b = (analysis.escape_rate(passages, target=name) for name in "ab")
    assert a.value + b.value == pytest.approx(analysis.escape_rate(passages).value)
    assert a.compare(1.0).verdict == b.compare(0.5).verdict == "agrees"


def test_a_million_trajectories(passages_of, rng):
    passages = passages_of(stages(rng, 1_000_000), max_time=10.0)
    with pytest.warns(analysis.TailWarning):
        found = analysis.mean_first_passage_time(passages)
    assert found.compare(10.5).verdict == "agrees"


def test_the_quartic_well_censored_at_its_median_agrees_with_the_quadrature():
    well, ito = landscapes.quartic_well(), simulate.Ito(beta=5, dt=1e-2)
    exact = theory.mean_first_passage_time(well, beta=5, start=-1, target=0)
    settings = {"start": -1, "target": "x > 0", "trajectories": 20_000, "seed": 5}
    passages = simulate.first_passage(well, ito, max_time=5.7, **settings)
    share = float(passages.censored.mean())
    assert 0.45 < share < 0.55
    with pytest.warns(analysis.TailWarning):
        found = analysis.mean_first_passage_time(passages)
    bias = 0.005 * exact.value  # what the bridge leaves at this step
    assert abs(found.value - exact.value) < 4 * found.stderr + bias
    for twin in (
        analysis.mean_first_passage_time(passages.isel(trajectory=~passages.censored.values)),
        analysis.restricted_mean(passages),
    ):
        assert abs(twin.value - exact.value) > 4 * twin.stderr + bias

"""Each trajectory's contribution to the error of an estimate of first passages."""

import numpy as np
import pytest

from driftscape import analysis, landscapes, simulate
from driftscape.analysis.passages.life_table import life_table
from driftscape.analysis.passages.passage_data import read_passages

from ...sealed import sealed
from ...tiers import tiered

WELL = landscapes.quartic_well()


def test_without_censoring_they_are_those_of_a_sample_mean(rng, passages_of):
    times = rng.exponential(size=80)
    data = read_passages(passages_of(times))
    found = life_table(data).restricted_contributions(float(times.max()))
    assert found == pytest.approx((times - times.mean()) / 80)
    tau = analysis.restricted_mean(passages_of(times))
    assert tau.contributions.stderr == pytest.approx(tau.stderr)
    assert tau.stderr == pytest.approx(times.std(ddof=1) / np.sqrt(80))
    assert tau.skewness > 0.1


def test_their_squares_add_up_to_greenwoods_variance(rng, passages_of):
    times = rng.weibull(1.5, size=4000)
    ends = rng.uniform(0.2, 2.0, size=4000)  # a trajectory is censored at a time of its own
    passages = passages_of(np.minimum(times, ends))
    passages["censored"][:] = times > ends
    passages["target"][:] = np.where(times > ends, -1, 0)
    table = life_table(read_passages(sealed(passages)))
    for horizon in (0.5, 0.9):
        _, variance = table.restricted(horizon)
        own = table.restricted_contributions(horizon)
        assert np.sum(own**2) == pytest.approx(variance, rel=0.05)
        assert abs(own.sum()) < 1e-12  # they are deviations from means over those at risk


@pytest.mark.filterwarnings("ignore::driftscape.analysis.TailWarning")
@pytest.mark.parametrize(
    "name", tiered(["restricted", "tail", "rate", "share", "undecided"], ["rate"])
)
def test_differences_of_paired_ensembles_scatter_as_stated(name, rng, passages_of):
    """Two ensembles with nearly the same times: z of the difference has unit variance."""
    settings = {"names": ("a", "b")} if name in ("share", "undecided") else {}

    def estimate(times, targets):
        late = np.inf if name == "share" else 3.0 if name == "undecided" else 0.7
        passages = passages_of(times, targets if settings else 0, max_time=late, **settings)
        passages = passages.assign_coords(trajectory=np.arange(len(times)))
        if name == "restricted":
            found = analysis.restricted_mean(passages, up_to=0.7)
        elif name == "tail":
            found = analysis.mean_first_passage_time(
                passages, method="exponential", discard_time=0.2
            )
        elif name == "rate":
            found = analysis.escape_rate(passages)
        else:
            found = analysis.splitting_probability(passages, "a")
        return found

    z, naive = [], []
    for _ in range(150):
        times = rng.exponential(size=250)
        near = np.where(rng.random(250) < 0.05, rng.exponential(size=250), times)
        targets = (rng.random(250) < 0.4).astype(int)
        other = np.where(rng.random(250) < 0.05, (rng.random(250) < 0.4).astype(int), targets)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                "driftscape.analysis.passages.passage_data.noise_of_each", lambda *_: "seed 1"
            )
            one, two = estimate(times, targets), estimate(near, other)
        gap = one - two
        if not gap.stderr:  # no trajectory has another target
            assert gap.value == 0
            continue
        z.append(gap.value / gap.stderr)
        naive.append(gap.value / np.hypot(one.stderr, two.stderr))
    error = np.sqrt(2 / 150)
    if name == "undecided":  # its error contains what the undecided may do, whatever the noise
        assert np.var(z) < 1 + 4 * error
    else:
        assert np.var(z) == pytest.approx(1, abs=4 * error)
    assert np.var(naive) < 0.3


def test_what_was_not_observed_adds_no_contribution(passages_of):
    passages = passages_of(np.full(30, 5.0), max_time=1.0)
    rate = analysis.escape_rate(passages)
    assert (rate.value, rate.stderr) == (0, 1 / 30)
    assert (rate - rate).stderr == 0
    assert rate.contributions.stderr == pytest.approx(1 / 30)


def test_skewed_estimates_keep_their_interval_and_become_plain(rng, passages_of):
    rate = analysis.escape_rate(passages_of(rng.exponential(size=40), max_time=0.3))
    assert isinstance(rate, analysis.Rate)
    assert type(rate + 0) is analysis.Estimate
    assert type(np.log(rate)) is analysis.Estimate
    exact, plain = rate.interval(), (1 * rate).interval()
    assert exact != plain
    assert (1 / (1 / rate)).value == pytest.approx(rate.value)
    # to first order 1/rate is the mean time of an exponential law, with the same third moment
    time = 1 / rate
    assert time.stderr / time.value == pytest.approx(rate.stderr / rate.value)


def test_rates_at_two_temperatures_with_common_noise_are_paired():
    ito = simulate.Ito(beta=5, dt=1e-2)
    passages = simulate.first_passage(
        WELL, ito, over={"beta": [5.0, 5.02]}, start=-1, target="x > 0", trajectories=400,
        max_time=1000.0, seed=1,
    )  # fmt: skip
    one, two = (analysis.mean_first_passage_time(passages.isel(beta=i)) for i in (0, 1))
    assert (two - one).stderr < 0.5 * np.hypot(one.stderr, two.stderr)
    exits = [analysis.exit_law(passages.isel(beta=0), "x").mean() for _ in range(2)]
    assert (exits[0] - exits[1]).stderr == 0


def test_passages_without_a_seed_are_paired_with_themselves_only(rng, passages_of):
    one, other = (passages_of(rng.exponential(size=60)) for _ in range(2))
    tau, rate = analysis.mean_first_passage_time(one), analysis.escape_rate(one)
    assert (tau - analysis.mean_first_passage_time(one)).stderr == 0
    assert (tau * rate).stderr < 0.5 * rate.stderr / rate.value  # tau = 1/rate here, up to rounding
    apart = tau - analysis.mean_first_passage_time(other)
    assert apart.stderr > tau.stderr


def test_the_time_of_a_turn_is_calculated_with_as_size_over_rate():
    rate = analysis.Estimate(0.5, 0.02, 400, "turns", "turns per unit of time")
    period = analysis.Inverse.of(rate, 2.0, "2/|turns|", "units of time")
    assert (period * rate).stderr < 1e-15
    again = 2 / rate
    assert (period + 0).stderr == pytest.approx(again.stderr)
    assert (period + 0).interval() == pytest.approx(again.interval())
    lost = analysis.Inverse.of(0 * rate + 0.001 + (rate - 0.5), 2.0, "", "units of time")
    assert lost.value == np.inf
    assert np.isinf((lost + 1).stderr)


@pytest.mark.filterwarnings("ignore::driftscape.analysis.TailWarning")
def test_what_the_undecided_may_do_is_one_source_for_each_ensemble(rng, passages_of):
    def probability():
        times, targets = rng.exponential(size=200), rng.integers(0, 2, 200)
        passages = passages_of(times, targets, max_time=1.5, names=("a", "b"))
        return lambda: analysis.splitting_probability(passages, "a")

    one, other = probability(), probability()
    assert (one() - one()).stderr == 0
    assert (one() - other()).stderr == pytest.approx(np.hypot(one().stderr, other().stderr))

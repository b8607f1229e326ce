"""The test of the exponential law: its size under censoring, and the twins it must reject."""

import numpy as np
import pytest
from scipy import stats

from driftscape import analysis
from driftscape.analysis.passages.anderson_darling import pvalue, statistic
from driftscape.analysis.passages.exponentiality import judge

LEVEL = 0.05


def test_the_law_of_the_statistic_is_its_sum_of_chi_squares(rng):
    j = np.arange(1, 400)
    tail = 1 / 400  # mean of what is left out
    draws = rng.chisquare(1, (8000, len(j))) @ (1 / (j * (j + 1))) + tail
    found = np.array([pvalue(a) for a in draws])
    assert stats.kstest(found, "uniform").pvalue > 1e-4
    assert stats.kstest(np.array([pvalue(1.1 * a) for a in draws]), "uniform").pvalue < 1e-6
    # the series and the far tail meet
    assert pvalue(11.999) == pytest.approx(pvalue(12.001), rel=0.03)
    assert pvalue(0.01) == 1


def test_the_statistic_is_the_integral_that_defines_it():
    """A^2 = n int (F_n - u)^2/(u (1 - u)) du, by the trapezoidal rule on a fine grid."""
    points = np.sort([0.11, 0.35, 0.36, 0.8, 0.93])
    u = (np.arange(2_000_000) + 0.5) / 2_000_000
    gap = np.searchsorted(points, u) / 5 - u
    assert statistic(points) == pytest.approx(5 * np.mean(gap**2 / (u * (1 - u))), rel=1e-5)


@pytest.mark.parametrize("share", [1.0, 0.8, 0.5, 0.1])
@pytest.mark.parametrize("count", [40, 400])
def test_size_under_common_and_random_ends_of_the_watch(share, count, rng):
    """Exponential times are rejected at the level, whatever share is seen."""
    runs, n = 1500, int(count / share)
    time = rng.exponential(5.0, (runs, n))
    end = -5 * np.log(1 - share) if share < 1 else np.inf
    ends = np.broadcast_to(end, time.shape)
    if count == 400 and share < 1:
        ends = rng.uniform(0, 2 * end, time.shape)
    found = np.mean([
        judge(np.minimum(t, e), t <= e).pvalue <= LEVEL for t, e in zip(time, ends, strict=True)
    ])  # fmt: skip
    assert abs(found - LEVEL) < 4 * np.sqrt(LEVEL * (1 - LEVEL) / runs)


@pytest.mark.parametrize(
    "law",
    [stats.invgauss(mu=1.0), stats.gamma(2.0), stats.weibull_min(1.5), stats.expon(loc=0.2)],
    ids=["inverse Gaussian", "gamma", "Weibull", "late"],
)
@pytest.mark.parametrize("share", [1.0, 0.5])
def test_other_laws_are_rejected(passages_of, law, share, rng):
    time = law.rvs(1000, random_state=rng)
    passages = passages_of(time, max_time=float(law.ppf(share)))
    found = analysis.exponentiality(passages)
    assert not found
    assert found.pvalue < 1e-4
    assert "rejected (p = " in str(found)


def test_a_sum_of_exponentials_forgets_its_first_stage(passages_of, rng):
    """The way into the well, then escape: exponential after the way."""
    time = rng.exponential(0.5, 20_000) + rng.exponential(10.0, 20_000)
    passages = passages_of(time, max_time=10.0)
    assert not analysis.exponentiality(passages)
    assert analysis.exponentiality(passages, discard_time=4.0)


def test_a_grid_of_steps_is_not_mistaken_for_memory(passages_of, rng):
    time = 0.1 * np.ceil(rng.exponential(5.0, 200_000) / 0.1)
    assert analysis.exponentiality(passages_of(time, max_time=5.0))
    passed = time <= 5.0
    assert not judge(np.minimum(time, 5.0), passed)  # wrong twin: the grid as it is


def test_a_constant_rate_of_one_target_among_two(passages_of, rng):
    """Competing exponentials: each target alone has a constant rate; a late one has not."""
    first = rng.exponential((1.0, 2.0), (3000, 2))
    names = ("a", "b")
    passages = passages_of(first.min(1), first.argmin(1), max_time=1.0, names=names)
    assert analysis.exponentiality(passages, target="b")
    first[:, 1] += 0.3
    passages = passages_of(first.min(1), first.argmin(1), max_time=1.0, names=names)
    assert not analysis.exponentiality(passages, target="b")
    assert analysis.exponentiality(passages, target="a")


def test_too_few_and_wrong_input_are_refused(passages_of, rng):
    passages = passages_of(rng.exponential(1.0, 30), max_time=0.2)
    with pytest.raises(ValueError, match="too few to test"):
        analysis.exponentiality(passages)
    with pytest.raises(ValueError, match="discard_time=-1"):
        analysis.exponentiality(passages, discard_time=-1)
    with pytest.raises(ValueError, match="level=5"):
        analysis.exponentiality(passages, level=5)

"""Means of draws from a known law: their tails are counted, not assumed."""

import numpy as np
import pytest
from scipy import stats

from driftscape.analysis.comparison.discrete_law import DiscreteLaw, JointTest, tails, two_sided
from driftscape.analysis.comparison.hotelling import hotelling, smallest

SEEDS = 2000


def skewed(rng):
    """Exponential times, others, late ones of the first: of 400 outcomes."""
    x = stats.expon.ppf((np.arange(400) + 0.5) / 400)
    values = [x, x[rng.permutation(400)], x[rng.permutation(400)], x > 1.5]
    return DiscreteLaw(np.stack(values, axis=1), np.full(400, 1 / 400))


def means(law, count, rng):
    picked = rng.integers(0, len(law.values), (SEEDS, count))
    return law.values[picked].mean(axis=1) - law.values.mean(axis=0)


def uniform(p):
    return stats.kstest(p, "uniform").pvalue


def test_three_moments_of_the_squared_length_are_exact(rng):
    """Against all samples of three from five outcomes."""
    values = rng.normal(size=(5, 2)) ** 3
    law = DiscreteLaw(values, np.full(5, 0.2))
    chosen = np.linalg.inv(np.linalg.cholesky(law.covariance)).T  # variance 1, uncorrelated
    index = np.stack(np.meshgrid(*3 * [np.arange(5)], indexing="ij"), -1).reshape(-1, 3)
    differences = values[index].mean(axis=1) - values.mean(axis=0)
    square = 3 * ((differences @ chosen) ** 2).sum(axis=1)
    z = (square - square.mean()) / square.std()
    expected = tails(z, np.mean(z**3))[1]
    test = JointTest.of(*law.centred, chosen, 3)
    found = [test.p_value(d) for d in differences]
    assert square.mean() == pytest.approx(2)
    assert found == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("count", [16, 50, 400])
def test_p_values_of_skewed_means_are_uniform(count, rng):
    law, none = skewed(rng), np.zeros(4)
    differences = means(law, count, rng)
    test = law.joint_test(count, none, none)
    together = np.array([test.p_value(d) for d in differences])
    assert 0.035 < np.mean(together < 0.05) < 0.065
    assert uniform(together) > 1e-3
    alone = law.p_values(differences, count)
    assert (np.abs(np.mean(alone < 0.05, axis=0) - 0.05) < 0.02).all()
    if count == 50:  # the wrong twins: a normal law, and a covariance from the sample
        plain = stats.chi2.sf(
            50 * ((differences @ law.combinations(10**9, none, none)) ** 2).sum(1), 3
        )
        assert np.mean(plain < 0.01) > 0.02
        values = law.values[rng.integers(0, 400, (SEEDS, 50))]
        old = np.array([hotelling(v, law.values.mean(axis=0), none, none) for v in values])
        assert np.mean(old < 0.05) > 0.09


def test_another_law_is_rejected(rng):
    law, none = skewed(rng), np.zeros(4)
    test = law.joint_test(400, none, none)
    differences = 1.3 * law.values[rng.integers(0, 400, (200, 400))].mean(axis=1)
    differences -= law.values.mean(axis=0)
    assert np.mean([test.p_value(d) < 0.01 for d in differences]) > 0.95


def test_biased_and_rare_combinations_do_not_count(rng):
    law, none = skewed(rng), np.zeros(4)
    assert law.combinations(400, none, none).shape == (4, 4)
    biased = np.array([0.0, 0.0, 0.0, 1.0])
    one_sided = 400**-0.5 * np.array([1.0, 1.0, -1.0, 0.5])
    for step, grid in ((none, biased), (one_sided, none)):
        kept = law.combinations(400, step, grid)  # all that cannot show it, and no other
        assert kept.shape == (4, 3)
        assert np.abs(step @ kept).max() < 1e-12
        assert np.abs(grid @ kept).max() < 1e-12
        assert kept.T @ law.covariance @ kept == pytest.approx(np.eye(3), abs=1e-9)
    assert law.combinations(400, none, biased + 1).shape[1] == 0
    assert np.isnan(law.joint_test(400, none, biased + 1).p_value(none))
    once = DiscreteLaw((np.arange(10_000) == 0)[:, None].astype(float), np.full(10_000, 1e-4))
    both = DiscreteLaw(
        np.concatenate([once.values, rng.normal(size=(10_000, 1))], axis=1), once.mass
    )
    for count, known in ((100, 1), (10**6, 2)):
        assert both.combinations(count, none[:2], none[:2]).shape[1] == known
    assert once.combinations(100, none[:1], none[:1]).shape[1] == 1  # better than nothing


def test_a_rare_event_is_no_gamma_law(rng):
    """One outcome in 10,000: mostly it is not seen, and when it is it is eleven errors off."""
    law = DiscreteLaw((np.arange(10_000) == 0)[:, None].astype(float), np.full(10_000, 1e-4))
    never, once = law.p_values(np.array([-1e-4]), 80), law.p_values(np.array([1 / 80 - 1e-4]), 80)
    assert never == 1  # a gamma law of this skewness ends there
    assert once == pytest.approx(80e-4, rel=0.05)


def test_what_does_not_vary_has_no_p_value():
    law = DiscreteLaw(np.array([[1.0, 0.0], [1.0, 1.0]]), np.array([0.5, 0.5]))
    assert np.isnan(law.p_values(np.zeros(2), 50)).tolist() == [True, False]


def test_tails_of_a_gamma_law():
    z = np.array([-1.5, 0.0, 2.0, 6.0])
    for skewness in (0.7, -0.7):
        below, above = tails(z, skewness)
        assert below == pytest.approx(stats.pearson3.cdf(z, skewness), abs=1e-12)
        assert above == pytest.approx(stats.pearson3.sf(z, skewness), rel=1e-6)
    assert two_sided(0.0, 0.0) == 1
    assert two_sided(4.0, 0.0) == pytest.approx(6.334e-5, rel=1e-3)
    assert tails(2.0, 1e-6)[1] == pytest.approx(tails(2.0, 1.1e-5)[1], rel=1e-4)


def test_hotelling_of_normal_values_is_exact_whatever_their_number(rng):
    for n, k in ((16, 12), (60, 18)):
        mix, none = rng.normal(size=(k, k)), np.zeros(k)
        values = rng.normal(size=(SEEDS, n, k)) @ mix
        assert uniform([hotelling(v, none, none, none) for v in values]) > 1e-3
        biased = [hotelling(v, none, none, none + 2 * np.abs(mix).sum()) for v in values[:50]]
        assert min(biased) > 0.5  # a bias as large as that explains all
    assert hotelling(values[0], none + 5, none, none) < 1e-6


def test_one_p_value_of_several(rng):
    p = rng.uniform(size=(SEEDS, 3))
    assert uniform([smallest(*row) for row in p]) > 1e-3
    assert smallest(0.3, np.nan) == pytest.approx(0.3)
    assert np.isnan(smallest(np.nan))

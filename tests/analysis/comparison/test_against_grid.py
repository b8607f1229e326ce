"""`compare`: its z-scores are standard normal where it says that its biases are small."""

import numpy as np
import pytest
from scipy import stats

from driftscape import analysis, landscapes, simulate, theory

SEEDS = 24
SIGNIFICANCE = 1e-3

# landscape, beta, dt, scheme, time, cells: a line, a current in the plane, noise that depends on x
CASES = {
    "quartic_well": (landscapes.quartic_well, 3.0, 0.02, "heun", 50, 512),
    "double_well": (lambda: landscapes.double_well(rotation=1.5), 1.0, 0.02, "heun", 15, 96),
    "gaussian_fit": (landscapes.gaussian_fit, 20.0, 0.005, "euler-maruyama", 25, 512),
}


def grid(name):
    make, beta, _, _, _, cells = CASES[name]
    return theory.fokker_planck(make(), beta=beta, shape=cells)


def ensemble(name, seed, count, **changed):
    make, beta, dt, scheme, time, _ = CASES[name]
    ito = simulate.Ito(**{"beta": beta, "dt": dt, "scheme": scheme} | changed)
    return simulate.run(make(), ito, time=time, trajectories=count, seed=seed, keep="final")


def normal(z):
    """Whether columns of z, shape (seeds, quantities), pass as standard normal."""
    sizes = stats.chi2.cdf((z**2).sum(axis=0), len(z))
    worst = [2 * np.minimum(sizes, 1 - sizes).min()]
    worst.append(min(stats.kstest(column, "norm").pvalue for column in z.T))
    return min(worst) * 2 * z.shape[1] > SIGNIFICANCE  # of as many tests (Bonferroni)


@pytest.mark.fast_cases("gaussian_fit")
@pytest.mark.parametrize("name", list(CASES))
def test_z_scores_are_standard_normal_over_seeds(name):
    fp, z, together = grid(name), [], []
    for seed in range(SEEDS):
        result = analysis.compare(ensemble(name, seed, 500), fp)
        assert result.trustworthy, str(result)
        z.append(result.z)
        together.append(result.p_value)
    assert normal(np.array(z))
    assert stats.kstest(together, "uniform").pvalue > SIGNIFICANCE


def test_where_the_step_is_too_large_they_are_not_and_it_says_so():
    """The wrong twin: Euler and Maruyama's variance is 5 % too large at this dt."""
    fp, z = grid("quartic_well"), []
    for seed in range(SEEDS):
        result = analysis.compare(
            ensemble("quartic_well", seed, 4000, dt=0.1, scheme="euler-maruyama"), fp
        )
        assert not result.trustworthy
        z.append(result.z)
    assert not normal(np.array(z))
    # the size of the bias is as stated: to first order in dt
    worst = result.bias.argmax()
    assert abs(np.mean(z, axis=0)[worst]) == pytest.approx(result.bias[worst], rel=0.4)


@pytest.mark.parametrize("name", list(CASES))
def test_the_wrong_temperature_is_rejected(name):
    fp, beta = grid(name), CASES[name][1]
    result = analysis.compare(ensemble(name, 1, 8000, beta=1.12 * beta), fp)
    assert not result.agrees
    assert result.p_value < 1e-6
    right = analysis.compare(ensemble(name, 1, 8000), fp)
    assert right.agrees, str(right)
    assert right.p_value > SIGNIFICANCE


def test_it_prints_every_quantity_with_its_bias():
    result = analysis.compare(ensemble("quartic_well", 1, 500), grid("quartic_well"))
    text = str(result)
    assert len(text.splitlines()) == len(result.names) + 1
    assert "E x*x" in text
    assert "J_x near (" in text
    assert "biases below 0.1" in text


def test_a_chain_that_is_no_scheme_has_an_unknown_bias():
    mean = landscapes.mean_estimation()
    run = simulate.run(mean, simulate.SGD(learning_rate=0.1), steps=400, trajectories=500, seed=1)
    result = analysis.compare(run, theory.fokker_planck(mean, beta=20, shape=256))
    assert np.isnan(result.bias).all()
    assert not result.trustworthy
    assert "unknown" in str(result)


def test_wrong_requests_are_refused():
    run = ensemble("quartic_well", 1, 32)
    plane = theory.fokker_planck(landscapes.double_well(), beta=1, shape=32)
    with pytest.raises(ValueError, match="the grid x1, x2"):
        analysis.compare(run, plane)
    with pytest.raises(analysis.TooFewData, match="at least 16"):
        analysis.compare(ensemble("quartic_well", 1, 8), grid("quartic_well"))

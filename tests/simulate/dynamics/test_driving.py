"""Two-valued and stable driving noise, and the combinations that are refused."""

import numpy as np
import pytest

from driftscape import landscapes, simulate
from driftscape.landscapes import Landscape

FREE = Landscape.from_drift("0", coordinates="x", name="free")
WAVES = np.array([0.3, 1.0, 2.0])


def characteristic(values):
    """E cos(k x) and its standard error at a few k."""
    waves = np.cos(WAVES[:, None] * values)
    return waves.mean(1), waves.std(1) / np.sqrt(values.size)


@pytest.mark.fast_cases("numpy-1.0", "numpy-1.9")
@pytest.mark.parametrize("alpha", [0.7, 1.0, 1.5, 1.9, 2.0])
@pytest.mark.parametrize("backend", ["cpu", "numpy"])
def test_stable_steps_have_the_stable_law(alpha, backend):
    """sqrt(beta) x_1 is standard at time 1: exp(-|k|**alpha), whatever the step."""
    beta = 4.0
    sde = simulate.Ito(beta=beta, dt=0.5, noise="stable", alpha=alpha)
    run = simulate.run(FREE, sde, time=1, trajectories=100_000, seed=1, backend=backend)
    mean, error = characteristic(np.sqrt(beta) * run.final.values[:, 0])
    assert (np.abs(mean - np.exp(-(WAVES**alpha))) < 4 * error).all()
    for other in (alpha - 0.1, alpha + 0.1):
        assert (np.abs(mean - np.exp(-(WAVES**other))) > 4 * error).any()
    wrong = np.exp(-(WAVES**alpha) * 0.5 ** (1 - alpha / 2))  # steps scaled like sqrt(dt)
    assert alpha > 1.8 or (np.abs(mean - wrong) > 4 * error).any()


def test_stable_steps_agree_with_scipy():
    from scipy.stats import kstest, levy_stable

    sde = simulate.Ito(beta=1, dt=1.0, noise="stable", alpha=1.5)
    x = simulate.run(FREE, sde, steps=1, trajectories=4000, seed=2).final.values[:, 0]
    axis = np.sinh(np.linspace(-9, 9, 241))
    table = levy_stable.cdf(axis, 1.5, 0)
    assert kstest(x, lambda v: np.interp(v, axis, table)).pvalue > 1e-4
    cauchy = lambda v: 0.5 + np.arctan(v) / np.pi  # noqa: E731
    assert kstest(x, cauchy).pvalue < 1e-6


def test_stable_noise_of_index_two_is_gaussian():
    sde = simulate.Ito(beta=2, dt=0.25, noise="stable", alpha=2)
    x = simulate.run(FREE, sde, time=1, trajectories=50_000, seed=3).final.values[:, 0]
    assert abs(x.var() - 1) < 4 * np.sqrt(2 / 50_000)


def test_levy_flights_in_a_bowl_have_the_stable_steady_state():
    """dx = -x dt + dL: scale (1/alpha)**(1/alpha); Euler's own is alpha-exact, and is compared."""
    alpha, dt = 1.5, 0.1
    bowl = Landscape.from_potential("x**2/2", coordinates="x")
    sde = simulate.Ito(beta=1, dt=dt, noise="stable", alpha=alpha)
    x = simulate.run(bowl, sde, time=20, trajectories=50_000, seed=4).final.values[:, 0]
    scale = dt / (1 - (1 - dt) ** alpha)  # to the power alpha; 1/alpha for dt -> 0
    mean, error = characteristic(x)
    assert (np.abs(mean - np.exp(-scale * WAVES**alpha)) < 4 * error).all()
    assert (np.abs(mean - np.exp(-scale * WAVES**2)) > 4 * error).any()


@pytest.mark.slow
def test_two_valued_noise_has_two_values_and_the_covariance_of_d():
    flat = Landscape.from_drift(["0", "0"], coordinates="x y", diffusion=[["2", "1"], ["1", "1"]])
    sde = simulate.Ito(beta=2, dt=0.04, noise="rademacher")
    one = simulate.run(flat, sde, steps=1, trajectories=2000, seed=1).final.values
    assert len(np.unique(np.round(one, 12), axis=0)) == 4
    many = simulate.run(flat, sde, steps=25, trajectories=50_000, seed=1).final.values
    assert np.abs(np.cov(many.T) - [[2, 1], [1, 1]]).max() < 4 * np.sqrt(8 / 50_000)


@pytest.mark.parametrize(
    ("interpretation", "options", "message"),
    [
        (simulate.Ito, {"noise": "levy"}, "noise='levy'.*'gaussian', 'rademacher', 'stable'"),
        (simulate.Ito, {"scheme": "euler"}, "scheme='euler'.*euler-maruyama"),
        (simulate.Ito, {"noise": "stable"}, "alpha=None.*0 < alpha <= 2"),
        (simulate.Ito, {"noise": "stable", "alpha": 2.5}, "alpha=2.5"),
        (simulate.Ito, {"alpha": 1.5}, "belongs to noise='stable'"),
        (simulate.Ito, {"noise": "stable", "alpha": 1.5, "scheme": "heun"}, "jumps have no"),
        (simulate.AType, {"noise": "stable", "alpha": 1.5}, "AType.*use Ito"),
        (simulate.Ito, {"noise": "rademacher", "scheme": "milstein"}, "too few for"),
        (simulate.Ito, {"modified": -1.0}, "modified=-1.0"),
    ],
)
def test_wrong_combinations_have_their_sentence(interpretation, options, message):
    with pytest.raises(ValueError, match=message):
        interpretation(beta=1, dt=0.1, **options)


def test_a_covariance_of_stable_noise_is_refused():
    from driftscape import analysis

    sde = simulate.Ito(beta=1, dt=0.1, noise="stable", alpha=1.5)
    run = simulate.run(landscapes.mean_estimation(), sde, time=20, trajectories=50, seed=1)
    with pytest.raises(ValueError, match="no covariance"):
        analysis.is_stationary(run)

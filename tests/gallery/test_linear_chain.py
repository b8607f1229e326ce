"""The exact chain of SGD with a linear gradient, against sums, a simulation and a wrong twin."""

import numpy as np
import pytest

from driftscape import analysis, landscapes, simulate, theory
from driftscape.gallery.shared.linear_chain import LinearChain

LOSS, NOISE = [[0.5, 0], [0, 3]], [[1, 0.9], [0.9, 1]]
SGD = simulate.SGD(learning_rate=0.1)


@pytest.fixture
def chain() -> LinearChain:
    return LinearChain.of(landscapes.linear(LOSS, NOISE), SGD)


def test_the_covariance_is_stationary_under_a_step(chain) -> None:
    noise = SGD.learning_rate**2 * np.array(NOISE)
    step = np.eye(2) - SGD.learning_rate * np.array(LOSS)
    assert np.allclose(chain.covariance, step @ chain.covariance @ step.T + noise, rtol=1e-12)


def test_the_spectrum_is_the_fourier_sum_of_the_correlations(chain) -> None:
    """The sum over both signs of the lag, term by term; 0.95^800 is 1e-18."""
    frequencies = np.array([0.3, 1.7, 4.9])
    lags = np.arange(1, 800)
    ahead = chain.correlation(lags)
    phase = np.exp(-2j * np.pi * frequencies[:, None] * lags * SGD.learning_rate)
    summed = np.einsum("fk,kij->fij", phase, ahead)
    both = summed + np.swapaxes(summed, 1, 2).conj() + chain.covariance
    assert np.allclose(chain.spectrum(frequencies), SGD.learning_rate * both, rtol=1e-9)


def test_one_weight_does_not_show_the_current(chain) -> None:
    """Its autocorrelation is that of an AR(1) process, with correlated noise or without."""
    still = LinearChain.of(landscapes.linear(LOSS, [[1, 0], [0, 1]]), SGD)
    lags = np.arange(50)
    for each in (chain, still):
        assert np.allclose(each.autocorrelation("x1", lags), 0.95**lags, rtol=1e-12)
        assert np.allclose(each.autocorrelation("x2", lags), 0.7**lags, atol=1e-12)
    frequencies = np.linspace(0.1, 5, 40)
    w = 2 * np.pi * frequencies * SGD.learning_rate
    variance = chain.covariance[0, 0] * SGD.learning_rate
    ar1 = variance * (1 - 0.95**2) / np.abs(np.exp(1j * w) - 0.95) ** 2
    rising = np.abs(np.exp(1j * w) - 1) ** 2 * ar1
    assert np.allclose(chain.increments("x1", frequencies), rising, rtol=1e-9)
    assert np.allclose(chain.increments("x1", frequencies), still.increments("x1", frequencies))


def test_a_pair_shows_the_current(chain) -> None:
    still = LinearChain.of(landscapes.linear(LOSS, [[1, 0], [0, 1]]), SGD)
    assert abs(chain.area_rate()) > 0.03
    assert abs(still.area_rate()) < 1e-15
    assert np.abs(still.spectrum([0.3])[0, 0, 1].imag) < 1e-15


def test_small_steps_are_those_of_the_sde_and_large_ones_are_not() -> None:
    landscape = landscapes.linear(LOSS, NOISE)
    near = theory.linearise(landscape, at=(0, 0), beta=1)
    off = []
    for rate in (0.1, 0.01, 0.001):
        chain = LinearChain.of(landscape, simulate.SGD(learning_rate=rate))
        continuous = theory.power_spectrum(near, chain.beta, [0.2], spacing=rate)
        off.append(np.abs(chain.spectrum([0.2]) / continuous - 1).max())
    assert off[0] > 0.02
    assert off[1] / off[0] == pytest.approx(0.1, rel=0.2)
    assert off[2] / off[1] == pytest.approx(0.1, rel=0.1)


def test_a_simulation_sweeps_this_area_and_not_the_mirrored_one(chain) -> None:
    run = simulate.run(
        landscapes.linear(LOSS, NOISE), SGD, steps=700, trajectories=256, seed=11, save_every=1
    )
    measured = analysis.area_rate(run, discard_steps=200)
    assert measured.compare(chain.area_rate()).verdict == "agrees"
    assert measured.compare(-chain.area_rate()).verdict == "rejected"

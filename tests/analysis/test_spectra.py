"""Spectra and correlations against the linear theory, the AR(1) null, and reversed time."""

import numpy as np
import pytest
from scipy.linalg import expm

from driftscape import analysis, landscapes, simulate, theory
from driftscape.landscapes import Landscape

TURNING = Landscape.from_potential("x**2/2 + y**2", coordinates="x y", curl=0.9)
STILL = Landscape.from_potential("x**2/2 + y**2", coordinates="x y")
BETA, SPACING = 2.0, 0.1


@pytest.fixture(scope="module")
def runs():
    ito = simulate.Ito(beta=BETA, dt=0.01, scheme="weak-2")
    return {
        name: simulate.run(
            landscape, ito, time=110, trajectories=800, seed=4, save_every=10, start=(0, 0)
        )
        for name, landscape in (("turning", TURNING), ("still", STILL))
    }


def chi2(values, expected, stderr, stride=1):
    z = ((values - expected) / stderr).values[::stride]
    return float((z**2).mean()), len(z)


def agrees(mean_square, n):
    return abs(mean_square - 1) < 4 * np.sqrt(2 / n) + 0.1  # 0.1: neighbours are correlated


def test_cross_spectrum_is_the_linear_theory(runs):
    near = theory.linearise(TURNING, at=(0, 0))
    result = analysis.cross_spectrum(runs["turning"], "x", "y")
    predicted = theory.power_spectrum(near, BETA, result.frequency.values, SPACING)[:, 0, 1]
    # the window smooths over neighbours: leave the lowest out, and take every third
    result, predicted = result.isel(frequency=slice(6, None)), predicted[6:]
    for part, value in (("real", predicted.real), ("imaginary", predicted.imag)):
        assert agrees(*chi2(result[part], value, result[f"{part}_stderr"], 3))
    low = slice(0, 60)
    without, n = chi2(
        result.imaginary[low], 0 * predicted.imag[low], result.imaginary_stderr[low], 3
    )
    assert not agrees(without, n)
    wrong, n = chi2(result.imaginary[low], -predicted.imag[low], result.imaginary_stderr[low], 3)
    assert not agrees(wrong, n)


def test_no_imaginary_part_in_equilibrium(runs):
    result = analysis.cross_spectrum(runs["still"], "x", "y")
    assert agrees(*chi2(result.imaginary, 0 * result.imaginary.values, result.imaginary_stderr, 3))


def test_antisymmetric_correlation(runs):
    """(exp(-F t) S)_xy minus its transpose; zero in equilibrium."""
    near = theory.linearise(TURNING, at=(0, 0))
    S = near.covariance(BETA)
    result = analysis.cross_correlation(runs["turning"], "x", "y", max_lag_time=4.0)
    expected = np.array(
        [(m := expm(-near.rates * t) @ S)[0, 1] - m[1, 0] for t in result.lag.values]
    )
    z = (result.antisymmetric - expected)[1:] / result.stderr[1:]
    assert np.abs(z).max() < 4.5
    assert np.abs(result.antisymmetric / result.stderr)[1:11].max() > 20
    still = analysis.cross_correlation(runs["still"], "x", "y", max_lag_time=4.0)
    assert np.abs(still.antisymmetric / still.stderr)[1:].max() < 4.5


def test_autocorrelation_decays(runs):
    result = analysis.autocorrelation(runs["still"], "y", max_lag_time=2.0)
    z = (result.correlation - np.exp(-2 * result.lag))[1:] / result.stderr[1:]
    assert np.abs(z).max() < 4.5
    turning = analysis.autocorrelation(runs["turning"], "y", max_lag_time=2.0)
    assert np.abs((turning.correlation - turning.null) / turning.stderr)[5:].max() > 10


def test_rising_increments_are_no_evidence():
    """Increments of an AR(1) process rise with the frequency; white noise, the twin, does not."""
    run = simulate.run(
        landscapes.mean_estimation(), simulate.SGD(learning_rate=0.5), steps=600, trajectories=400,
        seed=2, save_every=1,
    )  # fmt: skip
    result = analysis.power_spectrum(run, "theta", increments=True)
    assert agrees(*chi2(result.power, result.null.values, result.stderr, 3))
    assert result.power[-20:].mean() > 5 * result.power[:20].mean()
    flat, n = chi2(result.power, float(result.power.mean()), result.stderr, 3)
    assert not agrees(flat, n)


def test_power_integrates_to_the_variance(runs):
    result = analysis.power_spectrum(runs["still"], "x")
    total = 2 * float(result.power.integrate("frequency"))
    assert total == pytest.approx(1 / BETA, rel=0.05)


def test_pieces_and_too_few():
    ito = simulate.Ito(beta=BETA, dt=0.01)
    run = simulate.run(STILL, ito, time=200, trajectories=2, seed=1, save_every=10, start=(0, 0))
    with pytest.raises(analysis.TooFewData, match="2 pieces"):
        analysis.power_spectrum(run, "x")
    result = analysis.power_spectrum(run, "x", pieces=12)
    assert "12 pieces" in result.attrs["method"]
    with pytest.raises(ValueError, match="pieces=0"):
        analysis.power_spectrum(run, "x", pieces=0)
    with pytest.raises(ValueError, match="max_lag_time=-1"):
        analysis.autocorrelation(run, "x", pieces=12, max_lag_time=-1)
    with pytest.raises(ValueError, match="unknown name 'z'"):
        analysis.autocorrelation(run, "z", pieces=12)

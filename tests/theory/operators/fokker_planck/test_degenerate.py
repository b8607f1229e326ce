"""Noise that does not reach every direction at once: singular, correlated."""

import warnings

import numpy as np
import pytest

from driftscape import landscapes, simulate, theory
from driftscape.landscapes import Landscape

INERTIA = landscapes.linear([[0, -1], [1, 1]], [[0, 0], [0, 1]])  # x' = v, v' = -x - v + noise


def gibbs_distance(fp, landscape, beta):
    gibbs = np.exp(-beta * landscape.potential(fp.grid.points))
    return np.abs(fp.steady_mass - gibbs / gibbs.sum()).sum()


def test_inertia_has_the_covariance_of_lyapunov():
    from scipy.linalg import solve_continuous_lyapunov

    fp = theory.fokker_planck(INERTIA, beta=2, shape=128)
    exact = solve_continuous_lyapunov(np.array([[0, -1], [1, 1]]), np.diag([0.0, 1.0]))
    for text, value in (("x1**2", exact[0, 0]), ("x1*x2", exact[0, 1]), ("x2**2", exact[1, 1])):
        found = fp.expectation(text)
        assert abs(found.value - value) < found.truncation < 1e-3
    assert fp.equation.generator.scheme == ("upwind-3", "fitted")
    assert -fp.steady_mass[fp.steady_mass < 0].sum() < 1e-8


def test_inertia_has_no_false_slow_modes():
    """Decays are sums of (1 +- i sqrt 3)/2; central differences would add (sqrt 5 - 1)/2."""
    rates = theory.fokker_planck(INERTIA, beta=2, shape=128).extrapolate(
        lambda level: level.eigenvalues(5)
    )
    one = (1 + 1j * np.sqrt(3)) / 2
    assert rates.value == pytest.approx([one, np.conj(one), 1, 2 * one, 2 * np.conj(one)], abs=2e-3)


@pytest.mark.fast_cases("factor1")
@pytest.mark.filterwarnings("ignore::driftscape.theory.NegativeMass")  # of the wrong twin
@pytest.mark.parametrize("factor", [("cos(y)", "sin(y)"), ("1/sqrt(1 + x**2)", "x/sqrt(1 + x**2)")])
def test_a_manufactured_rank_one_noise_keeps_its_steady_state(factor):
    """D = c(x) c(x)^T and a curl; the A-type steady state is exp(-beta Phi)."""
    D = [[f"({a})*({b})" for b in factor] for a in factor]
    field = Landscape.from_potential(
        "x**4/4 - x**2/2 + y**2/2 + x*y/3", coordinates="x y", diffusion=D, curl=1
    )
    dynamics = simulate.AType(beta=2, dt=0.1)
    with warnings.catch_warnings():
        warnings.simplefilter("error", theory.NegativeMass)
        fp = theory.fokker_planck(field, dynamics, shape=128)
        error = gibbs_distance(fp, field, 2)
    assert error < 3e-3
    assert np.log2(gibbs_distance(fp.halved(), field, 2) / error) > 1.9
    ito = theory.fokker_planck(field, simulate.Ito(beta=2, dt=0.1), shape=128)
    assert gibbs_distance(ito, field, 2) > 0.1


@pytest.mark.fast_cases("-0.9")
@pytest.mark.parametrize("correlation", [0.5, -0.9])
def test_correlated_noise_has_its_covariance_and_torque(correlation):
    loss = landscapes.linear([[1, 0], [0, 3]], [[1, correlation], [correlation, 1]])
    fp = theory.fokker_planck(loss, beta=1, shape=128)
    assert fp.expectation("x1*x2").value == pytest.approx(correlation / 2, rel=2e-4)
    assert fp.torque().value == pytest.approx(theory.torque(loss, beta=1).value, rel=1e-4)
    assert fp.eigenvalues(1)[0].real == pytest.approx(1, rel=5e-3)
    # E j . D^-1 j with j = -Q U x, whose covariance is Q U Q^T/beta
    Q, U = (np.array(f.at([0, 0]), float) for f in (loss.curl, loss.hessian))
    D = np.array(loss.diffusion.at([0, 0]), float)
    entropy = np.trace(np.linalg.inv(D) @ Q @ U @ Q.T)
    found = fp.entropy_production()
    assert found.value == pytest.approx(entropy, rel=5e-3)
    assert abs(found.value - entropy) < found.truncation


def test_entropy_production_is_refused_where_the_current_leaves_the_noise():
    with pytest.raises(ValueError, match="not defined: D is singular"):
        theory.fokker_planck(INERTIA, beta=2, shape=64).entropy_production()


def test_negative_mass_is_reported_with_its_number():
    sheared = Landscape.from_potential(
        "x**2/2 + 8*y**2", coordinates="x y", diffusion=[[1, 0.99], [0.99, 1]], curl=3
    )
    fp = theory.fokker_planck(sheared, beta=1, shape=16, box=[(-5, 5), (-3, 3)])
    with pytest.warns(theory.NegativeMass, match=r"negative mass of \d"):
        fp.steady_state()

"""The exact law of linear dynamics at any step size."""

import numpy as np
import pytest

from driftscape import analysis, landscapes, simulate
from driftscape.landscapes import Landscape, Normal, Rademacher


def test_one_dimensional_sgd_has_its_closed_form():
    for eta, batch, h, s in [(0.1, 1, 1.0, 1.0), (0.7, 3, 2.5, 0.4)]:
        sgd = simulate.SGD(learning_rate=eta, batch_size=batch)
        law = analysis.linear_law(landscapes.mean_estimation(curvature=h, noise=s), sgd)
        expected = eta * s**2 / (batch * h * (2 - eta * h))
        assert law.moment("theta", "theta").value == pytest.approx(expected, rel=1e-13)
        assert law.moment("theta").value == pytest.approx(0)


def test_euler_maruyama_is_off_by_a_known_factor():
    bowl = landscapes.mean_estimation(curvature=2.0)
    sde = simulate.Ito(beta=5, dt=0.1)
    limit = analysis.linear_law(bowl, sde, continuum=True).covariance[0, 0]
    assert limit == pytest.approx(1 / (5 * 2))
    assert analysis.linear_law(bowl, sde).covariance[0, 0] == pytest.approx(
        limit / (1 - 0.1 * 2 / 2)
    )


def test_matrix_equation_is_solved_by_iterating_the_covariance():
    drift = ["-2*x + y", "-y - x/2 + 3"]
    spiral = Landscape.from_drift(drift, coordinates="x y", diffusion=[[2, 1], [1, 1]])
    sde = simulate.Ito(beta=2, dt=0.3)
    law = analysis.linear_law(spiral, sde)
    F, D = np.array([[2, -1], [0.5, 1]]), np.array([[2.0, 1], [1, 1]])
    mean, S = np.zeros(2), np.zeros((2, 2))
    A = np.eye(2) - 0.3 * F
    for _ in range(400):
        mean = A @ mean + 0.3 * np.array([0, 3])
        S = A @ S @ A.T + 0.3 * D
    np.testing.assert_allclose(law.covariance, S, rtol=1e-12)
    np.testing.assert_allclose(law.mean, mean, rtol=1e-12)
    assert law.moment("x", "y").value == pytest.approx(S[0, 1] + mean[0] * mean[1])


def test_constant_curl_keeps_the_gibbs_covariance_in_the_limit():
    # (D + Q) U is not symmetric, yet exp(-beta Phi) is the law: S = U^-1/beta
    bowl = Landscape.from_potential("x**2 + x*y + y**2", coordinates="x y", curl="3")
    law = analysis.linear_law(bowl, simulate.Ito(beta=4, dt=0.01), continuum=True)
    np.testing.assert_allclose(law.covariance, np.linalg.inv([[2, 1], [1, 2]]) / 4, rtol=1e-12)


def test_measured_covariance_is_the_discrete_one_not_the_continuous():
    formula = "(2*x**2 + 2*x*y + 3*y**2)/2 + a*x - a*y/2 + b*y"
    bowl = Landscape.from_loss(
        formula, coordinates="x y", samples={"a": Rademacher(), "b": Normal()}
    )
    sgd = simulate.SGD(learning_rate=0.2, batch_size=2)
    law = analysis.linear_law(bowl, sgd)
    limit = analysis.linear_law(bowl, sgd.as_sde(), continuum=True)
    run = simulate.run(bowl, sgd, steps=2000, trajectories=2000, seed=8, save_every=5)
    for pair in (("x", "x"), ("x", "y"), ("y", "y")):
        measured = analysis.moment(run, "*".join(pair))
        assert measured.compare(law.moment(*pair)).verdict == "agrees", pair
        assert measured.compare(limit.moment(*pair)).verdict == "rejected", pair


def test_refuses_nonlinear_and_unstable():
    sgd = simulate.SGD(learning_rate=0.1)
    with pytest.raises(ValueError, match="drift is not linear"):
        analysis.linear_law(landscapes.quartic_well(), sgd.as_sde())
    regression = Landscape.from_loss(
        "(a*w - b)**2/2", coordinates="w", samples={"a": Normal(), "b": Normal()}
    )
    with pytest.raises(ValueError, match="noise depends on the coordinates"):
        analysis.linear_law(regression, sgd)
    with pytest.raises(ValueError, match="no steady state"):
        analysis.linear_law(landscapes.mean_estimation(), simulate.SGD(learning_rate=2.0))
    unstable = Landscape.from_drift("x", coordinates="x")
    with pytest.raises(ValueError, match="no steady state"):
        analysis.linear_law(unstable, simulate.Ito(beta=1, dt=0.1))
    with pytest.raises(ValueError, match="continuum=True is for an SDE"):
        analysis.linear_law(landscapes.mean_estimation(), sgd, continuum=True)
    with pytest.raises(ValueError, match="no coordinate 'x'"):
        analysis.linear_law(landscapes.mean_estimation(), sgd).moment("x")

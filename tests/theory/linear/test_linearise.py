"""Lemma 20 against Lyapunov's equation, the 2-D formula and landscapes that state Phi and Q."""

import numpy as np
import pytest
from scipy.linalg import solve_continuous_lyapunov

from driftscape import landscapes, theory
from driftscape.landscapes import Landscape

RNG = np.random.default_rng(5)


def random_linear(d):
    F = RNG.normal(size=(d, d)) + 3 * np.eye(d)
    B = RNG.normal(size=(d, d))
    return Landscape.from_drift(
        [" + ".join(f"({-F[i, j]:.12g})*x{j}" for j in range(d)) for i in range(d)],
        coordinates=[f"x{i}" for i in range(d)],
        diffusion=(B @ B.T).round(9).tolist(),
    )


@pytest.mark.parametrize("d", [1, 2, 3, 5])
def test_covariance_solves_lyapunov(d):
    landscape = random_linear(d)
    near = theory.linearise(landscape, at=np.zeros(d))
    F, D, Q, U = near.rates, near.diffusion, near.curl, near.hessian
    np.testing.assert_allclose((D + Q) @ U, F, atol=1e-9)
    np.testing.assert_allclose(Q, -Q.T, atol=1e-12)
    np.testing.assert_allclose(F @ Q + Q @ F.T, F @ D - D @ F.T, atol=1e-9)
    if near.stable:
        expected = solve_continuous_lyapunov(F, 2 * D / 3.0)
        np.testing.assert_allclose(near.covariance(3.0), expected, atol=1e-9)


def test_two_dimensions_in_closed_form():
    """q = (F D - D F^T)_21/tr F, and the current turns at |q| sqrt(det U)."""
    near = theory.linearise(random_linear(2), at=(0, 0))
    F, D = near.rates, near.diffusion
    q = (F @ D - D @ F.T)[1, 0] / np.trace(F)
    assert near.curl[1, 0] == pytest.approx(q)
    assert near.turning[-1] == pytest.approx(abs(q) * np.sqrt(np.linalg.det(near.hessian)))


def test_a_landscape_that_states_both():
    """Phi and Q come back, at the minimum and at the saddle, from the drift and D alone."""
    given = Landscape.from_potential(
        "(x**2 - 1)**2/4 + 2*y**2", coordinates="x y", diffusion=[[1, 0.2], [0.2, 0.5]], curl=0.7
    )
    for point in ((1, 0), (0, 0)):
        near = theory.linearise(given, at=point)
        np.testing.assert_allclose(near.hessian, given.hessian(point), atol=1e-9)
        np.testing.assert_allclose(near.curl, given.curl(point), atol=1e-9)
    with pytest.raises(ValueError, match="not a minimum"):
        near.covariance(1.0)


def test_the_published_example_turns():
    """At (1, 0) of the rotating well; its potential there is not that of the drift alone."""
    well = landscapes.double_well(rotation=0.5)
    stable = next(p for p in theory.fixed_points(well, beta=1) if p.kind.startswith("stable"))
    near = theory.linearise(well, at=stable.at, beta=1)
    assert near.stable
    assert near.turning[-1] > 0.1


@pytest.mark.parametrize(
    ("landscape", "at", "says"),
    [
        (landscapes.double_well(rotation=0), (0.5, 0), "not a fixed point"),
        (landscapes.maier_stein(), (0, 0), "add up to zero"),
        (
            Landscape.from_drift(["-x", "-2*y"], coordinates="x y", diffusion=[1, 0]), (0, 0),
            "noise does not reach",
        ),
    ],
)  # fmt: skip
def test_refused_by_name(landscape, at, says):
    beta = 1 if landscape.name == "double_well" else None
    with pytest.raises(ValueError, match=says):
        theory.linearise(landscape, at=at, beta=beta)

"""Correlated noise on a quadratic loss: closed forms of its area, its covariance, its current."""

import numpy as np
import pytest

from driftscape import theory
from driftscape.gallery.figures.chaudhari_2018_potential import correlated_noise
from driftscape.gallery.figures.chaudhari_2018_potential.correlated_noise import RATE, Ellipse


@pytest.mark.parametrize("rho", [-0.9, 0.0, 0.3])
def test_the_area_sgd_sweeps_has_a_closed_form(rho) -> None:
    """S_12 = eta rho/(h1 + h2 - eta h1 h2); the area of a step is -S_12 eta (h2 - h1)/2."""
    mixed = RATE * rho / (1 + 3 - RATE * 3)
    assert correlated_noise.chain(rho).area_rate() == pytest.approx(-mixed * (3 - 1) / 2, abs=1e-15)


def test_the_area_of_the_sde_is_its_limit_and_differs_at_this_rate() -> None:
    near = theory.linearise(correlated_noise.landscape(0.6), at=(0, 0), beta=1)
    chain = correlated_noise.chain(0.6)
    assert near.curl[1, 0] == pytest.approx(0.3)  # rho (3 - 1)/(3 + 1)
    assert chain.beta * chain.area_rate() == pytest.approx(-0.3 / (1 - RATE * 3 / 4), rel=1e-12)


@pytest.mark.slow
def test_a_simulation_sweeps_the_exact_area_and_not_the_other_way_round() -> None:
    measured = correlated_noise.sweep(0.9, 128, seed=5)
    exact = correlated_noise.chain(0.9).area_rate()
    assert measured.compare(exact).verdict == "agrees"
    assert measured.compare(-exact).verdict == "rejected"
    assert correlated_noise.sweep(0.0, 128, seed=6).compare(0.0).verdict == "agrees"


def test_the_current_of_the_grid_runs_along_the_potential() -> None:
    landscape = correlated_noise.landscape(correlated_noise.CORRELATION)
    fp = theory.fokker_planck(landscape, beta=1, shape=96)
    near = theory.linearise(landscape, at=(0, 0), beta=1)
    ellipse = Ellipse(near, None, None, fp, theory.decompose(fp))
    points = np.array([[0.6, 0.5], [-1.0, -0.2], [0.3, -0.4]])
    exact = -points @ (near.curl @ near.hessian).T
    assert np.abs(ellipse.current(points) - exact).max() < 3 * max(fp.grid.spacing) ** 2
    along_the_loss = points @ np.array([[0, -3.0], [1.0, 0]]).T  # turned by a right angle
    assert np.abs(ellipse.current(points) - along_the_loss).max() > 0.5

"""Relaxation to the steady state: exact solutions solve their equations, steps converge to them."""

import numpy as np
import pytest

from driftscape.gallery.figures.jordan_1998_jko import methods
from driftscape.gallery.figures.jordan_1998_jko.methods import BETA, CURVATURE, START, STEADY, TIME


def test_the_exact_variance_solves_its_equation() -> None:
    """dv/dt = 2/beta - 2 k v."""
    t, h = np.linspace(0.1, 2, 9), 1e-5
    slope = (methods.variance(t + h) - methods.variance(t - h)) / (2 * h)
    assert np.allclose(slope, 2 / BETA - 2 * CURVATURE * methods.variance(t), atol=1e-8)
    assert methods.variance(0.0) == START


@pytest.mark.parametrize("variance", [0.2, 0.5, 3.0])
def test_the_exact_free_energy_is_the_divergence_of_two_normal_distributions(variance) -> None:
    x = np.linspace(-15, 15, 60_001)
    p, q = (np.exp(-(x**2) / (2 * v)) / np.sqrt(2 * np.pi * v) for v in (variance, STEADY))
    log = -(x**2) / 2 * (1 / variance - 1 / STEADY) - np.log(variance / STEADY) / 2
    summed = float((p * log).sum() * (x[1] - x[0])) / BETA
    assert methods.free_energy(variance) == pytest.approx(summed, abs=1e-9)
    assert q.sum() * (x[1] - x[0]) == pytest.approx(1)


def test_another_scheme_of_order_one_lands_elsewhere() -> None:
    exact = float(methods.variance(TIME))
    off = [methods.implicit_variance(tau) - exact for tau in (1 / 64, 1 / 128, 1 / 256)]
    assert off[0] / off[1] == pytest.approx(2, rel=0.05)
    assert off[1] / off[2] == pytest.approx(2, rel=0.03)


def test_two_wells_keep_their_symmetry_and_the_order_of_quantiles() -> None:
    x = methods.well_steps(0.25)
    assert np.all(np.diff(x) > 0)
    assert np.allclose(x, -x[::-1], atol=1e-9)


@pytest.mark.slow
def test_steps_in_two_wells_approach_the_grid_and_coarse_ones_are_off() -> None:
    wells, square = methods.wells(4000, seed=7)
    grid = float(methods.second_moment(wells.grid))
    coarse, fine = (float((methods.well_steps(tau) ** 2).mean()) for tau in (1 / 8, 1 / 16))
    assert abs(2 * fine - coarse - grid) < 2e-3  # what is left is of order tau^2
    assert abs(coarse - grid) > 0.02
    assert square.compare(grid).verdict == "agrees"
    assert square.compare(2 * grid).verdict == "rejected"

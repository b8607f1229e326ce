"""A step minimised on quantiles, against independent closed forms."""

import numpy as np
import pytest

from driftscape import theory
from driftscape.gallery.figures.jordan_1998_jko.wasserstein_step import (
    free_energy,
    quantiles,
    wasserstein_step,
)

BOWL = (lambda x: x**2, lambda x: 2 * x, lambda x: 2 + 0 * x)
WELLS = (lambda x: (x**2 - 1) ** 2 / 4, lambda x: x**3 - x, lambda x: 3 * x**2 - 1)


def normal(width: float, mean: float = 0.0, count: int = 2000):
    from scipy.special import ndtri

    return mean + width * quantiles(ndtri, count)


@pytest.mark.parametrize("tau", [0.05, 0.5])
def test_a_normal_distribution_has_the_width_of_the_closed_form(tau) -> None:
    x = normal(1.5)
    scale = np.polyfit(x, wasserstein_step(x, BOWL, beta=2.0, tau=tau), 1)[0]
    exact = theory.jko_step(1.5**2, curvature=2.0, beta=2.0, tau=tau)
    assert (1.5 * scale) ** 2 == pytest.approx(exact, rel=2e-4)
    twin = theory.jko_step(1.5**2, curvature=2.0, beta=1.0, tau=tau)
    assert (1.5 * scale) ** 2 != pytest.approx(twin, rel=1e-2)


def test_the_mean_takes_an_implicit_euler_step() -> None:
    after = wasserstein_step(normal(0.7, mean=3.0), BOWL, beta=1.0, tau=0.25)
    assert after.mean() == pytest.approx(3.0 / (1 + 2 * 0.25), rel=1e-10)


def test_the_step_is_a_minimum_of_the_functional(rng) -> None:
    """Moves that keep the order of the quantiles cost more, to second order."""
    x, tau, beta = normal(0.4, count=60), 0.2, 4.0
    after = wasserstein_step(x, WELLS, beta=beta, tau=tau)

    def value(z):
        return ((z - x) ** 2).mean() / (2 * tau) + free_energy(z, WELLS, beta)

    for _ in range(20):
        move = 1e-4 * rng.standard_normal(60)
        up, down = value(after + move) - value(after), value(after - move) - value(after)
        assert up > 0
        assert up == pytest.approx(down, rel=0.2)


def test_the_free_energy_falls_by_what_the_distance_costs() -> None:
    """F(before) - F(after) >= W^2/(2 tau), since staying is allowed."""
    x = normal(0.4, count=300)
    for tau in (0.05, 0.4):
        after = wasserstein_step(x, WELLS, beta=4.0, tau=tau)
        fallen = free_energy(x, WELLS, 4.0) - free_energy(after, WELLS, 4.0)
        assert fallen >= ((after - x) ** 2).mean() / (2 * tau) > 0


def test_the_free_energy_of_quantiles_is_that_of_the_density() -> None:
    """E[x^2] - S of a normal density of width 0.7, S = log(2 pi e 0.49)/2, for many levels."""
    exact = 0.49 - np.log(2 * np.pi * np.e * 0.49) / 2
    off = [free_energy(normal(0.7, count=n), BOWL, 1.0) - exact for n in (500, 2000)]
    assert abs(off[1]) < 0.01
    assert abs(off[1]) < abs(off[0]) / 2


def test_a_step_across_a_hill_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="no minimum is found at tau=50"):
        wasserstein_step(
            np.linspace(-0.1, 0.1, 21),
            (lambda x: -(x**2), lambda x: -2 * x, lambda x: -2 + 0 * x),
            beta=1.0,
            tau=50,
        )

"""Wells whose noise follows the curvature: levels, scaling, and what vanishes where."""

import numpy as np
import pytest

from driftscape import theory
from driftscape.gallery.shared.curvature_noise import strict, switch, two_level, white
from driftscape.gallery.shared.curvature_times import (
    exact_time,
    floor_power,
    misprinted_time,
    theorem_time,
)


@pytest.mark.parametrize("k", [1.0, 2.0, 8.0])
def test_the_noise_is_the_curvature_at_minimum_and_saddle(k) -> None:
    well, minimum = two_level(k), -(k**-0.5)
    for place in (minimum, 0.0):
        assert well.diffusion([place])[0, 0] == pytest.approx(abs(well.hessian([place])[0, 0]))
    assert well.gradient([minimum])[0] == pytest.approx(0)
    assert well.expected_loss([0.0]) - well.expected_loss([minimum]) == pytest.approx(0.25)


def test_sharpness_is_a_change_of_scale_for_noise_of_the_curvature_only() -> None:
    """x sqrt(k) for x and k t for t: the same time at k times the batch."""
    time = exact_time(two_level(1.0), 1.0, 12).value
    assert exact_time(two_level(3.0), 3.0, 36).value * 3 == pytest.approx(time, rel=1e-8)
    flat, sharp = (exact_time(white(k, 1.0), k, 12 * k).value * k for k in (1.0, 3.0))
    assert sharp > 100 * flat


def test_the_share_of_the_barrier_reproduces_the_exponent() -> None:
    """From the exact times alone: ln of their ratio over the difference of places."""
    assert 0.5 < switch() < 0.55
    places = 80, 100
    logs = [np.log(exact_time(two_level(), 1.0, place).value) for place in places]
    slope = (logs[1] - logs[0]) / 20
    assert slope == pytest.approx(0.5 * (switch() / 2 + 1 - switch()), abs=3e-4)


def test_the_theorem_approaches_the_exact_time_and_the_misprint_does_not() -> None:
    ratios = [
        exact_time(two_level(), 1.0, x).value / theorem_time(1.0, x).value for x in (20, 40, 80)
    ]
    assert np.all(np.diff(np.abs(np.array(ratios) - 1)) < 0)
    assert ratios[-1] == pytest.approx(1, abs=0.02)
    assert exact_time(two_level(), 1.0, 80).value > 1e6 * misprinted_time(1.0, 80)


@pytest.mark.parametrize("c", [0.2, 0.05])
def test_the_jump_of_the_exponent_at_the_inflection_is_the_stated_power(c) -> None:
    """By quadrature of L'/D alone: a tenth of the floor adds ln(10) times the power."""
    x = (np.arange(400_000)[:, None] + 0.5) / 400_000 - 1

    def exponent(floor: float) -> float:
        slope = -strict(c, floor).drift(1)(x)[:, 0] / strict(c, floor).diffusion(x)[:, 0, 0]
        return float(slope.mean())

    added = exponent(1e-4) - exponent(1e-3)
    assert added == pytest.approx(-floor_power(c) * np.log(10), rel=1e-3)


def test_without_a_floor_the_exact_time_is_refused() -> None:
    with pytest.raises(ValueError, match="D is zero|did not settle|not positive"):
        theory.mean_first_passage_time(strict(0.1, 0.0), beta=1, start=-1, target=0)

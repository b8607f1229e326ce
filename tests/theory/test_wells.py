"""Where a steady state may have its mass, for all kinds of landscapes."""

import numpy as np
import pytest

from driftscape import landscapes
from driftscape.landscapes import Landscape, Normal
from driftscape.theory.wells import wells


def hull(landscape, beta=1.0, **more):
    found = wells(landscape, landscape.drift(beta), beta, **more)
    assert found.complete
    return found.low.min(axis=0), found.high.max(axis=0)


def test_a_potential_is_held_but_for_the_tail():
    low, high = hull(Landscape.from_potential("(x - 1e5)**2/2", coordinates="x"), tail=1e-8)
    assert 1e5 - 8 < low[0] < 1e5 - 5 < 1e5 + 5 < high[0] < 1e5 + 8
    waves = Landscape.from_potential("x**2/50 + 3*cos(x)*cos(40*x)", coordinates="x")
    assert hull(waves)[1][0] == pytest.approx(30, abs=3)


def test_a_drift_is_searched_for_all_its_stable_points():
    low, high = hull(Landscape.from_drift("-(x - 30)*(x - 33)*(x - 1e4)", coordinates="x"))
    assert [low[0], high[0]] == pytest.approx([30, 1e4])
    plane = Landscape.from_drift(["y", "-(x**2 - 900)*x - y"], coordinates="x y")
    low, high = hull(plane)
    assert [*low, *high] == pytest.approx([-30, 0, 30, 0], abs=1e-4)


def test_noise_that_depends_on_the_state_moves_the_maximum():
    noisy = Landscape.from_drift("-x", coordinates="x", diffusion="1 + x/2 + x**2/4")
    low, high = hull(noisy, beta=3)
    assert [low[0], high[0]] == pytest.approx([-1 / 7, -1 / 7], abs=1e-6)


def test_losses_and_data_are_searched_too():
    loss = Landscape.from_loss(
        "((w - 50)**2 - y)**2/4", coordinates="w", samples={"y": Normal(9, 1)}
    )
    low, high = hull(loss, beta=200)
    assert low[0] == pytest.approx(47, abs=0.1)
    assert high[0] == pytest.approx(53, abs=0.1)
    fit = Landscape.from_loss(
        "(a + b*x - y)**2/2", coordinates="a b", data={"x": [0, 1, 2, 3], "y": [100, 101, 102, 104]}
    )
    low, high = hull(fit)
    assert (low <= [99.8, 1.3]).all()
    assert (high >= [99.8, 1.3]).all()
    assert np.ptp([low, high], axis=0).max() < 1


def test_three_coordinates():
    three = Landscape.from_potential("(x**2 - 400)**2/100 + y**2 + (z - x)**2", coordinates="x y z")
    low, high = hull(three)
    assert [*low, *high] == pytest.approx([-20, 0, -20, 20, 0, 20], abs=0.1)


def test_what_is_given_is_not_searched_beyond():
    ratchet = landscapes.ratchet()
    assert not wells(ratchet, ratchet.drift(), 1.0).complete
    within = wells(ratchet, ratchet.drift(), 1.0, box={0: (0.0, 1.0)})
    assert within.complete
    assert len(within.low)
    assert within.low.min() >= 0
    assert within.high.max() <= 1

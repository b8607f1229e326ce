"""First passages in the plane: disc, annulus, strip and corner against their closed forms."""

import numpy as np
import pytest
from scipy import special, stats

from driftscape import simulate
from driftscape.landscapes import Landscape

COUNT = 20_000
LIKELY = 6e-5  # what four standard errors leave to chance
PLANE = Landscape.from_drift(["0", "0"], coordinates="x y", name="plane")
BROWN = simulate.Ito(beta=2, dt=0.0025)  # dx = dW


def passage(start, target, **changes):
    settings = {"start": start, "target": target, "trajectories": COUNT, "seed": 1, "max_time": 40}
    return simulate.first_passage(PLANE, BROWN, **(settings | changes))


def far(values, expected):
    """Distance of a mean from its expectation in standard errors."""
    return abs(np.mean(values) - expected) / (np.std(values) / len(values) ** 0.5)


@pytest.mark.parametrize("r", [0, 0.5])
def test_a_disc_is_left_after_the_right_time_at_the_right_angle(r):
    """E T = beta (1 - r**2)/4, and the angle's density is Poisson's kernel."""
    passages, twin = (passage([r, 0], "x**2 + y**2 > 1", bridge=bridge) for bridge in (None, False))
    assert far(passages.passage_time, (1 - r**2) / 2) < 4
    assert far(twin.passage_time, (1 - r**2) / 2) > 4
    assert np.allclose(np.hypot(*passages.exit.values.T), 1, atol=1e-4)
    angle = np.arctan2(passages.exit.values[:, 1], passages.exit.values[:, 0])

    def poisson(phi):
        return np.arctan((1 + r) / (1 - r) * np.tan(phi / 2)) / np.pi + 0.5

    assert stats.kstest(angle, poisson).pvalue > LIKELY
    if r:  # the wrong law: that of the centre
        assert stats.kstest(angle, stats.uniform(-np.pi, 2 * np.pi).cdf).pvalue < LIKELY


@pytest.mark.slow
def test_an_annulus_is_left_on_either_side_by_the_logarithmic_law():
    """log(r/a)/log(b/a) = 1/2 for r**2 = a b; the inner boundary is curved towards the path."""
    ring = {"in": "x**2 + y**2 < 0.0625", "out": "x**2 + y**2 > 1"}
    passages, twin = (passage([0.3, 0.4], ring, bridge=bridge) for bridge in (None, False))
    assert far(passages.target, 0.5) < 4
    assert far(twin.target, 0.5) > 4
    radius = np.hypot(*passages.exit.values.T)
    assert np.allclose(radius, np.where(passages.target == 0, 0.25, 1), atol=1e-4)


@pytest.mark.slow
def test_or_is_met_where_either_is():
    """|x| < 1 is left after a time of mean 1."""
    strip = "x > 1 or x < -1"
    passages, twin = (passage([0, 0], strip, bridge=bridge) for bridge in (None, False))
    assert far(passages.passage_time, 1) < 4
    assert far(twin.passage_time, 1) > 4
    assert np.allclose(abs(passages.exit.values[:, 0]), 1, atol=1e-12)
    turned = passage([0, 0], "not (-1 <= x <= 1)")  # the same in other words
    assert (turned.passage_time == passages.passage_time).all()


def outside(angle, r, t):
    """Chance to be still in a wedge, started on its bisector at r (Carslaw and Jaeger 1959)."""
    z, total = r**2 / (4 * t), 0.0
    for j in range(1, 100, 2):
        nu = j * np.pi / angle
        bessel = special.ive((nu - 1) / 2, z) + special.ive((nu + 1) / 2, z)
        total += np.sin(j * np.pi / 2) / j * bessel
    return 2 * r / np.sqrt(2 * np.pi * t) * total


@pytest.mark.slow
def test_and_is_met_where_both_are():
    """The quarter plane seen from the three others: a wedge of 270 degrees."""
    assert abs(outside(np.pi, 0.7, 1) - special.erf(0.7 / 2**0.5)) < 1e-12  # the half plane
    settings = {"start": [-0.5, -0.5], "target": "x > 0 and y > 0", "max_time": 1}
    passages, twin = (passage(**settings, bridge=bridge) for bridge in (None, False))
    expected = outside(1.5 * np.pi, 0.5**0.5, 1)
    assert far(passages.censored, expected) < 4
    assert far(twin.censored, expected) > 4

"""The distance of a density: zero in the mean for the right density, and not for a wrong one."""

import numpy as np
import pytest
import xarray as xr

from driftscape.gallery.shared.histogram import Histogram
from driftscape.landscapes import Landscape


@pytest.fixture
def gaussian() -> Landscape:
    return Landscape.from_potential("x**2/2 + y**2/2", coordinates="x y")


def sampled(
    rng: np.random.Generator, width: float, landscape: Landscape, times: int = 500
) -> Histogram:
    """Independent normal samples, in the shape of a run."""
    state = width * rng.standard_normal((640, times, 2))
    run = xr.Dataset(
        {"state": (("trajectory", "time", "coordinate"), state)}, {"time": np.arange(float(times))}
    )
    return Histogram.of(run, landscape, discard_time=0)


def test_the_right_density_is_at_distance_zero(rng, gaussian) -> None:
    distance = sampled(rng, 1.0, gaussian).distance()
    assert abs(distance.value) < 4 * distance.stderr, distance


@pytest.mark.slow
def test_the_error_bar_is_the_scatter_of_repeated_measurements(rng, gaussian) -> None:
    """At the right density and at a wrong one, where another part of the error takes over."""
    for width in (1.0, 1.1):
        repeats = [sampled(rng, width, gaussian, times=50).distance() for _ in range(60)]
        scatter = np.std([each.value for each in repeats], ddof=1)
        stated = np.sqrt(np.mean([each.stderr**2 for each in repeats]))
        # the scatter of 60 numbers is known to 9 %, the stated error of 32 groups somewhat worse
        assert 0.7 < scatter / stated < 1.4, (width, scatter, stated)


def test_a_density_that_is_three_percent_too_wide_is_rejected(rng, gaussian) -> None:
    """Chi-square distance of two such normal densities: (1 - s)^-2 - 1 = s^2 + ..., s = .0609."""
    distance = sampled(rng, 1.03, gaussian).distance()
    assert distance.value > 8 * distance.stderr
    assert distance.value == pytest.approx(0.0609**2, rel=0.2)


def test_the_predicted_distance_of_a_wrong_density_is_what_samples_measure(rng, gaussian) -> None:
    """Of normal distributions of variances 1 and 1/beta in the plane; bins lose some of it."""
    beta = 1.1
    histogram = sampled(rng, 1.0, gaussian)
    exact = 1 / (beta * (2 - beta)) - 1  # int q^2/p - 1
    assert 0.9 * exact < histogram.predicted_distance(beta) < exact
    assert histogram.predicted_distance(1.0) == 0
    measured = histogram.distance(beta)
    assert abs(measured.value - histogram.predicted_distance(beta)) < 4 * measured.stderr


def test_the_square_of_one_histogram_would_be_biased(rng, gaussian) -> None:
    """Why pairs are multiplied: the squared noise of all samples is as large as a real distance."""
    histogram = sampled(rng, 1.0, gaussian)
    p = histogram.predicted()
    common = p > 1e-4
    off = histogram.frequency.mean(axis=0)[common] - p[common]
    assert np.sum(off**2 / p[common]) > 10 * histogram.distance().stderr


def test_the_predicted_probabilities_are_those_of_the_normal_density(rng, gaussian) -> None:
    from scipy.special import ndtr

    histogram = sampled(rng, 1.0, gaussian)
    one = np.diff(ndtr(histogram.edges))
    assert np.allclose(histogram.predicted(), np.outer(one, one), atol=1e-9)
    assert histogram.predicted().sum() == pytest.approx(1)


def test_the_marginal_is_that_of_the_first_coordinate(rng) -> None:
    narrow = Landscape.from_potential("x**2/2 + 8*y**2", coordinates="x y")
    centres, density, error = sampled(rng, 1.0, narrow).marginal()
    exact = np.exp(-(centres**2) / 2) / np.sqrt(2 * np.pi)
    common = exact > 1e-3
    # the mean of a density over a bin of width 0.1 differs from its middle by up to 0.0004
    assert np.all(np.abs(density - exact)[common] < 5 * error[common] + 4e-4)


def test_extrapolation_removes_a_bias_in_proportion_to_the_step(rng, gaussian) -> None:
    """Variances 1.12 and 1.06, as from steps dt and dt/2: seen alone, and not combined."""
    coarse, fine = (sampled(rng, variance**0.5, gaussian) for variance in (1.12, 1.06))
    limit = fine.extrapolated(coarse).distance()
    assert fine.distance().value > 8 * fine.distance().stderr
    # what is left is the second order, (0.06^2)^2 times a number of order one
    assert abs(limit.value) < 4 * limit.stderr + 1e-4, limit

"""Logarithms of times and lines through them, against numbers known in advance."""

import numpy as np
import pytest

from driftscape.analysis import Estimate
from driftscape.gallery.shared.escape_times import arrays, fitted

LINE = (lambda x: x, np.ones_like)


def points(rng: np.random.Generator, slope: float = 0.5) -> list[tuple[float, Estimate]]:
    """Times that lie on a line up to their errors, which differ by a factor of ten."""
    points = []
    for place, error in zip(range(4, 12), np.geomspace(0.01, 0.1, 8), strict=True):
        time = np.exp(slope * place + 1.5 + error * rng.standard_normal())
        points.append((float(place), Estimate(float(time), float(error * time), 100, "made up")))
    return points


def test_points_are_drawn_at_their_logarithms() -> None:
    place, value, error = arrays([(2.0, Estimate(1.0, 0.1, 9, ""))])
    assert (place[0], value[0], error[0]) == (2, 0, pytest.approx(0.1))


def test_the_slope_is_found_and_another_one_is_rejected(rng) -> None:
    slope = fitted(points(rng), LINE)
    assert slope.compare(0.5).verdict == "agrees"
    assert slope.compare(0.55).verdict == "rejected"


def test_the_error_of_the_slope_is_its_scatter(rng) -> None:
    slopes = [fitted(points(rng), LINE) for _ in range(400)]
    scatter = np.std([each.value for each in slopes], ddof=1)
    # the scatter of 400 numbers is known to 3.5 %
    assert scatter / slopes[0].stderr == pytest.approx(1, abs=0.14)

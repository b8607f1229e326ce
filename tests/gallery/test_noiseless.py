"""The rotating double well without noise, against independently computed numbers."""

import numpy as np
import pytest

from driftscape import landscapes
from driftscape.gallery.figures.chaudhari_2018_double_well import noiseless


@pytest.mark.parametrize(
    ("rotation", "x1", "x2"),
    [(0.1, 0.99694, 0.07788), (0.25, 0.98007, 0.19470), (0.5, 0.90243, 0.38880)]
    + [(0.7, 0.61118, 0.48375), (0.77, 0.15438, 0.15253)],
)
def test_the_wells_are_where_root_finding_puts_them(rotation, x1, x2) -> None:
    assert noiseless.well(rotation) == pytest.approx((x1, x2), abs=6e-6)


@pytest.mark.parametrize("rotation", [0.0, 0.3, 0.6, 0.77])
def test_the_drift_vanishes_on_the_branch_and_not_beside_it(rotation) -> None:
    drift = landscapes.double_well(rotation=rotation).drift(1)
    x1, x2 = noiseless.well(rotation)
    assert np.abs(drift([x1, x2])).max() < 1e-12
    assert np.abs(drift([x1 + 0.01, x2])).max() > 1e-4


def test_the_wells_are_gone_past_the_merging_point() -> None:
    assert noiseless.well(0.7788) != (0, 0)
    assert noiseless.well(0.7789) == (0, 0)


def test_the_branch_merges_at_exp_minus_a_quarter() -> None:
    merging = noiseless.merging_point()
    assert merging.compare(np.exp(-0.25)).verdict == "agrees"
    assert merging.compare(0.77).verdict == "rejected"


def test_both_eigenvalues_vanish_there_and_nowhere_else() -> None:
    """The determinant at the origin is rotation^2 sqrt(e) - 1."""
    assert noiseless.determinant(float(np.exp(-0.25))).compare(0).verdict == "agrees"
    assert noiseless.determinant(0.5).value == pytest.approx(0.25 * np.exp(0.5) - 1, abs=1e-8)
    assert noiseless.determinant(0.5).compare(0).verdict == "rejected"


@pytest.mark.parametrize("point", [(0.5, 0.5), (-1.2, 0.4)])
def test_the_force_is_not_free_of_divergence(point) -> None:
    """Its divergence is rotation x1 x2 (2 - x1^2) exp(Phi - r^4/4)."""
    x1, x2 = point
    exponent = (x1**2 - 1) ** 2 / 4 + x2**2 / 2 - (x1**2 + x2**2) ** 2 / 4
    measured, along = noiseless.divergence(1.5, point)
    exact = 1.5 * x1 * x2 * (2 - x1**2) * np.exp(exponent)
    assert measured.value == pytest.approx(exact, abs=1e-8)
    assert along == pytest.approx(exact, rel=1e-12)
    assert abs(exact) > 0.1

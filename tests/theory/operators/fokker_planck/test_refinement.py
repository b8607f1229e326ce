"""Errors estimated from three grids, on sequences whose limit is known."""

import numpy as np
import pytest

from driftscape.theory.operators.fokker_planck.refinement import extrapolate


class Level:
    """A grid of spacing h, with half as many cells on demand."""

    def __init__(self, h):
        self.h = h

    def halved(self):
        return Level(2 * self.h)


@pytest.mark.parametrize("h", [1.0, 0.1])
@pytest.mark.parametrize("order", [0.6, 1, 1.4, 1.5, 2, 2.5, 3, 4])
@pytest.mark.parametrize("more", [0.0, 0.2, -0.2])
def test_the_truncation_covers_the_error_at_any_order(order, more, h):
    """v = 1 + h^p + more h^(p + 1): a power and the next one."""
    found = extrapolate(Level(h), lambda at: 1 + 0.1 * (at.h**order + more * at.h ** (order + 1)))
    assert abs(float(found.value) - 1) < 3 * float(found.truncation)
    assert found.settled or h == 1 or order < 1  # a sequence far from its limit need not be settled


def test_differences_that_do_not_shrink_are_not_settled():
    found = extrapolate(Level(1.0), lambda at: 1 + 0.1 * np.log2(at.h))
    assert not found.settled
    assert not found.theory().valid
    assert extrapolate(Level(1.0), lambda at: 1 + 1e-5 * np.log2(at.h)).settled


def test_two_extrapolations_that_agree_by_accident_are_not_believed():
    """h^2 with a term that is the same in both extrapolations."""
    values = {1.0: 1.01 + 0.002, 2.0: 1.04 + 0.002, 4.0: 1.16 + 0.002}
    found = extrapolate(Level(1.0), lambda at: values[at.h])
    assert float(found.order) == pytest.approx(2)
    assert float(found.truncation) >= 0.03 * 0.03

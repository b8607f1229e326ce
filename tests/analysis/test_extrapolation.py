"""Richardson extrapolation cancels what it says and no more."""

import math

import pytest

from driftscape.analysis import Estimate, extrapolate


def measured(step, value, stderr=0.0):
    return step, Estimate(value, stderr, 100, "m", "per time")


def test_two_steps_cancel_the_leading_order():
    result = extrapolate([measured(0.2, 5 + 0.2 * 3, 0.3), measured(0.1, 5 + 0.1 * 3, 0.4)])
    assert result.value == pytest.approx(5)
    assert result.stderr == pytest.approx(math.hypot(0.3, 2 * 0.4))
    assert result.unit == "per time"


@pytest.mark.parametrize("order", [1, 2])
def test_each_further_step_cancels_one_more_order(order):
    def bias(h):
        return 1 + 2 * h**order - 7 * h ** (order + 1)

    three = [measured(h, bias(h)) for h in (0.03, 0.02, 0.01)]
    assert extrapolate(three, order=order).value == pytest.approx(1, abs=1e-12)
    # two steps leave the next order, and the wrong order leaves the leading one
    assert abs(extrapolate(three[1:], order=order).value - 1) > 1e-6
    assert abs(extrapolate(three, order=order + 1).value - 1) > 1e-6


def test_refuses_what_cannot_be_extrapolated():
    with pytest.raises(ValueError, match="two different ones or more"):
        extrapolate([measured(0.1, 1)])
    with pytest.raises(ValueError, match="two different ones or more"):
        extrapolate([measured(0.1, 1), measured(0.1, 1)])
    with pytest.raises(ValueError, match="positive"):
        extrapolate([measured(0.1, 1), measured(-0.1, 1)])
    with pytest.raises(ValueError, match="order=0"):
        extrapolate([measured(0.1, 1), measured(0.2, 1)], order=0)

"""Numbers of NumPy are taken wherever a number is, and are Python's own from there on."""

import json

import numpy as np
import pytest

from driftscape import landscapes, simulate
from driftscape.landscapes import Exponential, Landscape, Normal
from driftscape.simulate.dynamics.base import Dynamics

pytestmark = pytest.mark.usefixtures("nothing_is_compiled")

WELL = landscapes.quartic_well()
NUMBERS = [2, np.int64(2), np.uint8(2), np.float32(2), np.float64(2), np.array(2), np.array(2.0)]
MADE = {
    "Ito": lambda n: simulate.Ito(beta=n, dt=n / 4),
    "stable": lambda n: simulate.Ito(beta=n, dt=0.01, noise="stable", alpha=n),
    "AType": lambda n: simulate.AType(beta=n, dt=0.01),
    "SGD": lambda n: simulate.SGD(learning_rate=n),
    "batches": lambda n: simulate.SGD(
        learning_rate=0.1, momentum=n / 4, sampling="iid", batch_size=whole(n), train_size=whole(n)
    ),
    "GD": lambda n: simulate.GD(learning_rate=n),
    "GDC": lambda n: simulate.GDC(learning_rate=n, train_size=whole(n)),
    "Underdamped": lambda n: simulate.Underdamped(friction=n, beta=n, dt=0.01),
    "GradientFlow": lambda n: simulate.GradientFlow(dt=n),
    "RGD": lambda n: simulate.RGD(learning_rate=n, epsilon=n),
    "Geodesic": lambda n: simulate.Geodesic(dt=n, epsilon=n),
}


def whole(number):
    """The same number as a whole one, of NumPy's where it was NumPy's."""
    return np.int16(number) if isinstance(number, (np.generic, np.ndarray)) else int(number)


@pytest.mark.parametrize("number", NUMBERS, ids=[f"{type(n).__name__}-{n}" for n in NUMBERS])
@pytest.mark.parametrize("name", MADE)
def test_dynamics_take_them_and_describe_themselves_as_ever(name, number):
    result = MADE[name](number)
    assert result == MADE[name](2)
    assert result.to_dict() == MADE[name](2).to_dict()
    assert json.loads(json.dumps(result.to_dict())) == result.to_dict()
    assert type(result.time_step) in (int, float)


def test_no_dynamics_passes_the_mechanism_by():
    """`check` is what a dynamics defines; a `__post_init__` of its own would replace the base's."""
    found = [Dynamics]
    for kind in found:
        found.extend(kind.__subclasses__())
        assert kind is Dynamics or "__post_init__" not in vars(kind), kind
    assert len(found) > 12


@pytest.mark.parametrize("wrong", [True, np.bool_(True), "2", None, 2j, np.array([2.0]), [2.0]])
def test_what_is_no_number_is_refused_by_name(wrong):
    with pytest.raises(TypeError, match="beta=.*positive finite number"):
        simulate.Ito(beta=wrong, dt=0.01)
    with pytest.raises((TypeError, ValueError), match="momentum="):
        simulate.SGD(learning_rate=0.1, momentum=wrong)


@pytest.mark.parametrize("wrong", [0, -1, np.int64(0), np.float32("nan"), float("inf")])
def test_a_number_that_is_not_positive_is_refused_by_value(wrong):
    with pytest.raises(ValueError, match="beta=.*positive finite number"):
        simulate.Ito(beta=wrong, dt=0.01)


def test_pages_and_analyses_too():
    assert landscapes.styblinski_tang(np.int64(1)) == landscapes.styblinski_tang(1)
    assert landscapes.cosh(np.array(2)) == landscapes.cosh(2)
    assert landscapes.screw_loop(turns=np.int8(2), radius=np.float64(2)) == landscapes.screw_loop(
        turns=2, radius=2.0
    )
    for wrong in (True, 2.0, "2", 0):
        with pytest.raises((TypeError, ValueError), match="whole number from 1"):
            landscapes.cosh(wrong)
    with pytest.raises(TypeError, match="radius=True"):
        landscapes.screw_loop(radius=True)


def start(given, landscape=WELL):
    from driftscape.simulate.start import Start

    return Start(landscape, given, 3)


LAWS = {
    "negative deviation": (lambda: start(Normal(0, -1)), "has the width -1"),
    "negative mean": (lambda: start(Exponential(-1)), "has the width -1"),
    "unknown parameter": (lambda: start(Normal(0, "s")), "start: Normal.*unknown name 's'"),
    "a coordinate": (lambda: start(Normal("x")), "start: Normal.*unknown name 'x'"),
    "negative by a parameter": (
        lambda: start(
            Normal(0, "s"), Landscape.from_potential("x**2", coordinates="x", parameters={"s": -1})
        ),
        "start: Normal.*has the width -1",
    ),
    "no number beside a law": (
        lambda: start([Normal(), "a"], landscapes.double_well(rotation=0)),
        "start: x2='a'; give a probability law or a finite number",
    ),
    "nan beside a law": (
        lambda: start([Normal(), float("nan")], landscapes.double_well(rotation=0)),
        "start: x2=nan; give a probability law or a finite number",
    ),
    "a truth value": (lambda: start(True), "start=True; give a point"),
}


@pytest.mark.parametrize("case", LAWS)
def test_a_start_is_refused_before_anything_is_compiled(case):
    make, message = LAWS[case]
    with pytest.raises((ValueError, TypeError), match=message):
        make()

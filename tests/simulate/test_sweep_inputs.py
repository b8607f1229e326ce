"""What cannot be swept is refused by name, before anything is compiled."""

import numpy as np
import pytest

from driftscape import landscapes, simulate
from driftscape.landscapes import Landscape

pytestmark = pytest.mark.usefixtures("nothing_is_compiled")

SCREW, SGD = landscapes.archimedes(), simulate.SGD(learning_rate=0.1)
WELL, ITO = landscapes.double_well(rotation=1.0), simulate.Ito(beta=1, dt=0.01)


LISTS = {
    "no mapping": (["learning_rate"], "give name -> list of values"),
    "nothing": (None, "give name -> list of values"),
    "no names": ({}, "give name -> list of values"),
    "no values": ({"learning_rate": []}, "'learning_rate'.*one at least"),
    "one number": ({"learning_rate": 0.1}, "'learning_rate'.*give a list of numbers"),
    "text": ({"learning_rate": "0.1 0.2"}, "'learning_rate'.*give a list of numbers"),
    "schedules": ({"learning_rate": ["0.1/(1 + step)"]}, "only numbers can be swept"),
    "samplings": ({"sampling": ["iid", "fixed"]}, "'sampling'.*only numbers can be swept"),
    "booleans": ({"nesterov": [True, False]}, "'nesterov'.*give a list of numbers"),
    "a matrix": ({"learning_rate": [[0.1, 0.2]]}, "'learning_rate'.*give a list of numbers"),
    "ragged": ({"learning_rate": [[0.1], [0.1, 0.2]]}, "give a list of numbers"),
    "complex": ({"learning_rate": [1j]}, "give a list of numbers"),
    "not finite": ({"learning_rate": [0.1, np.nan]}, "'learning_rate'.*not finite"),
    "twice": ({"learning_rate": [0.1, 0.2, 0.1]}, "'learning_rate'.*has a value twice"),
    "not allowed": ({"learning_rate": [0.1, -0.2]}, "learning_rate=-0.2; it must be a positive"),
    "unknown": ({"eta": [0.1]}, "names 'eta'; SGD has learning_rate, .*archimedes has .*none"),
    "number for text": ({"sampling": [1, 2]}, "sampling='fresh' of SGD is not a number"),
    "two kernels": ({"batch_size": [1, 2]}, "batch_size cannot be swept.*batch_size=2"),
    "counted loops": ({"batch_size": [2, 3]}, "batch_size cannot be swept: it counts"),
    "two kernels by a zero": ({"momentum": [0, 0.5]}, "momentum cannot be swept.*momentum=0.5"),
    "two names of one": (
        {"learning_rate": [0.1], "dynamics.learning_rate": [0.9]},
        "'learning_rate' and 'dynamics.learning_rate', which are one parameter of the dynamics",
    ),
    "a truth value": ({"momentum": [0.5, True]}, "'momentum'.*give a list of numbers"),
    "of two": (
        {"learning_rate": [0.1, 0.2], "batch_size": [2, 3]},
        "^batch_size cannot be swept",
    ),
}


@pytest.mark.parametrize("case", LISTS)
def test_over_is_refused(case):
    over, message = LISTS[case]
    with pytest.raises((ValueError, TypeError), match=message) as error:
        simulate.sweep(SCREW, SGD, over=over, steps=5)
    assert "\n" not in str(error.value)


def test_training_sets_have_one_size():
    sgd = simulate.SGD(learning_rate=0.1, sampling="iid", train_size=5)
    with pytest.raises(ValueError, match="train_size cannot be swept: it counts"):
        simulate.sweep(SCREW, sgd, over={"train_size": [5, 6]}, steps=5)


def test_schemes_and_schedules_are_not_numbers():
    with pytest.raises(TypeError, match="'scheme'.*only numbers can be swept"):
        simulate.sweep(WELL, ITO, over={"scheme": ["heun", "milstein"]}, steps=5)
    schedule = simulate.SGD(learning_rate="0.1/(1 + step)")
    with pytest.raises(ValueError, match="learning_rate='0.1.*of SGD is not a number"):
        simulate.sweep(SCREW, schedule, over={"learning_rate": [0.1]}, steps=5)


def test_a_name_of_both_must_be_said_whose():
    mean, ito = landscapes.mean_estimation(), simulate.Ito(beta=1, dt=0.1)
    with pytest.raises(ValueError, match="write 'landscape.noise' or 'dynamics.noise'"):
        simulate.sweep(mean, ito, over={"noise": [0.1, 0.2]}, steps=5)


def test_a_name_that_the_dataset_uses_must_be_said_whose():
    odd = Landscape.from_potential("time*x**2", coordinates="x", parameters={"time": 1.0})
    with pytest.raises(ValueError, match="write 'landscape.time'"):
        simulate.sweep(odd, ITO, over={"time": [1, 2]}, steps=5)


def test_one_number_of_steps_for_all():
    with pytest.raises(ValueError, match="time=10 is 1000 steps at dt=0.01 and 500 at dt=0.02"):
        simulate.sweep(WELL, ITO, over={"dt": [0.01, 0.02]}, time=10)
    with pytest.raises(ValueError, match="33.333"):
        simulate.sweep(WELL, ITO, over={"dt": [0.01, 0.03]}, time=1)


BAD = {
    "no length": {},
    "no trajectories": {"steps": 1, "trajectories": 0},
    "negative seed": {"steps": 1, "seed": -1},
    "common of text": {"steps": 1, "common": "no"},
    "start of wrong shape": {"steps": 1, "trajectories": 3, "start": np.zeros((3, 3, 2))},
    "start with NaN": {"steps": 1, "trajectories": 3, "start": np.full((2, 3, 2), np.nan)},
    "snapshots of nothing": {"steps": 1, "keep": "final", "save_every": 1},
    "average of an unknown name": {"steps": 1, "keep": simulate.Average("w")},
    "no such backend": {"steps": 1, "backend": "fortran"},
    "no threads": {"steps": 1, "threads": 0},
    "progress nonsense": {"steps": 1, "progress": "loud"},
    "resume and more": {"steps": 1, "resume": 7},
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused(case):
    with pytest.raises((ValueError, TypeError)) as error:
        simulate.sweep(WELL, ITO, over={"beta": [1, 2]}, **BAD[case])
    assert len(str(error.value)) > 20


def test_what_is_no_landscape_is_refused():
    with pytest.raises(TypeError, match="give a Landscape"):
        simulate.sweep(over={"a": [1]}, steps=3)
    with pytest.raises(ValueError, match="no coordinate 'provenance'"):
        simulate.sweep(resume=7, steps=3)


def test_memory_is_that_of_all_points():
    settings = {"steps": 1000, "trajectories": 100, "save_every": 10, "max_bytes": 500_000}
    two, eight = ({"beta": range(1, 1 + n)} for n in (2, 8))
    with pytest.raises(AssertionError, match="compiled before"):  # allowed
        simulate.sweep(WELL, ITO, over=two, **settings)
    with pytest.raises(ValueError, match="101 snapshots, 0.00129 GB; allowed are 0.0005 GB"):
        simulate.sweep(WELL, ITO, over=eight, **settings)


def test_memory_of_training_sets_is_that_of_all_points():
    sgd = simulate.SGD(learning_rate=0.1, sampling="iid", train_size=99)
    over = {"learning_rate": [0.1, 0.2, 0.3, 0.4]}
    with pytest.raises(ValueError, match="training sets of 99 samples"):
        simulate.sweep(
            SCREW, sgd, over=over, steps=3, trajectories=100, max_bytes=100_000, keep="final",
            backend="numpy",
        )  # fmt: skip

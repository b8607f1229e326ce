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
    "no labels": ({"learning_rate": {}}, "'learning_rate'.*give label -> value"),
    "labels of numbers": ({"learning_rate": {1: 0.1}}, "'learning_rate'.*labels as text"),
    "one number": ({"learning_rate": 0.1}, "'learning_rate': 0.1.*give a list of values"),
    "text": ({"sampling": "iid"}, "'sampling': 'iid'.*give a list of values"),
    "not finite": ({"learning_rate": [0.1, np.nan]}, "'learning_rate'.*not finite"),
    "twice": ({"learning_rate": [0.1, 0.2, 0.1]}, "'learning_rate'.*has a value twice"),
    "text twice": ({"sampling": ["fresh", "fresh"]}, "'sampling'.*a value twice.*{label: value"),
    "not allowed": ({"learning_rate": [0.1, -0.2]}, "learning_rate=-0.2; it must be a positive"),
    "unknown": ({"eta": [0.1]}, "names 'eta'; SGD has learning_rate, .*archimedes has .*none"),
    "a ragged matrix": ({"learning_rate": [[0.1], [0.1, 0.2]]}, "a matrix must be square"),
    "complex": ({"learning_rate": [1j]}, "learning_rate=1j; it must be a positive"),
    "number for text": ({"sampling": [1, 2]}, "sampling=1; it must be one of 'fresh'"),
    "text for a number": ({"momentum": [0, "much"]}, "momentum=.*much.*number in"),
    "a truth value": ({"momentum": [0.5, True]}, "momentum=True; it must be a number"),
    "a fraction of a sample": ({"batch_size": [1, 1.5]}, "batch_size=1.*whole number"),
    "no training set": ({"sampling": ["fresh", "iid"]}, "^at sampling=iid: .*give train_size="),
    "a combination": (
        {"momentum": [0.5, 0], "nesterov": [True, False]},
        "^at momentum=0, nesterov=True: nesterov=True looks ahead",
    ),
    "a batch that does not fit": (
        {"sampling": ["fixed"], "train_size": [6, 8], "batch_size": [2, 3]},
        "^at sampling=fixed, train_size=8, batch_size=3: train_size=8 is not a multiple",
    ),
    "two names of one": (
        {"learning_rate": [0.1], "dynamics.learning_rate": [0.9]},
        "'learning_rate' and 'dynamics.learning_rate', which are one parameter of the dynamics",
    ),
    "dynamics twice": ({"dynamics": [SGD]}, "over= gives the dynamics of each point; leave"),
    "landscapes twice": ({"landscape": [SCREW]}, "over= gives the landscape of each point; leave"),
    "provenance": ({"provenance": [1]}, "names 'provenance'; SGD has"),
}


@pytest.mark.parametrize("case", LISTS)
def test_over_is_refused(case):
    over, message = LISTS[case]
    with pytest.raises((ValueError, TypeError), match=message) as error:
        simulate.sweep(SCREW, SGD, over=over, steps=5)
    assert "\n" not in str(error.value)


WHOLE = {
    "no dynamics": ({"dynamics": [SGD, 0.1]}, "'dynamics'.*has 0.1; give Dynamics objects"),
    "one dynamics": ({"dynamics": SGD}, "'dynamics'.*give a list of values"),
    "dynamics twice": ({"dynamics": [SGD, SGD]}, "'dynamics'.*has a value twice.*{label: value"),
    "no landscapes": ({"dynamics": [SGD], "landscape": ["screw"]}, "give Landscape objects"),
    "other coordinates": (
        {"dynamics": [SGD], "landscape": [SCREW, WELL]},
        "archimedes has the coordinates .* and double_well has x1, x2; all landscapes",
    ),
    "a field of one": (
        {"dynamics": [SGD, simulate.GD(learning_rate=0.1)], "momentum": [0, 0.5]},
        "names 'momentum'; GD has learning_rate",
    ),
    "a parameter of one": (
        {"dynamics": [ITO], "landscape": [WELL, Landscape.from_potential(
            "x1**2 + x2**2", coordinates="x1 x2", name="bowl")], "rotation": [0, 1]},
        "names 'rotation'; Ito has beta, dt, .*bowl has the parameters",
    ),
    "a dynamics that cannot": (
        {"dynamics": [ITO, SGD], "landscape": [Landscape.from_drift(
            "-x", coordinates="x", name="drifting")]},
        "^at dynamics=SGD, landscape=drifting: .*gradient",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WHOLE)
def test_landscapes_and_dynamics_are_refused(case):
    over, message = WHOLE[case]
    given = None if "landscape" in over else SCREW
    with pytest.raises((ValueError, TypeError), match=message) as error:
        simulate.sweep(given, over=over, steps=5)
    assert "\n" not in str(error.value)


def test_a_name_of_both_must_be_said_whose():
    mean, ito = landscapes.mean_estimation(), simulate.Ito(beta=1, dt=0.1)
    with pytest.raises(ValueError, match="write 'landscape.noise' or 'dynamics.noise'"):
        simulate.sweep(mean, ito, over={"noise": [0.1, 0.2]}, steps=5)


def test_a_name_that_the_dataset_uses_must_be_said_whose():
    odd = Landscape.from_potential("time*x**2", coordinates="x", parameters={"time": 1.0})
    with pytest.raises(ValueError, match="write 'landscape.time'"):
        simulate.sweep(odd, ITO, over={"time": [1, 2]}, steps=5)
    for taken in ("provenance", "fingerprint"):
        odd = Landscape.from_potential(f"{taken}*x**2", coordinates="x", parameters={taken: 1.0})
        with pytest.raises(ValueError, match=f"write 'landscape.{taken}'"):
            simulate.sweep(odd, ITO, over={taken: [1, 2]}, steps=5)


def test_a_time_is_a_whole_number_of_steps_at_every_point():
    with pytest.raises(ValueError, match="^at dt=0.03: time=1 is 33.333"):
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
    with pytest.raises(TypeError, match=r"no xarray\.Dataset"):
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

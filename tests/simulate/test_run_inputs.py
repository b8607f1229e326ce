"""Wrong input is answered before anything is compiled, by one clear error."""

import numpy as np
import pytest

from driftscape import landscapes, simulate
from driftscape.landscapes import Landscape, Normal
from driftscape.simulate.request import trajectory_numbers

pytestmark = pytest.mark.usefixtures("nothing_is_compiled")

SCREW, SGD = landscapes.archimedes(), simulate.SGD(learning_rate=0.1)


BAD = {
    "no length": {},
    "steps and time": {"steps": 10, "time": 1.0},
    "no steps": {"steps": 0},
    "negative steps": {"steps": -5},
    "half a step": {"steps": 1.5},
    "time not whole": {"time": 0.25},
    "time infinite": {"time": float("inf")},
    "no trajectories": {"steps": 1, "trajectories": 0},
    "empty range": {"steps": 1, "trajectories": range(5, 5)},
    "negative range": {"steps": 1, "trajectories": range(-2, 5)},
    "negative seed": {"steps": 1, "seed": -1},
    "float seed": {"steps": 1, "seed": 0.5},
    "start of wrong shape": {"steps": 1, "start": [0, 0]},
    "start for other trajectories": {"steps": 1, "trajectories": 3, "start": np.zeros((4, 3))},
    "start with NaN": {"steps": 1, "start": [0, float("nan"), 0]},
    "start of text": {"steps": 1, "start": "origin"},
    "start with an unknown name": {"steps": 1, "start": {"u": 0, "v": 0, "w": 0}},
    "start with two laws of three": {"steps": 1, "start": [Normal(), Normal()]},
    "keep nonsense": {"steps": 1, "keep": "everything"},
    "two averages": {"steps": 1, "keep": [simulate.Average("u"), simulate.Average("v")]},
    "average of an unknown name": {"steps": 1, "keep": simulate.Average("w")},
    "snapshots of nothing": {"steps": 1, "keep": "final", "save_every": 1},
    "save_every 0": {"steps": 1, "save_every": 0},
    "too many snapshots": {"steps": 10**6, "trajectories": 10**4, "save_every": 1},
    "no such backend": {"steps": 1, "backend": "fortran"},
    "no such generator": {"steps": 1, "generator": "dice"},
    "no threads": {"steps": 1, "threads": 0},
    "progress nonsense": {"steps": 1, "progress": "loud"},
    "resume nonsense": {"steps": 1, "resume": 7},
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused(case):
    with pytest.raises((ValueError, TypeError)) as error:
        simulate.run(SCREW, SGD, **BAD[case])
    assert len(str(error.value)) > 20


def test_an_unknown_keyword_is_refused():
    with pytest.raises(TypeError, match="step"):
        simulate.run(SCREW, SGD, step=10)


@pytest.mark.parametrize("landscape", [None, "archimedes", landscapes.archimedes])
def test_what_is_not_a_landscape_is_refused(landscape):
    with pytest.raises(TypeError, match="landscape"):
        simulate.run(landscape, SGD, steps=1)


def test_what_is_not_a_dynamics_is_refused():
    with pytest.raises(TypeError, match="dynamics"):
        simulate.run(SCREW, "sgd", steps=1)


@pytest.mark.parametrize("make", [
    lambda: simulate.SGD(learning_rate=-0.1),
    lambda: simulate.SGD(learning_rate=float("nan")),
    lambda: simulate.SGD(learning_rate="0.1"),
    lambda: simulate.SGD(learning_rate=0.1, batch_size=0),
    lambda: simulate.SGD(learning_rate=0.1, batch_size=2.5),
    lambda: simulate.SGD(lr=0.1),
    lambda: simulate.GD(learning_rate=0),
    lambda: simulate.Ito(beta=0, dt=0.1),
    lambda: simulate.Ito(beta=-1, dt=0.1),
    lambda: simulate.Ito(beta=1, dt=0),
    lambda: simulate.Ito(beta=1, dt=float("inf")),
    lambda: simulate.GradientFlow(dt=-1),
    lambda: SGD.as_sde(substeps=0),
])  # fmt: skip
def test_dynamics_refuse_bad_numbers(make):
    with pytest.raises((ValueError, TypeError)):
        make()


def test_sgd_on_a_bare_drift_is_refused_by_name():
    vdp = Landscape.from_drift(["y", "(1 - x**2)*y - x"], coordinates="x y")
    with pytest.raises(landscapes.NotAvailable, match="per-sample gradients"):
        simulate.run(vdp, SGD, steps=1)


def test_a_flow_that_depends_on_beta_asks_for_it():
    with pytest.raises(ValueError, match="give beta="):
        simulate.run(landscapes.double_well(1.0), simulate.GradientFlow(dt=0.1), steps=1)


def test_the_limit_of_snapshots_can_be_raised_by_name():
    with pytest.raises(ValueError, match="max_bytes"):
        simulate.run(SCREW, SGD, steps=10**6, trajectories=10**4, save_every=1)


@pytest.mark.parametrize(
    "given", [range(4), range(5, 20, 4), range(10, -1, -5), range(2**63 - 2, 2**63),
              range(7, 8, 2**70), np.array([3, 1])],
)  # fmt: skip
def test_trajectory_numbers_are_those_of_the_range(given):
    numbers = trajectory_numbers(given)
    assert numbers.dtype == np.uint64
    assert numbers.tolist() == list(given)

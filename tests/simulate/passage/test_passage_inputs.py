"""Wrong input of a first passage is answered by one clear sentence, before anything compiles."""

import os
import signal
import threading
import time

import numpy as np
import pytest
import xarray as xr

from driftscape import landscapes, simulate
from driftscape.landscapes import Landscape

WELL, ITO = landscapes.quartic_well(), simulate.Ito(beta=5, dt=0.01)
PLANE = Landscape.from_drift(["0", "0"], coordinates="x y", parameters={"a": 1.0}, name="plane")


def passage(landscape=WELL, dynamics=ITO, **changes):
    settings = {"start": -1, "target": "x > 0", "trajectories": 3, "seed": 1, "max_time": 1}
    if landscape is PLANE:
        settings["start"] = [0, 0]
    return simulate.first_passage(landscape, dynamics, **(settings | changes))


BAD = {
    "no target": ({"target": None}, "give target="),
    "no named target": ({"target": {}}, "name at least one"),
    "list of targets": ({"target": ["x > 0"]}, "as text"),
    "number as target": ({"target": 0.5}, "as text"),
    "number as a named target": ({"target": {"right": 1}}, "as text"),
    "name that is none": ({"target": {"far right": "x > 0"}}, "not a name for a target"),
    "number as name": ({"target": {1: "x > 0"}}, "not a name for a target"),
    "empty text": ({"target": ""}, "not a formula"),
    "no predicate": ({"target": "x + 1"}, "compares values"),
    "half a predicate": ({"target": "x >"}, "not a formula"),
    "equality": ({"target": "x == 0"}, "compares values"),
    "unknown name": ({"target": "y > 0"}, "unknown name 'y'"),
    "code": ({"target": "__import__('os') > 0"}, "no function"),
    "everywhere": ({"target": "x**2 > -1"}, "true everywhere"),
    "nowhere": ({"target": "x > x"}, "true nowhere"),
    "constant": ({"target": "1 > 0"}, "true everywhere"),
    "starting inside": ({"start": 1}, "start=1.0 lies in the target 'x > 0'; start outside"),
    "all starting inside": ({"start": [[1], [2], [3]]}, "lies in the target"),
    "default start inside": ({"start": None, "target": "x > -3"}, "lies in the target"),
    "no time": ({"max_time": None}, "give max_steps= or max_time="),
    "time and steps": ({"max_steps": 7}, "max_steps=7 and max_time=1: give one"),
    "less than a step": ({"max_time": 0.001}, "max_time=0.001 is 0.1 steps of 0.01"),
    "not whole": ({"max_time": 0.123456}, "whole number"),
    "endless": ({"max_time": float("inf")}, "max_time=inf"),
    "no steps": ({"max_time": None, "max_steps": 0}, "max_steps=0"),
    "half a step": ({"max_time": None, "max_steps": 1.5}, "max_steps=1.5"),
    "no trajectories": ({"trajectories": 0}, "trajectories=0"),
    "empty range": ({"trajectories": range(5, 5)}, "at least one"),
    "negative seed": ({"seed": -1}, "seed=-1"),
    "bridge of text": ({"bridge": "yes"}, "bridge='yes'"),
    "bridge of a number": ({"bridge": 0}, "bridge=0"),
    "start of wrong shape": ({"start": [0, 0]}, "shape"),
    "start with NaN": ({"start": float("nan")}, "not finite"),
    "no threads": ({"threads": 0}, "threads=0"),
    "no such backend": ({"backend": "fortran"}, "fortran"),
    "no such generator": ({"generator": "dice"}, "dice"),
    "progress nonsense": ({"progress": "loud"}, "loud"),
    "resume nonsense": ({"resume": 7, "start": None, "target": None, "trajectories": None,
                         "seed": None}, "no xarray.Dataset"),
    "no landscape": ({"landscape": "quartic"}, "landscape"),
    "no dynamics": ({"dynamics": "ito"}, "dynamics"),
    "bridge of a discrete step": (
        {"dynamics": simulate.SGD(learning_rate=0.1), "bridge": True}, "no Brownian bridge",
    ),
    "bridge of jumps": (
        {"dynamics": simulate.Ito(beta=5, dt=0.01, noise="stable", alpha=1.5), "bridge": True},
        "no Brownian bridge",
    ),
    "parameters only": ({"landscape": PLANE, "target": "a > 0"}, "true everywhere"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
@pytest.mark.usefixtures("nothing_is_compiled")
def test_bad_input_is_refused(case):
    changes, sentence = BAD[case]
    with pytest.raises((ValueError, TypeError)) as error:
        passage(**changes)
    assert sentence in str(error.value)


@pytest.mark.usefixtures("nothing_is_compiled")
def test_an_unknown_keyword_is_refused():
    with pytest.raises(TypeError, match="steps"):
        passage(steps=10)


def test_a_target_follows_the_landscape_s_parameters():
    """Changing the parameter moves the target: the passage to a circle takes a**2/2 of time."""
    settings = {"start": [0, 0], "target": "x**2 + y**2 > a**2", "trajectories": 500}
    settings["max_time"], ito = 100, simulate.Ito(beta=2, dt=0.01)
    near = passage(PLANE, ito, **settings)
    far = passage(PLANE.with_parameters(a=2), ito, **settings)
    for passages, a in ((near, 1), (far, 2)):
        times = passages.passage_time.values
        assert abs(times.mean() - a**2 / 2) < 4 * times.std() / 500**0.5 + 0.01
        assert np.allclose(np.hypot(*passages.exit.values.T), a, atol=1e-3)


@pytest.fixture(scope="module")
def passages():
    """Some have arrived."""
    return passage(trajectories=64, max_time=5)


@pytest.mark.usefixtures("nothing_is_compiled")
@pytest.mark.parametrize(("changes", "sentence"), [
    ({"target": "x > 0"}, "resume= takes"),
    ({"start": -1}, "resume= takes"),
    ({"seed": 1}, "resume= takes"),
    ({"trajectories": 1000}, "resume= takes"),
    ({"trajectories": np.arange(3)}, "resume= takes"),
    ({"bridge": False}, "resume= takes"),
    ({"generator": "philox"}, "resume= takes"),
    ({"landscape": landscapes.double_well()}, "not of"),
    ({"dynamics": simulate.Ito(beta=5, dt=0.02)}, "not of"),
    ({"max_time": 5.0}, "counts from the start"),
    ({"max_time": 3.0}, "counts from the start"),
    ({"max_steps": 100}, "counts from the start"),
])  # fmt: skip
def test_what_a_resumed_passage_cannot_take(passages, changes, sentence):
    with pytest.raises((ValueError, TypeError), match=sentence):
        simulate.first_passage(resume=passages, **changes)


def test_a_run_is_no_passage_and_a_passage_no_run(passages):
    run = simulate.run(WELL, ITO, steps=2, seed=1)
    with pytest.raises(ValueError, match=r"result of simulate\.run"):
        simulate.first_passage(resume=run, max_time=1)
    with pytest.raises(ValueError, match=r"result of simulate\.first_passage"):
        simulate.run(resume=passages, steps=1)
    with pytest.raises(ValueError, match="not made by simulate"):
        simulate.first_passage(resume=xr.Dataset(), max_time=1)


def test_some_that_start_inside_are_said_and_arrive_at_once():
    with pytest.warns(simulate.InsideWarning, match="2 of 4 trajectories start in"):
        passages = passage(trajectories=4, start=[[-1], [0.5], [-1], [2.0]], max_time=50)
    assert passages.passage_time[[1, 3]].values.tolist() == [0, 0]
    assert passages.exit[[1, 3], 0].values.tolist() == [0.5, 2]
    assert (passages.passage_time[[0, 2]] > 0).all()
    assert passages.target.values.tolist() == [0, 0, 0, 0]


def test_nobody_arrives_where_nobody_can():
    with pytest.warns(simulate.CensoredWarning, match="none of 65 trajectories reached 'x > 90'"):
        passages = passage(target="x > 90", trajectories=65)
    assert passages.censored.all()
    assert (passages.target == -1).all()
    assert (passages.passage_time == 1).all()
    run = simulate.run(WELL, ITO, start=-1, time=1, trajectories=65, seed=1)
    assert (passages.exit.values == run.final.values).all()  # and its path is that of a run


def test_those_that_leave_the_finite_numbers_are_told_apart():
    hill = Landscape.from_potential("-x**4/4 + x**2/2", coordinates="x", name="hill", start=(0,))
    with pytest.warns(simulate.DivergenceWarning, match="left the finite"):
        passages = passage(hill, start=0, target="x > 2", trajectories=100, max_time=60)
    lost = passages.diverged.values >= 0
    assert lost.any()
    assert (passages.target.values[~lost] == 0).all()
    assert (passages.target.values[lost] == -1).all()
    assert np.isnan(passages.passage_time.values[lost]).all()
    assert np.isnan(passages.exit.values[lost]).all()
    assert not passages.censored.values.any()


def test_progress_is_told_what_has_ended_and_of_how_many():
    seen = []
    passages = passage(trajectories=200, max_time=20, progress=lambda *warned: seen.append(warned))
    assert seen == sorted(seen)
    assert seen[-1] == (200 - int(passages.censored.sum()), 200)


def test_a_dataset_says_what_it_holds(passages):
    sizes = {"trajectory": 64, "coordinate": 1, "word": 4, "row": 0, "call": 1}
    assert dict(passages.sizes) | {"row": 0} == sizes
    assert passages.target.attrs["flag_meanings"] == "target"
    result = simulate.provenance(passages)
    assert result["kind"] == "first_passage"
    assert result["targets"] == {"target": "x > 0"}
    assert result["bridge"] is True
    assert result["steps"] == 500
    assert simulate.landscape_of(passages) == WELL
    assert simulate.dynamics_of(passages) == ITO


def test_ctrl_c_is_answered_at_once_in_the_longest_of_watches():
    """One trajectory and a billion steps: nothing is laid out for them, and no burst is long."""
    sent = []

    def press():
        time.sleep(0.5)
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    settings = {"target": "x > 90", "max_time": None}
    with pytest.warns(simulate.CensoredWarning):
        passage(trajectories=1, **settings | {"max_steps": 2})  # compiled before the clock starts
    thread = threading.Thread(target=press)
    thread.start()
    with pytest.raises(simulate.Interrupted, match="1 of 1 trajectories still running") as caught:
        passage(trajectories=1, **settings | {"max_steps": 10**9})
    waited = time.monotonic() - sent[0]
    thread.join()
    assert waited < 2  # 0.5 s promised; a loaded machine is given more
    partial = caught.value.dataset
    done = simulate.provenance(partial)["steps"]
    assert partial.censored.all()
    assert partial.passage_time.item() == done * ITO.dt
    run = simulate.run(WELL, ITO, start=-1, steps=done, seed=1, keep="final")
    assert run.final.item() == partial.exit.item()

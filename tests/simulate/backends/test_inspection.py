"""Nothing reaches a kernel unchecked: arrays, numbers, and loops of a step over its tables."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from driftscape import landscapes, simulate
from driftscape.simulate.backends import backend
from driftscape.simulate.backends.inspection import MOST, Inspection
from driftscape.simulate.histogram import Histogram
from driftscape.simulate.step import parameter

from ..pairs import PAIRS
from .hostile import CASES, fresh

#: changes after which an ensemble is still one that can be advanced, with another result
ANOTHER = ("live, half", "live, one less", "live, first only", "live, without the last",
           "live, empty", "first_shot=1")  # fmt: skip


@pytest.mark.slow
def test_no_change_of_an_array_or_a_number_ends_in_a_signal_or_in_other_numbers():
    command = [sys.executable, "-W", "ignore", "-m", "tests.simulate.backends.hostile"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"status {done.returncode}: {done.stderr[-2000:]}"
    found = json.loads(done.stdout)
    assert len(found) > 1000
    wrong = {
        case: said for case, said in found.items()
        if said not in ("refused", "same bits")
        and not (said == "other bits" and case.split(": ", 1)[1] in ANOTHER)
    }  # fmt: skip
    assert wrong == {}
    assert sum(said == "refused" for said in found.values()) > 1000


@pytest.mark.parametrize(("change", "error", "message"), [
    ({"words": np.zeros((4, 70))}, TypeError, r"'words' is of float64; .* an array of uint64"),
    ({"words": [[1]]}, TypeError, r"'words' is a list"),
    ({"state": np.zeros((2, 70))}, ValueError, r"'state' has shape \(2, 70\); it must be \(3, 70"),
    ({"diverged": np.zeros(140, int)[::2]}, ValueError, r"'diverged' must lie in memory as a"),
    ({"live": np.array([3, 70])}, ValueError, r"'live' must list columns of 0 to 69"),
    ({"every": -4}, ValueError, r"every=-4; it must be a whole number"),
    ({"first_shot": 2}, ValueError, r"room for numbers 2 to 5, and steps 0 to 12 write 1 to 3"),
])  # fmt: skip
def test_an_error_names_the_array(change, error, message):
    engine, ensemble = fresh("screw batch 3", "cpu")
    for name, value in change.items():
        setattr(ensemble, name, value)
    with pytest.raises(error, match=message):
        engine.advance(ensemble, 0, 12)


def counting():
    """An engine that counts, and an ensemble without snapshots."""
    make, dynamics = PAIRS["screw batch 3"]
    landscape = make()
    step = dynamics.bound(landscape).step(landscape)
    engine = backend("cpu").engine(replace(step, counted=step.state[:2]))
    ensemble = fresh("screw batch 3", "cpu")[1]
    ensemble.snapshots = np.empty((0, 3, 70))
    ensemble.histogram = Histogram.empty([(-1.0, 1.0), (0.0, 3.0)], [4, 3], points=2)
    return engine, ensemble


HIGH = 2.0**40
HISTOGRAMS = [
    ("bins", np.ones((1, 5)), r"'bins' has shape \(1, 5\); it must be \(2, 5"),
    ("bins", np.full((2, 5), np.nan), "'bins' must hold"),
    ("bins", [[0, 1, 0.5, 2, 2], [1, 0, 0.5, 2, 2]], "finite bounds low < high"),
    ("bins", [[0, 1, 0.0, 2, 2], [0, 1, 0.5, 2, 2]], "a width > 0"),
    ("bins", [[0, 1, 0.5, -2, 2], [0, 1, 0.5, 2, 2]], "its inverse"),
    ("bins", [[0, 1, 0.5, 2, 2.5], [0, 1, 0.5, 2, 2]], "a whole number of bins"),
    ("bins", [[0, 1, 0.5, 2, 0], [0, 1, 0.5, 2, 2]], "a whole number of bins"),
    ("bins", [[0, 1, 0.5, 2, HIGH], [0, 1, 0.5, 2, HIGH]], "'counts' has shape"),
    ("bins", [[0, 1, 0.5, 2, 5], [0, 1, 0.5, 2, 3]], r"'counts' has shape \(2, 13\)"),
    ("counts", np.zeros((2, 12), int), r"'counts' has shape \(2, 12\); it must be \(any, 13"),
    ("counts", np.zeros((3, 13), int), "70 trajectories must be a multiple"),
    ("counts", np.zeros((0, 13), int), "'counts' has 0 points"),
    ("after", -1, "after=-1"),
    ("after", 2**63, "after=9"),
]


@pytest.mark.parametrize(("name", "value", "message"), HISTOGRAMS)
def test_a_histogram_that_is_not_that_of_the_step_is_refused(name, value, message):
    engine, ensemble = counting()
    value = np.array(value, dtype=float) if isinstance(value, list) else value
    setattr(ensemble.histogram, name, value)
    with pytest.raises(ValueError, match=message):
        engine.advance(ensemble, 0, 12)


def test_a_histogram_is_looked_at_once_and_needs_no_snapshots():
    engine, ensemble = counting()
    engine.advance(ensemble, 0, 12)
    assert ensemble.histogram.counts.sum() == 3 * 70
    with pytest.raises(ValueError, match="read-only"):
        ensemble.histogram.bins[0, 4] = 10**9
    ensemble.histogram.counts = ensemble.histogram.counts.astype(float)
    with pytest.raises(TypeError, match="'counts' is of float64"):
        engine.advance(ensemble, 12, 24)


def test_training_sets_have_the_blocks_of_the_kernel():
    engine, ensemble = fresh("screw reshuffled", "cpu")
    blocks, variables, size, lanes = ensemble.training_sets.shape
    ensemble.training_sets = np.zeros((blocks, variables, size, lanes // 2))
    with pytest.raises(ValueError, match=rf"must be \({blocks}, {variables}, {size}, {lanes}\)"):
        engine.advance(ensemble, 0, 4)
    engine, ensemble = fresh("screw reshuffled", "cpu")
    ensemble.live = np.arange(1, 70)
    with pytest.raises(ValueError, match="whole blocks of 64 trajectories"):
        engine.advance(ensemble, 0, 4)


def test_columns_cannot_be_changed_behind_the_check():
    """They are looked at once, and every retirement makes another array."""
    engine, ensemble = fresh("screw batch 3", "cpu")
    engine.advance(ensemble, 0, 4)
    with pytest.raises(ValueError, match="read-only"):
        ensemble.live[0] = 10**9
    ensemble.live = np.array([10**9])
    with pytest.raises(ValueError, match="'live'"):
        engine.advance(ensemble, 4, 8)


def test_an_ensemble_of_which_none_runs_stays_as_it_is():
    engine, ensemble = fresh("screw batch 3", "cpu")
    ensemble.live, before = np.empty(0, dtype=np.int64), ensemble.state.copy()
    engine.advance(ensemble, 0, 4)
    assert (ensemble.state == before).all()


def stepped(name: str, **values):
    make, dynamics = PAIRS[name]
    step = dynamics.bound(make()).step(make())
    changed = {parameter(key): value for key, value in values.items()}
    return replace(step, parameters={**step.parameters, **changed})


@pytest.mark.parametrize(("name", "values", "message"), [
    ("screw reshuffled", {"train_size": 0}, "reads past the training set, which has 0 rows"),
    ("screw reshuffled", {"train_size": 2.5}, "whole number"),
    ("screw reshuffled", {"train_size": np.nan}, "is nan turns of a loop; give a whole number"),
    ("screw reshuffled", {"train_size": 2.0**60}, "whole number"),
    ("rows reshuffled", {"train_size": 10_000}, "loop of 10000 turns reads past"),
    ("laws reshuffled 3", {"batch_size": 13}, "loop of 13 turns reads past the training set"),
    ("laws reshuffled 3", {"batch_size": 0}, "batch of 0 samples"),
])  # fmt: skip
@pytest.mark.parametrize("engine", ["cpu", "numpy"])
def test_a_loop_that_leaves_its_table_is_refused_when_the_engine_is_made(
    name, values, message, engine
):
    with pytest.raises(ValueError, match=message):
        backend(engine).engine(stepped(name, **values))


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_a_step_that_stays_within_its_tables_is_inspected_without_complaint(case):
    step = stepped(case)
    assert Inspection(step, 64).rows == len(step.state)


def test_steps_are_counted_up_to_what_a_float_holds():
    engine, ensemble = fresh("screw batch 3", "cpu")
    ensemble.every = 0
    with pytest.raises(ValueError, match=f"stop={MOST + 1}"):
        engine.advance(ensemble, MOST, MOST + 1)
    engine.advance(ensemble, MOST - 2, MOST)


@pytest.mark.parametrize(("asked", "message"), [
    ({"steps": 10**30}, r"steps=10+; it must be a whole number from 1 to 9007199254740992"),
    ({"steps": MOST + 1}, r"from 1 to 9007199254740992"),
    ({"time": 1e300}, r"from 1 to 9007199254740992"),
    ({"steps": 5, "trajectories": 10**12}, r"10+ trajectories need .* GiB, and this machine has"),
    ({"steps": 5, "trajectories": range(10**30)}, r"10+ trajectories need .* GiB"),
    ({"steps": 5, "save_every": 10**30}, r"save_every=10+"),
])  # fmt: skip
@pytest.mark.usefixtures("nothing_is_compiled")
def test_sizes_that_no_machine_can_hold_are_refused_at_once(asked, message):
    with pytest.raises(ValueError, match=message):
        simulate.run(landscapes.quartic_well(), simulate.Ito(beta=5, dt=0.01), seed=1, **asked)


@pytest.mark.usefixtures("nothing_is_compiled")
def test_the_points_of_a_sweep_are_counted_together(monkeypatch):
    monkeypatch.setattr("driftscape.simulate.request.memory", lambda: 1_000_000)
    well, ito = landscapes.quartic_well(), simulate.Ito(beta=5, dt=0.01)
    with pytest.raises(ValueError, match="8000 trajectories need"):
        simulate.sweep(well, ito, over={"beta": [1, 2]}, trajectories=4000, steps=3, seed=1)

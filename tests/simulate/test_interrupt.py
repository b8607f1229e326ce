"""Ctrl-C: quick, nothing finished is lost, and going on gives the same bits."""

import importlib
import os
import signal
import threading
import time

import pytest

from driftscape import landscapes, simulate
from driftscape.simulate import record

splitting = importlib.import_module("driftscape.simulate.splitting")  # not the function


@pytest.mark.fast_cases("1")
@pytest.mark.parametrize("threads", [1, 2])
def test_an_interrupted_run_keeps_what_was_done_and_can_be_resumed(threads):
    screw, sgd = landscapes.archimedes(), simulate.SGD(learning_rate=0.1)
    simulate.run(screw, sgd, steps=2, seed=1)  # compiled before the clock starts
    sent = []

    def press():
        time.sleep(0.6)
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=press)
    thread.start()
    with pytest.raises(KeyboardInterrupt) as caught:
        simulate.run(
            screw, sgd, steps=40_000_000, trajectories=256, seed=1, keep="final", threads=threads
        )
    waited = time.monotonic() - sent[0]
    thread.join()
    assert waited < 2  # 0.5 s promised; a loaded machine is given more
    partial = caught.value.dataset
    done = simulate.provenance(partial)["steps"]
    assert 0 < done < 40_000_000
    again = simulate.run(screw, sgd, steps=done, trajectories=256, seed=1, keep="final")
    assert (again.final == partial.final).all()
    assert (again.words == partial.words).all()


def test_an_interrupted_run_owes_the_rest():
    def stop(done, total):
        if done >= total // 2:
            raise KeyboardInterrupt

    well, ito = landscapes.quartic_well(), simulate.Ito(beta=5, dt=0.01)
    settings = {"steps": 3_000_000, "trajectories": 8, "seed": 1, "save_every": 10_000}
    with pytest.raises(simulate.Interrupted) as caught:
        simulate.run(well, ito, progress=stop, **settings)
    resumed = simulate.run(resume=caught.value.dataset)
    assert resumed.identical(simulate.run(well, ito, **settings))


def at_the_end(done, total):
    if done == total:
        raise KeyboardInterrupt


WELL, ITO = landscapes.quartic_well(), simulate.Ito(beta=5, dt=0.01)


def runs(**settings):
    return simulate.run(WELL, ITO, steps=100, trajectories=3, seed=1, **settings)


def sweeps(**settings):
    return simulate.sweep(
        WELL, ITO, over={"beta": [1, 2]}, steps=100, trajectories=3, seed=1, **settings
    )


def passages(**settings):
    return simulate.first_passage(
        WELL, ITO, start=-1, target="x > 0", trajectories=3, seed=1, max_time=100, **settings
    )


@pytest.mark.parametrize("go", [runs, sweeps, passages])
def test_an_interrupt_on_the_last_burst_is_raised_with_the_whole_result(go):
    """Which owes nothing: resuming it returns it."""
    whole = go()
    with pytest.raises(simulate.Interrupted, match=r"error\.dataset is the whole result") as caught:
        go(progress=at_the_end)
    assert caught.value.dataset.identical(whole)
    function = {runs: simulate.run, sweeps: simulate.sweep, passages: simulate.first_passage}[go]
    assert function(resume=caught.value.dataset).identical(whole)


def test_ctrl_c_while_the_result_is_built_waits_for_it(monkeypatch):
    build = record.build

    def pressed(*given):
        signal.raise_signal(signal.SIGINT)
        return build(*given)

    monkeypatch.setattr(record, "build", pressed)
    with pytest.raises(simulate.Interrupted) as caught:
        runs()
    monkeypatch.undo()
    assert caught.value.dataset.identical(runs())


def test_ctrl_c_at_the_end_of_splitting_is_not_lost(monkeypatch):
    refuse = splitting.refuse_memory

    def pressed(*given):
        signal.raise_signal(signal.SIGINT)
        return refuse(*given)

    monkeypatch.setattr(splitting, "refuse_memory", pressed)
    with pytest.raises(KeyboardInterrupt, match="while splitting"):
        simulate.splitting(
            WELL, simulate.Ito(beta=20, dt=0.01), start=-1, target="x > 0",
            reaction_coordinate="x", runs=2, replicas=50, seed=1,
        )  # fmt: skip


def test_progress_is_told_and_never_goes_back():
    seen = []
    screw, sgd = landscapes.archimedes(), simulate.SGD(learning_rate=0.1)
    simulate.run(
        screw,
        sgd,
        steps=500_000,
        trajectories=64,
        seed=1,
        keep="final",
        progress=lambda *a: seen.append(a),
    )
    assert seen == sorted(seen)
    assert seen[-1] == (500_000, 500_000)


def test_the_bar_shows_itself_on_long_runs_only(capsys):
    screw, sgd = landscapes.archimedes(), simulate.SGD(learning_rate=0.1)
    simulate.run(screw, sgd, steps=100, seed=1, progress=True)
    assert "steps" not in capsys.readouterr().err

"""SIGINT and SIGTERM as `reproduce` reads them."""

import json
import signal
import threading

import pytest
from rich.console import Console

from driftscape.gallery.report.reproduce import INTERRUPTED, TERMINATED, reproduce
from driftscape.gallery.report.stopping import stoppable

from .test_reproduce import GOOD, module

USUAL = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}


def handlers() -> dict:
    return {number: signal.getsignal(number) for number in USUAL}


@pytest.mark.parametrize("number", USUAL, ids=lambda number: number.name)
def test_a_deferred_signal_is_noted_and_a_second_raised(number):
    with stoppable(deferred=True) as stop:
        assert not stop
        signal.raise_signal(number)
        assert stop
        assert stop.number == number
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    assert handlers() == USUAL


def test_sigterm_does_what_ctrl_c_would_do():
    with stoppable(deferred=False) as stop:
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        seen = []
        signal.signal(signal.SIGINT, lambda *given: seen.append(given[0]))
        signal.raise_signal(signal.SIGTERM)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        assert seen == [signal.SIGINT]
        assert stop.number == signal.SIGTERM
    assert handlers() == USUAL


def test_handlers_of_the_program_around_it_are_left_alone():
    ours = lambda number, frame: None  # noqa: E731
    before = {number: signal.signal(number, ours) for number in USUAL}
    try:
        with stoppable(deferred=True):
            assert set(handlers().values()) == {ours}
    finally:
        for number, usual in before.items():
            signal.signal(number, usual)


def test_in_another_thread_nothing_is_changed():
    seen = []

    def work():
        with stoppable(deferred=True):
            seen.append(handlers())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [USUAL]


@pytest.mark.parametrize(("number", "status"), [
    (signal.SIGINT, INTERRUPTED), (signal.SIGTERM, TERMINATED),
], ids=["SIGINT", "SIGTERM"])  # fmt: skip
def test_what_was_finished_is_kept(number, status, tmp_path):
    stop = module(GOOD)
    stop.draw = lambda full=False: signal.raise_signal(number)
    gallery = {"first": lambda: module(GOOD), "second": lambda: stop, "third": lambda: module(GOOD)}
    assert reproduce(out=tmp_path, gallery=gallery, console=Console(quiet=True)) == status
    records = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert [record["status"] for record in records] == ["passed", "not drawn", "not drawn"]
    assert {path.name for path in tmp_path.iterdir()} == {
        "report.json", "report.html", "first.png", "first.svg",
    }  # fmt: skip
    assert handlers() == USUAL

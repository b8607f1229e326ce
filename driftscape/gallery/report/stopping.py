"""SIGINT (Ctrl-C) and SIGTERM, as requests to stop that keep what is finished."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class Stop:
    """Whether a signal asked to stop, and which."""

    number: int | None = None

    def __bool__(self) -> bool:
        return self.number is not None


@contextmanager
def stoppable(deferred: bool) -> Iterator[Stop]:
    """Take note of SIGINT and SIGTERM in this block.

    Parameters
    ----------
    deferred
        Whether the block looks at the note itself; only the second signal then raises an error.
        Otherwise SIGTERM does what Ctrl-C does at that moment, and Ctrl-C does what it always does.
    """
    stop = Stop()

    def note(number: int, frame: FrameType | None) -> None:
        first, stop.number = not stop, stop.number or number
        if deferred and first:
            return
        interrupt = signal.getsignal(signal.SIGINT)
        if deferred or not callable(interrupt):
            raise KeyboardInterrupt
        interrupt(signal.SIGINT, frame)

    before = {}
    if threading.current_thread() is threading.main_thread():  # no other may set handlers
        taken: dict[int, Any] = {signal.SIGTERM: signal.SIG_DFL}
        if deferred:
            taken[signal.SIGINT] = signal.default_int_handler
        before = {n: usual for n, usual in taken.items() if signal.getsignal(n) == usual}
    for number in before:
        signal.signal(number, note)
    try:
        yield stop
    finally:
        for number, usual in before.items():
            signal.signal(number, usual)

"""Ctrl-C between bursts: nothing is left half-way, and what was finished comes back."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Interrupted(KeyboardInterrupt):
    """The run was interrupted; `dataset` holds what was finished and can be resumed."""

    def __init__(self, message: str, dataset: Any) -> None:
        super().__init__(message)
        self.dataset = dataset


class Pressed:
    """Whether Ctrl-C was pressed since."""

    def __init__(self) -> None:
        self.yes = False

    def __bool__(self) -> bool:
        return self.yes


@contextmanager
def held_back() -> Iterator[Pressed]:
    """Hold Ctrl-C back while kernels run, and tell of it; a second one goes through at once."""
    pressed = Pressed()

    def note(number: int, frame: Any) -> None:
        if pressed:
            raise KeyboardInterrupt
        pressed.yes = True

    usual = signal.getsignal(signal.SIGINT)
    main = threading.current_thread() is threading.main_thread()
    if not main or usual is not signal.default_int_handler:
        yield pressed  # another's business: a thread, or a program with a handler of its own
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, usual)

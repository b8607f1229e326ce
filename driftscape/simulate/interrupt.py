"""Ctrl-C, deferred to a moment at which nothing is lost: between bursts, and after a compilation.

Python raises `KeyboardInterrupt` between any two instructions.  Inside a compiler it may be raised
in a callback, which swallows it, and inside a run it would lose the steps that are done.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xarray as xr


class Interrupted(KeyboardInterrupt):
    """Ctrl-C was pressed during a run.

    Attributes
    ----------
    dataset
        What was finished until then; `resume=` makes the steps that are left, if there are any, and
        returns what an uninterrupted run would have.
    """

    def __init__(self, message: str, dataset: xr.Dataset) -> None:
        super().__init__(message)
        self.dataset = dataset


class Pressed:
    """Whether Ctrl-C was pressed."""

    yes = False

    def __bool__(self) -> bool:
        return self.yes


@contextmanager
def deferred_interrupt() -> Iterator[Pressed]:
    """Defer Ctrl-C, and report it; a second one interrupts at once.

    The caller looks at the report after the block too: Ctrl-C may have come at its end.
    """
    pressed = Pressed()

    def note(number: int, frame: FrameType | None) -> None:
        if pressed:
            raise KeyboardInterrupt
        pressed.yes = True

    usual = signal.getsignal(signal.SIGINT)
    main = threading.current_thread() is threading.main_thread()
    if not main or usual is not signal.default_int_handler:
        yield pressed  # in another thread, or in a program with a handler of its own
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, usual)

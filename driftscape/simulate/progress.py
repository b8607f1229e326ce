"""What a person sees of a call that takes long, where the error stream is a terminal.

A run of more than a second shows a bar; a derivation or compilation of more than two, a line.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeAlias

from ..validate import shown

#: what `progress=` accepts
ProgressOption: TypeAlias = bool | Callable[[int, int], object] | None

_PATIENCE = 1.0  # seconds before the bar appears
_LONG = 2.0  # seconds before a line says what is being done

#: `progress=` of the call that was checked last
_SHOW: ContextVar[ProgressOption] = ContextVar("progress", default=None)


class Progress:
    """Shows how much is done; silent for the first second, and where there is no terminal.

    `show` is True (always), False (never), None (when the error stream is a terminal), or a
    function called as `show(done, total)` after every burst.
    """

    def __init__(
        self, title: str, total: int, done: int, show: ProgressOption = None, unit: str = "steps"
    ) -> None:
        self.title, self.total, self.done, self.show = title, total, done, show
        self.unit = unit
        self.began = time.monotonic()
        self.bar: Any = None

    def __enter__(self) -> Progress:
        return self

    def update(self, done: int, note: str = "") -> None:
        """Show how much is done; the note replaces the one before."""
        advance, self.done = done - self.done, done
        if callable(self.show):
            self.show(done, self.total)
            return
        if not _is_watched(self.show) or time.monotonic() - self.began < _PATIENCE:
            return
        if self.bar is None:
            self._open(note)
        else:
            self.bar.update(self.task, advance=advance, note=note)

    def _open(self, note: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        columns = (
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            TextColumn(self.unit), TextColumn("{task.fields[note]}"), TimeRemainingColumn(),
        )  # fmt: skip
        self.bar = Bar(*columns, console=Console(stderr=True), transient=True)
        self.bar.start()
        self.task = self.bar.add_task(self.title, total=self.total, completed=self.done, note=note)

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()


def check_progress(show: ProgressOption) -> None:
    """Raise an error unless `progress=` is one of the allowed; it holds for `saying` too."""
    if show is not None and not isinstance(show, bool) and not callable(show):
        raise TypeError(
            f"progress={shown(show)}; allowed: None, True, False or a function(done, total)."
        )
    _SHOW.set(show)


def _is_watched(show: bool | None) -> bool:
    return sys.stderr.isatty() if show is None else show


@contextmanager
def saying(text: str) -> Iterator[None]:
    """Say what is done in this block if it takes more than two seconds; the line goes away.

    Like the bar it is shown, or not, as `progress=` wants; a function for `progress=` counts steps
    and is not called.
    """
    show = _SHOW.get()
    if callable(show) or not _is_watched(show):
        yield
        return
    over = threading.Event()

    def speak() -> None:
        if not over.wait(_LONG):
            print(text, end="", file=sys.stderr, flush=True)
            over.wait()
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    thread = threading.Thread(target=speak, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()

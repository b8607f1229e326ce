"""A progress bar for runs of more than a second, where the error stream is a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any, TypeAlias

from ..validate import shown

#: what `progress=` accepts
ProgressOption: TypeAlias = bool | Callable[[int, int], object] | None

_PATIENCE = 1.0  # seconds before the bar appears


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
        shown = self.show if self.show is not None else sys.stderr.isatty()
        if not shown or time.monotonic() - self.began < _PATIENCE:
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


def check_progress(show: object) -> None:
    """Raise an error unless `progress=` is one of the allowed."""
    if show is not None and not isinstance(show, bool) and not callable(show):
        raise TypeError(
            f"progress={shown(show)}; allowed: None, True, False or a function(done, total)."
        )

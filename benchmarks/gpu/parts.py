"""A part of the command: run if there is time, recorded if it fails, saved at once."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..timing import Unavailable
from .picture import draw
from .plan import Plan
from .results import Results

#: part of the time limit after which nothing more of a kind begins, in the order of the kinds
SHARES = {
    "large bits": 0.17, "verdicts": 0.36, "whole calls": 0.47, "all bits": 0.66, "costs": 0.8,
    "curves": 0.93, "peers": 0.97,
}  # fmt: skip


class Parts:
    """The parts of a run and the place of their results."""

    def __init__(self, cupy: Any, plan: Plan, results: Results, path: Path) -> None:
        self.cupy, self.plan, self.results, self.path = cupy, plan, results, path
        self.began = time.monotonic()

    def deadline(self, kind: str) -> float:
        """Return the time, by `time.monotonic`, after which no more work of a kind begins."""
        return self.began + SHARES[kind] * self.plan.limit

    def say(self, text: str) -> None:
        """Print a line of progress, in addition to the page."""
        print(f"... {text} ({time.monotonic() - self.began:.0f} s)", file=sys.stderr, flush=True)

    def part(
        self, label: str, kind: str | None, notes: list[str], work: Callable[[], None]
    ) -> None:
        """Do a part if there is time; one that fails is noted, and the others are still done.

        One of no kind is begun in any case, and looks at the time itself.
        """
        self.say(label)
        try:
            if kind is not None and time.monotonic() > self.deadline(kind):
                raise Unavailable("no time was left")
            work()
        except Unavailable as error:
            notes.append(f"{label}: {error}")
        except Exception as error:  # a benchmark tells what it has, whatever breaks
            notes.append(f"{label}: {type(error).__name__}: {str(error)[:300]}")
            print(traceback.format_exc(), file=sys.stderr, flush=True)
        with suppress(Exception):  # a GPU that has failed fails again
            self.cupy.get_default_memory_pool().free_all_blocks()
        self.save()

    def save(self) -> Path | None:
        """Write the present results; a full disk does not end the measurement."""
        try:
            return self.results.save(self.path)
        except OSError as error:
            self.say(f"nothing could be written: {error}")
            return None

    def picture(self) -> None:
        """Draw the present results."""
        try:
            if any(system.gpu for system in self.results.systems.values()):
                self.say(f"drawn: {draw(self.results, self.path)}")
        except Exception as error:
            self.say(f"no picture: {type(error).__name__}: {error}")

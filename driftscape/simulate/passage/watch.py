"""Watching trajectories until they end: progress, Ctrl-C, and what is left then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..interrupt import Interrupted, held_back
from ..progress import Progress
from ..workers import workers
from .passages import Passages


def watch(
    passages: Passages,
    span: range,
    *,
    title: str,
    threads: int | None,
    progress: Any,
    result: Callable[[int], Any],
) -> None:
    """Step until all have ended or made the steps of `span`; arrays are current afterwards.

    Raises
    ------
    Interrupted
        On Ctrl-C, with `result(steps made)` as `.dataset`.
    """
    count, total = passages.ensemble.count, span.stop
    with (
        Progress(title, count, 0, progress, "trajectories") as shown,
        workers(threads, count) as pool,
        held_back() as pressed,
    ):
        for made, running in passages.advance(span.start, total, pool):
            try:
                shown.update(count - running, f"{running} running at step {made}/{total}")
            except KeyboardInterrupt:
                pressed.yes = True
            if pressed:
                raise Interrupted(
                    f"interrupted at step {made} of {total}, {running} of {count} trajectories "
                    "still running; they are censored in error.dataset, and "
                    "simulate.first_passage(resume=error.dataset) goes on.",
                    result(made),
                )
    passages.engine.bring(passages.ensemble)

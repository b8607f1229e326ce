"""Steps in bursts: between two of them Python counts, shows progress and hears Ctrl-C."""

from __future__ import annotations

import time as clock
from collections.abc import Callable
from typing import Any

from .ensemble import Ensemble
from .interrupt import Interrupted, held_back
from .progress import Progress
from .record import Recorder
from .workers import workers

_BURST = 0.2  # seconds between returns to Python


def make_steps(
    engine: Any,
    ensemble: Ensemble,
    recorder: Recorder,
    span: range,
    *,
    title: str,
    threads: int | None,
    progress: Any,
    result: Callable[[int], Any],
    verb: str = "run",
) -> None:
    """Advance an ensemble over a range of steps; its arrays are current afterwards.

    Raises
    ------
    Interrupted
        On Ctrl-C, with `result(steps made)` as `.dataset`.
    """
    done, total = span.start, span.stop
    with (
        Progress(title, total, done, progress) as shown,
        workers(threads, ensemble.count) as pool,
        held_back() as pressed,
    ):
        burst = max(2, 2_000_000 // max(ensemble.count, engine.lanes))
        while done < total:
            then = recorder.limit(min(total, done + burst))
            if then < total and then - done > 1:
                then -= then % 2  # chunks of noise are one or two steps
            began = clock.perf_counter()
            engine.advance(ensemble, done, then, pool)
            if recorder.counter is not None:
                engine.bring(ensemble)
                recorder.collect(done, then)
            done = then
            try:
                shown.update(done)
            except KeyboardInterrupt:
                pressed.yes = True
            if pressed:  # on the last burst too: who pressed it wants to be heard
                engine.bring(ensemble)
                raise Interrupted(
                    f"interrupted at step {done} of {total}; go on with "
                    f"simulate.{verb}(resume=error.dataset).",
                    result(done),
                )
            spent = clock.perf_counter() - began
            burst = max(2, int(burst * min(8.0, _BURST / max(spent, 1e-6))))
    engine.bring(ensemble)

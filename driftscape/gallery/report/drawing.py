"""Draw figures one after the other, or several at a time in processes of their own."""

from __future__ import annotations

import multiprocessing
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

from . import catalogue
from .catalogue import FigureModule
from .outcome import Outcome

Loaders = Mapping[str, Callable[[], FigureModule]]


def draw_all(
    names: Sequence[str], folder: Path, *, full: bool, jobs: int, gallery: Loaders | None = None
) -> Iterator[Outcome]:
    """Yield the outcome of each figure, in the order of `names`.

    Parameters
    ----------
    names
        Names of the figures.
    folder
        Folder in which pictures are saved.
    full
        The papers' sizes instead of quick ones.
    jobs
        Number of processes that draw at the same time.
    gallery
        Name -> function that loads a figure's module; all figures are then drawn in this process.
        Default: the modules of `gallery.figures`.
    """
    if gallery is not None or jobs == 1 or len(names) < 2:
        for name in names:
            yield draw(name, folder, full, None if gallery is None else gallery[name])
        return
    spawned = multiprocessing.get_context("spawn")  # a fork would share the state of threads
    with ProcessPoolExecutor(min(jobs, len(names)), spawned, _initialise) as pool:
        try:
            waiting = [pool.submit(draw, name, folder, full) for name in names]
            for name, outcome in zip(names, waiting, strict=True):
                error = outcome.exception()
                if error is not None:  # its process died; `draw` catches all other errors
                    yield Outcome(name, error=f"{type(error).__name__}: {error}", full=full)
                else:
                    yield outcome.result()
        except BaseException:  # Ctrl-C, or the caller stopped iterating
            pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.terminate()
            raise


def _initialise() -> None:
    """Prepare a worker process: the first process handles Ctrl-C and shows progress bars."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stderr.isatty = lambda: False  # type: ignore[method-assign]


def draw(
    name: str, folder: Path, full: bool, load: Callable[[], FigureModule] | None = None
) -> Outcome:
    """Draw a figure and save its picture; an error becomes part of the outcome."""
    about = None
    begin = time.perf_counter()
    try:
        module = load() if load else catalogue.load(name)
        about = module.ABOUT
        figure = module.draw(full=full)
        picture = folder / f"{name}.png"
        figure.save(picture)
        figure.save(picture.with_suffix(".svg"))
    except Exception as error:  # one broken figure must not stop the others
        return Outcome(
            name,
            about,
            error=f"{type(error).__name__}: {error}",
            traceback=traceback.format_exc(),
            runtime=time.perf_counter() - begin,
            full=full,
        )
    runtime = time.perf_counter() - begin
    # the drawing is saved, and need not be sent between processes
    return Outcome(name, about, replace(figure, picture=None), picture, runtime=runtime, full=full)

"""Draw figures one after the other, or several at a time in processes of their own."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from multiprocessing.process import BaseProcess
from pathlib import Path

from . import catalogue
from .catalogue import FigureModule
from .outcome import Outcome
from .stopping import Stop

_PATIENCE = 0.2  # seconds between two looks at whether to stop

Loaders = Mapping[str, Callable[[], FigureModule]]


def draw_all(
    names: Sequence[str],
    folder: Path,
    *,
    full: bool,
    jobs: int,
    gallery: Loaders | None = None,
    stop: Stop | None = None,
) -> Generator[Outcome, None, None]:
    """Yield the outcome of each figure, in the order of `names`.

    Its picture is a partial file, which `keep` gives its name; those that are not kept are removed
    at the end.

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
    stop
        Once it is true, the outcomes of finished figures are yielded and no others.
    """
    stop = Stop() if stop is None else stop
    try:
        if in_one_process(names, jobs, gallery):
            for name in names:
                if stop:
                    return
                yield draw(name, folder, full, None if gallery is None else gallery[name])
        else:
            yield from _draw_in_processes(names, folder, full, jobs, stop)
    finally:  # also where the caller stopped iterating
        for name in names:
            for _, partial in _pictures(folder, name):
                partial.unlink(missing_ok=True)


def keep(outcome: Outcome) -> None:
    """Give the pictures of an outcome their names, if they do not have them yet.

    A caller keeps a picture once it has taken note of its outcome.  An interrupt between the two
    then leaves no picture that a report does not mention.
    """
    if outcome.picture is not None:
        for picture, partial in _pictures(outcome.picture.parent, outcome.name):
            if partial.exists():
                os.replace(partial, picture)


def _draw_in_processes(
    names: Sequence[str], folder: Path, full: bool, jobs: int, stop: Stop
) -> Generator[Outcome, None, None]:
    spawned = multiprocessing.get_context("spawn")  # a fork would share the state of threads
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(min(jobs, len(names)), spawned, _initialise)
    try:
        drawn = {name: pool.submit(draw, name, folder, full) for name in names}
        for name, future in drawn.items():
            while not (stop or wait([future], _PATIENCE).done):
                pass
            if not future.done():
                continue
            error = future.exception()
            if isinstance(error, BrokenProcessPool):
                time.sleep(_PATIENCE)  # a signal to all processes may not have come here yet
                if stop:
                    continue
            if error is not None:  # its process died; `draw` catches all other errors
                yield Outcome(name, error=f"{type(error).__name__}: {error}", full=full)
            else:
                yield future.result()
    finally:  # also where the caller stopped iterating
        pool.shutdown(wait=False, cancel_futures=True)
        _end(set(multiprocessing.active_children()) - others)


def in_one_process(names: Sequence[str], jobs: int, gallery: Loaders | None) -> bool:
    """Return whether figures are drawn in this process."""
    return gallery is not None or jobs == 1 or len(names) < 2


def _end(processes: Iterable[BaseProcess]) -> None:
    """End processes that are idle, or whose figures are not wanted any more."""
    for process in processes:
        process.terminate()
    for process in processes:
        process.join(1)
        if process.is_alive():
            process.kill()


def _initialise() -> None:
    """Prepare a worker process: the first process handles Ctrl-C and shows progress bars."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stderr.isatty = lambda: False  # type: ignore[method-assign]
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Wait for the end of the first process, however it ends, and end this one."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _pictures(folder: Path, name: str) -> list[tuple[Path, Path]]:
    """Return the files of a figure's picture, each with that it is first written to."""
    files = [folder / f"{name}{suffix}" for suffix in (".png", ".svg")]
    return [(file, file.with_name(f".{name}.partial{file.suffix}")) for file in files]


def draw(
    name: str, folder: Path, full: bool, load: Callable[[], FigureModule] | None = None
) -> Outcome:
    """Draw a figure and save its picture to partial files; an error becomes part of the outcome."""
    about = None
    begin = time.perf_counter()
    try:
        module = load() if load else catalogue.load(name)
        about = module.ABOUT
        figure = module.draw(full=full)
        pictures = _pictures(folder, name)
        for _, partial in pictures:
            figure.save(partial)
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
    picture, _ = pictures[0]
    return Outcome(name, about, replace(figure, picture=None), picture, runtime=runtime, full=full)

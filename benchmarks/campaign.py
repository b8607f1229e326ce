"""Functions of all campaigns: find parts, distribute work over processes, save results."""

from __future__ import annotations

import json
import multiprocessing
import pkgutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from .table import machine

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
PAGES = ROOT / "docs"
FRAME = {
    "case", "command", "curve", "experiment", "ideal", "linear_systems", "measure", "mutation",
    "picture", "summary",
}  # fmt: skip
"""Modules of a campaign that are its machinery and not one of its parts."""


def parts(package: str) -> dict[str, ModuleType]:
    """Return name -> module of the parts of `benchmarks.<package>`, in alphabetical order."""
    folder = ROOT / "benchmarks" / package
    names = sorted(m.name for m in pkgutil.iter_modules([str(folder)]) if m.name not in FRAME)
    return {name: import_module(f"benchmarks.{package}.{name}") for name in names}


def chosen(package: str, only: Iterable[str] | None) -> dict[str, ModuleType]:
    """Return the requested parts; an unknown name ends the program."""
    found = parts(package)
    unknown = set(only or ()) - set(found)
    if unknown:
        sys.exit(f"no part {', '.join(sorted(unknown))}; there are {', '.join(found)}")
    return {name: module for name, module in found.items() if not only or name in only}


def deal(
    work: Callable[..., Any], tasks: list[tuple[Any, ...]], jobs: int
) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield (task, work(*task)) as they end, on `jobs` processes, and print how far it is.

    New processes are started afresh and not forked: compiled kernels and threads do not fork well.
    """
    begun = time.monotonic()
    if jobs == 1:
        pairs: Iterator[tuple[tuple[Any, ...], Any]] = ((task, work(*task)) for task in tasks)
        yield from _counted(pairs, len(tasks), begun)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        pending = {pool.submit(work, *task): task for task in tasks}
        ended = ((pending[done], done.result()) for done in as_completed(pending))
        yield from _counted(ended, len(tasks), begun)


def _counted(pairs: Iterator[Any], total: int, begun: float) -> Iterator[Any]:
    for count, (task, result) in enumerate(pairs, start=1):
        passed = time.monotonic() - begun
        left = passed / count * (total - count)
        label = " ".join(str(word) for word in task)
        print(
            f"[{count}/{total}, {passed:.0f} s, about {left:.0f} s left] {label}",
            file=sys.stderr,
            flush=True,
        )
        yield task, result


def keep(name: str, rows: list[dict[str, Any]], key: tuple[str, ...]) -> list[dict[str, Any]]:
    """Write rows into benchmarks/results/<name>.json; they replace those of the same key."""
    path = RESULTS / f"{name}.json"
    old = json.loads(path.read_text())["rows"] if path.exists() else []
    fresh = {tuple(row[k] for k in key) for row in rows}
    kept = [row for row in old if tuple(row[k] for k in key) not in fresh] + rows
    kept.sort(key=lambda row: tuple(str(row[k]).zfill(8) for k in key))
    where = {k: v for k, v in machine().items() if k != "processor"}
    path.write_text(json.dumps({"made": where, "rows": kept}, indent=1, allow_nan=True) + "\n")
    return kept


def page(name: str, title: str, words: str, table: str) -> Path:
    """Write docs/<name>.md: a title, an explanation of the table, the table."""
    PAGES.mkdir(exist_ok=True)
    path = PAGES / f"{name}.md"
    path.write_text(f"# {title}\n\n{words.strip()}\n\n{table}\n")
    return path

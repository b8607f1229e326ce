"""The command line of the campaign, its results and its exit status."""

from __future__ import annotations

import argparse
import sys
import time

from ..campaign import PAGES, RESULTS, chosen, keep, page
from ..chosen import kernels
from ..table import machine
from ..timing import pin
from .curve import FULL, QUICK
from .measure import Row, failures, rows, summary, table
from .picture import draw

WORDS = """
What a call costs against the size of each of its arguments. Every time is that of a whole call
(`simulate.run`, `sweep` or `first_passage`) on one core whose kernels are compiled, from the
arguments to the dataset; it is the median over rounds in which all sizes of a curve are measured in
turn. The *ratio* is that of the time to the ideal; a row with a ratio above 2 fails, and up to 1.1
it counts as ideal. The start and the results of an ensemble may cost 1 ms and 50 ns a trajectory
where the ideal says so. The command `python -m benchmarks curves --save` writes this page; its
numbers are in `benchmarks/results/curves.json`.

![Time per unit of work against the size](curves.png)
"""

#: parts in the order of the page
ORDER = (
    "coordinates", "ensembles", "snapshots", "averages", "densities", "sweeps", "training",
    "targets",
)  # fmt: skip


def main(arguments: list[str]) -> int:
    """Measure the curves, print their tables; return 1 if a row takes over twice its ideal."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks curves")
    parser.add_argument("--only", nargs="+", metavar="PART", help="some of the parts")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: does it run?")
    parser.add_argument("--rounds", type=int, help="interleaved repeats (default 7; quick 1)")
    parser.add_argument("--save", action="store_true", help="keep results, page and picture")
    options = parser.parse_args(arguments)
    rounds = (1 if options.quick else 7) if options.rounds is None else options.rounds
    if rounds < 1:
        parser.error(f"--rounds {rounds}: give 1 or more")
    if options.quick and options.save:
        parser.error("--quick --save: the sizes of a quick run are too small to be kept")
    pin()
    found = measured(options.only, options.quick, rounds)
    print(f"{described()}\n\n{table(found)}\n\n{summary(found)}")
    if options.save:
        where = described()
        kept = keep("curves", [row | {"machine": where} for row in found], ("part",))
        kept.sort(key=lambda row: ORDER.index(row["part"]))  # curves and sizes stay in their order
        machines = "; ".join(dict.fromkeys(row["machine"] for row in kept))
        picture = draw(kept, PAGES / "curves.png")
        text = f"Measured with: {machines}.\n\n{summary(kept)}\n\n{table(kept)}"
        path = page("curves", "Cost curves", WORDS, text)
        print(f"written: {RESULTS / 'curves.json'}, {path}, {picture}")
    return int(bool(failures(found)))


def measured(only: list[str] | None, quick: bool, rounds: int) -> list[Row]:
    """Return the rows of all curves, or of those of some parts."""
    begun, found = time.monotonic(), []
    for part, module in chosen("curves", only).items():
        for curve in module.curves(QUICK if quick else FULL):
            found += rows(part, curve, rounds, quick)
            passed = time.monotonic() - begun
            print(f"\r\x1b[K[{passed:.0f} s] {curve.title}", file=sys.stderr, flush=True)
    return found


def described() -> str:
    """Return what the numbers depend on, as text."""
    return ", ".join(
        f"{key} {value}" for key, value in (machine() | {"kernels for": kernels()}).items()
    )

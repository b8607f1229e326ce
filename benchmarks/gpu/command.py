"""The command line, the results and the exit status."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..table import RESULTS
from .bench import Bench
from .device import facts, stem
from .plan import FULL, QUICK, Plan
from .results import Results

PARTS = ("parity", "throughput", "limit", "costs", "peers")


def main(arguments: list[str] | None = None, plan: Plan | None = None) -> int:
    """Measure, print, save; return 0, 1 after a missed promise or a stop, 2 without a GPU."""
    options = _options(arguments)
    from driftscape.simulate.backends.gpu.device import GPUNotAvailable, require_gpu

    try:
        cupy = require_gpu()
    except GPUNotAvailable as error:
        print(f"The benchmark of a GPU was not run: {error}", file=sys.stderr)
        return 2
    plan = plan or (QUICK if options.quick else FULL)
    if options.minutes is not None:
        plan = replace(plan, limit=60 * options.minutes)
    results = Results(facts(cupy), plan.verdict, options.quick)
    path = stem(options.out, results.where, options.quick, options.only)
    bench, stopped = Bench(cupy, plan, results, path), False
    bench.say(f"{results.where['GPU']}; written now and after every part: {bench.save()}")
    try:
        _measure(bench, PARTS if options.only is None else (options.only,))
    except KeyboardInterrupt:
        stopped = True
        results.notes.append("what would have followed: interrupted")
    bench.picture()
    print(results.page())
    print(f"written: {bench.save()}")
    return int(stopped or results.missed())


def _measure(bench: Bench, chosen: tuple[str, ...]) -> None:
    """Run the parts, the most important first."""
    throughput, parity, peers = (name in chosen for name in ("throughput", "parity", "peers"))
    if parity:
        bench.large_bits()
    if set(chosen) - {"parity", "costs"}:
        bench.choose(throughput, "limit" in chosen, peers)
        bench.points(first=True)
    if throughput:
        bench.passages(first=True)
        bench.whole_calls()
    bench.picture()
    if parity:
        bench.all_bits()
    if "costs" in chosen:
        bench.costs()
    if throughput:
        bench.points(first=False)
        bench.passages(first=False)
        bench.picture()
    if peers:  # last: what they do to the process is beyond us
        bench.loops()


def _options(arguments: list[str] | None) -> Any:
    parser = argparse.ArgumentParser(prog="python -m benchmarks gpu")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: does it run?")
    parser.add_argument("--only", choices=PARTS, help="one part of it, in files of its own")
    parser.add_argument(
        "--minutes", type=float, metavar="N",
        help=f"time for all of it (default {FULL.limit / 60:g}; quick {QUICK.limit / 60:g})",
    )  # fmt: skip
    parser.add_argument(
        "--out", type=Path, default=RESULTS, metavar="FOLDER", help="default: benchmarks/results"
    )
    options = parser.parse_args(arguments)
    if options.minutes is not None and not options.minutes > 0:
        parser.error(f"--minutes {options.minutes:g}: give a number > 0")
    return options

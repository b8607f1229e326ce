"""The command line and the exit status."""

from __future__ import annotations

import argparse
import signal

import numpy as np

from ..campaign import keep
from . import reproduce, run

PARTS = {"reproduce": reproduce, "run": run}
SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main(arguments: list[str]) -> int:
    """End programs at random moments; 1 unless all is as it should be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks signals")
    parser.add_argument("--only", nargs="+", choices=list(PARTS), help="some of the programs")
    parser.add_argument("--moments", type=int, default=40, help="of each program (default 40)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--save", action="store_true", help="write results/signals.json")
    options = parser.parse_args(arguments)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # in the background; programs inherit it
        signal.signal(signal.SIGINT, signal.default_int_handler)
    rows = []
    for name in options.only or PARTS:
        part = PARTS[name]
        part.reference()  # compiles
        seconds, right = part.reference()
        moments = np.random.default_rng(options.seed).uniform(0, seconds, options.moments)
        for i, moment in enumerate(moments):
            number = SIGNALS[i % len(SIGNALS)]
            row = {
                "program": name, "number": i, "signal": number.name,
                "moment": round(float(moment / seconds), 4),
            }  # fmt: skip
            rows.append(row | part.trial(number, float(moment), right))
            print(rows[-1], flush=True)
        if options.save:
            keep("signals", rows, ("program", "number"))
    wrong = sum(bool(row["wrong"]) for row in rows)
    print(f"{len(rows) - wrong} of {len(rows)} as they should be")
    return int(wrong > 0)

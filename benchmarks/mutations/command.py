"""What is asked for, the exit status."""

from __future__ import annotations

import argparse

from ..campaign import chosen, deal
from .mutation import outcome


def main(arguments: list[str]) -> int:
    """Put in every fault in turn; 1 unless all are noticed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks mutations")
    parser.add_argument("--only", nargs="+", metavar="PART", help="some of the parts")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default 2)")
    options = parser.parse_args(arguments)
    tasks = [
        (part, number)
        for part, module in chosen("mutations", options.only).items()
        for number in range(len(module.MUTATIONS))
    ]
    killed = 0
    for (part, number), (verdict, last) in deal(one, tasks, options.jobs):
        mutation = chosen("mutations", [part])[part].MUTATIONS[number]
        print(f"{verdict:9}{mutation.file}: {mutation.why}\n         {last}", flush=True)
        killed += verdict == "killed"
    print(f"{killed} of {len(tasks)} mutations are killed")
    return int(killed < len(tasks))


def one(part: str, number: int) -> tuple[str, str]:
    """Return what came of one mutation."""
    return outcome(chosen("mutations", [part])[part].MUTATIONS[number])

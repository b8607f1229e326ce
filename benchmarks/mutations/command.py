"""The command line and the exit status."""

from __future__ import annotations

import argparse
import json

from ..campaign import RESULTS, chosen, deal
from .mutation import outcome


def main(arguments: list[str]) -> int:
    """Put in every fault in turn; 1 unless all are noticed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks mutations")
    parser.add_argument("--only", nargs="+", metavar="PART", help="some of the parts")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--save", action="store_true", help="write results/mutations.json")
    options = parser.parse_args(arguments)
    tasks = [
        (part, number)
        for part, module in chosen("mutations", options.only).items()
        for number in range(len(module.MUTATIONS))
    ]
    killed, rows = 0, []
    for (part, number), (verdict, last) in deal(one, tasks, options.jobs):
        mutation = chosen("mutations", [part])[part].MUTATIONS[number]
        print(f"{verdict:9}{mutation.file}: {mutation.why}\n         {last}", flush=True)
        killed += verdict == "killed"
        rows.append({"part": part, "file": mutation.file, "why": mutation.why, "verdict": verdict})
    print(f"{killed} of {len(tasks)} mutations are killed")
    if options.save:
        text = json.dumps(rows, indent=1, ensure_ascii=False)
        (RESULTS / "mutations.json").write_text(f"{text}\n", encoding="utf-8")
    return int(killed < len(tasks))


def one(part: str, number: int) -> tuple[str, str]:
    """Return what came of one mutation."""
    return outcome(chosen("mutations", [part])[part].MUTATIONS[number])

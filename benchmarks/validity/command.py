"""The command line of the campaign, its results and its exit status."""

from __future__ import annotations

import argparse
import json
from typing import Any

from ..campaign import RESULTS, chosen, deal, keep, page, parts
from .case import generator, outcome
from .summary import HEAD, line, summary

WORDS = """
Each line is a kind of prediction. Problems are generated at random; each prediction is compared
with the result of an independent method (quadrature, enumeration, linear algebra, a grid). *Worst
error / truncation* is the maximum over the predictions that are marked valid, and must not exceed
3; *valid inside the regime* is the fraction of the problems in the stated regime for which the
prediction is marked valid. The command `python -m benchmarks validity --save` writes the table;
every case is in `benchmarks/results/validity.json`.
"""


def main(arguments: list[str]) -> int:
    """Run the campaign, print its table; return 1 if a part fails."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks validity")
    parser.add_argument("--only", nargs="+", metavar="PART", help="some of the parts")
    parser.add_argument("--count", type=int, help="cases of each part (default: its own number)")
    parser.add_argument("--case", type=int, help="one case by its number, printed in full")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--save", action="store_true", help="keep results and write the page")
    options = parser.parse_args(arguments)
    modules = chosen("validity", options.only)
    if options.case is not None:
        for name in modules:
            print(json.dumps(one(name, options.case), indent=1))
        return 0
    tasks = [
        (name, number)
        for name, module in modules.items()
        for number in range(options.count or module.COUNT)
    ]
    rows: list[dict[str, Any]] = []
    for _, row in deal(one, tasks, options.jobs):
        rows.append(row)
    rows.sort(key=lambda row: (row["part"], row["case"]))
    _details(rows)
    if options.save:
        rows = keep("validity", rows, ("part", "case"))
    every = parts("validity")
    sums = [
        summary(module.TITLE, mine, getattr(module, "MEDIAN", None))
        for name, module in every.items()
        if (mine := [row for row in rows if row["part"] == name])
    ]
    table = "\n".join([HEAD, *map(line, sums)])
    print(table)
    if options.save:
        title = "The reliability of predictions"
        print(f"written: {RESULTS / 'validity.json'}, {page('validity', title, WORDS, table)}")
    return int(any(row["verdict"] != "holds" for row in sums))


def one(part: str, number: int) -> dict[str, Any]:
    """Generate one case of a part and return its outcome."""
    module = chosen("validity", [part])[part]
    return outcome(part, number, module.case(generator(part, number)))


def _details(rows: list[dict[str, Any]]) -> None:
    """Print false refusals, and valid answers with an error above one truncation."""
    for row in rows:
        name = f"{row['part']} {row['case']}: {row['label']}"
        if "refused" in row:
            if row["solvable"]:
                print(f"refused  {name}\n         {row['refused']}")
        elif row["valid"] and row["ratio"] > 1:
            print(
                f"off by {row['ratio']:.2g} truncations  {name}\n         {row['value']:.9g} "
                f"(truncation {row['truncation']:.2g}), truth {row['truth']:.9g}"
            )

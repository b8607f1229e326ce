"""The command line of the campaign, its results and its exit status."""

from __future__ import annotations

import argparse
from typing import Any

from ..campaign import RESULTS, chosen, deal, keep, page
from .experiment import repeat
from .summary import summary, tables

WORDS = """
Each line repeats one measurement over many seeds and compares it with its true value. *z* is
(value - truth)/stated error: its mean should be 0 and its standard deviation 1. *Coverage* is the
fraction of the stated 95 % intervals that contain the true value, and must lie between 91.5 and
98 %. At fewer than 200 trajectories the verdict *named* means that the coverage is lower and that
the package warned of it. *Warned* is the fraction of the runs that gave a warning. The command
`python -m benchmarks calibration --save` writes the table; its numbers are in
`benchmarks/results/calibration.json`.
"""


def main(
    arguments: list[str],
    name: str = "calibration",
    title: str = "The reliability of error bars",
    words: str = WORDS,
) -> int:
    """Run a campaign of experiments, print its tables; return 1 if an estimator fails.

    Parameters
    ----------
    arguments
        Of the command line.
    name
        The folder of `benchmarks` that holds its parts, and the name of its results.
    title, words
        Of its page.
    """
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks {name}")
    parser.add_argument("--only", nargs="+", metavar="PART", help="some of the parts")
    parser.add_argument("--name", metavar="WORD", help="experiments whose name contains a word")
    parser.add_argument("--seeds", type=int, default=400, help="repeats (default 400)")
    parser.add_argument("--size", type=int, help="one number of trajectories")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--save", action="store_true", help="keep results and write the page")
    options = parser.parse_args(arguments)
    if options.seeds < 2:
        parser.error(f"--seeds {options.seeds}: give 2 or more")
    tasks = [
        (name, part, each.name, size, options.seeds * each.more)
        for part, module in chosen(name, options.only).items()
        for each in module.experiments()
        for size in each.sizes
        if options.size in (None, size) and (options.name or "") in each.name
    ]
    rows: list[dict[str, Any]] = []
    for _, row in deal(one, tasks, options.jobs):
        rows.append(row)
        if options.save:
            keep(name, rows, ("part", "name", "size"))
    rows.sort(key=lambda row: (row["part"], row["name"], row["size"]))
    for row in rows:
        if row["refused"]:
            print(f"refused {row['refused']} times: {row['name']}: {row['refusal']}")
    print(tables(rows))
    if options.save:
        every = keep(name, rows, ("part", "name", "size"))
        path = page(name, title, words, tables(every))
        print(f"written: {RESULTS / name}.json, {path}")
    return int(any(row["verdict"].startswith("MISSED") for row in rows))


def one(campaign: str, part: str, name: str, size: int, seeds: int) -> dict[str, Any]:
    """Repeat one experiment at one size over the seeds and return its summary."""
    module = chosen(campaign, [part])[part]
    (each,) = [each for each in module.experiments() if each.name == name]
    return summary(part, repeat(each, size, range(seeds)))

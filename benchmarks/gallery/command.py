"""What is asked for, where results go, the exit status."""

from __future__ import annotations

import argparse
from typing import Any

from ..campaign import RESULTS, deal, keep, page
from .drawn import draw
from .summary import SPREAD, blind, checks, pooled, tables

WORDS = """
Every figure of the gallery is drawn at its quick size from several seeds, and each of its checks is
looked at over these draws. *z* is (measured - theory)/stated error: for a check that a sample
decides its standard deviation should be 1. The last but one column is the relative change of the
theory that the check would reject (four standard errors and the stated truncation; where a check
names what it excludes, relative to the distance to that): a check for which it is 100 % or more
accepts twice the theory and cannot fail. *Computed* checks compare numbers that no seed moves. The
table is made by `python -m benchmarks gallery --save`; its numbers are in
`benchmarks/results/gallery.json`.
"""


def main(arguments: list[str]) -> int:
    """Run the campaign, print its tables; 1 if errors are no scatters or a check cannot fail."""
    from driftscape.gallery.report import catalogue

    parser = argparse.ArgumentParser(prog="python -m benchmarks gallery")
    parser.add_argument("--only", nargs="+", default=[], metavar="FIGURE", help="some figures")
    parser.add_argument("--seeds", type=int, default=8, help="draws of each figure (default 8)")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--save", action="store_true", help="keep results and write the page")
    options = parser.parse_args(arguments)
    if options.seeds < 2:
        parser.error(f"--seeds {options.seeds}: give 2 or more")
    figures = catalogue.choose(options.only, catalogue.names())
    tasks = [(figure, repeat) for repeat in range(options.seeds) for figure in figures]
    rows = [row for _, row in deal(draw, tasks, options.jobs)]
    rows.sort(key=lambda row: (row["figure"], row["repeat"]))
    found = checks(rows)
    crashed = [row for row in rows if row["error"]]
    for row in crashed:
        print(f"{row['figure']}, draw {row['repeat']}, crashed: {row['error']}")
    for row in rows:
        for warning in row["warned"]:
            print(f"{row['figure']}, draw {row['repeat']}, warned: {warning}")
    print(f"{tables(found)}\n\n{verdict(found)}")
    if options.save:
        together = [
            {"figure": figure, "checks": [each for each in found if each["figure"] == figure]}
            for figure in figures
        ]
        kept = keep("gallery", together, ("figure",))
        every = [each for row in kept for each in row["checks"]]
        text = f"{verdict(every)}\n\n{tables(every)}"
        path = page("gallery", "The gallery's checks over many seeds", WORDS, text)
        print(f"written: {RESULTS / 'gallery.json'}, {path}")
    spread = pooled(found)["spread"]
    return int(bool(crashed or blind(found)) or not SPREAD[0] <= spread <= SPREAD[1])


def verdict(found: list[dict[str, Any]]) -> str:
    """Return in words whether stated errors are scatters and every check can fail."""
    all_of, none = pooled(found), blind(found)
    lines = [
        f"{len(found)} checks; {all_of['checks']} decided by a sample: spread of z "
        f"{all_of['spread']:.3f} over all draws ({all_of['within']:.3f} within a check, "
        f"{all_of['first']:.3f} in the first draw); it must lie between {SPREAD[0]} and "
        f"{SPREAD[1]}.",
    ]
    truncated = [e for e in found if e["kind"] == "sampled, within a truncation"]
    if truncated:
        lines.append("A truncation larger than the error decides: ")
        lines += [f"* {e['figure']}: {e['hypothesis']}" for e in truncated]
    lines.append("Cannot fail: " + ("none." if not none else ""))
    lines += [f"* {e['figure']}: {e['hypothesis']}" for e in none]
    return "\n".join(lines)

"""The command line of the campaign, its results and its exit status."""

from __future__ import annotations

import argparse
from typing import Any

from ..campaign import RESULTS, deal, keep, page
from .drawn import draw
from .summary import SPREAD, blind, checks, pooled, tables

WORDS = """
Every figure of the gallery is drawn at its quick size from several seeds, and this table summarises
each of its checks over these draws. *z* is (measured - theory)/stated error: for a sampled check
its standard deviation should be 1. The column *rejects a change of* is the relative change of the
theory that the check would reject: four standard errors plus the stated truncation, divided by the
theory or, if the check names an excluded value, by the distance to this value. A check for which it
is 100 % or more cannot fail. *Computed* checks compare numbers that do not depend on the seed;
*rejected* checks are hypotheses that should be rejected. The command
`python -m benchmarks gallery --save` writes the table; its numbers are in
`benchmarks/results/gallery.json`.
"""


def main(arguments: list[str]) -> int:
    """Run the campaign, print its tables; return 1 if errors are wrong or a check cannot fail."""
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
        path = page("gallery", "The checks of the gallery over many seeds", WORDS, text)
        print(f"written: {RESULTS / 'gallery.json'}, {path}")
    spread = pooled(found)["spread"]
    return int(bool(crashed or blind(found)) or not SPREAD[0] <= spread <= SPREAD[1])


def verdict(found: list[dict[str, Any]]) -> str:
    """Return a text: whether stated errors equal the scatter and every check can fail."""
    all_of, none = pooled(found), blind(found)
    lines = [
        f"{len(found)} checks, {all_of['checks']} of them sampled: spread of z "
        f"{all_of['spread']:.3f} over all draws ({all_of['within']:.3f} within a check, "
        f"{all_of['first']:.3f} in the first draw); it must lie between {SPREAD[0]} and "
        f"{SPREAD[1]}.",
    ]
    truncated = [e for e in found if e["kind"] == "sampled, within a truncation"]
    if truncated:
        lines.append("The truncation is larger than the error in: ")
        lines += [f"* {e['figure']}: {e['hypothesis']}" for e in truncated]
    lines.append("Cannot fail: " + ("none." if not none else ""))
    lines += [f"* {e['figure']}: {e['hypothesis']}" for e in none]
    return "\n".join(lines)

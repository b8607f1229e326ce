"""Rows of a curve: its points measured in turn, their medians, ideals and verdicts."""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np

from .curve import Curve, Point

#: a row fails above this ratio to its ideal
BOUND = 2.0

Row = dict[str, Any]


def rows(part: str, curve: Curve, rounds: int, quick: bool = False) -> list[Row]:
    """Measure a curve and return a row for each of its points."""
    field = [*curve.points, *curve.beside.values()]
    for number, point in enumerate(field):
        _say(f"{curve.title}: first call {number + 1} of {len(field)}")
        point.call()  # compiled and loaded
    spent = np.array([_round(curve, field, number, rounds) for number in range(rounds)])
    seconds = np.median(spent, axis=0)
    many = len(curve.points)
    beside = {
        name: float(t / point.work)
        for (name, point), t in zip(curve.beside.items(), seconds[many:], strict=True)
    }
    own = seconds[:many].tolist()
    ideals = curve.ideal.of(curve.points, own, beside)
    scatter = np.percentile(spent[:, :many], [25, 75], axis=0)
    return [
        {
            "part": part, "curve": curve.title, "axis": curve.axis, "unit": curve.unit,
            "ideal_is": curve.ideal.words, "size": point.size, "seconds": t, "quartiles": ends,
            "nanoseconds": 1e9 * t / point.work, "ideal": ideal, "ratio": t / ideal,
            "beside": {name: 1e9 * rate for name, rate in beside.items()},
            "verdict": "quick" if quick else verdict(t / ideal),
        }
        for point, t, ideal, ends in zip(curve.points, own, ideals, scatter.T.tolist(), strict=True)
    ]  # fmt: skip


def _round(curve: Curve, field: list[Point], number: int, rounds: int) -> list[float]:
    _say(f"{curve.title}: round {number + 1} of {rounds}")
    return [_timed(point) for point in field]


def _timed(point: Point) -> float:
    begin = time.perf_counter()
    result = point.call()
    spent = time.perf_counter() - begin
    del result  # giving memory back is not counted
    return spent


def verdict(ratio: float) -> str:
    """Return "ideal", "holds" or "MISSED"."""
    if ratio <= 1.1:
        return "ideal"
    return "holds" if ratio <= BOUND else "MISSED"


def table(found: list[Row]) -> str:
    """Return the rows as Markdown: a table for each curve, under the definition of its ideal."""
    blocks = []
    for title in dict.fromkeys(row["curve"] for row in found):
        mine = [row for row in found if row["curve"] == title]
        first = mine[0]
        beside = "".join(f"; {name}: {ns:.3g} ns a unit" for name, ns in first["beside"].items())
        blocks.append(
            f"### {title}\n\nUnit of work: {first['unit']}. Ideal: {first['ideal_is']}{beside}.\n\n"
            f"| {first['axis']} | seconds | ns a unit | ideal seconds | ratio | verdict |\n"
            "|---|---|---|---|---|---|\n"
            + "\n".join(
                f"| {row['size']:g} | {row['seconds']:.3g} | {row['nanoseconds']:.3g} "
                f"| {row['ideal']:.3g} | {row['ratio']:.2f} | {row['verdict']} |"
                for row in mine
            )
        )
    return "\n\n".join(blocks)


def failures(found: list[Row]) -> list[Row]:
    """Return the rows that take more than twice their ideal."""
    return [row for row in found if row["verdict"] == "MISSED"]


def summary(found: list[Row]) -> str:
    """Return how many rows fail, and which."""
    wrong = failures(found)
    lines = [f"{len(found)} rows, {len(wrong)} above twice their ideal."]
    lines += [
        f"* {row['curve']}, {row['axis']} {row['size']:g}: {row['ratio']:.2f}" for row in wrong
    ]
    return "\n".join(lines)


def _say(text: str) -> None:
    """Show progress: over one line where the error stream is a terminal, nothing elsewhere."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K... {text}", end="", file=sys.stderr, flush=True)

"""The summary of the outcomes of a part, and its verdict."""

from __future__ import annotations

import statistics
from typing import Any

WORST = 3.0
"""Truncations that a valid prediction may be off by."""
POWER = 0.5
"""Share of the problems inside the stated regime in which the prediction must be valid."""
REFUSED = 0.05
"""Share of the solvable problems that may be refused."""

HEAD = (
    "| kind of prediction | cases | refused (of solvable) | valid | worst error / truncation "
    "| valid inside the regime | median truncation | verdict |\n|---|---|---|---|---|---|---|---|"
)


def summary(title: str, rows: list[dict[str, Any]], limit: float | None = None) -> dict[str, Any]:
    """Count one part; `limit` bounds the median relative truncation of valid predictions."""
    answered = [row for row in rows if "refused" not in row]
    valid = [row for row in answered if row["valid"]]
    solvable = [row for row in rows if row["solvable"]]
    refused = [row for row in solvable if "refused" in row]
    inside = [row for row in answered if row["inside"]]
    worst = max((row["ratio"] for row in valid), default=0.0)
    share = sum(row["valid"] for row in inside) / len(inside) if inside else float("nan")
    relative = [r["truncation"] / abs(r["value"]) for r in valid if r["value"]]
    median = statistics.median(relative) if relative else float("nan")
    missed = [
        word
        for word, bad in (
            ("beyond its truncation", not worst <= WORST),
            ("rarely valid", share < POWER),
            ("refuses", len(refused) > REFUSED * max(len(solvable), 1)),
            ("coarse", limit is not None and not median <= limit),
        )
        if bad
    ]
    return {
        "title": title,
        "cases": len(rows),
        "refused": len(refused),
        "solvable": len(solvable),
        "valid": len(valid),
        "worst": worst,
        "inside": share,
        "median": median,
        "verdict": "holds" if not missed else "MISSED: " + ", ".join(missed),
    }


def line(row: dict[str, Any]) -> str:
    """Return one row of the Markdown table under `HEAD`."""
    return (
        f"| {row['title']} | {row['cases']} | {row['refused']} of {row['solvable']} "
        f"| {row['valid']} | {row['worst']:.2g} | {100 * row['inside']:.0f} % "
        f"| {row['median']:.1e} | {row['verdict']} |"
    )

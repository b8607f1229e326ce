"""Summaries of the checks over repeated draws."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

SPREAD = (0.85, 1.15)
"""Bounds of the spread of z over all sampled checks."""
BLIND = 1.0
"""A check with this tolerance or more cannot fail."""
STILL = 1e-3
"""A number that varies by less than this fraction of its error is computed, not sampled."""

HEAD = (
    "| check | kind | draws | mean z | sd z | rejects a change of | failed |\n"
    "|---|---|---|---|---|---|---|"
)


def checks(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a summary of each check over its draws, in the order of the figures."""
    together: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for row in rows:
        for place, check in enumerate(row["checks"]):  # a hypothesis may contain a measured number
            together.setdefault((row["figure"], place), []).append(check)
    return [{"figure": figure} | _summary(each) for (figure, _), each in sorted(together.items())]


def _summary(draws: list[dict[str, Any]]) -> dict[str, Any]:
    def column(name: str) -> Any:
        return np.array([d[name] for d in draws], dtype=float)

    difference, error = column("value") - column("theory"), column("error")
    with np.errstate(all="ignore"):
        z = difference / error
    moves = len(draws) > 1 and difference.std() > STILL * np.median(error)
    truncated = np.median(column("truncation")) > np.median(error)
    kind = "sampled" if moves else "computed"
    if draws[0]["expect"] != "agrees":
        kind = draws[0]["expect"]
    elif moves and truncated:
        kind = "sampled, within a truncation"
    return {
        "hypothesis": draws[0]["hypothesis"],
        "kind": kind,
        "draws": len(draws),
        "z": [float(f"{each:.4g}") for each in z],
        "mean_z": float(z.mean()),
        "sd_z": float(z.std(ddof=1)) if len(z) > 1 else float("nan"),
        "rejects": float(np.median(column("tolerance"))),
        "failed": sum(not d["passed"] for d in draws),
    }


def pooled(found: list[dict[str, Any]]) -> dict[str, float]:
    """Return the spread of z over every draw of the sampled checks, and that of repeat 0 alone."""
    sampled = [np.array(each["z"]) for each in found if each["kind"] == "sampled"]
    every = np.concatenate(sampled) if sampled else np.array([np.nan])
    first = np.array([z[0] for z in sampled])
    within = [z.var(ddof=1) for z in sampled if len(z) > 1]
    return {
        "checks": len(sampled),
        "spread": float(np.sqrt(np.mean(every**2))),
        "within": float(np.sqrt(np.mean(within))) if within else float("nan"),
        "first": float(np.sqrt(np.mean(first**2))) if len(first) else float("nan"),
    }


def blind(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the checks that cannot fail, because they would accept the excluded value."""
    return [e for e in found if e["kind"] not in ("rejected",) and not e["rejects"] < BLIND]


def tables(found: list[dict[str, Any]]) -> str:
    """Return a Markdown table for each figure."""
    parts = []
    for figure in dict.fromkeys(each["figure"] for each in found):
        lines = [f"### {figure}", "", HEAD]
        for e in (each for each in found if each["figure"] == figure):
            spread = "" if e["kind"] == "computed" else f"{e['sd_z']:.2f}"
            power = "" if e["kind"] == "rejected" else f"{100 * e['rejects']:.3g} %"
            name = e["hypothesis"].replace("|", r"\|")  # a bar would end the cell
            lines.append(
                f"| {name} | {e['kind']} | {e['draws']} | {e['mean_z']:+.2f} | "
                f"{spread} | {power} | {e['failed'] or ''} |"
            )
        parts.append("\n".join(lines))
    return "\n\n".join(parts)

"""Summaries of repeated measurements: are the error bars correct?"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

COVERAGE = (0.915, 0.98)
"""Bounds of the coverage of 95 % intervals: three standard errors at 400 seeds."""
LEVEL, LEVELS = 0.05, (0.02, 0.09)
"""Level of a test, and bounds of the share of right runs that it rejects."""
UNIFORM = 1e-3
"""Least p value of the Kolmogorov-Smirnov test that p values are uniform."""
ENOUGH = 200
"""Trajectories from which on a warning no longer excuses a wrong coverage."""

HEAD = (
    "| estimator | trajectories | seeds | mean z | sd z | coverage of 95 % | warned | verdict |\n"
    "|---|---|---|---|---|---|---|---|"
)
HEAD_P = (
    "| test of a true hypothesis | trajectories | seeds | P(p < .05) | uniform: KS p | verdict |\n"
    "|---|---|---|---|---|---|"
)


def summary(part: str, made: dict[str, Any]) -> dict[str, Any]:
    """Reduce what `repeat` returned to a row of the results."""
    row = {"part": part, "name": made["name"], "size": made["size"]}
    row["refused"] = len(made["refused"])
    row["refusal"] = made["refused"][0] if made["refused"] else ""
    return row | (_test(made) if made["p"] else _interval(made))


def _interval(made: dict[str, Any]) -> dict[str, Any]:
    covers, warned = np.array(made["covers"], bool), np.array(made["warned"], bool)
    z = np.array(made["z"], float)
    finite = z[np.isfinite(z)]
    coverage = float(covers.mean()) if len(covers) else float("nan")
    wrong = float(np.mean(made["covers_wrong"])) if made["covers_wrong"] else None
    verdict = _verdict(made["size"], coverage, covers[~warned], warned)
    if made["twin"]:
        verdict = "outside, as it must" if verdict in ("MISSED", "named") else "MISSED: twin holds"
    if wrong is not None and made["size"] >= ENOUGH and not wrong < 0.5:
        verdict = "MISSED: no power"
    return {
        "kind": "interval",
        "seeds": len(covers),
        "mean_z": float(finite.mean()) if len(finite) else float("nan"),
        "sd_z": float(finite.std(ddof=1)) if len(finite) > 1 else float("nan"),
        "coverage": coverage,
        "covers_wrong": wrong,
        "warned": float(warned.mean()) if len(warned) else float("nan"),
        "verdict": verdict if len(covers) else "refused",
    }


def _verdict(size: int, coverage: float, silent: Any, warned: Any) -> str:
    """Return the verdict; with few trajectories intervals may be too short if a warning says so."""
    if COVERAGE[0] <= coverage <= COVERAGE[1]:
        return "holds"
    if size < ENOUGH and coverage < COVERAGE[0]:
        if warned.mean() >= 0.5 or (len(silent) >= 50 and silent.mean() >= COVERAGE[0]):
            return "named"
    return "MISSED"


def _test(made: dict[str, Any]) -> dict[str, Any]:
    p = np.array(made["p"], float)
    share, fit = float(np.mean(p < LEVEL)), float(stats.kstest(p, "uniform").pvalue)
    holds = LEVELS[0] <= share <= LEVELS[1] and fit > UNIFORM and not np.isnan(p).any()
    return {
        "kind": "test",
        "seeds": len(p),
        "rejected": share,
        "uniform": fit,
        "verdict": "holds" if holds else "MISSED",
    }


def tables(rows: list[dict[str, Any]]) -> str:
    """Return both Markdown tables."""
    intervals = [row for row in rows if row["kind"] == "interval"]
    tests = [row for row in rows if row["kind"] == "test"]
    first = [
        f"| {r['name']} | {r['size']} | {r['seeds']} | {r['mean_z']:+.2f} | {r['sd_z']:.2f} "
        f"| {100 * r['coverage']:.1f} % | {100 * r['warned']:.0f} % | {r['verdict']} |"
        for r in intervals
    ]
    second = [
        f"| {r['name']} | {r['size']} | {r['seeds']} | {r['rejected']:.3f} | {r['uniform']:.2g} "
        f"| {r['verdict']} |"
        for r in tests
    ]
    blocks = ["\n".join([HEAD, *first])] if first else []
    blocks += ["\n".join([HEAD_P, *second])] if second else []
    return "\n\n".join(blocks)

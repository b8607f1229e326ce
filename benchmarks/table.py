"""Rows, verdicts, and the files in results/."""

import datetime
import json
import os
import platform
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).resolve().parent / "results"


@dataclass(frozen=True)
class Row:
    """One promise and its measurement.

    Attributes
    ----------
    ratio
        What is divided by what.
    measured, low, high
        Median and quartiles over rounds; None when it was not measured.
    must, goal
        The promise, and what we would like.
    at_most
        True when smaller is better.
    note
        Why it was not measured, or what to know.
    """

    ratio: str
    must: float
    goal: float
    at_most: bool
    measured: float | None = None
    low: float | None = None
    high: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """Return "goal", "holds", "MISSED" or "not run"."""
        if self.measured is None:
            return "not run"
        sign = 1 if self.at_most else -1
        if sign * self.measured <= sign * self.goal:
            return "goal"
        return "holds" if sign * self.measured <= sign * self.must else "MISSED"


def text(rows: list[Row], quick: bool = False) -> str:
    """Return the table as Markdown; a quick run's sizes are too small for verdicts."""
    lines = ["| ratio | measured (quartiles) | must | goal | verdict |", "|---|---|---|---|---|"]
    for row in rows:
        bound = "<=" if row.at_most else ">="
        value = row.note
        if row.measured is not None:
            value = f"{row.measured:.3g}"
            if row.low is not None and row.high is not None:
                value += f" ({row.low:.3g}..{row.high:.3g})"
            value += f"; {row.note}" if row.note else ""
        verdict = "quick" if quick else row.verdict
        lines.append(f"| {row.ratio} | {value} | {bound} {row.must:g} | {row.goal:g} | {verdict} |")
    return "\n".join(lines)


def machine() -> dict[str, str]:
    """Return what the numbers depend on."""
    import llvmlite
    import numpy

    processor = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                processor = line.split(":", 1)[1].strip()
                break
    except OSError:
        pass
    return {
        "date": datetime.date.today().isoformat(),
        "processor": processor,
        "cores": str(len(os.sched_getaffinity(0))),
        "python": sys.version.split()[0],
        "llvmlite": llvmlite.__version__,
        "numpy": numpy.__version__,
    }


def save(rows: list[Row], where: dict[str, str], quick: bool) -> Path:
    """Write results/DATE.json and DATE.md; return the latter."""
    RESULTS.mkdir(exist_ok=True)
    stem = RESULTS / (where["date"] + ("-quick" if quick else ""))
    data = {
        "machine": where,
        "rows": [asdict(row) | {"verdict": "quick" if quick else row.verdict} for row in rows],
    }
    stem.with_suffix(".json").write_text(json.dumps(data, indent=1) + "\n")
    head = ", ".join(f"{key} {value}" for key, value in where.items())
    page = stem.with_suffix(".md")
    page.write_text(f"# Benchmarks\n\n{head}\n\n{text(rows, quick)}\n")
    return page

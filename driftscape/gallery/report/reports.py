"""Write the results of the figures: ``report.json`` for programs, ``report.html`` for people."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ... import __version__
from . import page
from .figure import Check
from .outcome import Outcome


def write(outcomes: Sequence[Outcome], folder: Path) -> tuple[Path, Path]:
    """Write both reports into `folder`, each in one step: a reader never sees half a file."""
    date = datetime.now(timezone.utc)
    records = [_record(outcome, date) for outcome in outcomes]
    paths = folder / "report.json", folder / "report.html"
    texts = json.dumps(records, indent=1, allow_nan=False) + "\n", page.page(outcomes, date)
    for path, text in zip(paths, texts, strict=True):
        partial = path.with_name(path.name + ".partial")
        partial.write_text(text, encoding="utf-8")
        os.replace(partial, path)
    return paths


def _record(outcome: Outcome, date: datetime) -> dict[str, Any]:
    about, figure = outcome.about, outcome.figure
    parameters = figure.parameters if figure else {}
    return {
        "figure": outcome.name,
        "status": outcome.status,
        "title": about.title if about else "",
        "paper": about.citation if about else "",
        "link": about.link if about else "",
        "claim": about.claim if about else "",
        "finding": figure.finding if figure else "",
        "checks": [_check_record(check) for check in figure.checks] if figure else [],
        "error": outcome.error,
        "traceback": outcome.traceback,
        "picture": outcome.picture.name if outcome.picture else None,
        "parameters": {key: str(value) for key, value in parameters.items()},
        "size": "full" if outcome.full else "quick",
        "runtime_seconds": round(outcome.runtime, 2),
        "version": __version__,
        "date": date.isoformat(timespec="seconds"),
    }


def _check_record(check: Check) -> dict[str, Any]:
    comparison = check.comparison
    return {
        "hypothesis": check.hypothesis,
        "measured": _finite(check.measured.value),
        "stderr": _finite(check.measured.stderr),
        "theory": _finite(comparison.theory.value),
        "truncation": _finite(comparison.theory.truncation),
        "z": _finite(comparison.z),
        "verdict": comparison.verdict,
        "expected": check.expect,
        "passed": check.passed,
        "tolerance": _finite(check.tolerance),
        "unit": check.measured.unit,
        "n_eff": _finite(check.measured.n_eff),
        "method": check.measured.method,
        "regime": comparison.theory.regime,
    }


def _finite(number: float) -> float | None:
    """Return None for infinity and NaN, which JSON does not have."""
    return float(number) if math.isfinite(number) else None

"""What came out of the figures, as ``report.json`` for programs and ``report.html`` for people.

The page holds everything it shows (style, pictures), so that one file can be sent to somebody.
"""

import base64
import json
import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from .. import __version__
from .figure import About, Check, Figure


@dataclass(frozen=True)
class Outcome:
    """What became of one figure.

    Attributes
    ----------
    name
        The figure's module name.
    about
        The paper; None where the module could not even be imported.
    figure
        None where it crashed or was not drawn.
    picture
        The saved PNG file.
    error, traceback
        Why there is no figure; both empty when it was not reached.
    runtime
        Seconds.
    full
        Whether the paper's sizes were asked for.
    """

    name: str
    about: About | None = None
    figure: Figure | None = None
    picture: Path | None = None
    error: str = ""
    traceback: str = ""
    runtime: float = 0.0
    full: bool = False

    @property
    def status(self) -> str:
        """One of "passed", "failed", "crashed", "not drawn"."""
        if self.error:
            return "crashed"
        if self.figure is None:
            return "not drawn"
        return "passed" if self.figure.passed else "failed"

    @property
    def score(self) -> str:
        """How many checks came out as expected, in words."""
        if self.figure is None:
            return self.status
        good = sum(check.passed for check in self.figure.checks)
        return f"{good} of {len(self.figure.checks)} checks as expected"


def write(outcomes: Sequence[Outcome], folder: Path) -> tuple[Path, Path]:
    """Write both reports into `folder`; a reader never meets a half-written file."""
    date = datetime.now(timezone.utc)
    records = [_record(outcome, date) for outcome in outcomes]
    paths = folder / "report.json", folder / "report.html"
    texts = json.dumps(records, indent=1, allow_nan=False) + "\n", page(outcomes, date)
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
        "claim": check.claim,
        "measured": _finite(check.measured.value),
        "stderr": _finite(check.measured.stderr),
        "theory": _finite(comparison.theory.value),
        "truncation": _finite(comparison.theory.truncation),
        "z": _finite(comparison.z),
        "verdict": comparison.verdict,
        "expected": check.expect,
        "passed": check.passed,
        "unit": check.measured.unit,
        "n_eff": _finite(check.measured.n_eff),
        "method": check.measured.method,
        "regime": comparison.theory.regime,
    }


def _finite(number: float) -> float | None:
    """JSON has no infinity and no NaN."""
    return float(number) if math.isfinite(number) else None


def shown(check: Check) -> tuple[str, str, str, str]:
    """Return measured, theory, z and verdict of a check as text, for a terminal or a page."""
    comparison = check.comparison
    theory = f"{comparison.theory.value:.6g}"
    if comparison.theory.truncation > 0.01 * comparison.stderr:
        theory += f" (within {comparison.theory.truncation:.2g})"
    z = f"{comparison.z:+.1f}" if math.isfinite(comparison.z) else "–"
    verdict = comparison.verdict
    if not check.finite:
        verdict = f"no number, expected: {check.expect}"
    elif not check.passed:
        verdict += f", expected: {check.expect}"
    elif check.expect == "rejected":
        verdict += ", as it should be"
    elif comparison.by_truncation:
        verdict += " within its truncation"
    return str(check.measured), theory, z, verdict


def page(outcomes: Sequence[Outcome], date: datetime) -> str:
    """Return the page as text."""
    style = (files(__package__) / "report.css").read_text(encoding="utf-8")
    good = sum(outcome.status == "passed" for outcome in outcomes)
    drawn = sum(outcome.status != "not drawn" for outcome in outcomes)
    state = "good" if good == len(outcomes) else "bad"
    left = f", {len(outcomes) - drawn} not drawn" if drawn < len(outcomes) else ""
    body = [
        "<header><h1>driftscape gallery</h1>",
        "<p>Figures of papers, redrawn from simulation. Every number measured stands beside the "
        "number that theory predicts; <i>z</i> is their difference in standard errors.</p>",
        f'<p class="score {state}">{good} of {drawn} figures as expected{left}</p>',
        f'<p class="meta">driftscape {escape(__version__)} · {date:%d %B %Y, %H:%M} UTC</p>',
        "<nav><ol>",
        *(_entry(outcome) for outcome in outcomes),
        "</ol></nav></header>",
        *(_article(outcome) for outcome in outcomes),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>driftscape gallery</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(body)
        + "\n</main>\n</body>\n</html>\n"
    )


def _title(outcome: Outcome) -> str:
    return escape(outcome.about.title if outcome.about else outcome.name)


def _badge(outcome: Outcome) -> str:
    return f'<span class="badge {outcome.status.split()[0]}">{escape(outcome.score)}</span>'


def _entry(outcome: Outcome) -> str:
    return f'<li><a href="#{escape(outcome.name)}">{_title(outcome)}</a> {_badge(outcome)}</li>'


def _article(outcome: Outcome) -> str:
    about, figure = outcome.about, outcome.figure
    parts = [f'<article id="{escape(outcome.name)}">', f"<h2>{_title(outcome)}</h2>"]
    if about:
        cited = escape(about.citation)
        if about.link:
            cited += f' <a href="{escape(about.link)}">{escape(about.link)}</a>'
        parts += [f'<p class="cite">{cited}</p>', _said("The paper claims", about.claim)]
    if figure:
        parts.append(_said("We measured", figure.finding))
    parts.append(f"<p>{_badge(outcome)}</p>")
    if outcome.picture and about:
        data = base64.b64encode(outcome.picture.read_bytes()).decode("ascii")
        parts.append(
            f'<figure><img alt="{_title(outcome)}" src="data:image/png;base64,{data}">'
            f"<figcaption>{escape(about.look_for)}</figcaption></figure>"
        )
    if outcome.error:
        parts.append(
            f'<p class="error">{escape(outcome.error)}</p><details><summary>Where it happened'
            f"</summary><pre>{escape(outcome.traceback)}</pre></details>"
        )
    if figure:
        parts.append(_table(figure.checks))
        parts.append(_made_with(outcome, figure.parameters))
    return "\n".join([*parts, "</article>"])


def _said(who: str, what: str) -> str:
    return f'<dl class="said"><dt>{who}</dt><dd>{escape(what)}</dd></dl>'


def _table(checks: Iterable[Check]) -> str:
    rows = []
    for check in checks:
        measured, theory, z, verdict = map(escape, shown(check))
        state = "good" if check.passed else "bad"
        title = f"{check.measured.method}; theory: {check.comparison.theory.regime}"
        rows.append(
            f'<tr title="{escape(title)}"><td>{escape(check.claim)}</td>'
            f'<td class="n">{measured}</td><td class="n">{theory}</td><td class="n">{z}</td>'
            f'<td class="{state}">{"✓" if check.passed else "✗"} {verdict}</td></tr>'
        )
    headings = ("claim", "measured ± stderr", "theory", "<i>z</i>", "verdict")
    head = "".join(f"<th>{heading}</th>" for heading in headings)
    return (
        f'<div class="wide"><table><thead><tr>{head}</tr></thead>\n<tbody>\n'
        + "\n".join(rows)
        + "\n</tbody></table></div>"
    )


def _made_with(outcome: Outcome, parameters: dict[str, Any]) -> str:
    size = "the paper's sizes (--full)" if outcome.full else "quick sizes"
    made = [f"{key} {value}" for key, value in parameters.items()]
    made += [size, f"{outcome.runtime:.1f} s", f"driftscape reproduce {outcome.name}"]
    return f'<p class="meta">{escape(" · ".join(made))}</p>'

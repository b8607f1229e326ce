"""The text of ``report.html``: the papers' claims, the measurements and the pictures.

The page contains its style and its pictures, so that the one file can be sent to somebody.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import astuple
from datetime import datetime
from html import escape
from importlib.resources import files
from typing import Any

from ... import __version__
from .figure import Check
from .outcome import HEADINGS, Outcome, row


def page(outcomes: Sequence[Outcome], date: datetime) -> str:
    """Return the page as text."""
    style = (files(__package__) / "report.css").read_text(encoding="utf-8")
    good = sum(outcome.status == "passed" for outcome in outcomes)
    drawn = sum(outcome.status != "not drawn" for outcome in outcomes)
    state = "good" if good == len(outcomes) else "bad"
    left = f", {len(outcomes) - drawn} not drawn" if drawn < len(outcomes) else ""
    body = [
        "<header><h1>driftscape gallery</h1>",
        "<p>Figures of papers, redrawn from simulation. Each row of a table is a hypothesis: a "
        "measured number equals a predicted number; <i>z</i> is their difference in standard "
        "errors. A correct hypothesis should agree; a wrong one should be rejected. “(truncation)” "
        "means that the truncation of the theory covers the difference.</p>",
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
        parts += [f'<p class="cite">{cited}</p>', _statement("The paper claims", about.claim)]
    if figure:
        # The finding is written for checks that pass; if one fails, the finding is unconfirmed.
        heading = "We measured" if figure.passed else "Expected; not all checks below confirm it"
        parts.append(_statement(heading, figure.finding))
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
        parts.append(_parameters(outcome, figure.parameters))
    return "\n".join([*parts, "</article>"])


def _statement(heading: str, text: str) -> str:
    return f'<dl class="statement"><dt>{heading}</dt><dd>{escape(text)}</dd></dl>'


def _table(checks: Iterable[Check]) -> str:
    rows = []
    for check in checks:
        cells = [escape(cell) for cell in astuple(row(check))]
        title = f"{check.measured.method}; theory: {check.comparison.theory.regime}"
        if check.expect == "agrees":
            title += (
                f"; a change by {100 * check.tolerance:.2g} % of the distance to the excluded "
                "value would be rejected"
            )
        classes = ("", "n", "n", "n", "e", "good" if check.passed else "bad")
        rows.append(
            f'<tr title="{escape(title)}">'
            + "".join(
                f'<td class="{name}">{cell}</td>' if name else f"<td>{cell}</td>"
                for name, cell in zip(classes, cells, strict=True)
            )
            + "</tr>"
        )
    headings = ("<i>z</i>" if heading == "z" else heading for heading in HEADINGS)
    head = "".join(f"<th>{heading}</th>" for heading in headings)
    return (
        f'<div class="wide"><table><thead><tr>{head}</tr></thead>\n<tbody>\n'
        + "\n".join(rows)
        + "\n</tbody></table></div>"
    )


def _parameters(outcome: Outcome, parameters: dict[str, Any]) -> str:
    size = "the paper's sizes (--full)" if outcome.full else "quick sizes"
    facts = [f"{key} {value}" for key, value in parameters.items()]
    facts += [size, f"{outcome.runtime:.1f} s", f"driftscape reproduce {outcome.name}"]
    return f'<p class="meta">{escape(" · ".join(facts))}</p>'

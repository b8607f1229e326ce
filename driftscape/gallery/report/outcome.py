"""The result of one figure, and the text of its checks for a terminal or a page."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

from .figure import VERDICTS, About, Check, Figure


@dataclass(frozen=True)
class Outcome:
    """The result of one figure.

    Attributes
    ----------
    name
        The figure's module name.
    about
        The paper; None if the module could not be imported.
    figure
        None if it crashed or was not drawn.
    picture
        The saved PNG file.
    error, traceback
        Why there is no figure; both are empty if it was not drawn.
    runtime
        Seconds.
    full
        Whether the sizes are those of the paper.
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


@dataclass(frozen=True)
class Row:
    """One check as text: a row of a table.

    Attributes
    ----------
    hypothesis
        The null hypothesis.
    measured, theory, z
        The numbers.
    expected
        "should agree" or "should be rejected".
    verdict
        "agrees", "rejected" or "outside its regime", after a mark that says whether the check
        passed.  "(truncation)": the truncation of the theory covers a difference that the standard
        error does not.
    """

    hypothesis: str
    measured: str
    theory: str
    z: str
    expected: str
    verdict: str


HEADINGS = ("hypothesis", "measured ± stderr", "theory", "z", "expected", "verdict")
"""Headings of the columns of `Row`."""


def row(check: Check) -> Row:
    """Return a check as text.

    Examples
    --------
    >>> from driftscape.analysis import Estimate
    >>> speed = Estimate(17.7691, 0.0081, 4000, "mean of 4000 displacements")
    >>> text = row(Check("speed = linear response", speed, 17.857, expect="rejected"))
    >>> text.expected, text.verdict
    ('should be rejected', '✓ rejected')
    """
    comparison = check.comparison
    theory = f"{comparison.theory.value:.6g}"
    if comparison.theory.truncation > 0.01 * comparison.stderr:
        theory += f" (within {comparison.theory.truncation:.2g})"
    z = f"{comparison.z:+.1f}" if abs(comparison.z) < 1000 else f"{comparison.z:+.0e}"
    if not math.isfinite(comparison.z):
        z = "–"
    verdict = comparison.verdict
    if not check.finite:
        verdict = "not a number"
    elif verdict == check.expect and not check.sharp:
        verdict += ", but could not have failed"
    elif verdict == check.expect == "agrees" and comparison.by_truncation:
        verdict += " (truncation)"
    return Row(
        check.hypothesis,
        str(replace(check.measured, unit="")),
        theory,
        z,
        VERDICTS[check.expect],
        f"{'✓' if check.passed else '✗'} {verdict}",
    )

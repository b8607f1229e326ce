"""What became of one figure, and how one of its checks reads on a screen or a page."""

import math
from dataclasses import dataclass, replace
from pathlib import Path

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


def shown(check: Check) -> tuple[str, str, str, str]:
    """Return measured, theory, z and verdict of a check as text, for a terminal or a page."""
    comparison = check.comparison
    theory = f"{comparison.theory.value:.6g}"
    if comparison.theory.truncation > 0.01 * comparison.stderr:
        theory += f" (within {comparison.theory.truncation:.2g})"
    z = f"{comparison.z:+.1f}" if abs(comparison.z) < 1000 else f"{comparison.z:+.0e}"
    if not math.isfinite(comparison.z):
        z = "–"
    verdict = comparison.verdict
    if not check.finite:
        verdict = f"no number, expected: {check.expect}"
    elif verdict != check.expect:
        verdict += f", expected: {check.expect}"
    elif not check.sharp:
        verdict += ", but could not have failed"
    elif check.expect == "rejected":
        verdict += ", as it should be"
    elif comparison.by_truncation:
        verdict += " within its truncation"
    return str(replace(check.measured, unit="")), theory, z, verdict

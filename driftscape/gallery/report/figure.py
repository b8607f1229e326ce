"""A figure of the gallery: a paper's claim, a picture, and checks of the claim."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...analysis import Comparison, Estimate
from ...analysis.estimate import THRESHOLD
from ...plot.style import style as style
from ...theory import Theory

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

VERDICTS = {
    "agrees": "should agree",
    "rejected": "should be rejected",
    "outside its regime": "should be outside its regime",
}
"""Verdict of a comparison -> how a table says that it is expected."""


@dataclass(frozen=True)
class About:
    """The source of a figure and what to see in it; known before anything is drawn.

    Attributes
    ----------
    title
        One line.
    citation
        Authors, title, venue, year.
    link
        DOI or arXiv address; empty where there is none.
    claim
        What the paper claims.
    look_for
        The caption: what to see in the picture.
    """

    title: str
    citation: str
    claim: str
    look_for: str
    link: str = ""


@dataclass(frozen=True)
class Check:
    """A hypothesis about one number: a measured value equals a predicted value.

    Attributes
    ----------
    hypothesis
        The null hypothesis, stated plainly: "velocity = series to order 3".  A wrong hypothesis is
        stated in the same way and has ``expect="rejected"``.
    measured
        The estimate.  A number that is computed and not sampled has its numerical tolerance as
        `stderr`.
    theory
        The predicted value.
    expect
        The verdict that supports the figure, a key of `VERDICTS`: "agrees" where the hypothesis
        should hold, "rejected" where it should not.
    threshold
        Largest |z| that counts as agreement where the error is known; if the error was estimated
        from few values, a larger bound of the same probability is used (`Estimate.compare`).
    against
        The value that the check excludes, which would be measured if the hypothesis were wrong.
        It is needed where `theory` is 0.  The default is 0; twice `theory` is as far away.

    Examples
    --------
    >>> speed = Estimate(17.7691, 0.0081, 4000, "mean of 4000 displacements")
    >>> Check("speed = series to order 2", speed, 17.772).passed
    True
    >>> Check("speed = linear response", speed, 17.857, expect="rejected").passed
    True
    """

    hypothesis: str
    measured: Estimate
    theory: Theory | Estimate | float
    expect: str = "agrees"
    threshold: float = THRESHOLD
    against: float | None = None

    def __post_init__(self) -> None:
        if self.expect not in VERDICTS:
            known = ", ".join(map(repr, VERDICTS))
            raise ValueError(f"expect={self.expect!r} is no verdict; give one of {known}.")

    @property
    def comparison(self) -> Comparison:
        """The verdict with its numbers."""
        return self.measured.compare(self.theory, threshold=self.threshold)

    @property
    def tolerance(self) -> float:
        """Width of agreement divided by the distance from `theory` to the excluded value.

        A check whose tolerance is 1 or more could not have failed.

        Examples
        --------
        >>> rotation = Estimate(0.01, 0.02, 4000, "mean of 4000 rotations")
        >>> round(Check("rotation = 0", rotation, 0.0, against=0.4).tolerance, 3)
        0.2
        >>> Check("rotation = 0", rotation, 0.0).passed
        False
        """
        other, theory = self.theory, self.comparison.theory
        gap = self.measured - other if isinstance(other, Estimate) else self.measured
        low, high = gap.between(math.erfc(self.threshold / math.sqrt(2)) / 2)
        room = abs((0.0 if self.against is None else self.against) - theory.value)
        return ((high - low) / 2 + theory.truncation) / room if room else math.nan

    @property
    def sharp(self) -> bool:
        """Whether the check could have failed; a check that expects rejection always could."""
        return self.expect != "agrees" or self.tolerance < 1

    @property
    def finite(self) -> bool:
        """Whether measurement, error and theory are numbers; `compare` rejects a NaN."""
        numbers = (self.measured.value, self.comparison.stderr, self.comparison.theory.value)
        return all(map(math.isfinite, numbers))

    @property
    def passed(self) -> bool:
        """Whether the verdict is the expected one and could have been another.

        A NaN supports nothing, not even a rejection.
        """
        return self.finite and self.sharp and self.comparison.verdict == self.expect


@dataclass(frozen=True)
class Figure:
    """A drawn figure, its checks and its finding.

    Attributes
    ----------
    about
        The paper and its claim.
    checks
        In the order in which a reader should meet them.
    picture
        The drawing; None once it is saved.
    finding
        The result in a few sentences; it also states where the paper is wrong.
    parameters
        Sizes and seeds, as they are printed.
    """

    about: About
    checks: tuple[Check, ...]
    picture: Drawing | None
    finding: str
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether every check came out as expected; a figure without checks supports nothing."""
        return bool(self.checks) and all(check.passed for check in self.checks)

    def save(self, path: Path) -> None:
        """Write the picture.  Matplotlib looks up some settings of the style only now."""
        assert self.picture is not None
        metadata = {"Date": None} if path.suffix == ".svg" else None
        with style():
            self.picture.savefig(path, metadata=metadata)


def canvas(width: float, height: float) -> Drawing:
    """Return an empty drawing, `width` by `height` inches; draw on it inside ``with style():``.

    It does not use pyplot, so that no screen is needed and no drawing stays in memory.
    """
    from matplotlib.figure import Figure as Drawing

    return Drawing(figsize=(width, height), layout="constrained")

"""What a figure of the gallery is: a paper's claim, a picture, and checks of the claim."""

import math
from dataclasses import dataclass, field
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...analysis import Comparison, Estimate
from ...analysis.estimate import THRESHOLD
from ...theory import Theory

if TYPE_CHECKING:
    import matplotlib.figure

VERDICTS = ("agrees", "rejected", "outside its regime")


@dataclass(frozen=True)
class About:
    """Where a figure comes from and what to see in it; known before anything is drawn.

    Attributes
    ----------
    title
        One line.
    citation
        Authors, title, venue, year.
    link
        DOI or arXiv address; empty where there is none.
    claim
        What the paper says.
    look_for
        What to see in the picture.
    """

    title: str
    citation: str
    claim: str
    look_for: str
    link: str = ""


@dataclass(frozen=True)
class Check:
    """One number of a figure beside the number that predicts it.

    Attributes
    ----------
    claim
        What is claimed, as a sentence a reader understands without the picture.
    measured
        The estimate.  A number computed and not sampled has a numerical tolerance as `stderr`.
    theory
        What it should be, or, with `expect="rejected"`, what it should be told apart from.
    expect
        The verdict that supports the figure: one of `VERDICTS`.
    threshold
        Standard errors of a normal law up to which the two agree; where few values are behind the
        error, as many as are as improbable (`Estimate.compare`).
    against
        The number that is excluded with it, what would be measured if the claim were wrong; needed
        where the theory is 0.  By default 0, and with it all that is as far away: twice the theory.

    Examples
    --------
    >>> speed = Estimate(17.7691, 0.0081, 4000, "mean of 4000 displacements")
    >>> Check("the series predicts it", speed, 17.772).passed
    True
    >>> Check("linear response is excluded", speed, 17.857, expect="rejected").passed
    True
    """

    claim: str
    measured: Estimate
    theory: "Theory | Estimate | float"
    expect: str = "agrees"
    threshold: float = THRESHOLD
    against: float | None = None

    def __post_init__(self) -> None:
        if self.expect not in VERDICTS:
            raise ValueError(f"expect={self.expect!r} is no verdict; give one of {VERDICTS}.")

    @property
    def comparison(self) -> Comparison:
        """The verdict with its numbers."""
        return self.measured.compare(self.theory, threshold=self.threshold)

    @property
    def tolerance(self) -> float:
        """What agreement allows, as a part of the distance to what the claim excludes.

        From 1 on the check could not have failed.

        Examples
        --------
        >>> turns = Estimate(0.01, 0.02, 4000, "mean of 4000 turns")
        >>> round(Check("nothing turns, where the other sign would be 0.4", turns, 0.0,
        ...             against=0.4).tolerance, 3)
        0.2
        >>> Check("nothing turns", turns, 0.0).passed
        False
        """
        other, theory = self.theory, self.comparison.theory
        gap = self.measured - other if isinstance(other, Estimate) else self.measured
        low, high = gap.between(math.erfc(self.threshold / math.sqrt(2)) / 2)
        room = abs((0.0 if self.against is None else self.against) - theory.value)
        return ((high - low) / 2 + theory.truncation) / room if room else math.nan

    @property
    def sharp(self) -> bool:
        """Whether the check could have failed; a rejection always could."""
        return self.expect != "agrees" or self.tolerance < 1

    @property
    def finite(self) -> bool:
        """Whether measurement, error and theory are numbers; `compare` rejects a NaN."""
        numbers = (self.measured.value, self.comparison.stderr, self.comparison.theory.value)
        return all(map(math.isfinite, numbers))

    @property
    def passed(self) -> bool:
        """Whether the verdict is the expected one, and could have been another.

        A NaN supports nothing, not even a rejection.
        """
        return self.finite and self.sharp and self.comparison.verdict == self.expect


@dataclass(frozen=True)
class Figure:
    """A drawn figure and what was found.

    Attributes
    ----------
    about
        The paper and its claim.
    checks
        In the order in which a reader should meet them.
    picture
        The drawing; None once it is saved.
    finding
        What was measured, in a few sentences; where the paper is wrong, it is said here.
    parameters
        Sizes and seeds, as they should be printed.
    """

    about: About
    checks: tuple[Check, ...]
    picture: "matplotlib.figure.Figure | None"
    finding: str
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether every check came out as expected; a figure without checks supports nothing."""
        return bool(self.checks) and all(check.passed for check in self.checks)

    def save(self, path: Path) -> None:
        """Write the picture; the colours of the style are looked up at this moment, hence here."""
        assert self.picture is not None
        metadata = {"Date": None} if path.suffix == ".svg" else None
        with style():
            self.picture.savefig(path, metadata=metadata)


def canvas(width: float, height: float) -> "matplotlib.figure.Figure":
    """Return an empty drawing, `width` by `height` inches; draw on it inside ``with style():``.

    Made without pyplot: no screen is needed and nothing is kept alive.
    """
    from matplotlib.figure import Figure as Drawing

    return Drawing(figsize=(width, height), layout="constrained")


def style() -> Any:
    """Return a context in which matplotlib draws in the gallery's style."""
    import matplotlib

    with as_file(files(__package__) / "style.mplstyle") as path:
        return matplotlib.rc_context(fname=path)

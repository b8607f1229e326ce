"""The verdict on a prediction, or on a difference of two estimates."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ...theory.theory import Theory
from .formatting import tooltip

THRESHOLD = 4.0
"""Threshold of `Estimate.compare`: 4 standard errors of a normal law, and an equally improbable
deviation of any other law.  A correct prediction is rejected once in 16,000 times."""


class Undecided(ValueError):
    """The order of two numbers is not known, because they are equal within their errors."""


@dataclass(frozen=True, repr=False)
class Comparison:
    """The verdict on one prediction, with z = (measured - predicted)/stderr.

    Attributes
    ----------
    z
        The difference in standard errors.
    difference, relative
        measured - predicted, and the same divided by |predicted|.
    verdict
        "agrees", "rejected" or "outside its regime"; a row of an `Agreement` can also have
        "cannot tell".
    stderr
        Standard error of the difference.
    threshold
        The threshold of the verdict, in standard errors of a normal law.
    theory
        The prediction.
    by_truncation
        Whether they agree only because of the stated truncation.

    Examples
    --------
    >>> from driftscape.analysis import Estimate
    >>> leading = Theory(16.67, truncation=3.3, regime="leading order in learning_rate")
    >>> print(Estimate(17.769, 0.008, 4000, "").compare(leading))
    agrees within its stated truncation (z = +137.4, difference +6.6 %, truncation 20 %)
    """

    z: float
    difference: float
    relative: float
    verdict: str
    stderr: float
    threshold: float
    theory: Theory
    by_truncation: bool = False

    def __str__(self) -> str:
        how = " within its stated truncation" if self.by_truncation else ""
        text = f"{self.verdict}{how} (z = {self.z:+.1f}, difference {100 * self.relative:+.2g} %"
        if self.theory.truncation:
            share = ratio(self.theory.truncation, abs(self.theory.value))
            text += f", truncation {100 * share:.2g} %"
        if self.verdict == "outside its regime":
            text += f"; {self.theory.regime}"
        return text + ")"

    def __repr__(self) -> str:
        return f"<Comparison {self} with {self.theory}>"

    def _repr_html_(self) -> str:
        return tooltip(str(self), f"compared with {self.theory}")


def ratio(difference: float, scale: float) -> float:
    """Return difference/scale; for scale 0 a signed infinity (or 0), for an infinite scale 0."""
    if math.isinf(scale) and not math.isnan(difference):
        return 0.0
    if scale > 0:
        return difference / scale
    return math.copysign(math.inf, difference) if difference else 0.0

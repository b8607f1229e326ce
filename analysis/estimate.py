"""What was measured, what is predicted, and what the two say about each other.

`Estimate` is a number with a standard error, `Theory` a number with a stated truncation error and
regime, `Comparison` the verdict of one against the other.
"""

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

THRESHOLD = 4.0
"""Standard errors beyond which `compare` rejects: 1 in 16,000 by chance for a normal mean."""


class Interval(NamedTuple):
    """A two-sided confidence interval."""

    low: float
    high: float


@dataclass(frozen=True)
class Theory:
    """A predicted value beside the error its own derivation leaves.

    Attributes
    ----------
    value
        The prediction, in the unit of the estimate it stands beside.
    truncation
        Size of what the derivation drops (next term of a series, error of a quadrature).
    regime
        Where the prediction holds, in words.
    source
        Where it comes from.
    valid
        False when the inputs lie outside the regime; `compare` then gives no verdict.  A value or a
        truncation that is not finite predicts nothing: it is never valid.
    unit
        What the value is counted per or in, e.g. `"per step"`.

    Examples
    --------
    >>> print(Theory(17.772, truncation=0.004, regime="learning_rate << 1", unit="per 1e4 steps"))
    17.772 (truncation 0.004) per 1e4 steps  [learning_rate << 1]
    """

    value: float
    truncation: float = 0.0
    regime: str = "exact"
    source: str = ""
    valid: bool = True
    unit: str = ""

    def __post_init__(self) -> None:
        if not self.truncation >= 0:  # also catches nan
            raise ValueError(f"truncation={self.truncation} is an error size; give a number >= 0.")
        if not (math.isfinite(self.value) and math.isfinite(self.truncation)):
            object.__setattr__(self, "valid", False)  # overflow is no prediction

    def __str__(self) -> str:
        error = f" (truncation {self.truncation:.2g})" if self.truncation else ""
        unit = f" {self.unit}" if self.unit else ""
        outside = "" if self.valid else ", outside its regime here"
        return f"{self.value:.6g}{error}{unit}  [{self.regime}{outside}]"


@dataclass(frozen=True)
class Estimate:
    """A measured mean with its standard error.

    Attributes
    ----------
    value, stderr
        The mean and one standard error of it.
    n_eff
        Number of independent values behind it (trajectories are independent; times are not).
    method
        How it was measured, in words.
    unit
        What the value is counted per or in, e.g. `"per step"`.

    Notes
    -----
    `+ - * /` with numbers scale the error; between two estimates the errors are added in
    quadrature, which holds for independent runs (different seeds) only.

    Examples
    --------
    >>> speed = Estimate(17.7691, 0.0081, 4000, "mean of 4000 displacements", "per 1e4 steps")
    >>> print(speed)
    17.7691 ± 0.0081 per 1e4 steps
    >>> speed.compare(17.857).verdict
    'rejected'
    """

    value: float
    stderr: float
    n_eff: float
    method: str
    unit: str = ""

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        return f"{_with_error(self.value, self.stderr)}{unit}"

    def interval(self, level: float = 0.95) -> Interval:
        """Return the central interval of Student's law with `n_eff - 1` degrees of freedom."""
        if not 0 < level < 1:
            raise ValueError(
                f"level={level} is a probability; give one between 0 and 1, e.g. 0.95."
            )
        from scipy.special import stdtrit  # scipy costs 0.1 s to import, and this rarely runs

        width = float(stdtrit(max(self.n_eff - 1, 1.0), (1 + level) / 2)) * self.stderr
        return Interval(self.value - width, self.value + width)

    def compare(
        self, theory: "Theory | Estimate | float", *, threshold: float = THRESHOLD
    ) -> "Comparison":
        """Weigh this estimate against a prediction or against another, independent estimate.

        It agrees when `|difference| <= threshold * stderr + truncation`: the statistical error at
        four standard errors, the stated truncation in full.  A theory with `valid=False` gets the
        verdict "outside its regime" whatever the numbers are.

        Returns
        -------
        Comparison
            `z = difference / stderr`, without the truncation, and the verdict.
        """
        if isinstance(theory, Estimate):
            error = math.hypot(self.stderr, theory.stderr)
            theory = Theory(theory.value, regime=f"measured: {theory}")
        else:
            error = self.stderr
            theory = theory if isinstance(theory, Theory) else Theory(float(theory))
        difference = self.value - theory.value
        if not theory.valid:
            verdict = "outside its regime"
        else:
            agrees = abs(difference) <= threshold * error + theory.truncation  # False for nan
            verdict = "agrees" if agrees else "rejected"
        return Comparison(
            z=_ratio(difference, error),
            difference=difference,
            relative=_ratio(difference, abs(theory.value)),
            verdict=verdict,
            stderr=error,
            threshold=threshold,
            theory=theory,
        )

    def __add__(self, other: "Estimate | float") -> "Estimate":
        if isinstance(other, Estimate):
            return Estimate(
                self.value + other.value,
                math.hypot(self.stderr, other.stderr),
                min(self.n_eff, other.n_eff),
                f"({self.method}) + ({other.method})",
                self.unit if self.unit == other.unit else "",
            )
        return replace(self, value=self.value + other)

    def __mul__(self, factor: float) -> "Estimate":
        if isinstance(factor, Estimate):
            return NotImplemented  # a ratio of noisy numbers is biased: not a propagation of errors
        return replace(self, value=self.value * factor, stderr=self.stderr * abs(factor))

    def __truediv__(self, factor: float) -> "Estimate":
        return NotImplemented if isinstance(factor, Estimate) else self * (1 / factor)

    def __neg__(self) -> "Estimate":
        return self * -1

    def __sub__(self, other: "Estimate | float") -> "Estimate":
        return self + (-other)

    def __rsub__(self, other: float) -> "Estimate":
        return -self + other

    __radd__, __rmul__ = __add__, __mul__


@dataclass(frozen=True)
class Comparison:
    """The verdict on one prediction: "agrees", "rejected" or "outside its regime".

    Examples
    --------
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

    @property
    def by_truncation(self) -> bool:
        """Whether only the stated truncation makes the two agree."""
        return self.verdict == "agrees" and not abs(self.z) <= self.threshold

    def __str__(self) -> str:
        how = " within its stated truncation" if self.by_truncation else ""
        text = f"{self.verdict}{how} (z = {self.z:+.1f}, difference {100 * self.relative:+.2g} %"
        if self.theory.truncation:
            share = _ratio(self.theory.truncation, abs(self.theory.value))
            text += f", truncation {100 * share:.2g} %"
        if self.verdict == "outside its regime":
            text += f"; {self.theory.regime}"
        return text + ")"


def _ratio(difference: float, scale: float) -> float:
    """Return difference/scale, and a signed infinity (or 0) when the scale is zero."""
    if scale > 0:
        return difference / scale
    return math.copysign(math.inf, difference) if difference else 0.0


def _with_error(value: float, stderr: float) -> str:
    """Print both numbers to two digits of the error: 17.7691 ± 0.0081, (1.234 ± 0.056)e-05."""
    if not (math.isfinite(value) and math.isfinite(stderr)) or stderr <= 0:
        return f"{value:.6g} ± {stderr:.2g}"
    power = math.floor(math.log10(max(abs(value), stderr)))
    if -4 <= power < 6:
        digits = max(0, 1 - math.floor(math.log10(stderr)))
        return f"{value:.{digits}f} ± {stderr:.{digits}f}"
    scale = 10.0**power
    digits = max(0, 1 - math.floor(math.log10(stderr / scale)))
    return f"({value / scale:.{digits}f} ± {stderr / scale:.{digits}f})e{power:+03d}"

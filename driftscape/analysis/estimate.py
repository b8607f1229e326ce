"""What was measured, what is predicted, and what the two say about each other.

`Estimate` is a number with a standard error, `Theory` a number with a stated truncation error and
regime, `Comparison` the verdict of one against the other.
"""

import math
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from ..theory.theory import Theory

THRESHOLD = 4.0
"""What `compare` lets pass: 4 standard errors of a normal law, and as improbable a deviation of any
other one.  A right prediction is rejected once in 16,000 times."""

_SYMMETRIC = 1e-6  # skewness below which the transformation is nothing but rounding


class Interval(NamedTuple):
    """A two-sided confidence interval."""

    low: float
    high: float


@dataclass(frozen=True)
class Estimate:
    """A measured mean with its standard error.

    Attributes
    ----------
    value, stderr
        The mean and one standard error of it.
    n_eff
        Number of independent values whose scatter gave the error (trajectories are independent,
        times are not); 1 where it is no scatter but known, as a numerical error is.
    method
        How it was measured, in words.
    unit
        What the value is counted per or in, e.g. `"per step"`.
    skewness
        Of the law of `value`: that of the values behind it over sqrt(n_eff).

    Notes
    -----
    `+ - * /` with numbers scale the error; between two estimates the errors are added in
    quadrature, which holds for independent runs (different seeds) only: so are third moments, and
    `n_eff - 1` becomes the degrees of freedom of Welch and Satterthwaite.

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
    skewness: float = field(default=0.0, kw_only=True)

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        return f"{_with_error(self.value, self.stderr)}{unit}"

    def interval(self, level: float = 0.95) -> Interval:
        r"""Return an interval that holds the true mean with this probability.

        It is that of Student's law with `n_eff - 1` degrees of freedom.  Where the values are
        skewed, Student's t is not what its table says; with k the estimate's skewness,

            t + k t^2/3 + k^2 t^3/27 + k/6

        is again close to symmetric (Hall), and each end is the farther one of the two laws'.

        References
        ----------
        P. Hall, J. R. Stat. Soc. B 54 (1992) 221.
        """
        if not 0 < level < 1:
            raise ValueError(
                f"level={level} is a probability; give one between 0 and 1, e.g. 0.95."
            )
        return self.between((1 - level) / 2)

    def between(self, tail: float) -> Interval:
        """Return the interval that leaves the probability `tail` on either side."""
        if math.isinf(self.stderr) and not math.isnan(self.value):
            return Interval(-math.inf, math.inf)
        from scipy.special import ndtri, stdtrit  # 0.1 s to import, and this rarely runs

        known = self.n_eff < 2 or math.isinf(self.n_eff)
        t = -float(ndtri(tail) if known else stdtrit(self.n_eff - 1, tail))
        below, above = max(t, _unskewed(t, self.skewness)), min(-t, _unskewed(-t, self.skewness))
        return Interval(self.value - below * self.stderr, self.value - above * self.stderr)

    def compare(
        self, theory: "Theory | Estimate | float", *, threshold: float = THRESHOLD
    ) -> "Comparison":
        """Weigh this estimate against a prediction or against another, independent estimate.

        It agrees with a prediction that lies in its interval, widened by the stated truncation in
        full.  The interval is the one that misses as rarely as `threshold` standard errors of a
        normal law: 4 of them where thousands of values are behind the error, 5.5 of them where it
        is the scatter of 16.  A theory with `valid=False` gets the verdict "outside its regime"
        whatever the numbers are.

        Returns
        -------
        Comparison
            `z = difference / stderr`, without the truncation, and the verdict.
        """
        from scipy.special import ndtr

        if isinstance(theory, Estimate):
            gap, theory = self - theory, Theory(theory.value, regime=f"measured: {theory}")
            low, high = (end + theory.value for end in gap.between(float(ndtr(-threshold))))
        else:
            gap, theory = self, theory if isinstance(theory, Theory) else Theory(float(theory))
            low, high = self.between(float(ndtr(-threshold)))
        difference, slack = self.value - theory.value, theory.truncation
        inside = low <= theory.value <= high
        if not theory.valid:
            verdict = "outside its regime"
        else:
            agrees = low - slack <= theory.value <= high + slack  # False for nan
            verdict = "agrees" if agrees else "rejected"
        return Comparison(
            z=_ratio(difference, gap.stderr),
            difference=difference,
            relative=_ratio(difference, abs(theory.value)),
            verdict=verdict,
            stderr=gap.stderr,
            threshold=threshold,
            theory=theory,
            by_truncation=verdict == "agrees" and not inside,
        )

    def __add__(self, other: "Estimate | float") -> "Estimate":
        if isinstance(other, Estimate):
            return Estimate(
                self.value + other.value,
                math.hypot(self.stderr, other.stderr),
                _pooled(self, other),
                f"({self.method}) + ({other.method})",
                self.unit if self.unit == other.unit else "",
                skewness=sum(e.skewness * _share(e, self, other) ** 3 for e in (self, other)),
            )
        return replace(self, value=self.value + other)

    def __mul__(self, factor: float) -> "Estimate":
        if isinstance(factor, Estimate):
            return NotImplemented  # a ratio of noisy numbers is biased: not a propagation of errors
        return replace(
            self, value=self.value * factor, stderr=self.stderr * abs(factor),
            skewness=math.copysign(1.0, factor) * self.skewness,
        )  # fmt: skip

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

    `by_truncation` says whether only the stated truncation makes the two agree.

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
    by_truncation: bool = False

    def __str__(self) -> str:
        how = " within its stated truncation" if self.by_truncation else ""
        text = f"{self.verdict}{how} (z = {self.z:+.1f}, difference {100 * self.relative:+.2g} %"
        if self.theory.truncation:
            share = _ratio(self.theory.truncation, abs(self.theory.value))
            text += f", truncation {100 * share:.2g} %"
        if self.verdict == "outside its regime":
            text += f"; {self.theory.regime}"
        return text + ")"


def _unskewed(t: float, k: float) -> float:
    """Return the value of Student's t whose transform, for an estimate of skewness k, is t."""
    if not abs(k) > _SYMMETRIC:
        return t
    root = 1 + k * (t - k / 6)
    return 3 / k * (math.copysign(abs(root) ** (1 / 3), root) - 1)


def _share(one: Estimate, *summed: Estimate) -> float:
    """Return one standard error over that of a sum."""
    whole = math.hypot(*(e.stderr for e in summed))
    return one.stderr / whole if 0 < whole < math.inf else 0.0


def _pooled(*summed: Estimate) -> float:
    """Return n_eff of a sum, one more than Welch and Satterthwaite's degrees of freedom."""
    scatters = [e for e in summed if 2 <= e.n_eff < math.inf and e.stderr > 0]
    inverse = sum(_share(e, *summed) ** 4 / (e.n_eff - 1) for e in scatters)
    return 1 + 1 / inverse if inverse > 0 else min(e.n_eff for e in summed)


def _ratio(difference: float, scale: float) -> float:
    """Return difference/scale; a signed infinity (or 0) at scale 0, 0 at an infinite one."""
    if math.isinf(scale) and not math.isnan(difference):
        return 0.0
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

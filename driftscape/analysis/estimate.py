"""A measured number with its standard error, and its comparison with a prediction.

`Estimate` is a number with a standard error.  `theory.Theory` is a number with a stated truncation
error and regime.  `Comparison` is the verdict on whether the two agree.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from ..theory.theory import Theory

THRESHOLD = 4.0
"""Threshold of `Estimate.compare`: 4 standard errors of a normal law, and an equally improbable
deviation of any other law.  A correct prediction is rejected once in 16,000 times."""

_SYMMETRIC = 1e-6  # skewness below which the transformation is only rounding


class Interval(NamedTuple):
    """A two-sided confidence interval, low < value < high."""

    low: float
    high: float


@dataclass(frozen=True)
class Estimate:
    """A measured mean with its standard error.

    Attributes
    ----------
    value, stderr
        The mean and its standard error.
    n_eff
        Number of independent values whose scatter gave the standard error (trajectories are
        independent, times are not); 1 for an error that is known, such as a numerical one.
    method
        How the mean was measured, in words.
    unit
        The unit of the value, e.g. `"per step"`.
    skewness
        Skewness of the law of the mean: that of the single values over sqrt(n_eff).

    Notes
    -----
    `+ - * /` with numbers scale the standard error.  The sum of two estimates has the root of the
    sum of their squared errors, which is right for independent runs (different seeds) only; their
    third moments are added, and `n_eff - 1` becomes the degrees of freedom of Welch and
    Satterthwaite.

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
        r"""Return an interval that contains the true mean with the probability `level`.

        It is that of Student's law with `n_eff - 1` degrees of freedom.  If the values are skewed,
        Student's t does not follow that law; with k, the skewness of the estimate,

            t + k t^2/3 + k^2 t^3/27 + k/6

        is again nearly symmetric (Hall), and each end of the interval is the farther one of the two
        laws.

        Parameters
        ----------
        level
            Between 0 and 1.

        Raises
        ------
        ValueError
            The level is not a probability.

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
        """Return the interval outside of which each side has the probability `tail`."""
        if math.isinf(self.stderr) and not math.isnan(self.value):
            return Interval(-math.inf, math.inf)
        from scipy.special import ndtri, stdtrit  # 0.1 s to import, and rarely needed

        known = self.n_eff < 2 or math.isinf(self.n_eff)
        t = -float(ndtri(tail) if known else stdtrit(self.n_eff - 1, tail))
        below, above = max(t, _unskewed(t, self.skewness)), min(-t, _unskewed(-t, self.skewness))
        return Interval(self.value - below * self.stderr, self.value - above * self.stderr)

    def compare(
        self, theory: Theory | Estimate | float, *, threshold: float = THRESHOLD
    ) -> Comparison:
        """Compare this estimate with a prediction or with another, independent estimate.

        The verdict is "agrees" if the prediction lies in the interval of the estimate, widened by
        the stated truncation.  The interval misses the true value as rarely as `threshold` standard
        errors of a normal law do: for `threshold=4` it is 4 standard errors wide for thousands of
        values and 5.5 for 16.  The verdict on a theory with `valid=False` is "outside its regime",
        whatever the numbers are.

        Parameters
        ----------
        theory
            The prediction, or an estimate of an independent run.
        threshold
            In standard errors of a normal law.

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

    def __add__(self, other: Estimate | float) -> Estimate:
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

    def __mul__(self, factor: float) -> Estimate:
        if isinstance(factor, Estimate):
            return NotImplemented  # products and ratios of noisy numbers are biased
        return replace(
            self, value=self.value * factor, stderr=self.stderr * abs(factor),
            skewness=math.copysign(1.0, factor) * self.skewness,
        )  # fmt: skip

    def __truediv__(self, factor: float) -> Estimate:
        return NotImplemented if isinstance(factor, Estimate) else self * (1 / factor)

    def __neg__(self) -> Estimate:
        return self * -1

    def __sub__(self, other: Estimate | float) -> Estimate:
        return self + (-other)

    def __rsub__(self, other: float) -> Estimate:
        return -self + other

    __radd__, __rmul__ = __add__, __mul__


@dataclass(frozen=True)
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
    """Return the value whose transform by Hall, for an estimate of skewness k, is t."""
    if not abs(k) > _SYMMETRIC:
        return t
    root = 1 + k * (t - k / 6)
    return 3 / k * (math.copysign(abs(root) ** (1 / 3), root) - 1)


def _share(one: Estimate, *summed: Estimate) -> float:
    """Return the standard error of one term divided by that of the sum."""
    whole = math.hypot(*(e.stderr for e in summed))
    return one.stderr / whole if 0 < whole < math.inf else 0.0


def _pooled(*summed: Estimate) -> float:
    """Return n_eff of a sum: Welch and Satterthwaite's degrees of freedom plus 1."""
    scatters = [e for e in summed if 2 <= e.n_eff < math.inf and e.stderr > 0]
    inverse = sum(_share(e, *summed) ** 4 / (e.n_eff - 1) for e in scatters)
    return 1 + 1 / inverse if inverse > 0 else min(e.n_eff for e in summed)


def _ratio(difference: float, scale: float) -> float:
    """Return difference/scale; for scale 0 a signed infinity (or 0), for an infinite scale 0."""
    if math.isinf(scale) and not math.isnan(difference):
        return 0.0
    if scale > 0:
        return difference / scale
    return math.copysign(math.inf, difference) if difference else 0.0


def _with_error(value: float, stderr: float) -> str:
    """Return both numbers to two digits of the error: 17.7691 ± 0.0081, (1.234 ± 0.056)e-05."""
    if not (math.isfinite(value) and math.isfinite(stderr)) or stderr <= 0:
        return f"{value:.6g} ± {stderr:.2g}"
    power = math.floor(math.log10(max(abs(value), stderr)))
    if -4 <= power < 6:
        digits = max(0, 1 - math.floor(math.log10(stderr)))
        return f"{value:.{digits}f} ± {stderr:.{digits}f}"
    scale = 10.0**power
    digits = max(0, 1 - math.floor(math.log10(stderr / scale)))
    return f"({value / scale:.{digits}f} ± {stderr / scale:.{digits}f})e{power:+03d}"

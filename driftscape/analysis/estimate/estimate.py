"""A measured number with its standard error."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from ...theory.theory import Theory
from ...theory.units import conversion
from ...validate import check_number, check_positive, check_probability, real, shown
from .arithmetic import operate
from .comparison import THRESHOLD, Comparison, Undecided, ratio
from .contributions import Contributions
from .formatting import formatted, latex, tooltip, with_error
from .interval import Interval, interval
from .ufuncs import evaluate
from .uncertain import to_uncertainties

if TYPE_CHECKING:
    from uncertainties import UFloat

_ROUNDING = 1e-12  # of two values whose noise is the same: a smaller difference is rounding


@dataclass(frozen=True, repr=False)
class Estimate:
    """A measured mean with its standard error, which can be calculated with.

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
    time_step
        The time of one step, for conversion between "per step" and "per time"; None if unknown.
    contributions
        The contribution of each trajectory to the error, see `Contributions`.  Without them the
        error is a source of chance of its own.

    Notes
    -----
    `+ - * / **`, `abs` and NumPy's functions of estimates and numbers have the error, to first
    order, of all trajectories together: those of the same seed and number share their noise, which
    may cancel, and all others are independent.  So `m - m` is exactly 0 ± 0, and the difference of
    two points of a sweep has the error of the differences.  `n_eff - 1` becomes the degrees of
    freedom of Welch and Satterthwaite; third moments add up, and the curvature of a function shifts
    the ends of its interval.  Sums and comparisons convert units, and refuse unlike ones.

    `m > 0` is True or False where the difference exceeds its error as in `compare`, and an
    `Undecided` error elsewhere; `bool(m)` means m != 0 in the same sense.  `m == k` asks whether
    value, error and all else that they state are equal.  `float(m)` is the value.

    Format codes are those of a float, e.g. `f"{m:.3f}"`; with "u" the digits are those of the
    error, with "S" it is written in parentheses: `f"{m:.2uS}"`.

    Examples
    --------
    >>> speed = Estimate(17.7691, 0.0081, 4000, "mean of 4000 displacements", "per 1e4 steps")
    >>> print(speed)
    17.7691 ± 0.0081 per 1e4 steps
    >>> speed.compare(17.857).verdict
    'rejected'
    >>> print(speed - speed, "|", f"{speed**2:.3f}", "|", f"{np.log(speed):.1uS}", "|", speed > 17)
    0 ± 0 per 1e4 steps | 315.741 ± 0.288 per 10000 steps^2 | 2.8775(5) | True
    """

    value: float
    stderr: float
    n_eff: float
    method: str
    unit: str = ""
    skewness: float = field(default=0.0, kw_only=True)
    time_step: float | None = field(default=None, kw_only=True, compare=False)
    contributions: Contributions = field(default=Contributions(), kw_only=True, compare=False)

    def __post_init__(self) -> None:
        """Make the squares of the contributions add up to the squared standard error."""
        for name in ("value", "n_eff", "skewness"):
            check_number(name, getattr(self, name))
        found, stderr = self.contributions, float(check_number("stderr", self.stderr))
        size = found.stderr
        if found.blocks and math.isclose(size, stderr, rel_tol=1e-9):
            return
        if 0 < size < math.inf and 0 <= stderr < math.inf:
            found = found.scaled(stderr / size)
        else:
            freedom = self.n_eff - 1 if 2 <= self.n_eff < math.inf else math.inf
            found = Contributions.alone(stderr, freedom, self.skewness)
        object.__setattr__(self, "contributions", found)

    def __str__(self) -> str:
        return self._with_unit(with_error(self.value, self.stderr))

    def __repr__(self) -> str:
        method = f": {self.method}" if self.method else ""
        return f"<{type(self).__name__} {self}{method}>"

    def __format__(self, spec: str) -> str:
        return self._with_unit(formatted(self.value, self.stderr, spec)) if spec else str(self)

    def _repr_html_(self) -> str:
        low, high = self.interval()
        title = f"{self.method}; 95 % within {low:.6g} and {high:.6g}; n_eff {self.n_eff:.4g}"
        return tooltip(str(self), title)

    def _repr_latex_(self) -> str:
        return latex(self.value, self.stderr, self.unit)

    def _with_unit(self, text: str) -> str:
        return f"{text} {self.unit}" if self.unit else text

    def interval(self, level: float = 0.95) -> Interval:
        r"""Return an interval that contains the true mean with the probability `level`.

        It is that of Student's law with `n_eff - 1` degrees of freedom.  If the values are skewed,
        Student's t does not follow that law; with k, the skewness of the estimate,

            t + k t^2/3 + k^2 t^3/27 + k/6

        is again nearly symmetric (Hall), and each end of the interval is the farther one of the two
        laws.  A function of estimates shifts the ends by its curvature, see `Contributions`.

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
        level = check_probability("level", level)
        return self.between((1 - level) / 2)

    def between(self, tail: float) -> Interval:
        """Return the interval outside of which each side has the probability `tail`."""
        tail = check_probability("tail", tail)
        return interval(
            self.value, self.stderr, self.n_eff, self.skewness, tail, self.contributions.curvature
        )

    def compare(
        self, theory: Theory | Estimate | float, *, threshold: float = THRESHOLD
    ) -> Comparison:
        """Compare this estimate with a prediction or with another estimate.

        The verdict is "agrees" if the prediction lies in the interval of the estimate, widened by
        the stated truncation.  The interval misses the true value as rarely as `threshold` standard
        errors of a normal law do: for `threshold=4` it is 4 standard errors wide for thousands of
        values and 5.5 for 16.  The verdict on a theory with `valid=False` is "outside its regime",
        whatever the numbers are.

        Parameters
        ----------
        theory
            The prediction, or another estimate; the error of the difference then accounts for the
            trajectories that both share.  It is converted to the unit of this estimate; a
            prediction without a unit is compared as it is.
        threshold
            In standard errors of a normal law.

        Returns
        -------
        Comparison
            `z = difference / stderr`, without the truncation, and the verdict.

        Raises
        ------
        ValueError
            The two are not of the same quantity, by their units.
        """
        from scipy.special import ndtr

        tail = float(ndtr(-check_positive("threshold", threshold)))
        if isinstance(theory, Estimate):
            other = theory if theory.unit and self.unit else replace(theory, unit=self.unit)
            gap = self - other
            theory = Theory(self.value - gap.value, regime=f"measured: {theory}", unit=self.unit)
            low, high = (end + theory.value for end in gap.between(tail))
            slack = _ROUNDING * (abs(self.value) + abs(theory.value))
            difference = 0.0 if abs(gap.value) <= slack else gap.value
        else:
            theory = theory if isinstance(theory, Theory) else Theory(_prediction(theory))
            gap = self
            if theory.unit and self.unit:
                theory = theory.to(self.unit, self.time_step)
            low, high = self.between(tail)
            difference, slack = self.value - theory.value, theory.truncation
        inside = low <= theory.value <= high
        if not theory.valid:
            verdict = "outside its regime"
        else:
            agrees = low - slack <= theory.value <= high + slack  # False for nan
            verdict = "agrees" if agrees else "rejected"
        return Comparison(
            z=ratio(difference, gap.stderr),
            difference=difference,
            relative=ratio(difference, abs(theory.value)),
            verdict=verdict,
            stderr=gap.stderr,
            threshold=threshold,
            theory=theory,
            by_truncation=verdict == "agrees" and not inside and theory.truncation > 0,
        )

    def to(self, unit: str) -> Estimate:
        """Return the same estimate in another unit of the same quantity.

        Parameters
        ----------
        unit
            Such as `"per time"` or `"per 1000 steps"`.

        Raises
        ------
        ValueError
            It is the unit of another quantity, or the time of a step is needed and not known.

        Examples
        --------
        >>> print(Estimate(0.2, 0.01, 100, "", "per step", time_step=0.1).to("per time"))
        2.00 ± 0.10 per time
        """
        factor = conversion(self.unit, unit, self.time_step)
        return self if unit == self.unit else replace(self * factor, unit=unit)

    def to_uncertainties(self) -> UFloat:
        """Return a number of the package `uncertainties`; see the function `to_uncertainties`.

        Raises
        ------
        ModuleNotFoundError, ValueError
            As the function.
        """
        return to_uncertainties(self)[0]

    def _operate(self, name: str, *arguments: object) -> Estimate:
        """Apply a function; NotImplemented if an argument is neither a number nor an estimate."""
        read = [a if isinstance(a, Estimate) else real(a) for a in arguments]
        known = [a for a in read if a is not None]
        if len(known) < len(read):
            nothing: Estimate = NotImplemented
            return nothing
        value, contributions, method, unit, time_step = operate(name, known)
        return Estimate(
            value, contributions.stderr, contributions.n_eff, method, unit, time_step=time_step,
            skewness=contributions.skewness, contributions=contributions,
        )  # fmt: skip

    def __add__(self, other: Estimate | float) -> Estimate:
        return self._operate("add", self, other)

    def __radd__(self, other: float) -> Estimate:
        return self._operate("add", other, self)

    def __sub__(self, other: Estimate | float) -> Estimate:
        return self._operate("subtract", self, other)

    def __rsub__(self, other: float) -> Estimate:
        return self._operate("subtract", other, self)

    def __mul__(self, other: Estimate | float) -> Estimate:
        return self._operate("multiply", self, other)

    def __rmul__(self, other: float) -> Estimate:
        return self._operate("multiply", other, self)

    def __truediv__(self, other: Estimate | float) -> Estimate:
        return self._operate("divide", self, other)

    def __rtruediv__(self, other: float) -> Estimate:
        return self._operate("divide", other, self)

    def __pow__(self, other: Estimate | float) -> Estimate:
        return self._operate("power", self, other)

    def __rpow__(self, other: float) -> Estimate:
        return self._operate("power", other, self)

    def __neg__(self) -> Estimate:
        return self._operate("negative", self)

    def __pos__(self) -> Estimate:
        return self

    def __abs__(self) -> Estimate:
        return self._operate("absolute", self)

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: object, **options: object
    ) -> object:
        """Apply a function of NumPy; with an array the result is an array of estimates."""
        if method != "__call__" or options:
            return NotImplemented
        return evaluate(self._operate, self.value, ufunc, inputs)

    def __float__(self) -> float:
        return float(self.value)

    def __bool__(self) -> bool:
        return self._sign(0.0) != 0

    def _sign(self, other: Theory | Estimate | float) -> int:
        """Return the sign of the difference; raise `Undecided` if it is within its error."""
        found = self.compare(other)
        if found.verdict == "rejected" and not math.isnan(found.difference):
            return 1 if found.difference > 0 else -1
        rounding = _ROUNDING * abs(self.value)
        if found.difference == found.theory.truncation == 0 and found.stderr <= rounding:
            return 0
        raise Undecided(
            f"{self} and {other} differ by z = {found.z:+.1f}, which decides no order (it takes "
            f"{found.threshold:g} standard errors); run more trajectories, or order the values "
            "alone, float(a) < float(b)."
        )

    def __lt__(self, other: Theory | Estimate | float) -> bool:
        return self._sign(other) < 0

    def __le__(self, other: Theory | Estimate | float) -> bool:
        return self._sign(other) <= 0

    def __gt__(self, other: Theory | Estimate | float) -> bool:
        return self._sign(other) > 0

    def __ge__(self, other: Theory | Estimate | float) -> bool:
        return self._sign(other) >= 0


def _prediction(given: object) -> float:
    number = real(getattr(given, "values", given))  # also of a DataArray without dimensions
    if number is None:
        raise TypeError(f"theory={shown(given)}; give a number, a Theory or an Estimate.")
    return float(number)

"""The probability law of an expression at the exit points of first passages."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...simulate import landscape_of
from ...theory.observable import Observable
from ...typing import Float, Index
from ..estimate import Estimate, Noise
from ..run_data import MIN_TRAJECTORIES, TooFewData
from ..sample_mean import sample_mean
from ..sweeps.each_point import each_point
from ..warn import warn
from .passage_data import CONSIDERABLE, TailWarning, read_passages

if TYPE_CHECKING:
    import xarray as xr


class KolmogorovSmirnov(NamedTuple):
    """Result of a Kolmogorov-Smirnov test.

    Attributes
    ----------
    statistic
        Largest distance between the empirical and the given distribution function.
    pvalue
        Probability of a distance as large if the values follow that distribution.
    """

    statistic: float
    pvalue: float


@dataclass(frozen=True)
class ExitLaw:
    """The values of an expression at the exit points, from `analysis.exit_law`.

    `print(result)` shows their mean, median and 90 % range.

    Attributes
    ----------
    values
        Shape (passages,), in the order of the trajectories.
    expression
        The expression, as text.
    target
        The target through which the trajectories left; None for any target.
    method
        How the values were obtained, in words.
    noise, numbers
        Name of the noise, and numbers of the trajectories; None if they are not known.

    Examples
    --------
    >>> sides = ExitLaw(np.arange(20.0), "x", None, "20 exits")
    >>> print(sides.mean())
    9.5 ± 1.3
    """

    values: Float
    expression: str
    target: str | None
    method: str
    noise: Noise = field(default=None, repr=False)
    numbers: Index | None = field(default=None, repr=False)

    def mean(self) -> Estimate:
        """Return the mean over the exit points; it may give a `SkewnessWarning`."""
        return sample_mean(self.values, self.method, noise=self.noise, numbers=self.numbers)

    def test(self, cdf: Callable[[Float], Float]) -> KolmogorovSmirnov:
        """Compare with the distribution function `cdf` by the test of Kolmogorov and Smirnov.

        Parameters
        ----------
        cdf
            Values of the expression, shape (n,) -> probabilities, shape (n,).
        """
        from scipy.stats import kstest

        found = kstest(self.values, cdf)
        return KolmogorovSmirnov(float(found.statistic), float(found.pvalue))

    def __str__(self) -> str:
        low, middle, high = np.quantile(self.values, (0.05, 0.5, 0.95))
        return (
            f"{self.expression} at {len(self.values)} exits: mean {self.mean()}, "
            f"median {middle:.4g}, 90 % within {low:.4g} and {high:.4g}"
        )


@each_point
def exit_law(
    passages: xr.Dataset,
    expression: str,
    *,
    target: str | None = None,
    diverged: str | None = None,
) -> ExitLaw:
    """Return the values of an expression of the coordinates at the points of first passage.

    Parameters
    ----------
    passages
        What `simulate.first_passage` returned.
    expression
        A coordinate, or text such as `"atan2(y, x)"`, in the landscape's coordinates.
    target
        Take only exits through this target; default: exits through any target.
    diverged
        None refuses passages with diverged trajectories, "drop" leaves those out.

    Returns
    -------
    ExitLaw
        It has `.values`, `.mean()`, and `.test(cdf)` against a distribution function.  For discrete
        dynamics, and for an SDE without the bridge, the exit point is the first state inside the
        target and not on its boundary.

    Raises
    ------
    TooFewData
        Fewer than 16 exits; its `.estimate` is their mean.
    Diverged
        Some trajectories diverged and `diverged` is None.
    FormulaError
        (a ValueError) The expression has an unknown name or function.
    ValueError
        No such target.

    Warns
    -----
    TailWarning
        More than a tenth of the trajectories are censored: late exits may have another law.

    Examples
    --------
    >>> from driftscape import simulate
    >>> from driftscape.landscapes import Landscape
    >>> plane = Landscape.from_drift(["0", "0"], coordinates="x y")
    >>> ito = simulate.Ito(beta=2, dt=1e-3)
    >>> settings = {"target": "x**2 + y**2 > 1", "trajectories": 500, "max_time": 100, "seed": 1}
    >>> passages = simulate.first_passage(plane, ito, start=(0, 0), **settings)
    >>> round(exit_law(passages, "x**2 + y**2").mean().value, 1)
    1.0
    """
    data = read_passages(passages, diverged)
    observable = Observable.of(landscape_of(passages), expression)
    out = data.reached(target)
    values = np.array(observable(data.exit[out]))
    where = "any target" if target is None else repr(target)
    method = f"{expression} at {len(values)} exits through {where}{data.note()}"
    if len(values) < MIN_TRAJECTORIES:
        mean = float(values.mean()) if len(values) else math.nan
        raise TooFewData(
            f"{len(values)} exits through {where} are too few, at least {MIN_TRAJECTORIES} are "
            "needed: raise max_time or trajectories.",
            Estimate(mean, math.inf, len(values), method),
        )
    if data.censored > CONSIDERABLE:
        warn(
            f"{100 * data.censored:.3g} % of the trajectories are censored: this is "
            "the law of the exits that were observed, and late exits may have another one.",
            TailWarning,
        )
    numbers = None if data.numbers is None else data.numbers[out]
    return ExitLaw(values, str(expression), target, method, data.noise_of_reached(target), numbers)

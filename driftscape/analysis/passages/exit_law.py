"""Where the trajectories come out: the law of an expression at the points of first passage."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...simulate import landscape_of
from ...theory.observable import Observable
from ...typing import Float
from ..ensemble import MIN_TRAJECTORIES, TooFewData
from ..estimate import Estimate
from ..sample_mean import sample_mean
from .passage import CONSIDERABLE, TailWarning, passages


@dataclass(frozen=True)
class ExitLaw:
    """A sample of an expression at the exit points, one value a trajectory that came out.

    Attributes
    ----------
    values
        In the order of the trajectories, shape (passages,).
    expression, target
        Of what, and where; target None stands for all of them.
    """

    values: Float
    expression: str
    target: str | None
    method: str

    def mean(self) -> Estimate:
        """Return the mean over the exit points; see `SkewnessWarning`."""
        return sample_mean(self.values, self.method)

    def test(self, cdf: Callable[[Float], Float]) -> Any:
        """Compare with a distribution function: Kolmogorov-Smirnov, `.statistic` and `.pvalue`."""
        from scipy.stats import kstest

        return kstest(self.values, cdf)

    def __str__(self) -> str:
        low, middle, high = np.quantile(self.values, (0.05, 0.5, 0.95))
        return (
            f"{self.expression} at {len(self.values)} exits: mean {self.mean()}, "
            f"median {middle:.4g}, 90 % within {low:.4g} and {high:.4g}"
        )


def exit_law(
    hits: Any, expression: str, *, target: str | None = None, diverged: str | None = None
) -> ExitLaw:
    """Return what an expression of the coordinates is where the trajectories come out.

    Parameters
    ----------
    hits
        What `simulate.first_passage` returned.
    expression
        A coordinate, or text such as `"atan2(y, x)"`, in the landscape's coordinates.
    target
        Only exits through this target; default: through any.
    diverged
        None refuses passages with diverged trajectories, "drop" leaves those out.

    Returns
    -------
    ExitLaw
        `.values`, `.mean()`, and `.test(cdf)` against a distribution function.  Of discrete
        dynamics, and of an SDE without the bridge, the exit is the first state inside the target
        and not on its boundary.

    Raises
    ------
    TooFewData
        Fewer than 16 exits; carries their mean.
    Diverged
        See `diverged`.
    FormulaError
        (a ValueError) The expression has an unknown name or function.

    Warns
    -----
    TailWarning
        More than a tenth of the trajectories are censored: late exits may lie elsewhere.

    Examples
    --------
    >>> from driftscape import simulate
    >>> from driftscape.landscapes import Landscape
    >>> plane = Landscape.from_drift(["0", "0"], coordinates="x y")
    >>> ito = simulate.Ito(beta=2, dt=1e-3)
    >>> settings = {"target": "x**2 + y**2 > 1", "trajectories": 500, "max_time": 100, "seed": 1}
    >>> hits = simulate.first_passage(plane, ito, start=(0, 0), **settings)
    >>> round(exit_law(hits, "x**2 + y**2").mean().value, 1)
    1.0
    """
    data = passages(hits, diverged)
    observable = Observable.of(landscape_of(hits), expression)
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
        warnings.warn(
            f"{100 * data.censored:.3g} % of the trajectories are censored: this is the law of "
            "the exits that were seen, and late ones may lie elsewhere.",
            TailWarning,
            stacklevel=2,
        )
    return ExitLaw(values, str(expression), target, method)

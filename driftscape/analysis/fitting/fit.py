"""Fit a formula to the estimates of a sweep by generalised least squares."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ...typing import Float
from ..estimate import Block, Contributions, Estimate
from ..estimate.sources import Source, sources
from .formula import Formula, check_parameters
from .inference import LEAST, Inference, infer, whitening
from .minimum import Problem
from .points import read_points
from .result import Fit

if TYPE_CHECKING:
    import xarray as xr


def fit(
    points: xr.Dataset | Mapping[float, Estimate],
    formula: str,
    *,
    start: Mapping[str, float] | None = None,
    x: str | ArrayLike | None = None,
) -> Fit:
    r"""Fit a formula to the estimates of a sweep, with the covariance between the points.

        (y - f)^T (V + 0.1 diag V)^-1 (y - f) -> minimum,      V = covariance of the values y

    Points of a sweep share their noise, unless it was made with `common=False`; V accounts for
    that, and the errors of the parameters are those of V itself.  V is estimated from the
    trajectories: its own error is accounted for, in the errors of the parameters and in the p-value
    of chi square.

    Parameters
    ----------
    points
        The dataset that an analysis of a sweep returned; or x -> estimate.  Any dataset with
        `value` and `stderr`, and perhaps `covariance`, is taken.  Points without a result are left
        out.
    formula
        Text such as `"a*exp(b*x)"`: swept parameters by their names (`x` if there is one), and
        every other name is a parameter to be fitted.

    Other Parameters
    ----------------
    start
        Parameter -> value from which the search starts.  Not needed for a parameter in which the
        formula is linear; default: the best of a few values of the size of 1 and 1/x.
    x
        What `x` stands for: a formula of the swept parameters, such as `"1/beta"`, or its values.

    Returns
    -------
    Fit
        `fit["a"]` is an `Estimate`; `.chi2`, `.p_value`, `.predict(...)`, `.residuals`.  `print`
        shows all of them.

    Raises
    ------
    FormulaError
        (a ValueError) The text is no formula.
    ValueError
        Fewer points than parameters; parameters that the points do not determine; no minimum; an
        error of zero; or too few trajectories for the covariance of so many points.
    TypeError
        The points are no dataset of estimates.

    Notes
    -----
    A linear formula is solved exactly, any other by `scipy.optimize.least_squares` with the
    derivatives of SymPy.  Errors are to first order in those of the values.  For the weights the
    variances are raised by a tenth, because the estimated inverse of V is of no use where points
    are much alike; for independent points this changes nothing.  The error of the weights adds
    about 2 (points - parameters)/trajectories of the variance (Rao; Kenward and Roger).  With few
    trajectories of skewed values the p-value of points of common noise is too small.

    References
    ----------
    A. Aitken, Proc. R. Soc. Edinb. 55 (1935) 42; C. R. Rao, Biometrika 46 (1959) 49; M. Kenward,
    J. Roger, Biometrics 53 (1997) 983.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate
    >>> bowl = landscapes.Landscape.from_potential("x**2/2", coordinates="x")
    >>> ito = simulate.Ito(beta=1, dt=0.1, scheme="weak-2")
    >>> sweep = simulate.sweep(bowl, ito, over={"beta": [1, 2, 4, 8]}, time=30, trajectories=200,
    ...                        seed=1, save_every=5, common=False)
    >>> law = analysis.fit(analysis.moment(sweep, "x**2"), "a/beta")
    >>> law["a"].compare(1).verdict  # equipartition
    'agrees'
    """
    read = read_points(points, x)
    model = Formula.of(formula, list(read.at))
    check_parameters(model, len(read.values), list(map(str, read.dataset["value"].dims)))
    memory = [estimate.contributions for estimate in read.estimates]
    parts = sources(memory)
    problem = Problem(model, read.at, read.values, whitening(_covariance(parts, len(memory))))
    found = problem.minimise(start)
    values, slopes = model.values(list(found), read.at, len(memory))
    said = infer(slopes, problem.whitening, problem.residual(found), parts)
    _check_remaining(parts, said)
    return Fit(
        str(formula),
        _parameters(model, found, memory, parts, said),
        said.chi2,
        said.freedom,
        said.p_value,
        read.labelled(values),
        read.left_out,
        model,
        read.definition,
    )


def _covariance(parts: Sequence[Source], count: int) -> Float:
    """Return V, shape (count, count).

    Raises
    ------
    ValueError
        An error is zero.
    """
    whole = np.zeros((count, count))
    for part in parts:
        whole[np.ix_(part.points, part.points)] += part.covariance
    if not (none := np.diag(whole) > 0).all():
        raise ValueError(
            f"{int((~none).sum())} of the points have the error 0, so that no weight can be given "
            "to the others; leave them out."
        )
    return whole


def _check_remaining(parts: Sequence[Source], said: Inference) -> None:
    """Refuse a covariance of more points than its degrees of freedom can give."""
    for part, left in zip(parts, said.remaining, strict=True):
        if left < LEAST and said.freedom:
            raise ValueError(
                f"the covariance of {len(part.points)} points cannot be estimated from "
                f"{part.freedom + 1:.0f} trajectories; run at least "
                f"{len(part.points) + 2 * LEAST:.0f}, better ten times as many as points, or fit "
                "fewer points."
            )


def _parameters(
    model: Formula,
    found: Float,
    memory: Sequence[Contributions],
    parts: Sequence[Source],
    said: Inference,
) -> dict[str, Estimate]:
    """Return the parameters as estimates that remember the trajectories of all points.

    What their error has beyond that, because the weights are estimated, is a source of its own.
    """
    left = {p.noise: r / p.freedom for p, r in zip(parts, said.remaining, strict=True)
            if np.isfinite(p.freedom)}  # fmt: skip
    extra = _extra_blocks(parts, said)
    result = {}
    for k, name in enumerate(model.names):
        linear = Contributions.function(list(zip(map(float, said.gain[k]), memory, strict=True)))
        blocks = [replace(b, freedom=b.freedom * left.get(b.noise, 1.0)) for b in linear.blocks]
        own = Contributions((*blocks, *extra[k]), linear.curvature)
        result[name] = Estimate(
            float(found[k]), own.stderr, own.n_eff,
            f"{name} of {model.text}, fitted to {len(memory)} points",
            skewness=own.skewness, contributions=own,
        )  # fmt: skip
    return result


def _extra_blocks(parts: Sequence[Source], said: Inference) -> list[tuple[Block, ...]]:
    count = len(said.extra)
    values, vectors = np.linalg.eigh(said.extra)
    if not values[-1] > 0:
        return [()] * count
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    pairs = zip(said.remaining, parts, strict=True)
    freedom = min((r for r, part in pairs if np.isfinite(part.freedom)), default=np.inf)
    noise = f"weights of fit {uuid.uuid4()}"
    numbers = np.arange(count, dtype=np.int64)
    return [(Block(noise, numbers, row, float(freedom), 0.0),) for row in root]

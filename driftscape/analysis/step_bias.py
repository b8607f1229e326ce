"""The bias of a mean by the step size, from runs with the same Brownian paths."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..landscapes import Landscape
from ..simulate import Dynamics, Underdamped
from ..simulate.dataset.refinements import Levels, read_levels
from ..simulate.dynamics.sde.schemes import noise_class
from ..simulate.dynamics.sde.sde import SDE
from ..theory.observable import Observable
from ..typing import Float, Index
from .estimate import Estimate
from .noise import noise_of
from .run_data import TooFewData
from .sample_mean import MIN_TRAJECTORIES, sample_mean
from .sweeps.each_point import each_point

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class StepBias:
    """The bias of a mean at several step sizes, from `analysis.step_bias`.

    Attributes
    ----------
    dt
        Step sizes, from coarse to fine.
    value
        The mean at each step size.
    bias
        Mean minus limit at each step size, from differences of coupled runs.
    order
        Observed weak order, from the differences of the three finest levels; None for two levels.
    limit
        The mean extrapolated to dt -> 0.
    truncation
        Error of the extrapolation, for the limit and for every bias: the size of its last term.
        With two levels that is the whole correction, because the next order is not known.
    """

    dt: tuple[float, ...]
    value: tuple[Estimate, ...]
    bias: tuple[Estimate, ...]
    order: Estimate | None
    limit: Estimate
    truncation: float

    def __str__(self) -> str:
        lines = [
            f"  dt = {dt:<10.4g} {value}   bias {bias}"
            for dt, value, bias in zip(self.dt, self.value, self.bias, strict=True)
        ]
        order = "" if self.order is None else f", observed weak order {self.order}"
        left = f" (truncation {self.truncation:.2g})"
        return "\n".join([f"limit {self.limit}{left}{order}", *lines])


@each_point
def step_bias(refinement: xr.Dataset, expression: str) -> StepBias:
    r"""Measure the bias E[f(dt)] - E[f(dt -> 0)] of a mean by the step size.

        bias(dt_l) = E[f_l - limit],      limit = sum of w_l f_l,    sum of w_l = 1,
        sum of w_l dt_l^q = 0             for q = p and q = p + 1 (with two levels q = p alone),

    The sum is over the three finest levels, for each trajectory; p is the weak order of the scheme
    for the noise of the landscape (Richardson extrapolation).

    Parameters
    ----------
    refinement
        What `simulate.refine` returned.
    expression
        f as text, in the landscape's coordinates: one of the observables of `simulate.refine`; any
        other expression is evaluated at the final states.

    Returns
    -------
    StepBias
        The mean and its bias at each step size, the limit, and the observed order.

    Raises
    ------
    TooFewData
        (a ValueError) Fewer than 16 trajectories.
    ValueError
        Some trajectories diverged, or the dataset is not from `simulate.refine`.

    References
    ----------
    D. Talay, L. Tubaro, Stoch. Anal. Appl. 8 (1990) 483.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> bowl = landscapes.Landscape.from_potential("x**2/2", coordinates="x")
    >>> ito = simulate.Ito(beta=1, dt=0.1)
    >>> settings = {"discard_steps": 20, "time": 200, "trajectories": 400, "seed": 1}
    >>> runs = simulate.refine(bowl, ito, observables="x**2", **settings)
    >>> result = step_bias(runs, "x**2")
    >>> round(result.bias[0].value, 2)  # exactly 1/(1 - dt/2) - 1 = 0.053
    0.05
    >>> result.truncation < 0.1 * result.bias[0].value
    True
    """
    levels = read_levels(refinement)
    lost = int((levels.diverged >= 0).sum())
    if lost:
        raise ValueError(
            f"{lost} of {len(levels.numbers)} trajectories diverged; use a smaller dt."
        )
    values = _values(levels, expression)
    paths = noise_of(refinement), levels.numbers
    order = _weak_order(levels.refined.dynamics, levels.landscape)
    steps = tuple(float(dt) for dt in levels.dt)
    limits = [values[-1], *_limits(values, order)]
    how = "extrapolation of coupled runs (Richardson)"
    return StepBias(
        steps,
        tuple(_mean(v, f"mean of {expression}", *paths, quiet=True) for v in values),
        tuple(_mean(v - limits[-1], f"coupled difference, {how}", *paths) for v in values),
        _observed_order(values, *paths),
        _mean(limits[-1], how, *paths),
        abs(float((limits[-1] - limits[-2]).mean())),
    )


def _weak_order(dynamics: Dynamics, landscape: Landscape) -> float:
    """Return the weak order of a scheme for the noise of the landscape."""
    if isinstance(dynamics, Underdamped):
        return dynamics.weak_order
    if not isinstance(dynamics, SDE):
        raise ValueError(f"{dynamics} has no known weak order, which the extrapolation needs.")
    order = dynamics.weak_order[noise_class(landscape)]
    assert order is not None  # simulate.refine refuses a scheme without an order
    return order


def _limits(values: Float, order: float) -> list[Float]:
    """Return the limit of each trajectory by the two finest levels, and by the three finest."""
    pairs = [
        fine + (fine - coarse) / (2.0**order - 1)
        for coarse, fine in itertools.pairwise(values[-3:])
    ]
    if len(pairs) == 1:
        return pairs
    return [pairs[1], pairs[1] + (pairs[1] - pairs[0]) / (2.0 ** (order + 1) - 1)]


def _values(levels: Levels, expression: str) -> Float:
    """Return the expression of each level and trajectory, shape (levels, trajectories)."""
    if isinstance(expression, str) and expression in levels.average:
        values = levels.average[expression]
    else:
        values = Observable.of(levels.landscape, expression)(levels.final)
    if values.shape[1] < MIN_TRAJECTORIES:
        partial = _mean(values[-1], f"mean of {expression}")
        raise TooFewData(
            f"{values.shape[1]} trajectories give no reliable standard error; run at least "
            f"{MIN_TRAJECTORIES}.",
            partial,
        )
    return values


def _mean(
    values: Float,
    method: str,
    noise: str | None = None,
    numbers: Index | None = None,
    quiet: bool = False,
) -> Estimate:
    return sample_mean(values, method, noise=noise, numbers=numbers, quiet=quiet)


def _observed_order(values: Float, noise: str | None, numbers: Index) -> Estimate | None:
    """Return log2 of the ratio of the last two differences, with linear propagation of errors."""
    if len(values) < 3:
        return None
    coarse, fine = values[-3] - values[-2], values[-2] - values[-1]
    a, b = coarse.mean(), fine.mean()
    if a * b <= 0:
        return Estimate(float("nan"), float("inf"), len(coarse), "differences within their noise")
    levels = [_mean(v, "difference", noise, numbers, quiet=True) for v in (coarse, fine)]
    order: Estimate = np.log2(levels[0] / levels[1])
    return replace(order, method="log2 of the ratio of differences")

"""The bias of a step size, from runs that saw one Brownian path."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from ..simulate import dynamics_of, landscape_of
from ..simulate.dynamics.sde.schemes import noise_class
from ..theory.observable import Observable
from .estimate import Estimate
from .run_data import TooFewData
from .sample_mean import MIN_TRAJECTORIES, sample_mean


@dataclass(frozen=True)
class StepBias:
    """What the step size does to the mean of an observable.

    Attributes
    ----------
    dt
        Step sizes, coarse to fine.
    value
        Mean at each of them.
    bias
        How far each is from the limit dt -> 0: a coupled difference.
    order
        Weak order as the differences of the three finest levels show it; None for two levels.
    limit
        The mean extrapolated to dt -> 0.
    truncation
        What the extrapolation leaves, of the limit and of every bias alike: the size of its last
        term.  With two levels that is the whole correction, because they tell nothing of the
        next order.
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


def step_bias(refinement: Any, expression: str) -> StepBias:
    r"""Read the bias of the step size off what `simulate.refine` returned.

        bias(dt_l) = E[f_l - limit],      limit = sum of w_l f_l,    sum of w_l = 1,
        sum of w_l dt_l^q = 0             for q = p and q = p + 1 (with two levels q = p alone),

    over the three finest levels, trajectory by trajectory, with p the weak order of the scheme for
    the landscape's noise (Richardson).

    Parameters
    ----------
    refinement
        What `simulate.refine` returned.
    expression
        One of its observables; any other formula is taken of the final states.

    Raises
    ------
    TooFewData
        Fewer than 16 trajectories.
    ValueError
        Some trajectories diverged.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> bowl = landscapes.Landscape.from_potential("x**2/2", coordinates="x")
    >>> ito = simulate.Ito(beta=1, dt=0.1)
    >>> settings = {"discard_steps": 20, "time": 200, "trajectories": 400, "seed": 1}
    >>> runs = simulate.refine(bowl, ito, observables="x**2", **settings)
    >>> found = step_bias(runs, "x**2")
    >>> round(found.bias[0].value, 2)  # exactly 1/(1 - dt/2) - 1 = 0.053
    0.05
    >>> found.truncation < 0.1 * found.bias[0].value
    True
    """
    lost = int((refinement.diverged.values >= 0).sum())
    if lost:
        raise ValueError(
            f"{lost} of {refinement.sizes['trajectory']} trajectories diverged; use a smaller dt."
        )
    landscape, wrapped = landscape_of(refinement), cast(Any, dynamics_of(refinement))
    values = _values(refinement, landscape, expression)
    orders = wrapped.dynamics.weak_order  # of all noise, or of each class of it
    order = orders[noise_class(landscape)] if isinstance(orders, Mapping) else orders
    steps = tuple(float(dt) for dt in refinement.dt.values)
    limits = [values[-1], *_limits(values, order)]
    how = "extrapolation of coupled runs (Richardson)"
    return StepBias(
        steps,
        tuple(_mean(v, f"mean of {expression}", quiet=True) for v in values),
        tuple(_mean(v - limits[-1], f"coupled difference, {how}") for v in values),
        _observed_order(values),
        _mean(limits[-1], how),
        abs(float((limits[-1] - limits[-2]).mean())),
    )


def _limits(values: Any, order: float) -> list[Any]:
    """Return each trajectory's limit of the two finest levels, then of the three finest."""
    pairs = [
        fine + (fine - coarse) / (2.0**order - 1)
        for coarse, fine in itertools.pairwise(values[-3:])
    ]
    if len(pairs) == 1:
        return pairs
    return [pairs[1], pairs[1] + (pairs[1] - pairs[0]) / (2.0 ** (order + 1) - 1)]


def _values(refinement: Any, landscape: Any, expression: str) -> Any:
    if "average" in refinement and expression in refinement.expression.values:
        values = refinement.average.sel(expression=expression).values
    else:
        values = Observable.of(landscape, expression)(refinement.final.values)
    if values.shape[1] < MIN_TRAJECTORIES:
        partial = _mean(values[-1], f"mean of {expression}")
        raise TooFewData(
            f"{values.shape[1]} trajectories give no reliable standard error; run at least "
            f"{MIN_TRAJECTORIES}.",
            partial,
        )
    return values


def _mean(values: Any, method: str, quiet: bool = False) -> Estimate:
    return sample_mean(values, method, stacklevel=4, quiet=quiet)


def _observed_order(values: Any) -> Estimate | None:
    """log2 of the ratio of the last two differences, error by linear propagation."""
    if len(values) < 3:
        return None
    coarse, fine = values[-3] - values[-2], values[-2] - values[-1]
    a, b = coarse.mean(), fine.mean()
    if a * b <= 0:
        return Estimate(float("nan"), float("inf"), len(coarse), "differences within their noise")
    slope = (coarse / a - fine / b) / np.log(2)
    error = float(slope.std(ddof=1) / np.sqrt(len(coarse)))
    return Estimate(float(np.log2(a / b)), error, len(coarse), "log2 of the ratio of differences")

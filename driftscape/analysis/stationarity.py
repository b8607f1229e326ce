r"""Test stationarity by identities that are true in every steady state of any landscape.

A step theta' = theta + h b + noise, with noise covariance h N, changes the first two moments per
unit of time by

    E[b]       and       E[theta b^T + b theta^T] + h E[b b^T] + E[N],

which vanish in a steady state.  For SGD, with g the mini-batch gradient, the second is Yaida's
E[theta g^T + g theta^T] = eta E[g g^T]; for an SDE with dt -> 0 it is the symmetric part of
E[b x^T] = -E[D + Q]/beta.  The terms with h make it exact at any step size.  (The antisymmetric
part of the latter is the torque, which depends on Q and does not test stationarity.)

Reference: S. Yaida, "Fluctuation-dissipation relations for stochastic gradient descent" (2018).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..simulate import Dynamics
from ..theory.one_step import OneStep, one_step
from ..typing import Float
from ..validate import check_probability
from .estimate import Estimate
from .mean_test import mean_p_value
from .run_data import read_run
from .sweeps.each_point import each_point

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Stationarity:
    """Result of `analysis.is_stationary`: the verdict and the rate of change of every moment.

    Attributes
    ----------
    rates
        Name of a moment -> its measured rate of change per unit of time, zero in a steady state.
    z
        Name of a moment -> rate/stderr.
    p_values
        Name of a moment -> probability of such a rate in a steady state; it accounts for the
        skewness.
    level
        Probability that a stationary run is rejected.

    Notes
    -----
    `bool(result)` is the verdict, `print(result)` the table.  The test is whether a first or second
    moment changes by more than its error; a slower change is not detected.
    """

    rates: dict[str, Estimate]
    z: dict[str, float]
    p_values: dict[str, float]
    level: float

    @property
    def worst(self) -> str:
        """Name of the moment with the smallest p-value."""
        return min(self.p_values, key=lambda name: (self.p_values[name], -abs(self.z[name])))

    @property
    def p_value(self) -> float:
        """Smallest p-value times the number of moments (Bonferroni)."""
        return min(1.0, self.p_values[self.worst] * len(self.p_values))

    def __bool__(self) -> bool:
        return self.p_value >= self.level

    def __str__(self) -> str:
        verdict = "stationary" if self else "not stationary"
        lines = [
            f"{verdict}: p = {self.p_value:.2g} of {len(self.z)} identities, accepted down to "
            f"{self.level:g}"
        ]
        width = max(len(name) for name in self.rates) + 8
        for name, rate in self.rates.items():
            lines.append(
                f"  d/dt E[{name}]".ljust(width + 4) + f"{rate!s:>26}  z = {self.z[name]:+.1f}"
            )
        return "\n".join(lines)


@each_point
def is_stationary(
    run: xr.Dataset,
    *,
    dynamics: Dynamics | None = None,
    discard_steps: int | None = None,
    level: float = 1e-3,
    diverged: str | None = None,
) -> Stationarity:
    """Test whether the snapshots of a run are drawn from a steady state.

    In a steady state of a dynamics with the mean step h b and the noise covariance h N,

        E[b] = 0,        E[theta b^T + b theta^T] + h E[b b^T] + E[N] = 0.

    Parameters
    ----------
    run
        What `simulate.run` returned, with snapshots.
    dynamics
        The dynamics whose steady state is tested; default: that of the run.
    discard_steps
        Number of steps to leave out at the beginning; default: ten units of time, which are
        10/learning_rate steps of SGD or 10/dt steps of an SDE.
    level
        Probability that a stationary run is rejected, between 0 and 1.
    diverged
        None refuses a run with diverged trajectories, "drop" leaves those out.

    Returns
    -------
    Stationarity
        `bool(result)` is True if the run is not rejected.

    Raises
    ------
    TooFewData
        (a ValueError) Fewer than 16 trajectories, or no snapshot is left; its `.estimate` is the
        partial result.
    Diverged
        (a ValueError) Some trajectories diverged and `diverged` is None.
    ValueError
        The moments of a step of this dynamics are not known, the run has no snapshots, or the level
        is not a probability.

    References
    ----------
    S. Yaida, "Fluctuation-dissipation relations for stochastic gradient descent" (2018).

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate
    >>> bowl = landscapes.mean_estimation()
    >>> sgd = simulate.SGD(learning_rate=0.1)
    >>> run = simulate.run(bowl, sgd, steps=1000, trajectories=200, seed=1)
    >>> bool(analysis.is_stationary(run))
    True
    >>> bool(analysis.is_stationary(run, dynamics=simulate.SGD(learning_rate=0.1, batch_size=2)))
    False
    """
    level = check_probability("level", level)
    data = read_run(run, diverged)
    step = one_step(data.landscape, data.dynamics if dynamics is None else dynamics)
    means, count = data.time_means(lambda points: _rates(step, points), discard_steps)
    names = list(data.landscape.coordinates)
    pairs = [f"{names[i]} {names[j]}" for i, j in zip(*np.triu_indices(len(names)), strict=True)]
    rates = {
        name: data.mean(
            means[:, k], f"mean over {count} snapshots", "per time", count > 0, quiet=True
        )
        for k, name in enumerate([*names, *pairs])
    }
    z = {name: rate.compare(0.0).z for name, rate in rates.items()}
    p = {
        name: float(mean_p_value(z[name], len(means), rate.skewness))
        for name, rate in rates.items()
    }
    return Stationarity(rates, z, p, level)


def _rates(step: OneStep, points: Float) -> Float:
    """Return the rates of change of all first and second moments, shape (..., d + d(d+1)/2)."""
    b = step.drift(points)
    outer = points[..., :, None] * b[..., None, :]
    second = (
        outer
        + np.swapaxes(outer, -1, -2)
        + step.h * b[..., :, None] * b[..., None, :]
        + step.noise(points)
    )
    rows, columns = np.triu_indices(points.shape[-1])
    return np.concatenate([b, second[..., rows, columns]], axis=-1)

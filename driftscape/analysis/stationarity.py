r"""Is this run stationary?  Identities that hold in every steady state, whatever the landscape.

A step theta' = theta + h b + noise with noise covariance h N (see `one_step`) changes the first
two moments, per unit time, by

    E[b]       and       E[theta b^T + b theta^T] + h E[b b^T] + E[N],

which vanish in a steady state.  For SGD, with g the mini-batch gradient, the second is Yaida's
E[theta g^T + g theta^T] = eta E[g g^T]; for an SDE, dt -> 0, it is the symmetric part of
E[b x^T] = -E[D + Q]/beta.  The terms with h make it exact at any step size.  (The antisymmetric
part of the latter is the torque: a fact about Q, not about being stationary.)

Reference: S. Yaida, "Fluctuation-dissipation relations for stochastic gradient descent" (2018).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..theory.one_step import OneStep, one_step
from ..typing import Float
from .estimate import Estimate
from .mean_test import mean_p_value
from .run_data import read_run

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Stationarity:
    """The verdict, and every identity it rests on.

    Attributes
    ----------
    rates
        Name of a moment -> its measured rate of change per unit time, zero when stationary.
    z
        The same names -> rate / stderr.
    p_values
        The same names -> probability of such a rate in a steady state, by a law that knows the
        skewness.
    level
        Probability that a stationary run is rejected.

    Notes
    -----
    `bool(result)` is the verdict, `print(result)` the table.  What is tested is that no first or
    second moment changes by more than the error bars; a drift slower than these is not seen.
    """

    rates: dict[str, Estimate]
    z: dict[str, float]
    p_values: dict[str, float]
    level: float

    @property
    def worst(self) -> str:
        """Name of the moment that is least probable."""
        return min(self.p_values, key=lambda name: (self.p_values[name], -abs(self.z[name])))

    @property
    def p_value(self) -> float:
        """Probability of so improbable a rate among all of them (Bonferroni)."""
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


def is_stationary(
    run: "xr.Dataset",
    *,
    dynamics: Any = None,
    discard_steps: int | None = None,
    level: float = 1e-3,
    diverged: str | None = None,
) -> Stationarity:
    """Test whether the snapshots of a run are drawn from a steady state.

    Parameters
    ----------
    run
        What `simulate.run` returned, with snapshots.
    dynamics
        Whose steady state; default: the run's own.  Another one asks whether it has the same.
    discard_steps
        Steps to leave out at the beginning; default: ten units of time.
    level
        Probability that a stationary run is rejected.
    diverged
        None refuses a run with diverged trajectories, "drop" leaves those out.

    Raises
    ------
    TooFewData, Diverged
        See `analysis.ensemble`.
    ValueError
        A dynamics without noise, or a level that is not a probability.

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
    if not 0 < level < 1:
        raise ValueError(f"level={level} is a probability; give one between 0 and 1, e.g. 0.001.")
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

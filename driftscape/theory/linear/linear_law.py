r"""Exact mean and covariance of the steady state of linear dynamics, at any step size.

With drift b = -F (theta - theta*), theta' = theta + h b + noise has

    F S + S F^T - h F S F^T = E N

(N = learning_rate C/batch_size for SGD, 2 D/beta for Euler-Maruyama; h -> 0 is the Lyapunov
equation of the SDE).  In one dimension SGD with constant noise has S = eta C/(b H (2 - eta H)), and
Euler-Maruyama is off by the factor 1/(1 - dt F/2).

Noise that grows with the state, such as that of batches from a data set, has a covariance N that is
quadratic in theta, so that E N = N(theta*) + P(S) with P linear, and the equation is closed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...landscapes.checks import check_landscape
from ...landscapes.landscape import Landscape
from ...simulate.dynamics.base import Dynamics
from ...typing import Float
from ...validate import check_flag
from ..theory import Theory
from .linear_step import LinearStep, linear_step
from .lyapunov import Lyapunov


@dataclass(frozen=True)
class LinearLaw:
    """Mean and covariance of a steady state, the result of `linear_law`.

        E theta = mean,      E (theta - mean)(theta - mean)^T = covariance

    Attributes
    ----------
    coordinates
        Names.
    mean, covariance
        Shapes (dim,) and (dim, dim).
    source
        The equation that the covariance solves.
    mean_error, covariance_error
        Sizes of the rounding errors, of the same shapes.
    """

    coordinates: tuple[str, ...]
    mean: Float
    covariance: Float
    source: str
    mean_error: Float
    covariance_error: Float

    def moment(self, first: str, second: str | None = None) -> Theory:
        """Return E[first], or E[first * second] (the same name twice for a square).

        Parameters
        ----------
        first, second
            Names of coordinates.

        Returns
        -------
        Theory
            The truncation is the rounding error.

        Raises
        ------
        ValueError
            There is no such coordinate.
        """
        for name in (first, second):
            if name is not None and name not in self.coordinates:
                known = ", ".join(self.coordinates)
                raise ValueError(f"no coordinate {name!r}; the coordinates are {known}.")
        i = self.coordinates.index(first)
        a, error = float(self.mean[i]), float(self.mean_error[i])
        if second is None:
            return Theory(a, truncation=error, source=self.source)
        j = self.coordinates.index(second)
        b = float(self.mean[j])
        error = abs(a) * float(self.mean_error[j]) + abs(b) * error
        return Theory(
            float(self.covariance[i, j]) + a * b,
            truncation=float(self.covariance_error[i, j]) + error,
            source=self.source,
        )


def linear_law(landscape: Landscape, dynamics: Dynamics, *, continuum: bool = False) -> LinearLaw:
    """Return mean and covariance of the steady state of a linear drift, exactly.

        F S + S F^T - h F S F^T = E N,      drift b = -F (theta - mean),    covariance S

    h is the step and N the covariance of the noise: there is no small parameter.  The cost grows as
    the third power of the number of coordinates, a few hundred of which take seconds.

    Parameters
    ----------
    landscape
        A loss that is quadratic at every sample, with samples of a law or data; or a linear drift
        with constant D, or with D quadratic in the coordinates.
    dynamics
        SGD with fresh samples, or on a data set with rows drawn with or without replacement, with
        any momentum and with a number or a matrix as learning rate; or an SDE of any
        interpretation, Euler-Maruyama at its dt.
    continuum
        For an SDE: the steady state of the equation itself, dt -> 0, in place of the scheme's.

    Returns
    -------
    LinearLaw
        `mean` and `covariance`, with the sizes of their rounding errors; `moment` for one number.

    Raises
    ------
    ValueError
        The drift is not linear, D more than quadratic, the step not stable, or stable for the mean
        but not for the second moment: the noise then grows with the distance faster than the drift
        pulls back, and the steady state, where there is one, has no variance.

    References
    ----------
    C. Gardiner, Handbook of Stochastic Methods (2004), section 4.4.6; P. Benner and T. Damm, SIAM
    J. Control Optim. 49 (2011) 686, for noise that grows with the state.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> sgd = simulate.SGD(learning_rate=0.5)
    >>> steady = linear_law(landscapes.mean_estimation(), sgd)
    >>> steady.moment("theta", "theta").value
    0.3333333333333333

    Batches of a data set:

    >>> line = landscapes.linear_regression([[1.0], [2.0], [-1.0]], [1.0, 1.0, 0.5])
    >>> pairs = simulate.SGD(learning_rate=0.2, sampling="without-replacement", batch_size=2)
    >>> round(linear_law(line, pairs).moment("w0", "w0").value, 8)
    0.18055556
    """
    check_flag("continuum", continuum)
    check_landscape(landscape)
    step = linear_step(landscape, dynamics, continuum)
    _require_stable(step, landscape.name)
    mean: Float = np.linalg.solve(step.F, step.f).astype(float)
    change = np.linalg.solve(step.F, step.f - step.F @ mean)
    mean = np.asarray(mean + change, dtype=float)
    noise = step.covariance(mean[None])[0]
    equation = Lyapunov(step.F, step.map, None if step.constant else step.coupling(mean))
    try:
        S, error = equation.solve((noise + noise.T) / 2)
        if not step.constant:
            _require_second_moment(equation, landscape.name)
    except ArithmeticError as fault:
        raise ValueError(
            f"the equation of the covariance on {landscape.name} cannot be solved to the accuracy "
            f"of the numbers ({fault}): the step is at, or very near, its limit of stability."
        ) from None
    d = step.dim
    return LinearLaw(
        tuple(landscape.coordinates),
        mean[:d],
        S[:d, :d],
        "F S + S F^T - h F S F^T = E N" if step.map else "F S + S F^T = E N",
        np.asarray(np.abs(change[:d]) + 4 * np.finfo(float).eps * np.abs(mean[:d]), float),
        error[:d, :d],
    )


def _require_stable(step: LinearStep, name: str) -> None:
    """Refuse a step under which the mean does not converge."""
    rates = np.linalg.eigvals(step.F)
    if step.map and (np.abs(1 - rates) >= 1).any():
        raise ValueError(
            f"the step on {name} has no steady state: it multiplies deviations by "
            f"{np.round(1 - rates, 6).tolist()}, and all must be of size < 1.  Take a smaller step."
        )
    if not step.map and (rates.real <= 0).any():
        raise ValueError(
            f"the drift on {name} has no steady state: its rates {np.round(rates, 6).tolist()} "
            "must all have a positive real part."
        )


def _require_second_moment(equation: Lyapunov, name: str) -> None:
    """Refuse noise that outgrows the drift: the solution for noise 1 must be positive definite."""
    one = np.eye(len(equation.F))
    if np.linalg.eigvalsh(equation.solve(one)[0]).min() <= 0:
        raise ValueError(
            f"on {name} the mean converges, but the noise grows with the distance faster than "
            "the drift pulls back: there is no finite second moment at this step.  Take a smaller "
            "learning_rate or larger batches (for an SDE, a larger beta)."
        )

r"""The exact steady state of linear dynamics: mean and covariance, at any step size.

With drift b = -F (theta - theta*) and constant noise, theta' = theta + h b + noise has

    F S + S F^T - h F S F^T = N

(N = learning_rate C/batch_size for SGD, 2 D/beta for Euler-Maruyama; h -> 0 is the Lyapunov
equation of the SDE).  In one dimension SGD has S = eta C/(b H (2 - eta H)), and Euler-Maruyama
is off by the factor 1/(1 - dt F/2).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from .estimate import Theory
from .one_step import one_step

Float = NDArray[np.float64]


@dataclass(frozen=True)
class LinearLaw:
    """Mean, shape (dim,), and covariance, shape (dim, dim), of a steady state."""

    coordinates: tuple[str, ...]
    mean: Float
    covariance: Float
    source: str

    def moment(self, first: str, second: str | None = None) -> Theory:
        """Return E[first], or E[first * second] (the same name twice for a square)."""
        for name in (first, second):
            if name is not None and name not in self.coordinates:
                known = ", ".join(self.coordinates)
                raise ValueError(f"no coordinate {name!r}; this law has {known}.")
        i = self.coordinates.index(first)
        if second is None:
            return Theory(float(self.mean[i]), source=self.source)
        j = self.coordinates.index(second)
        value = self.covariance[i, j] + self.mean[i] * self.mean[j]
        return Theory(float(value), source=self.source)


def linear_law(landscape: Any, dynamics: Any, *, continuum: bool = False) -> LinearLaw:
    """Solve for the steady state of a landscape with linear drift and constant noise.

    Parameters
    ----------
    landscape
        Quadratic loss with additive samples, or a linear drift with constant D.
    dynamics
        SGD, Ito or A-type; for the last two Euler-Maruyama at their dt.
    continuum
        For an SDE: its own law, dt -> 0, in place of the scheme's.

    Raises
    ------
    ValueError
        The drift is not linear, the noise not constant, or the step not stable.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> sgd = simulate.SGD(learning_rate=0.5)
    >>> law = linear_law(landscapes.mean_estimation(), sgd)
    >>> law.moment("theta", "theta").value
    0.3333333333333333
    """
    step = one_step(landscape, dynamics)
    if continuum and hasattr(dynamics, "learning_rate"):
        raise ValueError("continuum=True is for an SDE; see SGD.as_sde().")
    symbols = landscape.symbols
    slope = _constant(step.drift_entries, symbols, differentiate=True)
    noise = _constant(step.noise_entries, symbols)
    if step.drift_entries is None or step.noise_entries is None:
        raise ValueError(
            f"drift and noise of {landscape.name} are averages over data or a quadrature; "
            "linear_law needs formulas of constant coefficients."
        )
    if slope is None or noise is None:
        what = "drift is not linear" if slope is None else "noise depends on the coordinates"
        raise ValueError(
            f"the {what} on {landscape.name}; linear_law is exact for linear ones only."
        )
    F, h = -slope, 0.0 if continuum else step.h
    growth = np.linalg.eigvals(F)
    if (growth.real <= 0).any() or (h and (np.abs(1 - h * growth) >= 1).any()):
        raise ValueError(
            f"step {step.h:g} with rates {np.round(growth, 6).tolist()} has no steady state: "
            "all rates must have a positive real part and |1 - step*rate| < 1."
        )
    dim = len(symbols)
    eye = np.eye(dim)
    mean = np.linalg.solve(F, step.drift(np.zeros(dim)))
    operator = np.kron(F, eye) + np.kron(eye, F) - h * np.kron(F, F)
    covariance = np.linalg.solve(operator, noise.reshape(-1)).reshape(dim, dim)
    source = "F S + S F^T = N" if continuum else "F S + S F^T - h F S F^T = N"
    return LinearLaw(tuple(landscape.coordinates), np.asarray(mean, float), covariance, source)


def _constant(entries: sp.Matrix | None, symbols: Any, differentiate: bool = False) -> Float | None:
    """Return a matrix (or the Jacobian of a column) as numbers if it is constant, else None."""
    if entries is None:
        return None
    matrix = entries.jacobian(list(symbols)) if differentiate else entries
    matrix = matrix.applyfunc(sp.expand)
    if matrix.free_symbols & set(symbols):
        return None
    return np.array(matrix.tolist(), dtype=float)

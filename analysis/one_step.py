"""The first two moments of one step, which is all that drifts, torques and identities need.

theta' = theta + h b(theta) + noise,      E noise = 0,   E noise noise^T = h N(theta)

                h               b                              N
SGD             learning_rate   -E grad l                      learning_rate C/batch_size
Ito (Euler)     dt              drift(beta)                    2 D/beta
A-type (Euler)  dt              drift(beta) + div(D + Q)/beta  2 D/beta
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from ..landscapes.parse import exact

Float = NDArray[np.float64]


@dataclass(frozen=True)
class OneStep:
    """Mean and covariance of a step of size h, as fields of the landscape.

    Attributes
    ----------
    h
        Step size in units of time.
    drift
        Points (..., dim) -> b, shape (..., dim).
    noise
        Points (..., dim) -> N, shape (..., dim, dim).
    drift_entries, noise_entries
        The same as SymPy matrices, with the values of the parameters put in; None where an
        expectation over the samples is a quadrature.
    """

    h: float
    drift: Callable[[Float], Float]
    noise: Callable[[Float], Float]
    drift_entries: sp.Matrix | None
    noise_entries: sp.Matrix | None


def one_step(landscape: Any, dynamics: Any) -> OneStep:
    """Return the moments of a step of SGD, or of Euler-Maruyama for an Ito or A-type SDE.

    Raises
    ------
    ValueError
        The dynamics is not one of these.
    """
    kind = type(dynamics).__name__
    if kind == "SGD":
        h, scale = (
            exact(dynamics.learning_rate),
            exact(dynamics.learning_rate) / dynamics.batch_size,
        )
    elif kind in ("Ito", "AType"):
        h, scale = exact(dynamics.dt), 2 / exact(dynamics.beta)
    else:
        raise ValueError(
            f"{dynamics!r} is not one of SGD, Ito, AType: its steady state is not known here."
        )
    beta = inverse_temperature(dynamics)
    drift, diffusion = landscape.drift(beta), landscape.diffusion
    if kind == "AType":
        spurious = landscape.spurious_drift
        entries = drift.matrix + spurious.matrix / beta
        drift = landscape.field("drift", entries, drift.lets, {**drift.tables, **spurious.tables})
    values = {symbol: exact(value) for symbol, value in landscape.parameter_symbols.items()}
    plain = not (drift.tables or diffusion.tables or drift.lets or diffusion.lets)
    return OneStep(
        h=float(h),
        drift=drift,
        noise=lambda points: float(scale) * diffusion(points).reshape(*points.shape, landscape.dim),
        drift_entries=drift.matrix.xreplace(values) if plain else None,
        noise_entries=(scale * diffusion.matrix).xreplace(values) if plain else None,
    )


def inverse_temperature(dynamics: Any) -> sp.Expr | None:
    """Return beta exactly: of an SDE its own, of SGD 2 batch_size/learning_rate."""
    if hasattr(dynamics, "batch_size"):
        return 2 * exact(dynamics.batch_size) / exact(dynamics.learning_rate)
    beta = getattr(dynamics, "beta", None)
    return None if beta is None else exact(beta)

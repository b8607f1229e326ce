"""The first two moments of one step, from which drifts, torques and identities follow.

theta' = theta + h b(theta) + noise,      E noise = 0,   E noise noise^T = h N(theta)

                h               b                              N
SGD             learning_rate   -E grad l                      learning_rate C/batch_size
Ito (Euler)     dt              drift(beta)                    2 D/beta
A-type (Euler)  dt              drift(beta) + div(D + Q)/beta  2 D/beta

and likewise for every interpretation: b is its Ito drift.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import sympy as sp

from ..landscapes.field import Field
from ..landscapes.formulas.language import exact
from ..landscapes.landscape import Landscape
from ..simulate.dynamics.base import Dynamics
from ..simulate.dynamics.gradient_flow import GradientFlow
from ..simulate.dynamics.sde.sde import SDE
from ..simulate.dynamics.sgd import SGD
from ..simulate.dynamics.underdamped import Underdamped
from ..typing import Float
from ..validate import shown


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
        The same as SymPy matrices, with numbers in place of the parameters; None where an
        expectation over the samples is a quadrature.
    """

    h: float
    drift: Callable[[Float], Float]
    noise: Callable[[Float], Float]
    drift_entries: sp.Matrix | None
    noise_entries: sp.Matrix | None


def one_step(landscape: Landscape, dynamics: Dynamics) -> OneStep:
    """Return the moments of a step of SGD, or of Euler-Maruyama for an SDE of any interpretation.

    Raises
    ------
    ValueError
        The dynamics is not one of these, or its noise has no covariance.
    """
    drift = drift_of(landscape, dynamics)
    if isinstance(dynamics, SDE):
        if dynamics.scheme != "euler-maruyama":
            raise ValueError(
                f"scheme={dynamics.scheme!r}: the moments of one step are known for "
                "'euler-maruyama'; run that scheme, or compare moments with theory.moment."
            )
        h, scale = exact(dynamics.dt), 2 / exact(dynamics.beta)
    else:
        assert isinstance(dynamics, SGD)
        h = exact(dynamics.learning_rate)
        scale = h / dynamics.batch
    diffusion = landscape.diffusion
    values = {symbol: exact(value) for symbol, value in drift.field.parameters.items()}
    plain = drift.entries is not None and not (diffusion.tables or diffusion.assignments)
    return OneStep(
        h=float(h),
        drift=drift.field,
        noise=lambda points: float(scale) * diffusion(points).reshape(*points.shape, landscape.dim),
        drift_entries=drift.entries if plain else None,
        noise_entries=(scale * diffusion.matrix).xreplace(values) if plain else None,
    )


class Drift(NamedTuple):
    """The drift b of a dynamics, in the sense of Ito, as a field of the landscape.

    `field` takes points (..., dim); `entries` is the same as a SymPy matrix with numbers in place
    of the parameters, None where an expectation over the samples is a quadrature.
    """

    field: Field
    entries: sp.Matrix | None


def drift_of(landscape: Landscape, dynamics: Dynamics) -> Drift:
    """Return -E grad l for SGD, the drift of an SDE whatever its scheme.

    Raises
    ------
    ValueError
        The dynamics is neither.
    """
    require_plain(dynamics)
    beta = inverse_temperature(dynamics)
    if isinstance(dynamics, SGD):
        field = landscape.drift(beta)
    elif isinstance(dynamics, SDE):
        field = dynamics.ito_drift(landscape, beta)
    else:
        raise ValueError(
            f"dynamics={shown(dynamics)} is not one of SGD, Ito, AType, Stratonovich, Isothermal: "
            "its steady state is not known here."
        )
    values = {symbol: exact(value) for symbol, value in field.parameters.items()}
    plain = not (field.tables or field.assignments)
    return Drift(field, field.matrix.xreplace(values) if plain else None)


def require_plain(dynamics: Dynamics) -> None:
    """Refuse an SGD whose steps are not independent and alike, and noise without a covariance."""
    if isinstance(dynamics, SDE) and dynamics.noise == "stable":
        raise ValueError(
            f"{dynamics!r} is driven by stable noise, which has no covariance; this is known for "
            "noise='gaussian' or 'rademacher'."
        )
    if isinstance(dynamics, SGD) and not dynamics.is_plain:
        raise ValueError(
            f"{dynamics!r} has a training set, momentum, a schedule or a matrix as learning rate; "
            "this is known for SGD with fresh samples and one constant learning rate."
        )


def inverse_temperature(dynamics: Dynamics) -> sp.Expr | None:
    """Return beta exactly: 2 batch_size/learning_rate for SGD; None where there is none."""
    require_plain(dynamics)
    if isinstance(dynamics, SGD):
        return 2 * exact(dynamics.batch_size) / exact(dynamics.learning_rate)
    if isinstance(dynamics, SDE | Underdamped | GradientFlow) and dynamics.beta is not None:
        return exact(dynamics.beta)
    return None

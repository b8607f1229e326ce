"""Drift and diffusion of a dynamics on a landscape, and which dynamics have none to give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ....landscapes.field import Field
from ....simulate.dynamics import GD, GDC, SGD, Dynamics, GradientFlow, Ito, Underdamped
from ....simulate.dynamics.sde.sde import SDE
from ....typing import Float
from ..errors import IndefiniteDiffusion

MOST_COORDINATES = 3
_INDEFINITE = 1e-10  # relative size of a negative eigenvalue of D that is rounding


@dataclass(frozen=True)
class Coefficients:
    """d rho/dt = -div(b rho) + sum_ij d_i d_j (D_ij rho)/beta: b and D as functions of points.

    Attributes
    ----------
    ito_drift
        b of the Ito equation with this law, whatever the interpretation.
    covariance
        D of the landscape.
    beta
        Inverse temperature.
    """

    ito_drift: Field
    covariance: Field
    beta: float

    @classmethod
    def of(cls, landscape: Any, dynamics: Dynamics) -> Coefficients:
        """Take them from a landscape and an SDE, or say what to use instead."""
        if landscape.dim > MOST_COORDINATES:
            raise ValueError(
                f"{landscape.name} has {landscape.dim} coordinates; a grid covers at most "
                f"{MOST_COORDINATES}.  Use trajectories: simulate.run, simulate.first_passage."
            )
        check_dynamics(dynamics)
        beta = float(dynamics.beta)  # type: ignore[attr-defined]
        return cls(dynamics.ito_drift(landscape, beta), landscape.diffusion, beta)  # type: ignore[attr-defined]

    def drift(self, points: Float) -> Float:
        """Return b at points, shape (..., dim); refuses what is not a number."""
        return self._finite(self.ito_drift, points, "drift")

    def diffusion(self, points: Float) -> Float:
        """Return D at points, shape (..., dim, dim); refuses what is no covariance."""
        matrix = self._finite(self.covariance, points, "diffusion matrix")
        lowest, largest = np.linalg.eigvalsh(matrix)[..., [0, -1]].T
        bad = lowest < -_INDEFINITE * np.abs(largest).max(initial=0)
        if bad.any():
            where = points[bad][0]
            raise IndefiniteDiffusion(
                f"D is not positive semidefinite at {_place(self.covariance, where)} (eigenvalue "
                f"{lowest[bad][0]:.3g}); no noise has this covariance.  Give another D or box=."
            )
        return matrix

    def _finite(self, field: Field, points: Float, what: str) -> Float:
        with np.errstate(all="ignore"):
            values = field(points)
        bad = ~np.isfinite(values).reshape(len(points), -1).all(axis=1)
        if bad.any():
            raise ValueError(
                f"the {what} is not a finite number at {_place(field, points[bad][0])}; give a "
                "box= on which it is one."
            )
        return values


def _place(field: Field, point: Float) -> str:
    return ", ".join(f"{s} = {x:.4g}" for s, x in zip(field.symbols, point, strict=True))


def read_dynamics(dynamics: Any, beta: float | None) -> Dynamics:
    """Take the dynamics that is given, or the Ito equation at a given beta."""
    if (dynamics is None) == (beta is None):
        raise TypeError(
            f"dynamics={dynamics!r}, beta={beta!r}; give one of them: a dynamics such as "
            "simulate.AType(beta=2, dt=0.01), or beta= for the Ito equation."
        )
    # the grid is the limit dt -> 0: any dt says the same
    return dynamics if beta is None else Ito(beta=beta, dt=1e-3)


def check_dynamics(dynamics: Any) -> None:
    """Refuse a dynamics that is not a diffusion with drift b and noise D of the landscape."""
    if not isinstance(dynamics, Dynamics):
        raise TypeError(
            f"dynamics={dynamics!r}; give an SDE of driftscape.simulate: Ito, Stratonovich, "
            "Isothermal or AType."
        )
    name = type(dynamics).__name__
    if isinstance(dynamics, SGD):
        action = (
            "is a map in discrete time: use theory.transfer_operator, or its SDE, "
            f"{name}(...).as_sde()"
        )
    elif isinstance(dynamics, (GD, GDC, GradientFlow)):
        action = "has no noise, so that its density stays a point: use simulate.run"
    elif isinstance(dynamics, Underdamped):
        action = (
            "has a momentum, which the landscape does not know: write it as coordinates, "
            'Landscape.from_drift(["v", "-x - v"], coordinates="x v", '
            "diffusion=[[0, 0], [0, 1]]), and use Ito"
        )
    elif not isinstance(dynamics, SDE):
        action = "is not a diffusion in the landscape's coordinates: use simulate.run"
    elif dynamics.noise == "stable":
        action = (
            "with noise='stable' jumps: its generator is an integral, and no grid of neighbours "
            "holds it; use simulate.run or theory.levy_exit_time"
        )
    else:
        return
    raise ValueError(f"{name} {action}.")

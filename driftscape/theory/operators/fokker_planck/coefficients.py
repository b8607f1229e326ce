"""Drift and diffusion of an SDE on a landscape; which dynamics are diffusions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....landscapes import Landscape
from ....landscapes.checks import check_landscape
from ....landscapes.field import Field
from ....simulate.dynamics import GD, GDC, SGD, Dynamics, GradientFlow, Ito, Underdamped
from ....simulate.dynamics.sde.sde import SDE
from ....typing import Float
from ....validate import shown
from ..errors import IndefiniteDiffusion
from ..grid import Grid

_MOST_COORDINATES = 3
_INDEFINITE = 1e-10  # relative size of a negative eigenvalue of D that is rounding


@dataclass(frozen=True)
class Coefficients:
    """d rho/dt = -div(b rho) + sum_ij d_i d_j (D_ij rho)/beta: b and D as functions of points.

    Attributes
    ----------
    ito_drift
        b of the equivalent Ito equation, whatever the interpretation.
    covariance
        D of the landscape.
    beta
        Inverse temperature.
    """

    ito_drift: Field
    covariance: Field
    beta: float

    @classmethod
    def of(cls, landscape: Landscape, sde: SDE) -> Coefficients:
        """Take them from a landscape and an SDE."""
        beta = float(sde.beta)
        return cls(sde.ito_drift(landscape, beta), landscape.diffusion, beta)

    def drift(self, points: Float) -> Float:
        """Return b at points, shape (..., dim); refuse values that are not finite."""
        return self._finite(self.ito_drift, points, "drift")

    def diffusion(self, points: Float) -> Float:
        """Return D at points, shape (..., dim, dim); refuse a matrix that is not a covariance."""
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


def read_dynamics(landscape: Landscape, dynamics: Dynamics | None, beta: float | None) -> SDE:
    """Return the SDE that is given, or the Ito equation at a given beta.

    Raises
    ------
    TypeError, ValueError
        Both or neither are given; not a diffusion with drift b and noise D of the landscape; more
        coordinates than a grid covers.
    """
    check_landscape(landscape)
    if (dynamics is None) == (beta is None):
        raise TypeError(
            f"dynamics={shown(dynamics)}, beta={shown(beta)}; give one of them: a dynamics such as "
            "simulate.AType(beta=2, dt=0.01), or beta= for the Ito equation."
        )
    # the grid is the limit dt -> 0: any dt gives the same equation
    given = Ito(beta=beta, dt=1e-3) if beta is not None else dynamics
    if landscape.dim > _MOST_COORDINATES:
        raise ValueError(
            f"{landscape.name} has {landscape.dim} coordinates; a grid covers at most "
            f"{_MOST_COORDINATES}.  Use trajectories: simulate.run, simulate.first_passage."
        )
    return _sde(given)


def _sde(dynamics: object) -> SDE:
    if not isinstance(dynamics, Dynamics):
        raise TypeError(
            f"dynamics={shown(dynamics)}; give an SDE of driftscape.simulate: Ito, Stratonovich, "
            "Isothermal or AType."
        )
    name = type(dynamics).__name__
    if isinstance(dynamics, SGD):
        action = (
            "is a map in discrete time: use theory.transfer_operator, or its SDE, "
            f"{name}(...).as_sde()"
        )
    elif isinstance(dynamics, (GD, GDC, GradientFlow)):
        action = "has no noise, so that its density remains a point: use simulate.run"
    elif isinstance(dynamics, Underdamped):
        action = (
            "has a momentum, which is no coordinate of the landscape: write it as coordinates, "
            'Landscape.from_drift(["v", "-x - v"], coordinates="x v", '
            "diffusion=[[0, 0], [0, 1]]), and use Ito"
        )
    elif not isinstance(dynamics, SDE):
        action = "is not a diffusion in the landscape's coordinates: use simulate.run"
    elif dynamics.noise == "stable":
        action = (
            "with noise='stable' jumps: its generator is an integral operator, not a differential "
            "one; use simulate.run or theory.levy_exit_time"
        )
    else:
        return dynamics
    raise ValueError(f"{name} {action}.")


def check_periodic(grid: Grid, coefficients: Coefficients) -> None:
    """Refuse a periodic axis on which drift or D differ between the two ends."""
    for axis in np.flatnonzero(grid.periodic).tolist():
        first, _ = grid.ends(axis)
        low = grid.shifted(first, axis, -0.5)
        high = grid.shifted(first, axis, grid.shape[axis] - 0.5)
        for field, what in ((coefficients.drift, "drift"), (coefficients.diffusion, "D")):
            here, there = field(low), field(high)
            if np.abs(here - there).max() > 1e-8 * (1 + np.abs(here).max()):
                name, (start, end) = grid.names[axis], grid.box[axis]
                raise ValueError(
                    f"{name} is declared periodic on [{start:g}, {end:g}], but the {what} "
                    "differs between the two ends; give its period as box={"
                    f"{name!r}: (low, high)}}."
                )

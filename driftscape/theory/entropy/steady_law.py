r"""The steady state as functions of points: its log density, and the velocity of its current.

    v_ss = J_ss/rho_ss = b - div D/beta - D grad(log rho_ss)/beta        (b of the Ito equation)

Either in closed form, rho_ss = exp(-beta Phi)/Z, or interpolated on the grid of an operator.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import sympy as sp

from ...landscapes import Landscape, NotAvailable
from ...landscapes.checks import nonzero_at
from ...landscapes.formulas.calculus import derivative, divergence
from ...simulate.dynamics import Dynamics
from ...simulate.dynamics.sde.sde import SDE
from ...typing import Bools, Float
from ..one_step import inverse_temperature
from ..operators.fokker_planck.operator import FokkerPlanck
from ..operators.grid import Grid
from ..operators.transfer.operator import TransferOperator
from ..quadrature import gibbs_integrals

_ROUNDING = 1e-13  # of the largest density: the logarithm of a smaller one is not known
_STENCIL_REACH = 2  # cells that the interpolation uses on each side
_LARGEST_ERROR = 1e-4  # relative error of Z


@dataclass(frozen=True)
class SteadyLaw:
    """A steady state as functions of points.

    Attributes
    ----------
    beta
        Inverse temperature.
    log_density
        Points (..., dim) -> log rho_ss, shape (...); NaN where it is not known.
    velocity
        Points (..., dim) -> v_ss, shape (..., dim).
    unknown
        End of the message about points where it is not known.
    """

    beta: float
    log_density: Callable[[Float], Float]
    velocity: Callable[[Float], Float]
    unknown: str = ""

    @classmethod
    def of_landscape(cls, landscape: Landscape, dynamics: Dynamics) -> SteadyLaw:
        """Take exp(-beta Phi)/Z of a landscape, if it is the steady state of this dynamics.

        Raises
        ------
        ValueError
            No Phi, no SDE; or another steady state, as that of an Ito equation whose noise depends
            on the state.
        """
        velocity = landscape.field("velocity of the current", current_velocity(landscape, dynamics))
        beta = float(_beta(dynamics))
        phi = landscape.potential
        log_z = cache(lambda: _log_partition(landscape, beta))  # a quadrature: when needed
        return cls(beta, lambda points: -beta * phi(points) - log_z(), velocity)

    @classmethod
    def of_operator(cls, operator: FokkerPlanck | TransferOperator) -> SteadyLaw:
        """Interpolate the steady state of an operator, and the current if it has one.

        Raises
        ------
        ValueError
            A periodic axis: the states of a run are not those of a circle.  (Of the velocity:) an
            operator of discrete steps, which has no current.
        """
        grid = operator.grid
        if any(grid.periodic):
            raise ValueError(
                "the grid has a periodic axis, but the states of a run are counted on the line; "
                "give the densities of the grid itself, fp.evolve(...)."
            )
        rho = operator.steady_state().transpose(*grid.names).values
        known = rho > _ROUNDING * rho.max()
        logarithm = np.log(np.where(known, rho, _ROUNDING * rho.max()))

        def log_density(points: Float) -> Float:
            position = _cells(grid, points)
            value = _interpolated(logarithm, position)
            return np.where(_within(known, position), value, np.nan)

        @cache
        def current() -> Float:
            if not isinstance(operator, FokkerPlanck):
                raise ValueError(
                    "steps of SGD have no probability current; give fokker_planck(...)."
                )
            J = operator.current().transpose("coordinate", *grid.names).values
            return np.where(known, J / np.where(known, rho, 1.0), 0.0)

        def velocity(points: Float) -> Float:
            position = _cells(grid, points)
            v = np.stack([_interpolated(component, position) for component in current()], axis=-1)
            return np.where(_within(known, position)[..., None], v, np.nan)

        return cls(
            operator.beta, log_density, velocity,
            "lie outside the grid's box, or where its steady state is below rounding; give the "
            "grid a larger box=, or drop the early snapshots, run.isel(time=slice(1, None))",
        )  # fmt: skip


def current_velocity(landscape: Landscape, dynamics: Dynamics) -> sp.Matrix:
    """Return v_ss as a SymPy matrix, if exp(-beta Phi)/Z is the steady state of this dynamics.

    Raises
    ------
    ValueError
        No Phi, no SDE; or another steady state.
    """
    if not isinstance(dynamics, SDE):
        raise ValueError(
            f"{dynamics} is no SDE of the coordinates alone: exp(-beta Phi) is not its law. "
            "Give its operator after the run, for SGD theory.transfer_operator(...)."
        )
    beta = _beta(dynamics)
    try:
        landscape.potential  # noqa: B018  raises NotAvailable
    except NotAvailable as unknown:
        raise ValueError(
            f"{unknown}  Give theory.fokker_planck(...) of it after the run."
        ) from None
    drift, D = dynamics.ito_drift(landscape, beta), landscape.diffusion
    slope, spread = landscape.gradient, divergence(D.matrix, landscape.symbols)
    v = drift.matrix + D.matrix * slope.matrix - spread / beta
    # div(v exp(-beta Phi)) = 0, term by term
    terms = [
        term
        for i, s in enumerate(landscape.symbols)
        for term in (derivative(v[i], s), -beta * v[i] * slope.entries[i])
    ]
    if drift.assignments or nonzero_at(landscape, terms) is not None:
        raise ValueError(
            f"exp(-beta Phi) of {landscape.name} is not the steady state of {dynamics}: where "
            "noise depends on the state simulate.AType keeps it.  Give "
            "theory.fokker_planck(...) of this dynamics after the run."
        )
    return v


def _beta(sde: Dynamics) -> sp.Expr:
    beta = inverse_temperature(sde)
    assert beta is not None  # every SDE has one
    return beta


def _log_partition(landscape: Landscape, beta: float) -> float:
    """Return log Z, known to 1e-6 at least."""
    found = gibbs_integrals(landscape, beta, [(sp.S.One, True)])
    if not (found.valid and found.errors[0] < _LARGEST_ERROR):
        raise ValueError(
            f"the quadrature of exp(-beta Phi) of {landscape.name} leaves log Z = "
            f"{found.log_partition:.4g} ± {found.errors[0]:.2g}; give theory.fokker_planck(...) "
            "after the run."
        )
    return found.log_partition


def _cells(grid: Grid, points: Float) -> Float:
    """Return the positions of points, in cells from the first centre, shape (dim, ...)."""
    lows, spacing = np.array([low for low, _ in grid.box]), np.array(grid.spacing)
    position: Float = np.moveaxis((points - lows) / spacing - 0.5, -1, 0)
    return position


def _interpolated(values: Float, position: Float) -> Float:
    from scipy.ndimage import map_coordinates  # 0.1 s to import

    found: Float = map_coordinates(values, position, order=3, mode="nearest")
    return found


def _within(known: Bools, position: Float) -> Bools:
    """Return whether all cells that the interpolation uses are known."""
    from scipy.ndimage import binary_erosion

    kept = binary_erosion(known, iterations=_STENCIL_REACH, border_value=1)
    shape = np.array(known.shape).reshape(-1, *[1] * (position.ndim - 1))
    inside = ((position >= -0.5) & (position <= shape - 0.5)).all(axis=0)
    nearest = np.clip(np.rint(np.where(inside, position, 0)), 0, shape - 1).astype(int)
    found: Bools = inside & kept[tuple(nearest)]
    return found

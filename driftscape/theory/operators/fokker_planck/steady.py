"""The steady state: the null vector of the generator."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import scipy.sparse as sparse

from ....typing import Float
from ..errors import NegativeMass, NoSteadyState, callers
from .generator import Generator
from .linear_solver import Factors

NEGLIGIBLE = 1e-8
"""Negative mass that nobody needs to hear of."""

_SHIFT = 1e-12  # of the largest common rate: near enough to singular, and far enough
_SETTLED = 1e-11
_DIFFERENT = 1e-6
_MOST = 30


def report_negative(mass: Float, what: str) -> None:
    """Warn of negative mass above `NEGLIGIBLE`, relative to the total."""
    share = float(-mass[mass < 0].sum() / np.abs(mass).sum())
    if share > NEGLIGIBLE:
        warnings.warn(
            f"the {what} holds a negative mass of {share:.2g}; a finer shape= makes it less "
            "(with noise along a direction oblique to the axes only, all grids of neighbours "
            "have some).",
            NegativeMass,
            stacklevel=callers(),
        )


def shifted_factors(generator: Generator) -> tuple[Factors, float]:
    """Return the LU of (forward - shift), and the shift: small beside every rate of interest."""
    forward = generator.forward
    shift = _SHIFT * float(np.median(np.abs(forward.diagonal())))
    if generator.side_loss.any():
        shift = 0.0
    matrix = forward - shift * sparse.identity(forward.shape[0])
    return Factors(matrix, generator.order), shift


def null_vector(generator: Generator, factors: Factors) -> Float:
    """Return the stationary masses of the cells, by inverse iteration from two beginnings.

    Raises
    ------
    NoSteadyState
        Mass leaves through absorbing sides; or parts of the box exchange no mass within what
        double precision sees, so that each has a steady state of its own.
    """
    if generator.side_loss.any():
        raise NoSteadyState(
            "mass leaves through the absorbing sides until none is left; use "
            "quasi_stationary(), or reflecting sides."
        )
    size = generator.grid.size
    spread = 1 + 0.9 * np.cos(np.arange(size))  # has a share of every mode
    uneven = np.linspace(0.0, 2.0, size) ** 3
    first, second = (settle(factors, start) for start in (spread, uneven))
    if not np.abs(first - second).sum() < _DIFFERENT:
        raise NoSteadyState(
            "the steady state is not unique: parts of the box exchange no mass, or so rarely that "
            "double precision does not see it (a barrier too high for this beta, a direction "
            "without noise).  Lower beta, or take a box= round one of them with "
            "sides='reflecting'."
        )
    report_negative(first, "steady state")
    return first


def settle(factors: Factors, mass: Float) -> Float:
    """Return the stationary masses that inverse iteration from some masses settles on."""
    mass = mass / mass.sum()
    for _ in range(_MOST):
        with np.errstate(all="ignore"):
            new: Any = factors.solve(mass)
            new /= new.sum()
        if not np.isfinite(new).all():
            raise NoSteadyState(
                "the generator is singular in more than one way: a coordinate on which neither "
                "drift nor noise act has no steady state of its own."
            )
        change = float(np.abs(new - mass).sum())
        mass = new
        if change < _SETTLED:
            break
    return mass

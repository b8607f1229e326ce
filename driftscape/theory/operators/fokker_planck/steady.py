"""The steady state: the null vector of the generator."""

from __future__ import annotations

import warnings

import numpy as np
import scipy.sparse as sparse

from ....typing import Float
from ..errors import NegativeMass, NoSteadyState, callers
from .generator import Generator
from .linear_solver import Factors

NEGLIGIBLE = 1e-8
"""Negative mass below which no warning is given."""

_SHIFT = 1e-12  # of the median rate: close to singular, but invertible
_SETTLED = 1e-11  # change of the masses that ends the iteration
_DIFFERENT = 1e-6  # distance of the masses from two starts, above which they are not one law
_MOST_ITERATIONS = 30


def report_negative(mass: Float, what: str) -> None:
    """Warn of negative mass above `NEGLIGIBLE`, relative to the total."""
    share = float(-mass[mass < 0].sum() / np.abs(mass).sum())
    if share > NEGLIGIBLE:
        warnings.warn(
            f"the {what} has a negative mass of {share:.2g}; a finer shape= reduces it (with noise "
            "only along a direction oblique to the axes every grid of neighbours has some).",
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
    """Return the stationary masses of the cells, by inverse iteration from two starts.

    Raises
    ------
    NoSteadyState
        Mass leaves through absorbing sides; or parts of the box exchange no mass within what
        double precision resolves, so that each has a steady state of its own.
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
            "double precision does not resolve it (a barrier too high for this beta, a direction "
            "without noise).  Lower beta, or take a box= around one of them with "
            "sides='reflecting'."
        )
    report_negative(first, "steady state")
    return first


def settle(factors: Factors, mass: Float) -> Float:
    """Return the stationary masses that inverse iteration from some masses settles on."""
    mass = mass / mass.sum()
    for _ in range(_MOST_ITERATIONS):
        with np.errstate(all="ignore"):
            new = factors.solve(mass)
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

"""Expectations under exp(-beta Phi) by quadrature, for potentials of one or two coordinates.

No well is missed, wherever it is and however narrow: bounds of Phi show for every part of space
that it has no weight, or that Phi hardly varies there (`landscapes.integration.cubature`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import sympy as sp

from ..landscapes.checks import probes
from ..landscapes.formulas.language import exact
from ..landscapes.integration.cells import FAR
from ..landscapes.integration.cubature import Integrals, integrate
from ..landscapes.landscape import Landscape
from ..typing import Float
from ..validate import check_positive

_MOST_CELLS = {1: 2**16, 2: 2**18}  # number of coordinates -> cells
_LARGEST_DOUBT = 1e-3  # share of an integral that the bounds may leave open


@dataclass(frozen=True)
class GibbsIntegrals:
    """Integrals divided by Z(beta), in the order of the integrands.

    Attributes
    ----------
    values, errors
        The ratios, and the sizes of their errors.
    log_partition
        log Z.
    valid
        Whether the bounds show that all the weight is covered.
    regime
        The sense in which the values are exact, or the reason why they are not.
    """

    values: Float
    errors: Float
    log_partition: float
    valid: bool
    regime: str


def gibbs_integrals(
    landscape: Landscape, beta: float, integrands: Sequence[tuple[sp.Expr, bool]]
) -> GibbsIntegrals:
    """Integrate functions, with or without the weight exp(-beta Phi), and divide by Z(beta).

    Parameters
    ----------
    landscape
        With a `potential`, one or two coordinates.
    beta
        Inverse temperature.
    integrands
        Formulas of the coordinates, and whether each is to be multiplied by exp(-beta Phi).

    Raises
    ------
    ValueError
        Another number of coordinates, beta <= 0, or an integrand that does not fall off.

    Notes
    -----
    The search covers all of space to a distance of 1.8e19, whatever the landscape's start and
    domain are.  The domain matters only where Phi has no value: paths then never get there, and
    the steady state is normalised on the rest.
    """
    field = landscape.potential
    if landscape.dim not in _MOST_CELLS:
        raise ValueError(f"quadrature covers 1 and 2 coordinates; this one has {landscape.dim}.")
    beta = check_positive("beta", beta)
    parameters = {s: exact(v) for s, v in landscape.parameter_symbols.items()}
    phi = field.expression.xreplace(parameters)
    functions = [(sp.sympify(f).xreplace(parameters), weighted) for f, weighted in integrands]
    found = integrate(
        -exact(float(beta)) * phi, functions, landscape.symbols, most=_MOST_CELLS[landscape.dim]
    )
    _check(landscape, found, beta)
    doubt = float(found.doubt[0])
    regime, valid = f"exact under exp(-beta Phi), beta = {beta:g}", doubt <= _LARGEST_DOUBT
    if not valid:
        share, cells = min(doubt, 1.0), len(found.owner)
        regime += f", of which up to {share:.1g} may lie where {cells} cells do not bound Phi"
    return GibbsIntegrals(
        found.ratios[:, 0], found.errors[:, 0], float(found.logarithm[0]), valid, regime
    )


def _check(landscape: Landscape, found: Integrals, beta: float) -> None:
    """Refuse an integrand without an expectation."""
    if found.undefined[0]:
        if landscape.domain is None:
            raise ValueError(
                "the potential is not a number at some points; its domain is not the plane.  If "
                "the coordinates cannot get there, give domain={'coordinate': (low, high), ...}."
            )
        with np.errstate(all="ignore"):
            inside = landscape.potential(probes(landscape))
        if np.isnan(inside).any():
            raise ValueError(
                "the potential is not a number at some points of the domain "
                f"{dict(landscape.domain)}."
            )
    if found.endless[0, 0]:
        raise ValueError(
            f"exp(-beta Phi) does not fall off up to a distance of {FAR:.1g}: the landscape is not "
            f"confining at beta = {beta:g}, or hardly so."
        )
    if found.endless[1:, 0].any():
        raise ValueError(
            f"the integrand times exp(-beta Phi) does not fall off up to a distance of {FAR:.1g}: "
            f"its expectation at beta = {beta:g} is infinite, or too slow to converge."
        )
    if not len(found.owner):
        raise ValueError(
            f"exp(-beta Phi) of {landscape.name} could not be bounded anywhere: no expectation is "
            "known.  Follow trajectories (simulate.run)."
        )
    if not np.isfinite(found.errors).all():
        raise ValueError(
            "the integrand or exp(-beta Phi) has no value, or no bound, at points that may matter: "
            f"whether the expectation exists at beta = {beta:g} is not known."
        )

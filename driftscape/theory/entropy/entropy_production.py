r"""Entropy production of a steady state, exact: its distance from equilibrium.

    sigma = beta E[v . D^-1 v],        v = J/rho, the velocity of the probability current

In a steady state it is the mean heat over temperature of the force F = D^-1 (b - div D/beta), and
so a mean of the state alone,

    sigma = E[beta b . F + sum_ij D_ij d_j F_i],        b the drift of the Ito equation,

which needs neither density nor path.  Where the landscape has a potential and exp(-beta Phi) is the
steady state, v is known, and the first of the two is averaged: the second has a part of mean zero,
the heat of D grad Phi, whose mean a step of finite size changes.  It is undefined (infinite) where
D is singular and the current leaves its range.
"""

from __future__ import annotations

import sympy as sp

from ...landscapes import Landscape, NotAvailable
from ...landscapes.checks import check_landscape
from ...landscapes.formulas.calculus import derivative, divergence
from ...landscapes.formulas.language import exact
from ...landscapes.kinds.potential import boosted
from ...simulate.dynamics import Dynamics
from ...simulate.dynamics.sde.sde import SDE
from ...validate import check_positive, shown
from ..observable import Observable
from ..one_step import drift_of, inverse_temperature
from ..quadrature import gibbs_integrals
from ..theory import Theory
from .steady_law import current_velocity

_MOST_COORDINATES = 4  # D is inverted as a formula


def entropy_production(landscape: Landscape, *, beta: float = 1.0) -> Theory:
    r"""Return the exact entropy production of the steady state exp(-beta Phi)/Z.

        with a current J:   (beta/Z) integral of J . D^-1 J exp(beta Phi)
        with a curl Q:      beta E[v . D^-1 v],    v = -Q grad Phi + div Q/beta

    Parameters
    ----------
    landscape
        Made by `Landscape.from_potential`, one or two coordinates.
    beta
        Inverse temperature.

    Returns
    -------
    Theory
        Per unit of time; the truncation is the error of the quadrature.  Exact for the A-type
        interpretation, which is the Ito equation's where div(D + Q) = 0.

    Raises
    ------
    ValueError
        No potential, more than two coordinates, or D singular.

    Examples
    --------
    >>> from driftscape import landscapes
    >>> print(f"{entropy_production(landscapes.double_well(rotation=1)).value:.5f}")
    0.68138
    """
    check_landscape(landscape)
    D = landscape.diffusion.matrix
    if D.det() == 0:
        raise ValueError(_singular(landscape))
    boost = exact(float(check_positive("beta", beta)))
    try:
        J = landscape.current.matrix
        flow = sp.expand_mul(boost * (J.T * D.inv() * J)[0])
        integrand = boosted(flow, boost * landscape.potential.expression), False
    except NotAvailable:
        Q = landscape.curl.matrix
        v = -Q * landscape.gradient.matrix + divergence(Q, landscape.symbols) / boost
        integrand = boost * (v.T * D.inv() * v)[0], True
    found = gibbs_integrals(landscape, beta, [integrand])
    return Theory(
        float(found.values[0]), truncation=float(found.errors[0]), regime=found.regime,
        source="beta E[v . D^-1 v]", valid=found.valid, unit="per unit of time",
    )  # fmt: skip


def entropy_production_expression(landscape: Landscape, dynamics: Dynamics) -> str:
    """Return the formula whose stationary mean is the entropy production, as text.

    Parameters
    ----------
    landscape, dynamics
        Landscape and SDE of the run.

    Returns
    -------
    str
        For `keep=simulate.Average(...)`.

    Raises
    ------
    ValueError
        Not an SDE; more than 4 coordinates; D is singular or a quadrature over the samples.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> ito = simulate.Ito(beta=1, dt=0.1)
    >>> entropy_production_expression(landscapes.mean_estimation(), ito)  # its mean is 0
    'theta**2 - 1'
    """
    check_landscape(landscape)
    return str(steady_expression(landscape, dynamics))


def heat_observable(landscape: Landscape, dynamics: Dynamics) -> Observable:
    """Return beta b . F + sum_ij D_ij d_j F_i as a function of points, for any probability law.

    Its mean is the heat that the force F releases, over the temperature, per unit of time.
    """
    heat, _ = _heat(landscape, dynamics)
    return Observable("heat", heat, tuple(landscape.symbols))


def steady_expression(landscape: Landscape, dynamics: Dynamics) -> sp.Expr:
    """Return the integrand of a steady state: beta v . D^-1 v where v is known, else the heat."""
    heat, D = _heat(landscape, dynamics)
    try:
        v = current_velocity(landscape, dynamics)
    except ValueError:  # the steady state is not known
        return heat
    values = {symbol: exact(value) for symbol, value in landscape.parameter_symbols.items()}
    v = sp.expand(v.xreplace(values))
    return inverse_temperature(dynamics) * (v.T * D.inv() * v)[0]


def _heat(landscape: Landscape, dynamics: Dynamics) -> tuple[sp.Expr, sp.Matrix]:
    """Return the heat, and D with the values of the parameters."""
    if not isinstance(dynamics, SDE):
        raise ValueError(
            f"{shown(dynamics)} is no SDE: the entropy of a discrete chain is another quantity. "
            "Take the run of sgd.as_sde()."
        )
    if landscape.dim > _MOST_COORDINATES:
        raise ValueError(
            f"{landscape.name} has {landscape.dim} coordinates; D is inverted as a formula for up "
            f"to {_MOST_COORDINATES}."
        )
    beta = inverse_temperature(dynamics)
    drift, diffusion = drift_of(landscape, dynamics), landscape.diffusion
    if drift.entries is None or diffusion.tables or diffusion.assignments:
        raise ValueError(
            f"drift or noise of {landscape.name} is a quadrature over the samples; D is not "
            "inverted as a formula then."
        )
    values = {symbol: exact(value) for symbol, value in drift.field.parameters.items()}
    D, b = sp.expand(diffusion.matrix.xreplace(values)), drift.entries
    if sp.simplify(D.det()) == 0:
        raise ValueError(_singular(landscape))
    symbols = landscape.symbols
    force = D.inv() * (b - divergence(D, symbols) / beta)
    spread = sp.Add(
        *(D[i, j] * derivative(force[i], symbols[j]) for i in range(D.rows) for j in range(D.rows))
    )
    return beta * (b.T * force)[0] + spread, D


def _singular(landscape: Landscape) -> str:
    return (
        f"D of {landscape.name} is singular: the reversed motion is impossible where the current "
        "leaves its range, and the entropy production is not defined."
    )

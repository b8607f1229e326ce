"""The exact torque of a steady state, a measure of its stationary current.

    torque = E[x b_y - y b_x],        b the drift of dx = b dt + sqrt(2 D/beta) dW

It is zero in equilibrium.
"""

from __future__ import annotations

from typing import TypeAlias

import sympy as sp

from ..landscapes import NotAvailable
from ..landscapes.checks import check_landscape
from ..landscapes.formulas.language import exact
from ..landscapes.landscape import Landscape
from ..simulate.dynamics.base import Dynamics
from ..validate import check_positive, shown
from .one_step import drift_of
from .quadrature import gibbs_integrals
from .theory import Theory

Plane: TypeAlias = tuple[str, str] | None


def torque(landscape: Landscape, *, beta: float = 1.0) -> Theory:
    r"""Return the exact torque of the steady state exp(-beta Phi)/Z.

        with a current J:   (1/Z) integral of x J_y - y J_x          (double well: 2 pi rotation/Z)
        with a curl Q:      -2 E[q]/beta,    q = Q_yx = -Q_xy

    The first is the definition, J/Z being the stationary probability current; the second follows
    from E[b x^T] = -E[D + Q]/beta.

    Parameters
    ----------
    landscape
        Made by `Landscape.from_potential`, with two coordinates.
    beta
        Inverse temperature > 0.

    Returns
    -------
    Theory
        In squared coordinates per unit of time.  Exact as dt -> 0 for the A-type SDE, which is the
        Ito SDE when D and Q are constant.  The truncation is the error of the quadrature.

    Raises
    ------
    NotAvailable
        (a ValueError) The landscape has neither a current nor a potential with a curl.
    ValueError
        Not two coordinates, beta <= 0, or exp(-beta Phi) that cannot be integrated.

    References
    ----------
    J. B. Weiss, Phys. Rev. E 76 (2007) 061128.

    Examples
    --------
    >>> from driftscape import landscapes
    >>> print(f"{torque(landscapes.double_well(rotation=1.0)).value:.5f}")
    0.82419
    """
    check_landscape(landscape)
    if landscape.dim != 2:
        raise ValueError(
            f"the exact torque is about two coordinates; this one has {landscape.dim}."
        )
    x, y = landscape.symbols
    try:
        first, second = landscape.current.entries
        integrand, source = (x * second - y * first, False), "stationary current J/Z"
    except NotAvailable:
        Q = landscape.curl.matrix
        integrand = (Q[0, 1] - Q[1, 0]) / exact(float(check_positive("beta", beta))), True
        source = "E[b x^T] = -E[D + Q]/beta"
    found = gibbs_integrals(landscape, beta, [integrand])
    return Theory(
        float(found.values[0]) + 0.0,
        truncation=float(found.errors[0]),
        regime=found.regime,
        source=source,
        valid=found.valid,
        unit="per time",
    )


def torque_expression(landscape: Landscape, dynamics: Dynamics, *, plane: Plane = None) -> str:
    """Return the torque's integrand as text, so that a run can average it over every step.

        x b_y - y b_x

    Parameters
    ----------
    landscape
        Its drift must be an expression.
    dynamics
        `SGD` or an SDE; b is its drift in the sense of Ito.
    plane
        Names of the coordinates x and y; default: the two coordinates of the landscape.

    Returns
    -------
    str
        An expression of the coordinates, for `keep=simulate.Average(...)`.

    Raises
    ------
    ValueError
        The drift is a quadrature over the samples; another dynamics; a wrong plane.

    Examples
    --------
    >>> from driftscape import simulate
    >>> from driftscape.landscapes import Landscape
    >>> well = Landscape.from_potential("(x**2 + y**2)/2", coordinates="x y", curl=1)
    >>> torque_expression(well, simulate.Ito(beta=1, dt=0.01))
    'x*(-x - y) - y*(-x + y)'
    """
    check_landscape(landscape)
    first, second = plane_axes(landscape, plane)
    entries = drift_of(landscape, dynamics).entries
    if entries is None:
        raise ValueError(
            "the drift is a quadrature over the samples and has no short text; keep snapshots."
        )
    return str(cross_product(landscape, entries, first, second))


def cross_product(landscape: Landscape, drift: sp.Matrix, first: int, second: int) -> sp.Expr:
    """Return x b_y - y b_x as an expression."""
    return landscape.symbols[first] * drift[second] - landscape.symbols[second] * drift[first]


def plane_axes(landscape: Landscape, plane: Plane) -> tuple[int, int]:
    """Return the numbers of the two coordinates of a plane."""
    names = tuple(landscape.coordinates)
    if plane is None:
        if len(names) != 2:
            raise ValueError(f"pass plane=(first, second) of the coordinates {', '.join(names)}.")
        return 0, 1
    pair = tuple(plane) if isinstance(plane, (list, tuple)) else ()
    if len(pair) != 2 or not all(name in names for name in pair) or pair[0] == pair[1]:
        raise ValueError(f"plane={shown(plane)}; name two different ones of {', '.join(names)}.")
    return names.index(pair[0]), names.index(pair[1])

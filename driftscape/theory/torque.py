"""The exact torque of a steady state: how hard its stationary current turns.

    torque = E[x b_y - y b_x],        b the drift of dx = b dt + sqrt(2 D/beta) dW

It is zero in equilibrium.
"""

from __future__ import annotations

from typing import Any

from ..landscapes import NotAvailable
from ..landscapes.formulas.language import exact
from ..landscapes.landscape import Landscape
from ..simulate.dynamics.base import Dynamics
from .one_step import drift_of
from .quadrature import gibbs_integrals
from .theory import Theory

Plane = tuple[str, str] | None


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
        Inverse temperature.

    Returns
    -------
    Theory
        Exact as dt -> 0 for the A-type SDE, which is the Ito SDE when D and Q are constant.  The
        truncation is the error of the quadrature.

    Examples
    --------
    >>> from driftscape import landscapes
    >>> print(f"{torque(landscapes.double_well(rotation=1.0)).value:.5f}")
    0.82419
    """
    if landscape.dim != 2:
        raise ValueError(
            f"the exact torque is about two coordinates; this one has {landscape.dim}."
        )
    current: Any = None
    curl: Any = None
    try:
        current = landscape.current
    except NotAvailable:
        curl = landscape.curl

    x, y = landscape.symbols
    if current is not None:
        integrand = x * current.entries[1] - y * current.entries[0], False
    else:
        Q = curl.matrix
        integrand = (Q[0, 1] - Q[1, 0]) / exact(float(beta)), True
    found = gibbs_integrals(landscape, beta, [integrand])
    return Theory(
        float(found.values[0]) + 0.0,
        truncation=float(found.errors[0]),
        regime=found.regime,
        source="E[b x^T] = -E[D + Q]/beta" if current is None else "stationary current J/Z",
        valid=found.valid,
    )


def torque_expression(landscape: Landscape, dynamics: Dynamics, *, plane: Plane = None) -> str:
    """Return x b_y - y b_x as text, for `keep=simulate.Average(...)`: every step then counts."""
    first, second = plane_axes(landscape, plane)
    entries = drift_of(landscape, dynamics).entries
    if entries is None:
        raise ValueError(
            "the drift is a quadrature over the samples and has no short text; keep snapshots."
        )
    return str(cross_product(landscape, entries, first, second))


def cross_product(landscape: Landscape, drift: Any, first: int, second: int) -> Any:
    """Return x b_y - y b_x as an expression."""
    return landscape.symbols[first] * drift[second] - landscape.symbols[second] * drift[first]


def plane_axes(landscape: Landscape, plane: Plane) -> tuple[int, int]:
    """Return the numbers of the two coordinates of a plane."""
    names = tuple(landscape.coordinates)
    if plane is None:
        if len(names) != 2:
            raise ValueError(f"pass plane=(first, second) of the coordinates {', '.join(names)}.")
        return 0, 1
    if len(plane) != 2 or len(set(plane)) != 2 or not set(plane) <= set(names):
        raise ValueError(f"plane={plane!r}; name two different ones of {', '.join(names)}.")
    return names.index(plane[0]), names.index(plane[1])

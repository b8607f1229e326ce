"""Stationary moments under exp(-beta Phi)."""

from __future__ import annotations

from ..landscapes.checks import check_landscape
from ..landscapes.landscape import Landscape
from .observable import Observable
from .quadrature import gibbs_integrals
from .theory import Theory


def moment(landscape: Landscape, expression: str, *, beta: float = 1.0) -> Theory:
    """Return the mean of an expression under the steady state exp(-beta Phi)/Z, by quadrature.

        E f = int f exp(-beta Phi) dx / int exp(-beta Phi) dx

    Parameters
    ----------
    landscape
        Made by `Landscape.from_potential`, with one or two coordinates.
    expression
        f, text such as `"x**2"`.
    beta
        Inverse temperature > 0.

    Returns
    -------
    Theory
        In the unit of f.  Exact as dt -> 0 (Euler-Maruyama is off by O(dt): extrapolate) for the
        A-type SDE, which is the Ito SDE when D and Q are constant.  The truncation is the error of
        the quadrature.  It covers all wells, wherever they are: bounds of Phi exclude only regions
        of negligible weight, and neither the landscape's start nor its domain matters.  Where the
        bounds cannot show this in reasonable time, the result is not valid and its regime gives
        the weight that may be missing.

    Raises
    ------
    NotAvailable
        (a ValueError) The landscape has no potential.
    ValueError
        More than two coordinates, beta <= 0, an expression whose mean is infinite, exp(-beta Phi)
        that cannot be integrated or has no value at some points (give a `domain=` on which it has
        one, if paths stay there).

    Examples
    --------
    >>> from driftscape import landscapes
    >>> print(f"{moment(landscapes.double_well(), 'x1**2').value:.6f}")
    1.041797
    """
    check_landscape(landscape)
    observable = Observable.of(landscape, expression)
    found = gibbs_integrals(landscape, beta, [(observable.expression, True)])
    return Theory(
        float(found.values[0]), truncation=float(found.errors[0]), regime=found.regime,
        source="quadrature", valid=found.valid,
    )  # fmt: skip

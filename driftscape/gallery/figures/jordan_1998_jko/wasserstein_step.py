r"""One step of Jordan, Kinderlehrer and Otto in one dimension, by minimising it as it stands.

    argmin over rho of  W_2(rho, rho_0)^2/(2 tau) + E[Phi] + E[log rho]/beta

On a line the distance of two laws is that of their quantiles, W_2^2 = integral of (X' - X)^2 over
levels, and the law between neighbouring quantiles is taken as uniform.  What is minimised is then a
function of n numbers, convex for small tau, by Newton's method.  No law is assumed to be normal,
and no equation to be a Fokker-Planck equation.

R. Jordan, D. Kinderlehrer, F. Otto, SIAM J. Math. Anal. 29 (1998) 1, equation (9).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ....typing import Float

_ENOUGH = 1e-12  # what a Newton step promises to gain: the one after is exact to rounding
_STEPS = 60


def quantiles(law: Callable[[Float], Float], count: int) -> Float:
    """Return the quantiles of `count` levels in the middle of cells of equal mass.

    Parameters
    ----------
    law
        Inverse of the distribution function.
    count
        n.

    Examples
    --------
    >>> quantiles(lambda level: 2 * level, 4).tolist()
    [0.25, 0.75, 1.25, 1.75]
    """
    return np.asarray(law((np.arange(count) + 0.5) / count), dtype=float)


def free_energy(x: Float, potential: Any, beta: float) -> float:
    """Return E[Phi] + E[log rho]/beta of the law with quantiles x, at levels (i + 1/2)/n.

    Parameters
    ----------
    x
        Ascending, shape (n,).
    potential
        Phi, Phi' and Phi'' as functions of an array.
    beta
        Inverse temperature.
    """
    n = len(x)
    return float(potential[0](x).mean() - np.log(n * np.diff(x)).sum() / (n * beta))


def wasserstein_step(x: Float, potential: Any, *, beta: float, tau: float) -> Float:
    """Return the quantiles after one step.

    Parameters
    ----------
    x
        Quantiles before it, ascending, shape (n,).
    potential
        Phi, Phi' and Phi'' as functions of an array.
    beta, tau
        Inverse temperature and step, > 0.

    Returns
    -------
    Array
        Shape (n,).

    Raises
    ------
    ValueError
        Newton's method finds no minimum: tau is too large where Phi is concave.

    Examples
    --------
    >>> bowl = (lambda x: x**2 / 2, lambda x: x, np.ones_like)
    >>> x = np.linspace(-1, 1, 101)
    >>> after = wasserstein_step(x, bowl, beta=1.0, tau=0.1)
    >>> free_energy(after, bowl, 1.0) < free_energy(x, bowl, 1.0)
    True
    """
    from scipy.linalg import solveh_banded

    n, start, y = len(x), x, x.copy()
    _, slope, bend = potential

    def value(z: Float) -> float:
        if (np.diff(z) <= 0).any():
            return np.inf
        return float(((z - start) ** 2).mean()) / (2 * tau) + free_energy(z, potential, beta)

    for _ in range(_STEPS):
        gap = 1 / np.diff(y)
        # the gradient, and the three diagonals of the Hessian; both times n
        pull = (y - start) / tau + slope(y)
        pull[:-1] += gap / beta
        pull[1:] -= gap / beta
        band = np.zeros((2, n))
        band[1] = 1 / tau + bend(y)
        band[1, :-1] += gap**2 / beta
        band[1, 1:] += gap**2 / beta
        band[0, 1:] = -(gap**2) / beta
        try:
            change = -solveh_banded(band, pull)
        except np.linalg.LinAlgError:
            break
        if -float(pull @ change) / n < _ENOUGH:
            return np.asarray(y + change)
        here, length = value(y), 1.0
        while value(y + length * change) > here + 1e-14 * abs(here) and length > 1e-10:
            length /= 2
        y = y + length * change
    raise ValueError(
        f"no minimum is found at tau={tau}; where Phi is concave 1/tau must exceed -Phi''."
    )

r"""One step of Jordan, Kinderlehrer and Otto in one dimension, minimised numerically.

    argmin over rho of  W_2(rho, rho_0)^2/(2 tau) + E[Phi] + E[log rho]/beta

On a line the distance of two distributions is that of their quantiles, W_2^2 = integral of
(X' - X)^2 over the levels.  The density between neighbouring quantiles is taken as constant.  The
functional is then a function of n numbers, convex for small tau, and is minimised by Newton's
method.  Neither a normal distribution nor the Fokker-Planck equation is assumed.

R. Jordan, D. Kinderlehrer, F. Otto, SIAM J. Math. Anal. 29 (1998) 1, equation (9).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ....typing import Float

_ENOUGH = 1e-12  # predicted decrease of a Newton step: the next step is exact to rounding
_STEPS = 60

Potential = tuple[Callable[[Float], Float], Callable[[Float], Float], Callable[[Float], Float]]
"""Phi, Phi' and Phi'' as functions of an array."""


def quantiles(inverse: Callable[[Float], Float], count: int) -> Float:
    """Return the quantiles of `count` levels in the middle of cells of equal mass.

    Parameters
    ----------
    inverse
        Inverse of the distribution function.
    count
        Number of quantiles n.

    Examples
    --------
    >>> quantiles(lambda level: 2 * level, 4).tolist()
    [0.25, 0.75, 1.25, 1.75]
    """
    return np.asarray(inverse((np.arange(count) + 0.5) / count), dtype=float)


def free_energy(x: Float, potential: Potential, beta: float) -> float:
    """Return E[Phi] + E[log rho]/beta of the distribution with quantiles x at levels (i + 1/2)/n.

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


def wasserstein_step(x: Float, potential: Potential, *, beta: float, tau: float) -> Float:
    """Return the quantiles after one JKO step.

    Parameters
    ----------
    x
        Quantiles before the step, ascending, shape (n,).
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
        If Newton's method finds no minimum: tau is too large where Phi is concave.

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

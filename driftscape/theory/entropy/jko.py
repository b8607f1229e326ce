r"""The step of Jordan, Kinderlehrer and Otto: steepest descent of the free energy of a Gaussian."""

from __future__ import annotations

import numpy as np


def jko_step(variance: float, *, curvature: float, beta: float, tau: float) -> float:
    r"""Return the variance after one step of Jordan, Kinderlehrer and Otto for a Gaussian.

        argmin over s'  of  (s' - s)^2/(2 tau) + k s'^2/2 - log(s')/beta,    s = sqrt(variance)
        s' = (s + sqrt(s^2 + 4 (tau/beta)(1 + k tau)))/(2 (1 + k tau))

    It is the steepest descent of the free energy in Wasserstein's distance, for Phi = k x^2/2, and
    converges to the Ornstein-Uhlenbeck process as tau -> 0.

    Parameters
    ----------
    variance
        Variance of the Gaussian before the step, >= 0.
    curvature
        Curvature k of the potential Phi = k x^2/2.
    beta, tau
        Inverse temperature and step, > 0.

    Raises
    ------
    ValueError
        A step or temperature that is not positive, or 1 + k tau <= 0: no minimum.

    References
    ----------
    R. Jordan, D. Kinderlehrer, F. Otto, SIAM J. Math. Anal. 29 (1998) 1.

    Examples
    --------
    >>> v = 2.0
    >>> for _ in range(1000):
    ...     v = jko_step(v, curvature=2.0, beta=1.0, tau=0.01)
    >>> round(v, 6)  # 1/(beta k), the steady state
    0.5
    """
    if not (variance >= 0 and beta > 0 and tau > 0 and 1 + curvature * tau > 0):
        raise ValueError(
            f"variance={variance}, curvature={curvature}, beta={beta}, tau={tau}; variance >= 0, "
            "beta and tau > 0 and 1 + curvature*tau > 0 are needed."
        )
    stiff = 1 + curvature * tau
    root = np.sqrt(variance + 4 * tau / beta * stiff)
    return float(((np.sqrt(variance) + root) / (2 * stiff)) ** 2)

r"""The step of Jordan, Kinderlehrer and Otto: steepest descent of the free energy of a Gaussian."""

from __future__ import annotations

import numpy as np

from ...validate import check_not_negative, check_positive, check_real


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
    variance = check_not_negative("variance", variance)
    curvature = check_real("curvature", curvature)
    beta, tau = check_positive("beta", beta), check_positive("tau", tau)
    if not 1 + curvature * tau > 0:
        raise ValueError(f"curvature={curvature}, tau={tau}; 1 + curvature*tau must be positive.")
    stiff = 1 + curvature * tau
    root = np.sqrt(variance + 4 * tau / beta * stiff)
    return float(((np.sqrt(variance) + root) / (2 * stiff)) ** 2)

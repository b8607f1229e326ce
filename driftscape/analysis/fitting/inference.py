r"""Errors and p-values of generalised least squares with a covariance that is itself estimated.

V is a sum over sources s of chance (seeds), each estimated with nu_s degrees of freedom.  With J
the derivatives of the formula, Phi = (J^T V^-1 J)^-1, G = Phi J^T V^-1 and P = V^-1 - V^-1 J G, the
estimated weights add, to first order in 1/nu, the covariance

    Lambda = sum_s (1/nu_s) G V_s (P V_s + tr(P V_s)) G^T

to the parameters, and make Phi too small by the same (Kenward and Roger).  For points that share
one noise the exact factor is known (Rao),

    nu (nu - 1)/((nu - m) (nu - m - 1)) = 1 + c m,      c = (2 nu - m - 1)/((nu - m) (nu - m - 1)),

with m = points - parameters; c replaces 2/nu, with m_s = tr(P V_s) for each source, and nu_s - m_s
are the degrees of freedom that remain.  The p-value of chi square is that of Kenward and Roger's F,
which is Hotelling's T^2 for points of one noise.

References: C. R. Rao, Biometrika 46 (1959) 49; M. Kenward, J. Roger, Biometrics 53 (1997) 983.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...typing import Float
from ..sweeps.sources import Source

LEAST = 6.0
"""Smallest number of degrees of freedom that have to remain."""


@dataclass(frozen=True, eq=False)
class Inference:
    """What generalised least squares says about its parameters.

    Attributes
    ----------
    gain
        G = d(parameters)/d(values), shape (q, n).
    extra
        Covariance beyond G V G^T, because the weights are estimated, shape (q, q).
    remaining
        Degrees of freedom that remain of each source.
    p_value
        Probability of a chi square as large if the formula is right; NaN for n = q.
    """

    gain: Float
    extra: Float
    remaining: tuple[float, ...]
    p_value: float


def infer(slopes: Float, whitening: Float, chi2: float, sources: Sequence[Source]) -> Inference:
    """Return the errors of the parameters and the p-value.

    Parameters
    ----------
    slopes
        J, shape (n, q).
    whitening
        W with W^T W = V^-1, shape (n, n).
    chi2
        The minimum of chi square.
    sources
        The parts of V.
    """
    n, q = slopes.shape
    orthogonal, triangle = np.linalg.qr(whitening @ slopes)
    gain = np.linalg.solve(triangle, orthogonal.T @ whitening)
    projection = whitening.T @ (np.eye(n) - orthogonal @ orthogonal.T) @ whitening
    extra = np.zeros((q, q))
    first = second = 0.0  # A_1 and A_2 of Kenward and Roger
    remaining = []
    for source in sources:
        own, points, nu = source.covariance, source.points, source.freedom
        inner = projection[np.ix_(points, points)] @ own
        lost, square = float(np.trace(inner)), float(np.sum(inner * inner.T))
        remaining.append(nu - lost)
        if not math.isfinite(nu):
            continue
        left = max(nu - lost, 1.5)
        weight = (2 * nu - lost - 1) / (left * max(left - 1, 0.5))
        half = gain[:, points] @ own
        extra += weight * (half @ inner @ gain[:, points].T + lost * half @ gain[:, points].T)
        first += 2 * square / nu
        second += (square + lost**2) / nu
    m = n - q
    return Inference(
        gain, (extra + extra.T) / 2, tuple(remaining), _p_value(chi2, m, first, second)
    )


def _p_value(chi2: float, m: int, first: float, second: float) -> float:
    """Return the p-value of chi square with m degrees of freedom, by Kenward and Roger's F."""
    from scipy.special import chdtrc, fdtrc

    if not m:
        return math.nan
    if not second > 0:
        return float(chdtrc(m, chi2))
    b = (first + 6 * second) / (2 * m)
    g = ((m + 1) * first - (m + 4) * second) / ((m + 2) * second)
    below = 3 * m + 2 * (1 - g)
    c1, c2, c3 = g / below, (m - g) / below, (m + 2 - g) / below
    mean = 1 / (1 - second / m) if second < m else math.inf
    spread = 2 / m * (1 + c1 * b) / ((1 - c2 * b) ** 2 * (1 - c3 * b))
    ratio = spread / (2 * mean**2)
    if not (math.isfinite(mean) and m * ratio > 1):
        return math.nan
    freedom = 4 + (m + 2) / (m * ratio - 1)
    scale = freedom / (mean * (freedom - 2))
    return float(fdtrc(m, freedom, max(scale * chi2 / m, 0.0)))

r"""Errors and p-values of generalised least squares with a covariance that is itself estimated.

The weights W = (V + RIDGE diag V)^-1 are those of generalised least squares, for variances that are
a tenth larger: points of one noise can be so much alike that V has no inverse of any use.  The
errors are of V itself.  With J the derivatives of the formula,

    G = (J^T W J)^-1 J^T W,     P = W - W J G,     covariance of the parameters = G V G^T + extra.

V is a sum over sources s of chance (seeds), each estimated with nu_s degrees of freedom.  By the
error of the weights the parameters vary more than G V G^T, and G V G^T is too small, to first order
in 1/nu by (Kenward and Roger)

    extra = sum_s (2/nu_s) G V_s (P V_s + tr(P V_s)) G^T.

For points of one noise and RIDGE = 0 the factor is known exactly (Rao),

    nu (nu - 1)/((nu - m) (nu - m - 1)) = 1 + c m,      c = (2 nu - m - 1)/((nu - m) (nu - m - 1)),

with m = tr(P V) = points - parameters; c replaces 2/nu_s, with m_s = tr(P V_s), and nu_s - m_s
degrees of freedom remain.

With r = y - f, r^T W r is a sum of squares with the weights of the eigenvalues of P V; scaled,

    chi2 = r^T W r tr(P V)/tr(P V P V),        freedom = tr(P V)^2/tr(P V P V),

it has the mean and the variance of a chi square.  The p-value is that of Kenward and Roger's F,
which is Hotelling's T^2 for points of one noise and RIDGE = 0.

References: C. R. Rao, Biometrika 46 (1959) 49; M. Kenward, J. Roger, Biometrics 53 (1997) 983.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...typing import Float
from ..estimate.sources import Source

RIDGE = 0.1
"""Share by which the variances are raised for the weights."""

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
    chi2, freedom
        As above; 0 and 0 for n = q.
    p_value
        Probability of a chi square as large if the formula is right; NaN for n = q.
    """

    gain: Float
    extra: Float
    remaining: tuple[float, ...]
    chi2: float
    freedom: float
    p_value: float


def whitening(covariance: Float, ridge: float = RIDGE) -> Float:
    """Return L with L^T L = (V + ridge diag V)^-1, for a V of positive diagonal."""
    size = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(size, size) + ridge * np.eye(len(size))
    values, vectors = np.linalg.eigh(correlation)
    return np.asarray((vectors / np.sqrt(values)).T / size)


def infer(slopes: Float, white: Float, residual: Float, sources: Sequence[Source]) -> Inference:
    """Return the errors of the parameters and the p-value.

    Parameters
    ----------
    slopes
        J, shape (n, q).
    white
        The square root of the weights, as `whitening` gives it, shape (n, n).
    residual
        The residuals times that, shape (n,).
    sources
        The parts of V.
    """
    n, q = slopes.shape
    orthogonal, triangle = np.linalg.qr(white @ slopes)
    gain = np.linalg.solve(triangle, orthogonal.T @ white)
    projection = white.T @ (np.eye(n) - orthogonal @ orthogonal.T) @ white
    extra, whole = np.zeros((q, q)), np.zeros((n, n))
    first = second = 0.0  # A_1 and A_2 of Kenward and Roger
    remaining = []
    for source in sources:
        at, own, nu = np.ix_(source.points, source.points), source.covariance, source.freedom
        whole[at] += own
        product = projection[at] @ own
        lost, square = float(np.trace(product)), float(np.sum(product * product.T))
        remaining.append(nu - lost)
        if math.isfinite(nu) and nu - lost > 1:
            weight = (2 * nu - lost - 1) / ((nu - lost) * (nu - lost - 1))
            half, back = gain[:, source.points] @ own, gain[:, source.points].T
            extra += weight * (half @ product @ back + lost * half @ back)
            first += 2 * square / nu
            second += (square + lost**2) / nu
    if n == q:
        return Inference(gain, np.zeros((q, q)), tuple(remaining), 0.0, 0.0, math.nan)
    product = projection @ whole
    mean, square = float(np.trace(product)), float(np.sum(product * product.T))
    freedom, scale = mean**2 / square, mean / square
    chi2 = float(residual @ residual) * scale
    p_value = _p_value(chi2, freedom, first * scale**2, second * scale**2)
    return Inference(gain, (extra + extra.T) / 2, tuple(remaining), chi2, freedom, p_value)


def _p_value(chi2: float, m: float, first: float, second: float) -> float:
    """Return the p-value of chi square with m degrees of freedom, by Kenward and Roger's F."""
    from scipy.special import chdtrc, fdtrc

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

"""Growth of the second moment about a resting point in one step, and the largest stable step.

Linearised about the point, where a step has mean m(z) and covariance C(z), it maps the second
moment M of the distance as

    M' = A M A^T + (1/2) sum_kl M_kl d_k d_l C + C(0),      A = dm/dz

(exact where the drift is linear and D quadratic: regression).  The step is mean-square stable where
the spectral radius of M -> M' - C(0) is below 1.  With one coordinate, curvature h and noise
C = eta**2 (c + q x**2) that is (1 - eta h)**2 + eta**2 q < 1.
"""

from __future__ import annotations

import numpy as np

from ...typing import Float
from .moments import Moments
from .settle import active, slopes

_SPACING = 1e-3  # of differences, in units of 1 + |x| and of the noise of a step
_FAR = 1e3  # the same, for points far from the minimum
_LARGEST = 12  # number of directions up to which the covariance enters the map
_HALVINGS, _BISECTIONS = 16, 20
_CLEAR = 1e-7  # distance from 1 that exceeds the rounding of differences


def growth(moments: Moments, point: Float, scale: float = 1.0) -> float:
    """Return the factor by which the second moment about a point grows in a step.

    Directions in which the drift is neutral (the floor of a valley) are left out; the result is 0
    where there is no other direction, and NaN where the map is not smooth enough to be linearised.

    Parameters
    ----------
    moments
        Moments of the step.
    point
        Values of all rows that feed back.
    scale
        Multiplies the size of the step.
    """
    coarse, fine = (_growth(moments, point, scale, spacing) for spacing in (_SPACING, _SPACING / 4))
    better = (16 * fine - coarse) / 15
    return better if abs(better - fine) <= 1e-2 * abs(1 - better) + 1e-5 else np.nan


def bounded(moments: Moments, point: Float) -> bool:
    """Return whether the growth about a point stops far from it.

    It does where the drift is weaker than linear and the covariance weaker than quadratic: the
    trajectories then stay finite.
    """
    return _growth(moments, point, 1.0, _FAR) <= 1.01


def largest_stable(moments: Moments, point: Float) -> float | None:
    """Return the scale up to which the step is stable, where a step of scale 1 is not.

    None where no smaller step is stable: the equation itself is then unstable.
    """
    high, low = 1.0, 0.5
    for _ in range(_HALVINGS):
        if growth(moments, point, low) < 1 - _CLEAR:
            break
        high, low = low, low / 2
    else:
        return None
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if growth(moments, point, middle) < 1 else (low, middle)
    return low


def _growth(moments: Moments, point: Float, scale: float, spacing: float) -> float:
    """Return the factor of growth, from differences of a relative spacing."""
    here = moments.covariance(point[None], scale)[0]
    length = spacing * max(1 + np.abs(point).max(), np.sqrt(np.trace(here)))
    _, slope = slopes(lambda z: moments.mean(z, scale), point, length)
    if not np.isfinite(slope).all():
        return np.nan
    right, left = active(slope, 1.0)
    rank = right.shape[1]
    if not rank:
        return 0.0
    a = left @ slope @ right
    pairs = [(i, j) for i in range(rank) for j in range(i + 1)]
    if not moments.noisy or rank > _LARGEST or not moments.fits(2 * len(pairs)):
        return float(np.abs(np.linalg.eigvals(a)).max() ** 2)
    # symmetric matrices are spanned by v v^T over v = e_i and e_i + e_j
    directions = np.array([np.eye(rank)[i] + (i != j) * np.eye(rank)[j] for i, j in pairs])
    steps = length * directions @ right.T
    shifted = moments.covariance(np.vstack([point + steps, point - steps]), scale)
    curvature = (shifted[: len(pairs)] + shifted[len(pairs) :] - 2 * here) / length**2
    mapped = directions @ a.T
    image = mapped[:, :, None] * mapped[:, None] + left @ curvature @ left.T / 2
    if not np.isfinite(image).all():
        return np.nan
    lower = np.tril_indices(rank)
    basis = (directions[:, :, None] * directions[:, None])[:, lower[0], lower[1]]
    matrix = np.linalg.solve(basis, image[:, lower[0], lower[1]])
    return float(np.abs(np.linalg.eigvals(matrix)).max())

"""Growth of the second moment about a resting point in one step, and the largest stable step.

Linearised about the point, where a step has mean m(z) and covariance C(z), it maps the second
moment M of the distance as

    M' = A M A^T + (1/2) sum_kl M_kl d_k d_l C + C(0),      A = dm/dz

(exact where the drift is linear and D quadratic: regression).  The step is mean-square stable where
the spectral radius of M -> M' - C(0) is below 1.  With one coordinate, curvature h and noise
C = eta**2 (c + q x**2) that is (1 - eta h)**2 + eta**2 q < 1.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...typing import Float
from .moments import Moments
from .settle import active, slopes

_SPACING = 1e-3  # of differences, in units of 1 + |x| and of the noise of a step
_FAR = 1e3  # the same, for points far from the minimum
_LARGEST = 12  # number of directions up to which the covariance enters the map
_HALVINGS, _BISECTIONS = 16, 20
_CLEAR = 1e-7  # distance from 1 that exceeds the rounding of differences


def growths(moments: Moments, points: Float, scale: float = 1.0) -> Float:
    """Return the factor by which the second moment about each point grows in a step.

    Directions in which the drift is neutral (the floor of a valley) are left out; the result is 0
    where there is no other direction, and NaN where the map is not smooth enough to be linearised.

    Parameters
    ----------
    moments
        Moments of the step, at one point of a sweep for each of `points`.
    points
        Values of all rows that feed back, shape (points, rows).
    scale
        Multiplies the size of the step.
    """
    coarse, fine = (_growths(moments, points, scale, s) for s in (_SPACING, _SPACING / 4))
    better = (16 * fine - coarse) / 15
    return np.where(np.abs(better - fine) <= 1e-2 * np.abs(1 - better) + 1e-5, better, np.nan)


def growth(moments: Moments, point: Float, scale: float = 1.0) -> float:
    """Return `growths` about one point, for moments of one."""
    return float(growths(moments, point[None], scale)[0])


def bounded(moments: Moments, point: Float) -> bool:
    """Return whether the growth about a point stops far from it.

    It does where the drift is weaker than linear and the covariance weaker than quadratic: the
    trajectories then stay finite.
    """
    return bool(_growths(moments, point[None], 1.0, _FAR)[0] <= 1.01)


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


def _growths(moments: Moments, points: Float, scale: float, spacing: float) -> Float:
    """Return the factors of growth, from differences of a relative spacing."""
    here = moments.covariance(points, scale)
    reach = np.sqrt(np.trace(here, axis1=1, axis2=2))
    lengths = spacing * np.maximum(1 + np.abs(points).max(axis=1), reach)
    _, slope = slopes(lambda z: moments.mean(z, scale), points, lengths)
    factors = np.full(len(points), np.nan)
    bases: dict[int, list[tuple[int, Float, Float]]] = {}  # number of directions -> points
    for i in np.flatnonzero(np.isfinite(slope).all(axis=(1, 2))):
        right, left = active(slope[i], 1.0)
        bases.setdefault(right.shape[1], []).append((int(i), right, left))
    for rank, found in bases.items():
        which = np.array([i for i, _, _ in found])
        right, left = (np.stack([each[side] for each in found]) for side in (1, 2))
        local = _Local(moments.at(which), points[which], scale, lengths[which], here[which])
        factors[which] = local.factors(left @ slope[which] @ right, right, left) if rank else 0.0
    return factors


class _Local(NamedTuple):
    """The step about some points: its covariance there, and the spacings of differences."""

    moments: Moments
    points: Float
    scale: float
    lengths: Float
    here: Float

    def factors(self, a: Float, right: Float, left: Float) -> Float:
        """Return the factors of growth.

        Parameters
        ----------
        a
            The linear map in the directions that are not neutral, shape (points, rank, rank).
        right, left
            Bases of these directions; see `active`.
        """
        rank = a.shape[1]
        pairs = [(i, j) for i in range(rank) for j in range(i + 1)]
        count = len(pairs)
        if not self.moments.noisy or rank > _LARGEST or not self.moments.fits(2 * count):
            return np.asarray(np.abs(np.linalg.eigvals(a)).max(axis=1) ** 2)
        # symmetric matrices are spanned by v v^T over v = e_i and e_i + e_j
        directions = np.array([np.eye(rank)[i] + (i != j) * np.eye(rank)[j] for i, j in pairs])
        steps = np.swapaxes(self.lengths[:, None, None] * directions @ right.swapaxes(1, 2), 0, 1)
        states = np.concatenate([self.points + steps, self.points - steps])
        shifted = self.moments.covariance(states, self.scale)
        curvature = (shifted[:count] + shifted[count:] - 2 * self.here) / (
            self.lengths[:, None, None] ** 2
        )
        mapped = np.swapaxes(directions @ a.swapaxes(1, 2), 0, 1)
        image = mapped[..., :, None] * mapped[..., None, :]
        image = np.swapaxes(image + left @ curvature @ left.swapaxes(1, 2) / 2, 0, 1)
        lower = np.tril_indices(rank)
        basis = (directions[:, :, None] * directions[:, None])[:, lower[0], lower[1]]
        finite = np.isfinite(image).all(axis=(1, 2, 3))
        matrix = np.linalg.solve(basis, image[finite][..., lower[0], lower[1]])
        factors = np.full(len(a), np.nan)
        factors[finite] = np.abs(np.linalg.eigvals(matrix)).max(axis=1)
        return factors

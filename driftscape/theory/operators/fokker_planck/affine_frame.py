r"""Coordinates in which a density has unit covariance, and its noise has no cross terms.

    x = m + T y,    T T^T = covariance,    T^-1 <D> T^-T diagonal

However narrow a density, however strong its correlations and whatever the rank of its noise, its
contours are nearly round in these coordinates.  The first guess is the Gaussian law about a stable
fixed point of the drift, A S + S A^T = -2 D/beta (Lyapunov), with A the drift's Jacobian there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ....typing import Float
from .coefficients import Coefficients

_STEP = 1e-5  # of central differences, over the scale 1 + |x| of a point
_SAME_POINT = 1e-6  # distance over that scale, below which two fixed points are one
_NO_DECAY = 1e-7  # decay rate over the fastest rate, below which a direction is not stable
_ROUNDING_VARIANCE = 1e-12  # variance over the largest, below which it is rounding


@dataclass(frozen=True, eq=False)
class AffineFrame:
    """Affine coordinates y, with x = `origin` + `axes` y."""

    origin: Float
    axes: Float

    @classmethod
    def of_moments(cls, mean: Float, covariance: Float, noise: Float) -> AffineFrame | None:
        """Make the covariance the identity and the noise diagonal; None if it has no volume.

        Examples
        --------
        >>> frame = AffineFrame.of_moments(np.zeros(2), np.diag([4.0, 1.0]), np.eye(2))
        >>> np.abs(frame.axes @ frame.axes.T).round(9)
        array([[4., 0.],
               [0., 1.]])
        """
        size = np.sqrt(np.diagonal(covariance))
        if not (np.isfinite(covariance).all() and (size > 0).all()):
            return None
        values, vectors = np.linalg.eigh(covariance / np.outer(size, size))
        if values[0] <= _ROUNDING_VARIANCE * values[-1]:
            return None
        white = size[:, None] * vectors * np.sqrt(values)
        back = np.linalg.inv(white)
        _, turned = np.linalg.eigh(back @ noise @ back.T)
        return cls(np.asarray(mean, float), white @ turned)

    def points(self, y: Float) -> Float:
        """Return x of y, shape (..., dim)."""
        found: Float = self.origin + y @ self.axes.T
        return found

    def coordinates(self, x: Float) -> Float:
        """Return y of x, shape (..., dim)."""
        return np.asarray((x - self.origin) @ self.inverse.T)

    @property
    def inverse(self) -> Float:
        """The inverse of `axes`."""
        return np.asarray(np.linalg.inv(self.axes))


def fixed_points(coefficients: Coefficients, guesses: Iterable[Float]) -> list[Float]:
    """Return the zeros of the drift that Newton's method finds from some points, each once."""
    from scipy.optimize import root

    found: list[Float] = []
    for guess in guesses:
        with np.errstate(all="ignore"):
            try:
                end = root(lambda x: coefficients.drift(x[None])[0], guess)
            except ValueError:
                continue  # the drift is not a number there
        scale = 1 + np.abs(end.x)
        if end.success and not any((np.abs(end.x - x) < _SAME_POINT * scale).all() for x in found):
            found.append(end.x)
    return found


def jacobian(coefficients: Coefficients, point: Float) -> Float:
    """Return the derivatives of the drift at a point, [i, j] = d b_i/d x_j."""
    step = _STEP * (1 + np.abs(point))
    ends = np.concatenate([point + np.diag(step), point - np.diag(step)])
    ahead, behind = np.split(coefficients.drift(ends), 2)
    slopes: Float = ((ahead - behind) / (2 * step[:, None])).T
    return slopes


def linearised(coefficients: Coefficients, point: Float) -> AffineFrame | None:
    """Return the frame of the Gaussian law about a fixed point; None where there is none."""
    from scipy.linalg import solve_continuous_lyapunov

    try:
        A = jacobian(coefficients, point)
        noise = coefficients.diffusion(point[None])[0]
    except ValueError:
        return None
    rates = np.linalg.eigvals(A)
    if not rates.real.max() < -_NO_DECAY * np.abs(rates).max():
        return None
    covariance = solve_continuous_lyapunov(A, -2 * noise / coefficients.beta)
    return AffineFrame.of_moments(point, covariance, noise)

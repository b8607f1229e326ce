r"""SGD with a linear gradient: an AR(1) process in d dimensions, exactly.

    x' = A x + noise,    A = 1 - eta F,        S = A S A^T + eta^2 D/b        (covariance)
    E[x(k) x(0)^T] = A^k S,                    k steps apart

It is also a linear SDE sampled every eta, the SDE with the same covariance and with the rates
-log(1 - eta F)/eta.  Its spectra are those of `theory.power_spectrum` for this SDE.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ... import simulate, theory
from ...landscapes import Landscape
from ...typing import Float


@dataclass(frozen=True)
class LinearChain:
    """Steady state of SGD with a linear gradient, and its correlations in time.

    Attributes
    ----------
    coordinates
        Names.
    step
        A, shape (d, d).
    covariance
        S, shape (d, d).
    learning_rate, beta
        eta and 2 b/eta.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> loss = landscapes.linear([[0.5, 0], [0, 3]], [[1, 0.9], [0.9, 1]])
    >>> chain = LinearChain.of(loss, simulate.SGD(learning_rate=0.1))
    >>> float(chain.autocorrelation("x1", 2).round(4))  # independent of the current
    0.9025
    >>> print(f"{chain.area_rate():.4f}")  # clockwise
    -0.0336
    """

    coordinates: tuple[str, ...]
    step: Float
    covariance: Float
    learning_rate: float
    beta: float

    @classmethod
    def of(cls, landscape: Landscape, sgd: simulate.SGD) -> LinearChain:
        """Return the chain of a landscape with linear drift and its fixed point at the origin."""
        covariance = theory.linear_law(landscape, sgd).covariance
        near = theory.linearise(landscape, at=(0.0,) * landscape.dim, beta=sgd.beta)
        learning_rate = sgd.time_step
        step = np.eye(landscape.dim) - learning_rate * near.rates
        names = tuple(landscape.coordinates)
        return cls(names, step, covariance, learning_rate, float(sgd.beta))

    def correlation(self, steps: ArrayLike) -> Float:
        """Return E[x(k) x(0)^T] for numbers of steps k >= 0, shape (..., d, d)."""
        counts = np.asarray(steps, dtype=int)
        powers = [np.linalg.matrix_power(self.step, k) for k in counts.ravel()]
        return np.reshape(powers @ self.covariance, (*counts.shape, *self.step.shape))

    def autocorrelation(self, name: str, steps: ArrayLike) -> Float:
        """Return E[x(k) x(0)]/E[x^2] of one coordinate, with the shape of `steps`."""
        i = self.coordinates.index(name)
        return np.asarray(self.correlation(steps)[..., i, i] / self.covariance[i, i])

    def antisymmetric(self, steps: ArrayLike) -> Float:
        """Return E[x1(k) x2(0)] - E[x2(k) x1(0)] of the first two coordinates."""
        both = self.correlation(steps)
        return np.asarray(both[..., 0, 1] - both[..., 1, 0])

    def area_rate(self) -> float:
        """Return the area swept about the origin per unit of time, at steps of eta."""
        return float(-self.antisymmetric(1) / (2 * self.learning_rate)) + 0.0

    def spectrum(self, frequencies: Float) -> NDArray[np.complex128]:
        """Return the matrix of spectra at frequencies per unit of time, shape (n, d, d)."""
        return theory.power_spectrum(
            self.equivalent(), self.beta, frequencies, spacing=self.learning_rate
        )

    def increments(self, name: str, frequencies: Float) -> Float:
        """Return the spectrum of x(k + 1) - x(k) of one coordinate, shape (n,)."""
        i = self.coordinates.index(name)
        turn = np.exp(2j * np.pi * np.atleast_1d(frequencies) * self.learning_rate)
        return np.asarray(np.abs(turn - 1) ** 2 * self.spectrum(frequencies)[:, i, i].real)

    def equivalent(self) -> theory.Linearisation:
        """Return the linear SDE that equals this chain when it is sampled every eta."""
        from scipy.linalg import logm

        rates = np.real(-logm(self.step) / self.learning_rate)
        half = self.beta * rates @ self.covariance  # D + Q
        D, Q = (half + half.T) / 2, (half - half.T) / 2
        hessian: Float = np.asarray(np.linalg.inv(self.covariance) / self.beta, dtype=float)
        return theory.Linearisation(
            self.coordinates, np.zeros(len(self.step)), rates, D, Q, hessian
        )

r"""The spectra of the linear equation near a fixed point."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .linearise import Linearisation


def power_spectrum(
    near: Linearisation, beta: float, frequencies: Any, spacing: float = 0.0
) -> NDArray[np.complex128]:
    r"""Return the matrix of spectra of the linear equation near a fixed point.

        S(w) = (F + i w)^-1 (2 D/beta) (F - i w)^-T

    Parameters
    ----------
    near
        `theory.linearise(...)`.
    beta
        Inverse temperature.
    frequencies
        In cycles per unit of time, shape (n,).
    spacing
        Of the samples: what the sampled process shows, higher frequencies folded into lower ones;
        0 for the continuous process.

    Returns
    -------
    Array
        Shape (n, d, d), S_xy as in `cross_spectrum`.

    Examples
    --------
    >>> from driftscape import landscapes, theory
    >>> near = theory.linearise(landscapes.double_well(rotation=0), at=(1, 0), beta=1)
    >>> theory.power_spectrum(near, 1.0, [0.0]).real[0].round(9).tolist()
    [[0.5, 0.0], [0.0, 2.0]]
    """
    from scipy.linalg import expm

    w = 2 * np.pi * np.atleast_1d(np.asarray(frequencies, dtype=float))[:, None, None]
    eye = np.eye(len(near.at))
    if not spacing:
        left = np.linalg.inv(near.rates + 1j * w * eye)
        return left @ (2 * near.diffusion / beta) @ left.conj().swapaxes(1, 2)
    step, covariance = expm(-near.rates * spacing), near.covariance(beta)
    left = np.linalg.inv(eye - step * np.exp(-1j * w * spacing))
    noise = covariance - step @ covariance @ step.T
    return spacing * left @ noise @ left.conj().swapaxes(1, 2)

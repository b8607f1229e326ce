"""Power spectra of the linear equation near a fixed point."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...validate import check_kind, check_not_negative, check_numbers, check_positive, shown
from .linearise import Linearisation


def power_spectrum(
    near: Linearisation, beta: float, frequencies: ArrayLike, spacing: float = 0.0
) -> NDArray[np.complex128]:
    """Return the matrix of spectra of the linear equation near a fixed point.

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
        Time between samples: the spectrum of the sampled process, in which higher frequencies are
        folded into lower ones; 0 for the continuous process.

    Returns
    -------
    Array
        Shape (n, d, d), in squared coordinates times time; S_xy as in `analysis.cross_spectrum`.
        Exact for the linear equation.

    Raises
    ------
    ValueError
        With a spacing: the fixed point is not stable, so that there is no steady state.

    References
    ----------
    C. Gardiner, Handbook of Stochastic Methods (2004), section 4.5.6.

    Examples
    --------
    >>> from driftscape import landscapes, theory
    >>> near = theory.linearise(landscapes.double_well(rotation=0), at=(1, 0), beta=1)
    >>> theory.power_spectrum(near, 1.0, [0.0]).real[0].round(9).tolist()
    [[0.5, 0.0], [0.0, 2.0]]
    """
    from scipy.linalg import expm

    check_kind("near", near, Linearisation, "what theory.linearise returned")
    beta, spacing = check_positive("beta", beta), check_not_negative("spacing", spacing)
    given = check_numbers("frequencies", frequencies, "finite frequencies in cycles per time")
    if given.ndim > 1:
        raise ValueError(f"frequencies={shown(frequencies)}; give a list of numbers.")
    w = 2 * np.pi * np.atleast_1d(given)[:, None, None]
    eye = np.eye(len(near.at))
    if not spacing:
        left = np.linalg.inv(near.rates + 1j * w * eye)
        return np.asarray(left @ (2 * near.diffusion / beta) @ left.conj().swapaxes(1, 2), complex)
    step, covariance = expm(-near.rates * spacing), near.covariance(beta)
    left = np.linalg.inv(eye - step * np.exp(-1j * w * spacing))
    noise = covariance - step @ covariance @ step.T
    return np.asarray(spacing * left @ noise @ left.conj().swapaxes(1, 2), complex)

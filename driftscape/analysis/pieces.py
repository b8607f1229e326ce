r"""Means over consecutive pieces of few long trajectories, and whether these are independent.

A piece of length L of a stationary series with the correlation time t is independent of the next
one up to a correlation of t/(2 L),

    t = sum_{lag >= 0} rho(lag) - 1/2      (in snapshots; t = tau for rho = exp(-lag/tau), tau >> 1)

The sum ends where the sum of two neighbouring terms is no longer positive (Geyer).

Reference: C. Geyer, Stat. Sci. 7 (1992) 473.
"""

from __future__ import annotations

import numpy as np

from ..typing import Float
from ..validate import shown, whole

SHORTEST = 5.0
"""Length of a piece in correlation times: errors of shorter pieces are too small by a tenth."""

_SIGNIFICANT = 3.0  # standard errors of the correlation of neighbouring pieces


def check_pieces(pieces: object, available: int) -> int:
    """Return the number of pieces of a trajectory.

    Raises
    ------
    ValueError
        Not a whole number between 2 and half the number of snapshots.
    """
    number = whole(pieces)
    if number is None or not 2 <= number <= max(2, available // 2):
        raise ValueError(
            f"pieces={shown(pieces)}; give a whole number from 2 to {available // 2}, half the "
            f"number of the {available} snapshots that are left in each trajectory."
        )
    return number


def cut(values: Float, pieces: int) -> Float:
    """Return the means over consecutive pieces, (trajectories, pieces); the first rest is left out.

    Examples
    --------
    >>> cut(np.arange(7.0)[None], 3)
    array([[1.5, 3.5, 5.5]])
    """
    length = values.shape[1] // pieces
    last = values[:, values.shape[1] - length * pieces :]
    return np.asarray(last.reshape(len(values), pieces, length).mean(axis=2))


def correlation_time(values: Float) -> float:
    """Return the integrated correlation time of series, (trajectories, n), in their spacing.

    Examples
    --------
    >>> from scipy.signal import lfilter
    >>> noise = np.random.default_rng(1).standard_normal((4, 50_000))
    >>> bool(8 < correlation_time(lfilter([1], [1, -0.9], noise)) < 11)  # 1.9/0.2 = 9.5
    True
    """
    n = values.shape[1]
    deviation = values - values.mean()
    size = 1 << (2 * n - 1).bit_length()
    power = np.zeros(size // 2 + 1)
    for row in deviation:
        power += np.abs(np.fft.rfft(row, size)) ** 2
    correlation = np.fft.irfft(power, size)[:n]
    if not correlation[0] > 0:
        return 0.5
    pairs = (correlation[: n // 2 * 2] / correlation[0]).reshape(-1, 2).sum(axis=1)
    ends = np.flatnonzero(pairs <= 0)
    return float(pairs[: ends[0] if len(ends) else len(pairs)].sum()) - 0.5


def neighbours(means: Float) -> tuple[float, float]:
    """Return the correlation of neighbouring pieces, (trajectories, pieces), and its error."""
    deviation = means - means.mean()
    variance = float(np.mean(deviation**2))
    count = deviation[:, 1:].size
    if not variance > 0:
        return 0.0, 1.0
    return float(np.mean(deviation[:, 1:] * deviation[:, :-1])) / variance, 1 / np.sqrt(count)


def dependence(values: Float, means: Float) -> str:
    """Return why the pieces are not independent, and what to do; "" if they are.

    Parameters
    ----------
    values
        The series, shape (trajectories, n).
    means
        The means over the pieces, shape (trajectories, pieces).
    """
    length, pieces = values.shape[1] / means.shape[1], means.shape[1]
    time = correlation_time(values)
    most = int(values.shape[1] / (SHORTEST * time))
    less = f"give at most pieces={most}" if most >= 2 else "run longer"
    if length < SHORTEST * time:
        return (
            f"a piece of {length:.4g} snapshots is {length / time:.2g} correlation times long, "
            f"and {SHORTEST:g} are needed; {less}, or run more trajectories."
        )
    correlation, error = neighbours(means)
    if correlation > _SIGNIFICANT * error:
        return (
            f"the means over neighbouring pieces have the correlation {correlation:.2f} ± "
            f"{error:.2f}; give a smaller pieces= than {pieces}, or run longer."
        )
    return ""

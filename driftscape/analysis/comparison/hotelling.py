"""Hotelling's T^2 test of means whose law is not known, and the smallest of several p-values."""

from __future__ import annotations

import numpy as np

from ...typing import Float

_SHARE = 3  # trajectories for each combination: the covariance is estimated from them too
_SAME = 1e-8  # relative eigenvalue of the covariance for a sum of other quantities


def hotelling(values: Float, expected: Float, step: Float, grid: Float) -> float:
    """Return the p-value of the means of values, shape (n, quantities); NaN if none varies.

    Parameters
    ----------
    values
        One row for each independent trajectory.
    expected
        The means to be tested, shape (quantities,).
    step, grid
        Biases of the quantities: those of the step with a sign, those of the grid without.  They
        are added to the covariance, which raises the p-value if they are not negligible.

    Examples
    --------
    >>> values = np.random.default_rng(1).normal(size=(50, 4))
    >>> none = np.zeros(4)
    >>> p = hotelling(values, none, none, none)
    >>> f"{p:.2f}, {hotelling(values, none + 1, none, none):.0e}"
    '0.65, 8e-20'
    """
    from scipy.special import fdtrc

    n = len(values)
    scale = values.std(axis=0, ddof=1)
    kept = np.flatnonzero(scale > 0)
    few = _waves(len(kept), n // _SHARE)
    if not few.size:
        return float("nan")
    few = few / scale[kept, None]
    values, difference = values[:, kept] @ few, (values.mean(axis=0) - expected)[kept] @ few
    sizes, axes = np.linalg.eigh(np.atleast_2d(np.cov(values, rowvar=False)))
    axes = axes[:, sizes > _SAME * sizes[-1]]
    few, k = few @ axes, axes.shape[1]
    biases = np.outer(step[kept] @ few, step[kept] @ few) + (few.T * grid[kept] ** 2) @ few
    covariance = np.atleast_2d(np.cov(values @ axes, rowvar=False)) / n + biases
    square = float((difference @ axes) @ np.linalg.solve(covariance, difference @ axes))
    return float(fdtrc(k, n - k, square * (n - k) / (k * (n - 1))))


def _waves(count: int, most: int) -> Float:
    """Return combinations of `count` quantities, shape (count, at most `most`).

    They do not depend on the data: the quantities themselves if there are at most `most` of them,
    else the longest cosine waves along their row.
    """
    if count <= most:
        return np.eye(count)
    k, j = np.arange(most), np.arange(count)[:, None]
    waves: Float = np.cos(np.pi * k * (j + 0.5) / count)
    return waves


def smallest(*p: float) -> float:
    """Return the p-value of the smallest of independent p-values; NaN values do not count.

    Examples
    --------
    >>> f"{smallest(0.1, float('nan'), 0.5):.2f}"
    '0.19'
    """
    known = [value for value in p if not np.isnan(value)]
    if not known:
        return float("nan")
    return float(-np.expm1(len(known) * np.log1p(-min(known)))) if min(known) < 1 else 1.0

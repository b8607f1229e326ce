"""Hotelling's T^2 of means over trajectories whose law is not known, and of several tests one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .draws import unbiased

Float = NDArray[np.float64]

_SHARE = 3  # trajectories for each combination: a covariance has to be estimated from them
_SAME = 1e-8  # relative eigenvalues of the covariance that are sums of other quantities


def hotelling(values: Float, expected: Float, step: Float, grid: Float) -> float:
    """Return the p-value of the means of values, shape (n, quantities); NaN where none counts.

    Parameters
    ----------
    expected
        Shape (quantities,).
    step, grid
        Biases of the quantities: with a sign, and as a size alone.  Combinations in which they
        are not negligible do not count.

    Examples
    --------
    >>> values = np.random.default_rng(1).normal(size=(50, 4))
    >>> none = np.zeros(4)
    >>> p = hotelling(values, none, none, none)
    >>> f"{p:.2f}, {hotelling(values, none + 1, none, none):.0e}"
    '0.48, 1e-13'
    """
    from scipy.special import fdtrc

    n = len(values)
    scale = values.std(axis=0, ddof=1)
    kept = np.flatnonzero(scale > 0)
    few = _waves(len(kept), n // _SHARE)
    if not few.size:
        return float("nan")
    scale = scale[kept]
    values, difference = (values[:, kept] / scale) @ few, values[:, kept].mean(axis=0)
    difference = ((difference - expected[kept]) / scale) @ few
    step, grid = (step[kept] / scale) @ few, np.abs(few).T @ (grid[kept] / scale)
    sizes, axes = np.linalg.eigh(np.atleast_2d(np.cov(values, rowvar=False)))
    own = (sizes > _SAME * sizes[-1]) & unbiased(axes, sizes / n, step, grid)
    k = int(own.sum())
    if not k:
        return float("nan")
    square = n * float(((axes[:, own].T @ difference) ** 2 / sizes[own]).sum())
    return float(fdtrc(k, n - k, square * (n - k) / (k * (n - 1))))


def _waves(count: int, most: int) -> Float:
    """Return combinations of `count` quantities, shape (count, at most `most`): not of the data.

    All of them where they are few enough, else the longest waves along their row.
    """
    if count <= most:
        return np.eye(count)
    k, j = np.arange(most), np.arange(count)[:, None]
    waves: Float = np.cos(np.pi * k * (j + 0.5) / count)
    return waves


def smallest(*p: float) -> float:
    """Return the p-value of the smallest of independent ones; those that are NaN do not count.

    Examples
    --------
    >>> f"{smallest(0.1, float('nan'), 0.5):.2f}"
    '0.19'
    """
    known = [value for value in p if not np.isnan(value)]
    if not known:
        return float("nan")
    return float(-np.expm1(len(known) * np.log1p(-min(known)))) if min(known) < 1 else 1.0

r"""Entropy of a sample by nearest neighbours, with its error and its bias.

    S = psi(n) - psi(k) + log V_d + (d/n) sum_i log r_i(k),      V_d: volume of the unit ball

r_i(k) is the distance from point i to its k-th neighbour (L. Kozachenko, N. Leonenko, Probl. Inf.
Transm. 23 (1987) 95).  The sample is made round first, which costs log det and takes the bias of
narrow and oblique laws away.  What is left of it comes from the variation of the density across a
ball, n^(-2/d) inside, slower in the tails; it is measured on eighths of the sample, as if it fell
as n^(-1/d), which is on the safe side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

BLOCKS = 32
"""Parts of the sample whose scatter gives standard errors."""

_PARTS = 8  # of the sample, on which the bias is measured


@dataclass(frozen=True)
class SampleEntropy:
    """Entropy of a sample.

    Attributes
    ----------
    value
        -infinity where points coincide: the law has no density.
    blocks
        The same of each of `BLOCKS` parts of the sample, shape (BLOCKS,).
    bias
        Estimated mean error of `value`; NaN where that is infinite.
    """

    value: float
    blocks: Float
    bias: float


def default_neighbours(dim: int) -> int:
    """Return k: 4, 2, 1 in one, two, three dimensions, so that scatter outweighs the bias."""
    return max(1, 8 >> dim)


def sample_entropy(points: Float, neighbours: int) -> SampleEntropy:
    """Estimate the entropy of the law of independent points, shape (n, dim).

    Examples
    --------
    >>> points = np.random.default_rng(1).standard_normal((4096, 2))
    >>> made = sample_entropy(points, 2)
    >>> stderr = made.blocks.std(ddof=1) / np.sqrt(BLOCKS)
    >>> bool(abs(made.value - np.log(2 * np.pi * np.e)) < 4 * stderr)
    True
    """
    dim = points.shape[1]
    values, axes = np.linalg.eigh(np.atleast_2d(np.cov(points, rowvar=False)))
    if not values[0] > 1e-24 * max(float((points**2).max()), values[-1]):
        return SampleEntropy(-np.inf, np.full(BLOCKS, -np.inf), np.nan)
    rounded = (points - points.mean(axis=0)) @ axes / np.sqrt(values)
    stretched = 0.5 * float(np.log(values).sum())
    whole, *rest = (
        stretched + _round_entropy(part, neighbours)
        for count in (1, _PARTS, BLOCKS)
        for part in np.array_split(rounded, count)
    )
    parts, blocks = np.array(rest[:_PARTS]), np.array(rest[_PARTS:])
    if not np.isfinite(whole):
        return SampleEntropy(-np.inf, np.full(BLOCKS, -np.inf), np.nan)
    growth = _PARTS ** (1 / dim) - 1
    return SampleEntropy(float(whole), blocks, float((parts.mean() - whole) / growth))


def _round_entropy(points: Float, neighbours: int) -> float:
    from scipy.spatial import cKDTree  # 0.2 s to import, and most analyses never come here
    from scipy.special import digamma, gammaln

    n, dim = points.shape
    distances = cKDTree(points).query(points, k=[neighbours + 1])[0][:, 0]  # the first is itself
    with np.errstate(divide="ignore"):
        mean = float(np.log(distances).mean())
    ball = dim / 2 * np.log(np.pi) - gammaln(dim / 2 + 1)
    return float(digamma(n) - digamma(neighbours) + ball + dim * mean)

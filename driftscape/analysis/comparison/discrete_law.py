r"""The scatter of means of independent draws from a discrete law; no normal law is assumed.

A grid gives the probability law of the states, and hence every cumulant of the quantities f.  For n
draws and y = W (f - E f) with cov y = 1 in k dimensions,

    Q = n |mean of y|^2,      E Q = k,      var Q = V/n + 2 k (n - 1)/n,
    mu_3(Q) = [mu_3(r) + 6 (n-1) |E r y|^2 + 12 (n-1) V + 8 k (n-1)(n-2) + 4 (n-1) |E y y y|^2]/n^2

where r = |y|^2 - k and V = E r^2.  The tail of Q is that of the law of Pearson's type III (a
shifted gamma law) with these three moments; for normal y it is chi square with k degrees of
freedom.  The same law with the skewness of one quantity gives the tails of the mean of that
quantity, also for k = 1.

Reference: K. Pearson, Phil. Trans. R. Soc. A 186 (1895) 343, for the laws; K. V. Mardia,
Biometrika 57 (1970) 519, for |E y y y|^2 and V, his measures of skewness and kurtosis.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from ...typing import Float

NEGLIGIBLE = 0.1
"""Bias, in standard errors, below which a z-score does not show it."""

_SAME = 1e-4  # relative variance of combinations that are sums of others, or features of cells
_PEAKED = 0.05  # largest excess kurtosis over n of a mean that three moments describe
_RARE = 1.0  # largest skewness of a mean that three moments describe
_EMPTY = 1e-12  # relative mass of outcomes that are left out
_NORMAL = 1e-5  # smaller skewness counts as 0: the shape of the gamma law stays finite


@dataclass(frozen=True, eq=False)
class DiscreteLaw:
    """A discrete probability law of several quantities.

    Attributes
    ----------
    values
        The quantities at every outcome, shape (outcomes, quantities).
    mass
        The masses of the outcomes; outcomes of negative mass are left out.

    Examples
    --------
    >>> coin = DiscreteLaw(np.array([[0.0], [1.0]]), np.array([0.5, 0.5]))
    >>> coin.stderr(100)
    array([0.05])
    """

    values: Float
    mass: Float

    @cached_property
    def centred(self) -> tuple[Float, Float]:
        """Values minus their mean, and weights of sum 1."""
        kept = self.mass > _EMPTY * self.mass.sum()
        weight = self.mass[kept] / self.mass[kept].sum()
        values = self.values[kept]
        return values - weight @ values, weight

    @cached_property
    def covariance(self) -> Float:
        """Covariance of one draw, shape (quantities, quantities)."""
        values, weight = self.centred
        product: Float = (values * weight[:, None]).T @ values
        return product

    @cached_property
    def skewness(self) -> Float:
        """Skewness of one draw, shape (quantities,); 0 for a constant quantity."""
        values, weight = self.centred
        deviation = np.sqrt(np.diag(self.covariance))
        third: Float = weight @ values**3
        shape = np.zeros_like(third)
        np.divide(third, deviation**3, out=shape, where=deviation > 0)
        return shape

    def stderr(self, count: int) -> Float:
        """Return the standard errors of the means of `count` draws."""
        error: Float = np.sqrt(np.diag(self.covariance) / count)
        return error

    def combinations(self, count: int, step: Float, grid: Float) -> Float:
        """Return W, shape (quantities, k), of combinations y that `count` draws can test.

        They are uncorrelated and have the variance 1.  Combinations that hardly vary (sums of
        others, features of single cells) are left out, and so are rare events: combinations so
        peaked that three moments do not describe their mean over `count` draws.  If all of them
        are, the least peaked one stays.  The result spans the largest subspace of the others in
        which no bias is visible.

        Parameters
        ----------
        step, grid
            Biases of the quantities: those of the step with a sign, those of the grid without.
        """
        values, weight = self.centred
        scale = np.sqrt(np.diag(self.covariance))
        spread = np.flatnonzero((scale > 0) & np.isfinite(step) & np.isfinite(grid))
        scale = scale[spread]
        correlation = self.covariance[np.ix_(spread, spread)] / np.outer(scale, scale)
        sizes, axes = _uncorrelated(correlation)
        combined = np.zeros((len(self.covariance), len(sizes)))
        combined[spread] = axes / np.sqrt(sizes) / scale[:, None]
        y = values @ combined
        peaked = np.maximum(weight @ y**4 - 3, (weight @ y**3) ** 2)
        described = peaked < max(_PEAKED * count, peaked.min(initial=np.inf) * (1 + _SAME))
        combined = combined[:, described]
        # a rotation is free: errors of the step have a sign and cancel in combinations; the
        # eigenvectors of the matrix that the biases add to Q contain the least of them
        bias = np.outer(step @ combined, step @ combined) + (combined.T * grid**2) @ combined
        added, rotation = np.linalg.eigh(bias)
        return np.asarray((combined @ rotation)[:, added < NEGLIGIBLE**2 / count])

    def joint_test(self, count: int, step: Float, grid: Float) -> JointTest:
        """Return the test of all of these combinations at once; the last one is cached."""
        key = count, step.tobytes(), grid.tobytes()
        if key not in self._last:
            self._last.clear()
            self._last[key] = JointTest.of(
                *self.centred, self.combinations(count, step, grid), count
            )
        return self._last[key]

    @cached_property
    def _last(self) -> dict[tuple[int, bytes, bytes], JointTest]:
        return {}

    def p_values(self, difference: Float, count: int) -> Float:
        """Return two-sided p-values of the difference of each mean; NaN for a constant quantity."""
        error = self.stderr(count)
        with np.errstate(divide="ignore", invalid="ignore"):
            z = np.where(error > 0, difference / error, np.nan)
        return two_sided(z, self.skewness / np.sqrt(count))


@dataclass(frozen=True, eq=False)
class JointTest:
    """The test of all means together by the law of Q = n |mean of y|^2.

    Attributes
    ----------
    combinations
        W, shape (quantities, k).
    count
        Number of draws n.
    spread, skewness
        Standard deviation of Q and its skewness; for k = 1 those of the mean of y.
    """

    combinations: Float
    count: int
    spread: float
    skewness: float

    @classmethod
    def of(cls, values: Float, weight: Float, combinations: Float, count: int) -> JointTest:
        """Compute the moments of the combinations from centred values and their weights."""
        y, k, n = values @ combinations, combinations.shape[1], count
        if k <= 1:
            third = float((weight @ y**3).sum())
            return cls(combinations, n, 1 / np.sqrt(n), third / np.sqrt(n))
        r = (y**2).sum(axis=1) - k
        square, third = float(weight @ r**2), float(weight @ r**3)
        beside = float(((weight * r @ y) ** 2).sum())
        triple = np.stack([(y * (weight * column)[:, None]).T @ y for column in y.T])
        third += (n - 1) * (
            6 * beside + 12 * square + 8 * k * (n - 2) + 4 * float((triple**2).sum())
        )
        variance = square / n + 2 * k * (n - 1) / n
        return cls(combinations, n, float(np.sqrt(variance)), third / n**2 / variance**1.5)

    def p_value(self, difference: Float) -> float:
        """Return the probability of means that differ so much from the law; NaN for k = 0."""
        k = self.combinations.shape[1]
        if k == 0:
            return float("nan")
        means = difference @ self.combinations
        if k == 1:  # a mean has two tails, which its square does not tell apart
            return float(two_sided(means[0] / self.spread, self.skewness))
        square = self.count * float((means**2).sum())
        return float(tails((square - k) / self.spread, self.skewness)[1])


def _uncorrelated(correlation: Float) -> tuple[Float, Float]:
    """Return the variances and axes of the combinations that are not sums of others."""
    sizes, axes = np.linalg.eigh(correlation)
    own = sizes > _SAME * sizes[-1] if len(sizes) else np.zeros(0, bool)
    return sizes[own], axes[:, own]


def two_sided(z: ArrayLike, skewness: ArrayLike) -> Float:
    """Return twice the smaller tail of Pearson's law beyond z.

    If the skewness is that of a rare event, which three moments do not describe, return Chebyshev's
    bound 1/z^2, which is valid for every law.
    """
    p = np.minimum(1.0, 2 * np.minimum(*tails(z, skewness)))
    bound = np.minimum(1.0, 1 / np.maximum(np.square(z), 1.0))
    chosen: Float = np.where(np.abs(skewness) > _RARE, bound, p)
    return chosen


def tails(z: ArrayLike, skewness: ArrayLike) -> tuple[Float, Float]:
    """Return the probabilities below and above z of Pearson's law of mean 0 and variance 1.

    Examples
    --------
    >>> [float(p.round(6)) for p in tails(1.0, 2.0)]  # an exponential law minus its mean
    [0.864665, 0.135335]
    >>> [float(p.round(6)) for p in tails(1.0, 0.0)]  # a normal law
    [0.841345, 0.158655]
    """
    from scipy.special import gammainc, gammaincc, ndtr

    z, skewness = np.broadcast_arrays(np.asarray(z, float), np.asarray(skewness, float))
    normal = np.abs(skewness) < _NORMAL
    shape = 4 / np.where(normal, 1.0, skewness) ** 2
    x = np.maximum(shape + np.sqrt(shape) * z * np.sign(skewness), 0.0)
    near, far = gammainc(shape, x), gammaincc(shape, x)
    below = np.where(skewness > 0, near, far)
    above = np.where(skewness > 0, far, near)
    return np.where(normal, ndtr(z), below), np.where(normal, ndtr(-z), above)

r"""How means of independent draws from a known law scatter: no normal law is assumed.

The grid knows the law of the states, and so every cumulant of the quantities f.  For n draws and
y = W (f - E f) with cov y = 1 in k dimensions,

    Q = n |mean of y|^2,      E Q = k,      var Q = V/n + 2 k (n - 1)/n,
    mu_3(Q) = [mu_3(r) + 6 (n-1) |E r y|^2 + 12 (n-1) V + 8 k (n-1)(n-2) + 4 (n-1) |E y y y|^2]/n^2

where r = |y|^2 - k and V = E r^2.  A law of Pearson's type III (a gamma law, shifted) with these
three moments gives the tail of Q; for normal y it is chi square with k degrees of freedom.  The
same law with the skewness of one quantity gives the tails of its own mean, also where k = 1.

Reference: K. Pearson, Phil. Trans. R. Soc. A 186 (1895) 343, for the laws; K. V. Mardia,
Biometrika 57 (1970) 519, for |E y y y|^2 and V, his measures of skewness and kurtosis.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ...typing import Float

NEGLIGIBLE = 0.1
"""Standard errors below which a bias does not show in a z-score."""

_SAME = 1e-4  # relative variances of combinations that are sums of others, or features of cells
_PEAKED = 0.05  # excess kurtosis over n up to which three moments describe a mean
_RARE = 1.0  # skewness of a mean
_EMPTY = 1e-12
_NORMAL = 1e-5  # skewness that is none: the shape of the gamma law stays a finite number


@dataclass(frozen=True, eq=False)
class Draws:
    """A discrete law of several quantities.

    Attributes
    ----------
    values
        Of the quantities at every outcome, shape (outcomes, quantities).
    mass
        Of the outcomes; negative ones are left out.

    Examples
    --------
    >>> coin = Draws(np.array([[0.0], [1.0]]), np.array([0.5, 0.5]))
    >>> coin.stderr(100)
    array([0.05])
    """

    values: Float
    mass: Float

    @cached_property
    def centred(self) -> tuple[Float, Float]:
        """Values about their mean, and weights of sum 1."""
        kept = self.mass > _EMPTY * self.mass.sum()
        weight = self.mass[kept] / self.mass[kept].sum()
        values = self.values[kept]
        return values - weight @ values, weight

    @cached_property
    def covariance(self) -> Float:
        """Of one draw, shape (quantities, quantities)."""
        values, weight = self.centred
        product: Float = (values * weight[:, None]).T @ values
        return product

    @cached_property
    def skewness(self) -> Float:
        """Of one draw, shape (quantities,); 0 where there is no spread."""
        values, weight = self.centred
        deviation = np.sqrt(np.diag(self.covariance))
        third: Float = weight @ values**3
        shape = np.zeros_like(third)
        np.divide(third, deviation**3, out=shape, where=deviation > 0)
        return shape

    def stderr(self, count: int) -> Float:
        """Standard errors of the means of `count` draws."""
        error: Float = np.sqrt(np.diag(self.covariance) / count)
        return error

    def combinations(self, count: int, step: Float, grid: Float) -> Float:
        """Return W, shape (quantities, k), of combinations y that `count` draws can tell.

        They are uncorrelated and have the variance 1.  Left out are those that hardly vary (sums
        of others, features of single cells), those so peaked that their mean of `count` draws is
        not described by three moments: rare events; but for the least peaked one, where all are.
        Of the space of the others the largest part is taken in which no bias shows.

        Parameters
        ----------
        step, grid
            Biases of the quantities: with a sign, and as a size alone.
        """
        values, weight = self.centred
        scale = np.sqrt(np.diag(self.covariance))
        spread = np.flatnonzero((scale > 0) & np.isfinite(step) & np.isfinite(grid))
        scale = scale[spread]
        correlation = self.covariance[np.ix_(spread, spread)] / np.outer(scale, scale)
        sizes, axes = _uncorrelated(correlation)
        made = np.zeros((len(self.covariance), len(sizes)))
        made[spread] = axes / np.sqrt(sizes) / scale[:, None]
        y = values @ made
        peaked = np.maximum(weight @ y**4 - 3, (weight @ y**3) ** 2)
        described = peaked < max(_PEAKED * count, peaked.min(initial=np.inf) * (1 + _SAME))
        made = made[:, described]
        # they may be rotated: errors of the step have a sign, and cancel in combinations as the
        # quantities do; the axes of what the biases add carry the least of it
        carried = np.outer(step @ made, step @ made) + (made.T * grid**2) @ made
        added, rotation = np.linalg.eigh(carried)
        return np.asarray((made @ rotation)[:, added < NEGLIGIBLE**2 / count])

    def together(self, count: int, step: Float, grid: Float) -> Together:
        """Return the test of all of these combinations at once; the last one is kept."""
        key = count, step.tobytes(), grid.tobytes()
        if key not in self._last:
            self._last.clear()
            self._last[key] = Together.of(
                *self.centred, self.combinations(count, step, grid), count
            )
        return self._last[key]

    @cached_property
    def _last(self) -> dict[Any, Together]:
        return {}

    def p_values(self, difference: Float, count: int) -> Float:
        """Probability, either way, of the difference of each mean alone; NaN without spread."""
        error = self.stderr(count)
        with np.errstate(divide="ignore", invalid="ignore"):
            z = np.where(error > 0, difference / error, np.nan)
        return two_sided(z, self.skewness / np.sqrt(count))


@dataclass(frozen=True, eq=False)
class Together:
    """The law of Q, see above.

    Attributes
    ----------
    combinations
        W, shape (quantities, k).
    count
        Draws.
    spread, skewness
        Standard deviation of Q and its skewness; where k = 1 of the one combination's mean.
    """

    combinations: Float
    count: int
    spread: float
    skewness: float

    @classmethod
    def of(cls, values: Float, weight: Float, combinations: Float, count: int) -> Together:
        """Take the moments of the combinations, `values` being about their mean."""
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
        """Probability of means that differ so much from those of the law; NaN where k = 0."""
        k = self.combinations.shape[1]
        if k == 0:
            return float("nan")
        means = difference @ self.combinations
        if k == 1:  # a mean has two sides, which its square forgets
            return float(two_sided(means[0] / self.spread, self.skewness))
        square = self.count * float((means**2).sum())
        return float(tails((square - k) / self.spread, self.skewness)[1])


def _uncorrelated(correlation: Float) -> tuple[Float, Float]:
    """Return variances and axes of the combinations that are not sums of others."""
    sizes, axes = np.linalg.eigh(correlation)
    own = sizes > _SAME * sizes[-1] if len(sizes) else np.zeros(0, bool)
    return sizes[own], axes[:, own]


def two_sided(z: Any, skewness: Any) -> Float:
    """Twice the smaller tail of Pearson's law beyond z.

    Where the skewness is that of a rare event, which three moments do not describe, it is the bound
    1/z^2 of Chebyshev, which holds for every law.
    """
    p = np.minimum(1.0, 2 * np.minimum(*tails(z, skewness)))
    bound = np.minimum(1.0, 1 / np.maximum(np.square(z), 1.0))
    chosen: Float = np.where(np.abs(skewness) > _RARE, bound, p)
    return chosen


def tails(z: Any, skewness: Any) -> tuple[Float, Float]:
    """Return the probabilities below and above z of Pearson's law of mean 0 and variance 1.

    Examples
    --------
    >>> [float(p.round(6)) for p in tails(1.0, 2.0)]  # an exponential law less its mean
    [0.864665, 0.135335]
    >>> [float(p.round(6)) for p in tails(1.0, 0.0)]  # a normal one
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

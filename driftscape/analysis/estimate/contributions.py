r"""The contributions of single trajectories to the error of an estimate.

An estimate m of a mean mu is, to first order, mu plus a sum of independent terms of mean zero, one
for each trajectory n.  Its *contribution* c_n is the measured size of that term; for a mean of N
values x_n,

    c_n = (x_n - m)/sqrt(N (N - 1)),        sum_n c_n^2 = stderr^2.

To first order the contributions of a function f(m_1, m_2, ...) are sum_i (df/dm_i) c_in.  Two
trajectories of the same number and the same noise (seed and generator) are one source of chance,
whatever was simulated by it, so that their contributions add up before they are squared.  All
others are independent.  A *block* holds the contributions of trajectories of one noise; blocks of
one estimate have no trajectory in common.

The second order of f changes the law of t = (f(m) - f(mu))/stderr: with T, Student's t of the
linear part,

    t = T - h T^2/2,        h = sum_ij (d_i d_j f) u_i u_j/stderr^3,    u_i = cov(m_i, f(m)).

h is the *curvature* of the estimate.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...typing import Float
from .block import Block, Noise, merged


@dataclass(frozen=True, eq=False)
class Contributions:
    """What the error of an estimate is made of.

    Attributes
    ----------
    blocks
        Contributions of trajectories; no two blocks have a trajectory in common.
    curvature
        The second order of a function of estimates, in the units of its error, see above.

    Examples
    --------
    >>> x = np.random.default_rng(1).standard_normal(100)
    >>> one = Contributions.of_values(x, "seed 1", range(100))
    >>> other = Contributions.of_values(x + 0.1 * x**2, "seed 1", range(100))
    >>> difference = Contributions.function([(1.0, one), (-1.0, other)])
    >>> bool(difference.stderr < 0.3 * one.stderr)
    True
    """

    blocks: tuple[Block, ...] = ()
    curvature: float = 0.0

    @classmethod
    def of_values(
        cls,
        values: Float,
        noise: Noise = None,
        numbers: ArrayLike | None = None,
        *,
        pieces: int = 1,
        cut: str = "",
    ) -> Contributions:
        """Return the contributions to the mean of one value for each trajectory, shape (n,).

        Parameters
        ----------
        values
            Shape (n,), or (n * pieces,) with the pieces of each trajectory side by side.
        noise
            Names the source of chance, or that of each trajectory; default: one of its own.
        numbers
            Numbers of the trajectories, shape (n,); default: 0, 1, ...

        Other Parameters
        ----------------
        pieces, cut
            As in `Block`.
        """
        count = len(values)
        if count < 2:
            return cls()
        deviation = np.asarray(values, float) - np.mean(values)
        bias = math.sqrt(count * (count - 1))
        weight = bias / (count - 2) if count > 2 else 0.0  # Fisher's ratio of cumulants
        return cls.of(deviation / bias, noise, numbers, weight=weight, pieces=pieces, cut=cut)

    @classmethod
    def of(
        cls,
        contributions: Float,
        noise: Noise = None,
        numbers: ArrayLike | None = None,
        *,
        freedom: float | None = None,
        weight: float = 1.0,
        pieces: int = 1,
        cut: str = "",
    ) -> Contributions:
        """Return contributions that were computed elsewhere, shape (n,); see `of_values`.

        Other Parameters
        ----------------
        freedom, weight
            As in `Block`; by default the freedom is n - 1.

        Raises
        ------
        ValueError
            A trajectory occurs twice.
        """
        values = np.asarray(contributions, float)
        count = len(values) // pieces
        freedom = float(len(values) - 1) if freedom is None else freedom
        if not (noise is None or isinstance(noise, str)):
            return cls._of_several(
                values, np.asarray(noise), numbers, freedom=freedom, weight=weight, pieces=pieces,
                cut=cut,
            )  # fmt: skip
        chosen = np.arange(count) if numbers is None else np.asarray(numbers)
        chosen = chosen.astype(np.int64)
        keys = (chosen[:, None] * pieces + np.arange(pieces)).ravel() if pieces > 1 else chosen
        if not (keys[1:] > keys[:-1]).all():  # else one array of numbers serves many estimates
            order = np.argsort(keys, kind="stable")
            keys, values = keys[order], values[order]
            if (again := keys[1:] == keys[:-1]).any():
                raise ValueError(
                    f"trajectory {int(keys[1:][again][0]) // pieces} occurs twice among the values "
                    "of an estimate; count each trajectory once."
                )
        block = Block(noise or f"source {uuid.uuid4()}", keys, values, freedom, weight, pieces, cut)
        return cls((block,))

    @classmethod
    def _of_several(
        cls,
        values: Float,
        noise: NDArray[Any],
        numbers: ArrayLike | None,
        *,
        freedom: float,
        weight: float,
        pieces: int,
        cut: str,
    ) -> Contributions:
        """Return a block for each noise, with its share of the degrees of freedom."""
        chosen = np.arange(len(noise)) if numbers is None else np.asarray(numbers)
        blocks: list[Block] = []
        for name in np.unique(noise):
            own = noise == name
            blocks += cls.of(
                values[np.repeat(own, pieces)], str(name), chosen[own],
                freedom=freedom * float(own.mean()), weight=weight, pieces=pieces, cut=cut,
            ).blocks  # fmt: skip
        return cls(tuple(blocks))

    @classmethod
    def alone(cls, stderr: float, freedom: float, skewness: float = 0.0) -> Contributions:
        """Return an error as a source of its own, independent of all others."""
        one = np.array([stderr])
        block = Block(
            f"source {uuid.uuid4()}", np.zeros(1, np.int64), one, freedom, skewness
        )  # fmt: skip
        return cls((block,))

    @classmethod
    def function(
        cls,
        terms: Sequence[tuple[float, Contributions]],
        second: Sequence[Sequence[float]] | None = None,
    ) -> Contributions:
        """Return the contributions of a function of estimates.

        Parameters
        ----------
        terms
            Of each estimate, the derivative of the function and the contributions.
        second
            Second derivatives, shape (estimates, estimates); default: a linear function.

        Raises
        ------
        Unpaired
            Two of them depend on unlike pieces of the same trajectories.
        """
        blocks: list[Block] = []
        for slope, contributions in terms:
            for block in contributions.blocks:
                blocks = list(merged(blocks, block.scaled(slope)))
        total = cls(tuple(blocks))
        return replace(total, curvature=_curvature(total, terms, second))

    @property
    def variance(self) -> float:
        """The squared standard error."""
        return sum(block.variance for block in self.blocks)

    @property
    def stderr(self) -> float:
        """The standard error."""
        return math.sqrt(self.variance)

    @property
    def n_eff(self) -> float:
        """Welch and Satterthwaite's degrees of freedom, plus 1; 1 if the error is known."""
        scatters = [b for b in self.blocks if math.isfinite(b.freedom) and b.variance > 0]
        if not scatters:
            freedom = min((b.freedom for b in self.blocks), default=math.inf)
            return freedom + 1 if math.isfinite(freedom) else 1.0
        variance = self.variance
        if len(scatters) == len(self.blocks) == 1 or not math.isfinite(variance):
            return scatters[0].freedom + 1
        return 1 + 1 / sum((b.variance / variance) ** 2 / b.freedom for b in scatters)

    @property
    def skewness(self) -> float:
        """Skewness of the linear part of the estimate."""
        spread = math.pow(self.variance, 1.5)
        third = sum(block.third for block in self.blocks)
        return third / spread if 0 < spread < math.inf else 0.0

    def scaled(self, factor: float) -> Contributions:
        """Return all contributions times a factor."""
        curvature = math.copysign(1.0, factor) * self.curvature if factor else 0.0
        return Contributions(tuple(block.scaled(factor) for block in self.blocks), curvature)

    def covariance(self, other: Contributions) -> float:
        """Return the covariance of the errors of two estimates.

        Raises
        ------
        Unpaired
            They depend on unlike pieces of the same trajectories.
        """
        total = 0.0
        for one in self.blocks:
            for two in other.blocks:
                here, there = one.shared(two)
                if len(here):
                    total += float(one.values[here] @ two.values[there])
        return total


def _curvature(
    total: Contributions,
    terms: Sequence[tuple[float, Contributions]],
    second: Sequence[Sequence[float]] | None,
) -> float:
    """Return h of a function: that of its own second derivatives, and what its arguments bring.

    The curvature of an argument counts by the share of the argument's error in the whole.
    """
    spread = total.variance
    if not 0 < spread < math.inf or (second is None and not any(c.curvature for _, c in terms)):
        return 0.0
    pull = [c.covariance(total) for _, c in terms]  # u_i
    whole = 0.0
    for (slope, c), u in zip(terms, pull, strict=True):
        own = c.variance
        if c.curvature and own > 0:
            whole += slope * c.curvature * (u / own) ** 2 * own**1.5
    if second is not None:
        whole += sum(
            second[i][j] * pull[i] * pull[j] for i in range(len(terms)) for j in range(len(terms))
        )
    return whole / math.pow(spread, 1.5)

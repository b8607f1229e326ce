"""`Agreement`: what an ensemble and a grid say of the same quantities, and how far to trust it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ..estimate import Comparison, Estimate, Theory

Float = NDArray[np.float64]

NEGLIGIBLE = 0.1
"""Standard errors below which a bias does not show in a z-score."""

UNLIKELY = 6.3e-5
"""Probability of four standard errors, either way."""

_SAME = 1e-8  # relative eigenvalues of the covariance that are sums of other quantities


@dataclass(frozen=True)
class Agreement:
    """What an ensemble and a grid say of the same quantities.

    Attributes
    ----------
    names
        Of the quantities.
    measured, expected
        `Estimate` of the ensemble and `Theory` of the grid, one a quantity; the truncation is the
        error of the grid.
    step_errors
        What the step size does to each, estimated; NaN where that is not known.
    covariance
        Of the measured means, shape (quantities, quantities): all come from the same trajectories.
    """

    names: tuple[str, ...]
    measured: tuple[Estimate, ...]
    expected: tuple[Theory, ...]
    step_errors: tuple[float, ...]
    covariance: Float = field(repr=False)

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """Verdict of each; a step error that is known counts as truncation."""
        return tuple(
            m.compare(replace(t, truncation=t.truncation + (abs(e) if np.isfinite(e) else 0.0)))
            for m, t, e in zip(self.measured, self.expected, self.step_errors, strict=True)
        )

    @property
    def z(self) -> Float:
        """Differences in standard errors, biases left in; normal where both roads hold."""
        return np.array([c.z for c in self.comparisons])

    @property
    def bias(self) -> Float:
        """Error of the grid and of the step, in standard errors; NaN where unknown."""
        stderr = np.array([m.stderr for m in self.measured])
        size = np.array([t.truncation for t in self.expected]) + np.abs(self.step_errors)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(size == 0, 0.0, size / stderr)

    @property
    def trustworthy(self) -> bool:
        """Whether every bias is known and below a tenth of a standard error.

        Only then are the z-scores standard normal where both roads hold.
        """
        return bool((self.bias < NEGLIGIBLE).all())

    @property
    def agrees(self) -> bool:
        """Whether none is rejected, nor all of them together at the same level."""
        alone = all(c.verdict != "rejected" for c in self.comparisons)
        return alone and not self.p_value < UNLIKELY

    @property
    def p_value(self) -> float:
        """Probability of so much disagreement of all quantities together (Hotelling's T^2).

        Combinations are taken in which they are uncorrelated; those count in which the biases that
        are known stay below a tenth of the standard error.  NaN where there are none, or hardly
        more trajectories than quantities.
        """
        from scipy.special import fdtrc

        scale = np.sqrt(np.diag(self.covariance))
        kept = scale > 0
        if not kept.any():
            return float("nan")
        difference = np.array([c.difference for c in self.comparisons])[kept] / scale[kept]
        values, vectors = np.linalg.eigh(
            self.covariance[np.ix_(kept, kept)] / np.outer(scale[kept], scale[kept])
        )
        # steps err with a sign, and cancel in combinations as the quantities do
        step = np.nan_to_num(self.step_errors)[kept] / scale[kept]
        grid = np.array([t.truncation for t in self.expected])[kept] / scale[kept]
        carried = (vectors.T @ step) ** 2 + (vectors**2).T @ grid**2
        own = (values > _SAME * values[-1]) & (carried < NEGLIGIBLE**2 * values)
        squared = float(((vectors[:, own].T @ difference) ** 2 / values[own]).sum())
        n, k = min(m.n_eff for m in self.measured), int(own.sum())
        if not 0 < 2 * k < n:
            return float("nan")
        return float(fdtrc(k, n - k, squared * (n - k) / (k * (n - 1))))

    def __str__(self) -> str:
        width = max(map(len, self.names))
        rows = zip(self.names, self.measured, self.expected, self.bias, self.comparisons,
                   strict=True)  # fmt: skip
        lines = [
            f"{name:{width}}  {measured}  |  {expected.value:.6g}  |  z = {c.z:+.1f}, bias "
            f"{'unknown' if np.isnan(bias) else f'{bias:.2g}'}  {c.verdict}"
            for name, measured, expected, bias, c in rows
        ]
        trust = "below" if self.trustworthy else "not all below"
        together = (
            f"all together p = {self.p_value:.2g}; biases {trust} {NEGLIGIBLE} standard errors"
        )
        return "\n".join([*lines, together])

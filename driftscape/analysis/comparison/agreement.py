"""`Agreement`: what an ensemble and a grid say of the same quantities, and how far to trust it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from ...typing import Float
from ..estimate import THRESHOLD, Comparison, Estimate, Theory
from .draws import NEGLIGIBLE

UNLIKELY = 6.3e-5
"""Probability of four standard errors of a normal law, either way."""

_NAMED = 6  # of those without a say in the p-value, before the rest is counted


@dataclass(frozen=True)
class Agreement:
    """What an ensemble and a grid say of the same quantities.

    Attributes
    ----------
    names
        Of the quantities.
    measured, expected
        `Estimate` of the ensemble and `Theory` of the grid, one a quantity; the truncation is the
        error of the grid.  The standard errors are those that the grid's law has, where it is
        known.
    step_errors
        What the step size does to each, estimated; NaN where that is not known.
    row_p_values
        Of each quantity: probability of a difference as large as what its biases leave of it, by a
        law that knows the skewness.
    joint
        Probability of so much disagreement of all quantities together, see `p_value`.
    left_out
        Name -> reason, of the quantities that have no number here.
    """

    names: tuple[str, ...]
    measured: tuple[Estimate, ...]
    expected: tuple[Theory, ...]
    step_errors: tuple[float, ...]
    row_p_values: tuple[float, ...] = field(repr=False)
    joint: float = field(repr=False)
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """Verdict of each; a step error that is known counts as truncation.

        "rejected" where the difference, less its biases, is as unlikely as four standard errors of
        a normal law; "cannot tell" where nothing but the biases keeps it from that, or where they
        are as large: such a quantity says nothing.
        """
        made = []
        rows = zip(self.measured, self.expected, self.step_errors, self.bias, self.row_p_values,
                   strict=True)  # fmt: skip
        for m, t, step, bias, p in rows:
            truncation = t.truncation + (abs(step) if np.isfinite(step) else 0.0)
            found = m.compare(replace(t, truncation=truncation))
            swamped = bias > THRESHOLD or (bias > 0 and not abs(found.z) <= THRESHOLD)
            verdict = "rejected" if p < UNLIKELY else "cannot tell" if swamped else "agrees"
            made.append(replace(found, verdict=verdict))
        return tuple(made)

    @property
    def z(self) -> Float:
        """Differences in standard errors, biases left in.

        Of mean 0 and variance 1 where both roads hold, and normal but for the skewness of a mean.
        """
        return np.array([c.z for c in self.comparisons])

    @property
    def bias(self) -> Float:
        """Error of the grid and of the step, in standard errors; NaN where unknown."""
        stderr = np.array([m.stderr for m in self.measured])
        size = np.array([t.truncation for t in self.expected]) + np.abs(self.step_errors)
        return np.asarray(size / stderr)

    @property
    def trustworthy(self) -> bool:
        """Whether every bias is known and below a tenth of a standard error.

        Only then are the z-scores of mean 0 where both roads hold.
        """
        return bool((self.bias < NEGLIGIBLE).all())

    @property
    def verdict(self) -> str:
        """One of "agrees", "rejected", and "cannot tell" where every quantity says so."""
        verdicts = {c.verdict for c in self.comparisons}
        if "rejected" in verdicts or self.p_value < UNLIKELY:
            return "rejected"
        return "agrees" if "agrees" in verdicts else "cannot tell"

    @property
    def agrees(self) -> bool:
        """Whether some quantity can tell, and none is rejected, nor all of them together."""
        return self.verdict == "agrees"

    @property
    def p_value(self) -> float:
        """Probability of so much disagreement of all quantities together.

        Of states and passage times: of the squared length of the combinations that are
        uncorrelated under the grid's law, whose first three moments that law gives at this number
        of trajectories (see `draws`); those count in which the biases that are known stay below a
        tenth of a standard error.  Of displacements: Hotelling's T^2, with the biases in its
        covariance.  Where a quantity is rejected nevertheless, the value is not above what that
        quantity says.  NaN where no combination counts.
        """
        alone = min(self.row_p_values, default=1.0)
        if not alone < UNLIKELY:
            return self.joint
        return float(np.fmin(self.joint, min(1.0, alone * len(self.names))))

    def __str__(self) -> str:
        width = max(map(len, [*self.names, *self.left_out]), default=0)
        rows = zip(self.names, self.measured, self.expected, self.bias, self.comparisons,
                   strict=True)  # fmt: skip
        lines = [
            f"{name:{width}}  {measured}  |  {expected.value:.6g}  |  z = {c.z:+.1f}, bias "
            f"{'unknown' if np.isnan(bias) else f'{bias:.2g}'}  {c.verdict}"
            for name, measured, expected, bias, c in rows
        ]
        lines += [f"{name:{width}}  left out: {reason}" for name, reason in self.left_out.items()]
        return "\n".join([*lines, self._together()])

    def _together(self) -> str:
        trust = "below" if self.trustworthy else "not all below"
        biases = f"biases {trust} {NEGLIGIBLE} standard errors"
        if np.isnan(self.p_value):
            return f"no p-value of all together: no combination has a negligible bias; {biases}"
        large = [n for n, b in zip(self.names, self.bias, strict=True) if b >= NEGLIGIBLE]
        text = f"all together p = {self.p_value:.2g}; {biases}"
        if not large:
            return text
        more = f" and {len(large) - _NAMED} more" if len(large) > _NAMED else ""
        return f"{text}: {', '.join(large[:_NAMED])}{more}"

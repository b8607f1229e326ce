"""The agreement of a simulation with an operator: z-scores, biases and p-values."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from ...theory.theory import Theory
from ...typing import Float
from ..estimate import THRESHOLD, Comparison, Estimate
from .discrete_law import NEGLIGIBLE

UNLIKELY = 6.3e-5
"""Two-sided probability of four standard errors of a normal law."""

_NAMED = 6  # quantities of large bias that are named; more are counted


@dataclass(frozen=True)
class Agreement:
    """The values of a simulation and of an operator for the same quantities.

    `compare` and `compare_passages` return it.  z = (measured - expected)/stderr of each quantity.

    Attributes
    ----------
    names
        Names of the quantities.
    measured, expected
        The `Estimate` of the simulation and the `Theory` of the operator, one for each quantity.
        The truncation is the error of the grid.  The standard errors are those of the operator's
        probability law, if it is known.
    step_errors
        Estimated change of each quantity by the step size; NaN if it is not known.
    row_p_values
        p-value of each quantity, of the difference reduced by its biases; it accounts for the
        skewness.
    joint
        p-value of all quantities together, see `p_value`.
    left_out
        Name -> reason, of the quantities without a value.
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
        """The comparison of each quantity; a known error of the step size counts as truncation.

        The verdict is "rejected" if the difference, reduced by its biases, is as improbable as
        four standard errors of a normal law.  It is "cannot tell" if only the biases prevent that,
        or if the biases exceed four standard errors.
        """
        comparisons = []
        rows = zip(self.measured, self.expected, self.step_errors, self.bias, self.row_p_values,
                   strict=True)  # fmt: skip
        for m, t, step, bias, p in rows:
            truncation = t.truncation + (abs(step) if np.isfinite(step) else 0.0)
            found = m.compare(replace(t, truncation=truncation))
            swamped = bias > THRESHOLD or (bias > 0 and not abs(found.z) <= THRESHOLD)
            verdict = "rejected" if p < UNLIKELY else "cannot tell" if swamped else "agrees"
            comparisons.append(replace(found, verdict=verdict))
        return tuple(comparisons)

    @property
    def z(self) -> Float:
        """Differences in standard errors, with their biases, shape (quantities,).

        If simulation and operator are right and unbiased, z has the mean 0 and the variance 1; its
        law is normal except for the skewness of a mean.
        """
        return np.array([c.z for c in self.comparisons])

    @property
    def bias(self) -> Float:
        """Error of the grid and of the step size, in standard errors; NaN if unknown."""
        stderr = np.array([m.stderr for m in self.measured])
        size = np.array([t.truncation for t in self.expected]) + np.abs(self.step_errors)
        return np.asarray(size / stderr)

    @property
    def trustworthy(self) -> bool:
        """Whether every bias is known and below a tenth of a standard error.

        Only then do the z-scores have the mean 0 if simulation and operator are right.
        """
        return bool((self.bias < NEGLIGIBLE).all())

    @property
    def verdict(self) -> str:
        """One of "agrees", "rejected", and "cannot tell" if every quantity has that verdict."""
        verdicts = {c.verdict for c in self.comparisons}
        if "rejected" in verdicts or self.p_value < UNLIKELY:
            return "rejected"
        return "agrees" if "agrees" in verdicts else "cannot tell"

    @property
    def agrees(self) -> bool:
        """Whether the verdict is "agrees"."""
        return self.verdict == "agrees"

    @property
    def p_value(self) -> float:
        """p-value of all quantities together.

        For states and passage times it tests the squared length of the uncorrelated combinations of
        all differences, by the law with the three moments that the operator gives for this number
        of trajectories; combinations whose known biases exceed a tenth of a standard error are left
        out.  For displacements it is that of Hotelling's T^2, with the biases in its covariance.
        If a single quantity is rejected, the value is at most the p-value of that quantity times
        the number of quantities.  It is NaN if no combination is left.
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

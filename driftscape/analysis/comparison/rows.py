"""Rows of a comparison: measured and expected quantities, and the names of those left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...theory.theory import Theory
from ...typing import Float
from ..estimate import Estimate
from .agreement import Agreement

NO_NUMBER = "not a finite number everywhere"
NO_SPREAD = "does not vary"


@dataclass(frozen=True)
class Rows:
    """Some quantities of an `Agreement`.

    Attributes
    ----------
    names, measured, expected, step_errors, p_values
        As in `Agreement`.
    left_out
        Pairs (name, reason).
    """

    names: tuple[str, ...] = ()
    measured: tuple[Estimate, ...] = ()
    expected: tuple[Theory, ...] = ()
    step_errors: tuple[float, ...] = ()
    p_values: tuple[float, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(
        cls,
        names: Sequence[str],
        measured: Sequence[Estimate],
        expected: Sequence[Theory],
        step: Float,
        stderr: Float,
        p_values: Callable[[Float], Float],
    ) -> Rows:
        """Return rows of the quantities that have finite values and vary.

        Parameters
        ----------
        names, measured, expected
            As in `Agreement`, of all quantities.
        step
            Errors of the step size, NaN if unknown, shape (quantities,).
        stderr
            Standard errors that replace the measured ones, shape (quantities,).
        p_values
            Differences -> p-values, both of shape (quantities,).
        """
        value, target = (np.array([v.value for v in side]) for side in (measured, expected))
        bias = np.array([t.truncation for t in expected]) + np.abs(np.nan_to_num(step))
        difference = value - target
        left = np.sign(difference) * np.maximum(np.abs(difference) - bias, 0.0)
        with np.errstate(all="ignore"):
            p = p_values(left)
        finite = np.isfinite(value) & np.isfinite(target) & np.isfinite(stderr)
        has = finite & (stderr > 0)
        reasons = tuple(
            (name, NO_SPREAD if f else NO_NUMBER)
            for name, f, h in zip(names, finite, has, strict=True)
            if not h
        )
        kept = [int(k) for k in np.flatnonzero(has)]
        return cls(
            tuple(names[k] for k in kept),
            tuple(replace(measured[k], stderr=float(stderr[k])) for k in kept),
            tuple(expected[k] for k in kept),
            tuple(float(step[k]) for k in kept),
            tuple(float(p[k]) for k in kept),
            reasons,
        )

    def __add__(self, other: Rows) -> Rows:
        return Rows(
            self.names + other.names,
            self.measured + other.measured,
            self.expected + other.expected,
            self.step_errors + other.step_errors,
            self.p_values + other.p_values,
            self.left_out + other.left_out,
        )

    def agreement(self, joint: float) -> Agreement:
        """Return the agreement of these rows; `joint` is the p-value of all together."""
        return Agreement(
            self.names, self.measured, self.expected, self.step_errors, self.p_values, joint,
            dict(self.left_out),
        )  # fmt: skip


def grid_theory(value: Float, error: Float) -> list[Theory]:
    """Return values of a grid as `Theory`; the truncation of a NaN is 0."""
    return [
        Theory(float(v), truncation=float(t) if t >= 0 else 0.0, regime="grid, extrapolated")
        for v, t in zip(value, error, strict=True)
    ]

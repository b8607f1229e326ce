"""The diffusion metric g = I + epsilon D of a landscape, as assignments in a step.

D is the landscape's diffusion matrix.  Fioresi, Chaudhari and Soatto need epsilon lambda_max(D) < 1
for the inverse I - epsilon D that they use; `Metric.with_bound_row` stores its largest value along
the path in a hidden row of the step, which `analysis.metric_bound` reads.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import sympy as sp

from ....landscapes.landscape import Landscape
from ....typing import Assignment, Float
from ...step import Step
from ..assignments import name_entries
from ..linear_solve import solve

#: hidden row with the largest bound of epsilon lambda_max(D) along the path
BOUND_ROW = "row.epsilon_lambda_max"


class MetricWarning(RuntimeWarning):
    """Warning: epsilon lambda_max(D) passed 1, where I - epsilon D is no inverse metric."""


@dataclass
class Metric:
    """Named gradient and D of a landscape, with the assignments so far.

    Attributes
    ----------
    assignments
        Assignments; more are appended by `descent`.
    gradient
        Entries of the gradient, length d.
    diffusion
        D, entries named.
    epsilon
        Symbol of epsilon.
    tables
        Tables that the assignments refer to.
    """

    assignments: list[Assignment]
    gradient: list[sp.Expr]
    diffusion: sp.Matrix
    epsilon: sp.Symbol
    tables: dict[sp.IndexedBase, Float]

    @staticmethod
    def of(landscape: Landscape, epsilon: sp.Symbol) -> Metric:
        """Return the metric of a landscape; an error names a landscape without a gradient."""
        gradient, diffusion = landscape.gradient, landscape.diffusion
        assignments: list[Assignment] = [*gradient.assignments, *diffusion.assignments]
        g = name_entries("gradient", gradient.entries, assignments)
        d = landscape.dim
        given, matrix = diffusion.matrix, sp.zeros(d, d)
        for j in range(d):
            column = name_entries(f"D{j}", [given[i, j] for i in range(j, d)], assignments)
            for i, entry in enumerate(column, start=j):
                matrix[i, j] = matrix[j, i] = entry
        return Metric(assignments, g, matrix, epsilon, {**gradient.tables, **diffusion.tables})

    @property
    def matrix(self) -> sp.Matrix:
        """g = I + epsilon D, entries named."""
        d = self.diffusion.rows
        return sp.Matrix(
            d, d, lambda i, j: sp.Integer(int(i == j)) + self.epsilon * self.diffusion[i, j]
        )

    def descent(self, inverse: str) -> list[sp.Expr]:
        """Return (I - epsilon D) grad f, or (I + epsilon D)^-1 grad f."""
        if inverse == "exact":
            return solve(self.matrix, [self.gradient], self.assignments)[0]
        d = len(self.gradient)
        pull = [
            sp.Add(*(self.diffusion[i, j] * self.gradient[j] for j in range(d))) for i in range(d)
        ]
        return [g - self.epsilon * p for g, p in zip(self.gradient, pull, strict=True)]

    @property
    def bound(self) -> sp.Expr:
        """epsilon times an upper bound of lambda_max(D), by the first two power sums.

            lambda_max <= m + sqrt((d-1)/d) |D - m I|_F,      m = tr D/d

        (Wolkowicz and Styan 1980).  Equal to lambda_max for d <= 2, for D of rank 1 and for
        multiples of the identity; never above |D|_F sqrt(d).
        """
        d = self.diffusion.rows
        diagonal = [self.diffusion[i, i] for i in range(d)]
        pairs = [(i, j) for i in range(d) for j in range(i)]
        squares = [(diagonal[i] - diagonal[j]) ** 2 / d for i, j in pairs]
        squares += [2 * self.diffusion[i, j] ** 2 for i, j in pairs]
        spread = sp.Rational(d - 1, d) * sp.Add(*squares)
        return self.epsilon * (sp.Add(*diagonal) / d + sp.sqrt(spread))

    def with_bound_row(self, step: Step) -> Step:
        """Return the step with a hidden row: the largest bound at the beginning of any step."""
        name = BOUND_ROW.removeprefix("row.")
        return step.with_row(name, lambda row: sp.Max(row, self.bound))


def warn_if_bound_passed(step: Step, state: Float, epsilon: float) -> None:
    """Warn if the first-order inverse was used where it does not descend."""
    row = state[[s.name for s in step.state].index(BOUND_ROW)]
    largest = float(np.max(row, where=np.isfinite(row), initial=0.0))
    if largest > 1:
        warnings.warn(
            f"epsilon lambda_max(D) reached {largest:.4g} (an upper bound, exact for two "
            "coordinates or D of rank 1); past 1 the loss rises along the noisiest direction. Use "
            f'epsilon < {epsilon / largest:.4g}, or inverse="exact", which descends at every '
            "epsilon.",
            MetricWarning,
            stacklevel=4,
        )

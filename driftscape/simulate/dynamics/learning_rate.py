"""Learning rates: a number, a formula of the step (a schedule), or a matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from ...landscapes.errors import FormulaError
from ...landscapes.formulas.evaluate import evaluate
from ...landscapes.formulas.parse import parse_expression
from ...validate import check_positive, shown
from ..step import STEP, parameter

_CHECKED = 100_000  # steps at which a schedule is tested, at most


class LearningRate:
    """A checked `learning_rate=`: a number, a schedule or a matrix.

    Attributes
    ----------
    given
        The argument, ready for JSON.
    kind
        `"number"`, `"schedule"` or `"matrix"`.

    Raises
    ------
    ValueError, TypeError
        Not a positive number, a formula of `step` that is positive at step 0, or a square matrix
        whose symmetric part is positive definite.
    """

    def __init__(self, given: Any) -> None:
        self.given: Any = given
        if isinstance(given, str):
            self.kind = "schedule"
            self.formula = self._parse(given)
            self.check_steps(1)
        elif isinstance(given, (list, tuple, np.ndarray)):
            self.kind = "matrix"
            self.given = self._matrix(given)
        else:
            self.kind = "number"
            check_positive("learning_rate", given)

    @staticmethod
    def _parse(text: str) -> sp.Expr:
        try:
            formula = parse_expression(text, {"step": STEP})
        except FormulaError as error:
            raise ValueError(
                f"learning_rate={shown(text)}: {error} A schedule is a formula of `step`, "
                "such as '0.1/(1 + step/100)'."
            ) from error
        if formula.is_number:
            raise ValueError(f"learning_rate={text!r} does not change with `step`; give a number.")
        return formula

    @staticmethod
    def _matrix(given: Any) -> tuple[tuple[float, ...], ...]:
        try:
            matrix = np.array(given, dtype=float)
        except (TypeError, ValueError, OverflowError):
            matrix = np.empty(0)
        if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not np.isfinite(matrix).all():
            raise ValueError(
                f"learning_rate={shown(given)}; a matrix must be square, of finite numbers."
            )
        lowest = np.linalg.eigvalsh(matrix + matrix.T).min() / 2
        if lowest <= 0:
            raise ValueError(
                f"learning_rate={shown(given)}; the symmetric part of the matrix has the "
                f"eigenvalue {lowest:.4g}, so that some steps would climb: it must be positive "
                "definite."
            )
        return tuple(map(tuple, matrix.tolist()))

    def check_steps(self, steps: int) -> None:
        """Raise an error if a schedule is not positive at all of steps 0, 1, ..., steps - 1."""
        if self.kind != "schedule":
            return
        where = np.unique(np.linspace(0, steps - 1, min(steps, _CHECKED)).round())
        with np.errstate(all="ignore"):
            rates = np.broadcast_to(evaluate([self.formula], {STEP: where})[0], where.shape)
        bad = ~(np.isfinite(rates) & (rates > 0))
        if bad.any():
            k = int(np.argmax(bad))
            raise ValueError(
                f"learning_rate={self.given!r} is {rates[k]:.4g} at step {int(where[k])}; it must "
                "be positive at every step: use fewer steps, or max(..., 1e-6)."
            )

    def parameters(self, dim: int) -> dict[sp.Symbol, float]:
        """Return the run-time numbers of the rate; a schedule's are part of its formula."""
        if self.kind == "number":
            return {parameter("learning_rate"): self.given}
        if self.kind == "schedule":
            return {}
        if len(self.given) != dim:
            raise ValueError(
                f"learning_rate is a {len(self.given)} x {len(self.given)} matrix; the landscape "
                f"has {dim} coordinates."
            )
        return {
            self._entry(i, j): value
            for i, row in enumerate(self.given)
            for j, value in enumerate(row)
        }

    def expression(self, dim: int) -> sp.Expr:
        """Return the rate of a step: an expression, or a matrix of symbols."""
        if self.kind == "number":
            return parameter("learning_rate")
        return self.formula if self.kind == "schedule" else sp.Matrix(dim, dim, self._entry)

    @staticmethod
    def _entry(i: int, j: int) -> sp.Symbol:
        return parameter(f"learning_rate_{i}_{j}")

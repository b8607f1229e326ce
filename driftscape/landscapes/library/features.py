"""Checks of the features X and the values y of a regression, and the formulas built from them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ...typing import Float
from ...validate import check_flag, shown
from ..errors import FormulaError

#: with more features SymPy and the compiler take long
MAX_FEATURES = 50


def read_features(
    X: ArrayLike | None, y: ArrayLike | None, default: tuple[ArrayLike, ArrayLike]
) -> tuple[Float, Float]:
    """Return X (rows, features) and y (rows,), checked; `default` if both are None.

    Raises
    ------
    FormulaError
        X or y is missing, X is not a matrix of 1 to 50 columns, y has another number of rows, or a
        number is not finite.
    """
    if X is None and y is None:
        X, y = default
    if X is None or y is None:
        raise FormulaError(f"{'X' if X is None else 'y'} is missing; give X and y, or neither.")
    features, answers = _numbers("X", X), _numbers("y", y)
    if features.ndim != 2:
        raise FormulaError(
            f"X has the shape {features.shape}; give one row for each sample and one column for "
            "each feature, "
            "X[:, None] for a single one."
        )
    if answers.shape != features.shape[:1]:
        raise FormulaError(
            f"y has the shape {answers.shape} and X {features.shape}; y must have one number for "
            f"each of the {features.shape[0]} rows."
        )
    if not features.shape[0] or not 1 <= features.shape[1] <= MAX_FEATURES:
        raise FormulaError(
            f"X has {features.shape[0]} rows and {features.shape[1]} features; allowed are at "
            f"least one row and 1 to {MAX_FEATURES} features: project onto fewer."
        )
    return features, answers


def _numbers(name: str, given: ArrayLike) -> Float:
    try:
        array = np.asarray(given, dtype=float)
    except (TypeError, ValueError, OverflowError):
        raise FormulaError(f"{name}={shown(given)} is not an array of real numbers.") from None
    bad = np.argwhere(~np.isfinite(array))
    if len(bad):
        raise FormulaError(
            f"{name} contains {array[tuple(bad[0])]} at {bad[0].tolist()}; leave such rows out."
        )
    return array


def linear_form(count: int, intercept: bool) -> tuple[list[str], str]:
    """Return the coordinates w0, w1, ... (b first, with an intercept) and b + w0 x0 + ..."""
    check_flag("intercept", intercept)
    terms = [f"w{i}*x{i}" for i in range(count)]
    names = [f"w{i}" for i in range(count)]
    return (["b", *names] if intercept else names), " + ".join(["b", *terms][not intercept :])


def columns_of(features: Float, answers: Float) -> dict[str, Float]:
    """Return the argument data= of `Landscape.from_loss`: x0, x1, ... and y."""
    return {f"x{i}": column for i, column in enumerate(features.T)} | {"y": answers}


def design(features: Float, intercept: bool) -> Float:
    """Return the matrix with one column for each coordinate: ones first for an intercept."""
    return np.column_stack([np.ones(len(features)), features]) if intercept else features

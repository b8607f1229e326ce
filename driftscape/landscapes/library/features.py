"""A matrix of features and a column of answers: what regressions are made of."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...typing import Float
from ..formulas.parse import FormulaError

#: more names than this make formulas that take SymPy and the compiler long
MAX_FEATURES = 50


def read_features(X: Any, y: Any, default: tuple[Any, Any]) -> tuple[Float, Float]:
    """Return X (rows, features) and y (rows,) checked, or the page's own data for None, None.

    Raises
    ------
    FormulaError
        One of them is missing, X is not a matrix of 1 to 50 columns, y is no column of as many
        rows, or a number is not finite.
    """
    if X is None and y is None:
        X, y = default
    if X is None or y is None:
        raise FormulaError(f"{'X' if X is None else 'y'} is missing; give X and y, or neither.")
    features, answers = _numbers("X", X), _numbers("y", y)
    if features.ndim != 2:
        raise FormulaError(
            f"X has the shape {features.shape}; give one row a sample and one column a feature, "
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


def _numbers(name: str, given: Any) -> Float:
    try:
        array = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        raise FormulaError(f"{name} is not an array of real numbers.") from None
    bad = np.argwhere(~np.isfinite(array))
    if len(bad):
        raise FormulaError(
            f"{name} holds {array[tuple(bad[0])]} at {bad[0].tolist()}; leave such rows out."
        )
    return array


def linear_form(count: int, intercept: bool) -> tuple[list[str], str]:
    """Return the names w0, w1, ... of the coordinates (b first, if wanted) and b + w0 x0 + ..."""
    if not isinstance(intercept, bool):
        raise TypeError(f"intercept={intercept!r}; give True or False.")
    terms = [f"w{i}*x{i}" for i in range(count)]
    names = [f"w{i}" for i in range(count)]
    return (["b", *names] if intercept else names), " + ".join(["b", *terms][not intercept :])


def columns_of(features: Float, answers: Float) -> dict[str, Float]:
    """Return the data of `Landscape.from_loss`: x0, x1, ... and y."""
    return {f"x{i}": column for i, column in enumerate(features.T)} | {"y": answers}


def design(features: Float, intercept: bool) -> Float:
    """Return the matrix whose columns belong to the coordinates: ones first for an intercept."""
    return np.column_stack([np.ones(len(features)), features]) if intercept else features

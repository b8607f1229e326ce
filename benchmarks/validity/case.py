"""One random problem: the prediction of the package and the true value."""

from __future__ import annotations

import math
import warnings
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Case:
    """A problem, the package's answer, and an answer that does not depend on the package.

    Attributes
    ----------
    label
        The problem in words, enough to make it again by hand.
    predict
        Returns a `Theory`.  A ValueError or RuntimeError is a refusal.
    truth
        Returns (value, its own error), by another method than `predict`.
    inside
        Whether the problem lies in the regime that the function states, from the problem alone.
    solvable
        Whether a refusal would be a false one.
    """

    label: str
    predict: Callable[[], Any]
    truth: Callable[[], tuple[float, float]]
    inside: bool | Callable[[], bool] = True
    solvable: bool = True


def generator(part: str, number: int) -> np.random.Generator:
    """Return the random numbers of one case, which its number determines."""
    return np.random.default_rng([zlib.crc32(part.encode()), number])


def outcome(part: str, number: int, case: Case) -> dict[str, Any]:
    """Ask both, and return the numbers as a row of the results.

    `ratio` is |value - truth| over the truncation plus the oracle's own error and rounding.
    """
    row: dict[str, Any] = {"part": part, "case": number, "label": case.label}
    row["inside"] = bool(case.inside() if callable(case.inside) else case.inside)
    row["solvable"] = case.solvable
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            theory = case.predict()
        except (ValueError, RuntimeError) as refusal:
            return row | {"refused": f"{type(refusal).__name__}: {refusal}"}
        truth, error = case.truth()
    allowed = theory.truncation + error + 1e-12 * abs(truth)
    difference = abs(theory.value - truth)
    ratio = difference / allowed if allowed > 0 else math.inf * bool(difference)
    return row | {
        "value": float(theory.value),
        "truncation": float(theory.truncation),
        "valid": bool(theory.valid),
        "truth": float(truth),
        "oracle_error": float(error),
        "ratio": float(ratio) if math.isfinite(difference) else math.inf,
    }

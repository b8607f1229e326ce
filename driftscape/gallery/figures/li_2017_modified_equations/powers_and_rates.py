"""Estimate the power of a learning rate and a rate of decay, with errors."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from ....analysis import Estimate
from ....typing import Float


def power_of(rates: ArrayLike, errors: ArrayLike, root: bool = False) -> Estimate:
    """Return the power p of errors ~ rate**p from three learning rates, each twice the one before.

    The slopes between neighbours converge to p linearly in the rate (with `root`: in its square
    root); the error is the size of the extrapolation.

    Examples
    --------
    >>> print(power_of([1, 2, 4], [1.01, 4.08, 16.64]))
    2.000 ± 0.014
    """
    ratio = math.sqrt(2) if root else 2.0
    first, second = np.diff(np.log(np.abs(errors))) / np.diff(np.log(rates))
    step = (first - second) / (ratio - 1)
    return Estimate(float(first + step), abs(float(step)), 1, "slope between three learning rates")


def decay_rate(early: Float, late: Float, between: float) -> Estimate:
    """Return ln(mean early/mean late)/between, with the standard error of its linearisation."""
    means = early.mean(), late.mean()
    influence = (early / means[0] - late / means[1]) / between
    return Estimate(
        math.log(means[0] / means[1]) / between,
        float(influence.std(ddof=1) / math.sqrt(len(early))),
        len(early),
        f"decay of the mean over {between:g} units of time",
    )

"""Logarithms of escape times: what Kramers' law is linear in."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ...analysis import Estimate

Points = Sequence[tuple[float, Estimate]]
"""Places and times: what a law is drawn through."""


def logarithm(time: Estimate) -> Estimate:
    """Return ln of an estimate; its error e is relative, and must be small for this to hold.

    Its skewness is less by 3 e, to first order in e.

    Examples
    --------
    >>> print(logarithm(Estimate(100.0, 2.0, 50, "counted")))
    4.605 ± 0.020
    """
    error = time.stderr / time.value
    skewness = time.skewness - 3 * error
    return Estimate(math.log(time.value), error, time.n_eff, time.method, skewness=skewness)


def fitted(points: Points, terms: Sequence[Callable[[Any], Any]]) -> Estimate:
    """Fit ln(time) = sum of coefficient * term(place) and return the first coefficient.

    Weighted least squares; the error is that of the measured logarithms, propagated.

    Examples
    --------
    >>> points = [(x, Estimate(math.exp(0.5 * x + 1), 0.01, 9, "")) for x in (1, 2, 3)]
    >>> round(fitted(points, (lambda x: x, np.ones_like)).value, 3)
    0.5
    """
    logs = [logarithm(time) for _, time in points]
    weight = 1 / np.array([each.stderr for each in logs])
    x = np.array([float(place) for place, _ in points])
    design = np.stack([term(x) for term in terms], axis=1) * weight[:, None]
    shares = np.linalg.pinv(design)[0] * weight
    parts = [each * float(share) for each, share in zip(logs, shares, strict=True)]
    return replace(sum(parts[1:], parts[0]), method=f"fit to {len(logs)} logarithms of times")


def arrays(points: Points) -> tuple[Any, Any, Any]:
    """Return places, ln(time) and the errors of it, to be drawn."""
    logs = [(x, logarithm(time)) for x, time in points]
    place, value, error = np.array([(x, each.value, each.stderr) for x, each in logs]).T
    return place, value, error

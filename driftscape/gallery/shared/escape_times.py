"""Logarithms of escape times, and straight lines through them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from ...analysis import Estimate
from ...typing import Float

Points = Sequence[tuple[float, Estimate]]
"""Positions on the horizontal axis and measured times."""


def fitted(points: Points, terms: Sequence[Callable[[Float], Float]]) -> Estimate:
    """Fit ln(time) = sum of coefficient * term(position) and return the first coefficient.

    The fit is by weighted least squares, with the propagated error of the logarithms.

    Examples
    --------
    >>> points = [(x, Estimate(float(np.exp(0.5 * x + 1)), 0.01, 9, "")) for x in (1, 2, 3)]
    >>> round(fitted(points, (lambda x: x, np.ones_like)).value, 3)
    0.5
    """
    logs: list[Estimate] = [np.log(time) for _, time in points]
    weight = 1 / np.array([each.stderr for each in logs])
    x = np.array([float(position) for position, _ in points])
    design = np.stack([term(x) for term in terms], axis=1) * weight[:, None]
    shares = np.linalg.pinv(design)[0] * weight
    parts = [each * float(share) for each, share in zip(logs, shares, strict=True)]
    return replace(sum(parts[1:], start=parts[0]), method=f"fit to {len(logs)} logarithms of times")


def arrays(points: Points) -> tuple[Float, Float, Float]:
    """Return positions, ln(time) and its errors as arrays."""
    logs = [(x, np.log(time)) for x, time in points]
    position, value, error = np.array([(x, each.value, each.stderr) for x, each in logs]).T
    return position, value, error

"""Whether everything around a box comes into it: else something was left outside."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....typing import Float
from .collocation import Collocation

_RADII = (1.3, 3.0, 9.0)  # of the box
_WAYS = 24
_DECAYS = 15.0  # of the slowest: how long a path is followed
_MOST = 60_000  # evaluations of the drift


class _TooLong(Exception):
    """The paths take more steps than anyone waits for."""


def attracts(level: Collocation, rate: float, known: Float) -> bool:
    """Whether deterministic paths from around a box, up to nine times as far, end inside it.

    And those from known points.

    Parameters
    ----------
    level
        A steady state and its box.
    rate
        How slowly it relaxes.
    known
        Points that matter, shape (n, dim).
    """
    from scipy.integrate import solve_ivp

    ways = np.random.default_rng(0).normal(size=(_WAYS, level.dim))
    ways /= np.abs(ways).max(axis=1, keepdims=True)
    reach = np.where(ways > 0, level.ends[:, 1], -level.ends[:, 0])
    around = [radius * ways * reach for radius in _RADII]
    starts = np.concatenate([*around, level.frame.coordinates(known)])
    back, calls = level.frame.inverse, 0

    def velocity(_: float, y: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > _MOST:
            raise _TooLong
        points = level.frame.points(y.reshape(-1, level.dim))
        with np.errstate(all="ignore"):
            b = level.coefficients.drift(points)
        return (b @ back.T).ravel()

    def inside(_: float, y: Any) -> float:
        y = y.reshape(-1, level.dim)
        return float(np.maximum(level.ends[:, 0] - y, y - level.ends[:, 1]).max())

    inside.terminal = True  # type: ignore[attr-defined]
    try:
        path = solve_ivp(
            velocity, (0.0, _DECAYS / rate), starts.ravel(), rtol=1e-3, atol=1e-3, events=inside
        )
    except (_TooLong, ValueError, FloatingPointError):
        return False
    return bool(path.status == 1 or (path.success and inside(0.0, path.y[:, -1]) <= 0))

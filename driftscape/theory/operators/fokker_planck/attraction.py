"""Check that deterministic paths around a box end inside it: otherwise it misses attractors."""

from __future__ import annotations

import numpy as np

from ....typing import Float
from .collocation import Collocation

_RADII = (1.3, 3.0, 9.0)  # distances of the first points, in half-widths of the box
_DIRECTIONS = 24  # in which paths begin
_DECAYS = 15.0  # length of a path, in decay times of the slowest mode
_MOST_EVALUATIONS = 60_000  # of the drift


class _TooLong(Exception):
    """The paths take too many steps."""


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

    directions = np.random.default_rng(0).normal(size=(_DIRECTIONS, level.dim))
    directions /= np.abs(directions).max(axis=1, keepdims=True)
    reach = np.where(directions > 0, level.ends[:, 1], -level.ends[:, 0])
    around = [radius * directions * reach for radius in _RADII]
    starts = np.concatenate([*around, level.frame.coordinates(known)])
    back, calls = level.frame.inverse, 0

    def velocity(_: float, y: Float) -> Float:
        nonlocal calls
        calls += 1
        if calls > _MOST_EVALUATIONS:
            raise _TooLong
        points = level.frame.points(y.reshape(-1, level.dim))
        with np.errstate(all="ignore"):
            b = level.coefficients.drift(points)
        return np.asarray((b @ back.T).ravel())

    def inside(_: float, y: Float) -> float:
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

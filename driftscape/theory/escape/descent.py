"""Descent from a saddle to the minimum on one side, and integrals along it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...landscapes.landscape import Landscape
from ...typing import Float
from .critical_point import CriticalPoint, refine

Vector = Callable[[Float], Float]

_FIRST_STEP = 1e-4  # from the saddle, relative to the scale of the landscape
_FARTHEST = 1e3  # distance in units of that scale at which the descent stops without a minimum
_PATH_POINTS = 100
_MOST_SPANS = 40  # of the integration; each is twice as long as the one before


@dataclass(frozen=True)
class Descent:
    """A descent from a saddle to a minimum.

    Attributes
    ----------
    path
        Points at equal distances, shape (n, dim).
    end
        The minimum.
    integral
        Integral of a function over the time of the descent.
    """

    path: Float
    end: CriticalPoint
    integral: float


def descend(
    landscape: Landscape,
    saddle: CriticalPoint,
    direction: Float,
    length: float,
    *,
    velocity: Vector | None = None,
    rate: float | None = None,
    along: Callable[[Float], float] | None = None,
) -> Descent | None:
    """Follow dx/dt = velocity (-grad if not given) from a saddle to a minimum.

    Parameters
    ----------
    landscape, saddle
        The energy must decrease along the velocity.
    direction
        Unit vector, plus or minus the velocity's unstable direction at the saddle.
    length
        Scale of the landscape, such as the distance of the minimum.
    velocity, rate
        A flow of points, shape (dim,), and the rate at which it leaves the saddle.
    along
        A function of points, zero at fixed points, that is integrated over time.

    Returns
    -------
    Descent or None
        None where no nondegenerate minimum is reached.
    """
    from scipy.integrate import solve_ivp

    d, scale = len(saddle.at), length
    flow = velocity or (lambda x: -landscape.gradient(x))
    rate = abs(saddle.curvatures[0]) if rate is None else rate
    integrand = along or (lambda x: 0.0)
    x = saddle.at + _FIRST_STEP * scale * direction
    steepest = np.abs(saddle.curvatures).max()
    precision = 1e-5 if along is None else 1e-8

    def motion(_: float, y: Float) -> Float:
        return np.append(flow(y[:d]), integrand(y[:d]))

    def at_rest(_: float, y: Float) -> float:
        slope = np.linalg.norm(landscape.gradient(y[:d]))
        return float(slope - 1e-2 * _FIRST_STEP * scale * steepest)

    def gone(_: float, y: Float) -> float:
        return float(_FARTHEST * scale - np.abs(y[:d] - saddle.at).max())

    at_rest.terminal, at_rest.direction = True, -1  # type: ignore[attr-defined]
    gone.terminal = True  # type: ignore[attr-defined]
    # up to the first step the integrand grows as exp(rate t)
    y, span, points = np.append(x, integrand(x) / rate), 10 / rate, [saddle.at[None], x[None]]
    for _ in range(_MOST_SPANS):
        with np.errstate(over="ignore", invalid="ignore"):  # a side without a minimum
            leg = solve_ivp(
                motion, (0, span), y, method="LSODA", events=(at_rest, gone), rtol=precision,
                atol=1e-10 * scale,
            )  # fmt: skip
        points.append(leg.y[:d, 1:].T)
        y, span = leg.y[:, -1], 2 * span
        if not np.isfinite(y).all():
            return None
        if leg.status == 1:
            break
        if leg.status != 0 or np.abs(y[:d] - saddle.at).max() > 1e6 * scale:
            return None
    end = refine(landscape, y[:d], "minimum", scale, reach=0.1 * scale)
    if end is None:
        return None
    path = np.concatenate([*points, end.at[None]])
    along_path = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    distances = np.linspace(0, along_path[-1], _PATH_POINTS)
    even = np.stack([np.interp(distances, along_path, c) for c in path.T], axis=1)
    return Descent(even, end, float(y[d]))


def descent_into(
    landscape: Landscape,
    saddle: CriticalPoint,
    minimum: CriticalPoint,
    e: Float,
    *,
    velocity: Vector | None = None,
    rate: float | None = None,
    along: Callable[[Float], float] | None = None,
) -> tuple[Float, Descent, Descent | None]:
    """Return the direction e or -e that leads to a minimum, that descent, and the other one.

    Raises
    ------
    ValueError
        Neither descent from the saddle ends in this minimum, or both do.
    """
    length = float(np.linalg.norm(saddle.at - minimum.at))
    sides = [
        descend(landscape, saddle, sign * e, length, velocity=velocity, rate=rate, along=along)
        for sign in (1, -1)
    ]
    here = [
        side is not None and bool(np.linalg.norm(side.end.at - minimum.at) <= 1e-5 * length)
        for side in sides
    ]
    if all(here):
        raise ValueError(
            f"both descents from the saddle {saddle.at.tolist()} end in the minimum "
            f"{minimum.at.tolist()}: the saddle does not lead out of this well."
        )
    for sign, side, other in ((1, sides[0], sides[1]), (-1, sides[1], sides[0])):
        if here[(1 - sign) // 2] and side is not None:
            return sign * e, side, other
    ends = " and ".join("nowhere" if s is None else str(s.end.at.round(6).tolist()) for s in sides)
    raise ValueError(
        f"the descents from the saddle {saddle.at.tolist()} end in {ends}, not in the minimum "
        f"{minimum.at.tolist()}; saddles_between finds the saddles of a passage."
    )

"""The rotating double well without noise: its stable points and the absence of a limit cycle."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from scipy.optimize import brentq

from .... import landscapes, simulate
from ....analysis import Estimate
from ....typing import Float

_Number = TypeVar("_Number", float, Float)

FLOW = simulate.GradientFlow(dt=0.01, beta=1)


def branch(kappa: _Number) -> tuple[_Number, _Number, _Number]:
    """Return rotation, x1 and x2 along the branch of wells, which ends at kappa = 1.

    At a zero of the drift x2 = kappa x1 and x1^2 = 1 - kappa^2; kappa is the rotation times
    exp(Phi - r^4/4) at this point.
    """
    x1 = np.sqrt(1 - kappa**2)
    x2 = kappa * x1
    exponent = (x1**2 - 1) ** 2 / 4 + x2**2 / 2 - (x1**2 + x2**2) ** 2 / 4
    return kappa * np.exp(-exponent), x1, x2


def well(rotation: float) -> tuple[float, float]:
    """Return the well with x1 > 0, or (0, 0) beyond the end of the branch.

    Examples
    --------
    >>> "%.5f %.5f" % well(0.5)
    '0.90243 0.38880'
    """
    if rotation >= branch(1.0)[0]:
        return 0.0, 0.0
    kappa = brentq(lambda k: branch(k)[0] - rotation, 0.0, 1.0, xtol=1e-14)
    _, x1, x2 = branch(kappa)
    return float(x1), float(x2)


def rest(rotation: float) -> Float:
    """Return the final point of the noiseless flow from (1, 0), shape (2,)."""
    landscape = landscapes.double_well(rotation=rotation)
    run = simulate.run(landscape, FLOW, time=400, start=(1, 0), keep="final", seed=0)
    return np.asarray(run["final"].values[0])


def merging_point(x1: float = 1e-4) -> Estimate:
    """Solve drift = 0 for x2 and the rotation at a small x1, near the end of the branch.

    The drift is b + rotation k, so that a zero needs b parallel to k.
    """
    b = landscapes.double_well(rotation=0).drift(1)
    rotated = landscapes.double_well(rotation=1).drift(1)

    def parts(x2: float) -> tuple[Float, Float]:
        point = np.array([x1, x2])
        return b(point), rotated(point) - b(point)

    def cross(x2: float) -> float:
        (b1, b2), (k1, k2) = parts(x2)
        return float(b1 * k2 - b2 * k1)

    still, whirl = parts(brentq(cross, 0.5 * x1, 1.5 * x1, xtol=1e-16))
    rotation = -float(still @ whirl / (whirl @ whirl))
    return Estimate(rotation, 1e-7, 1, f"zero of the drift at x1 = {x1:g}", "")


def determinant(rotation: float) -> Estimate:
    """Return the determinant of the drift's linear part at the origin.

    Its trace is zero at every rotation, so that the eigenvalues are +-sqrt(-det).
    """
    drift = landscapes.double_well(rotation=rotation).drift(1)
    value = float(np.linalg.det(_jacobian(drift, (0.0, 0.0))))
    return Estimate(value, 1e-8, 1, "central differences")


def divergence(rotation: float, point: tuple[float, float]) -> tuple[Estimate, float]:
    """Return div j and j . grad Phi of the rotating force j.

    They are equal because div(j exp(-Phi)) = 0.
    """
    rotated, still = (landscapes.double_well(rotation=each).drift(1) for each in (rotation, 0.0))
    trace = np.trace(_jacobian(rotated, point) - _jacobian(still, point))
    force = rotated(np.array(point)) - still(np.array(point))
    along = -force @ still(np.array(point))
    return Estimate(float(trace), 1e-8, 1, "central differences"), float(along)


def _jacobian(field: Callable[[Float], Float], point: tuple[float, float]) -> Float:
    step = 1e-5 * np.eye(2)
    return np.stack([(field(point + h) - field(point - h)) / 2e-5 for h in step], axis=1)


def spiral(rotation: float, time: float = 2000.0) -> tuple[Float, Float]:
    """Return times and points, shapes (n,) and (n, 2), of the noiseless flow from (1, 0)."""
    run = simulate.run(
        landscapes.double_well(rotation=rotation),
        FLOW,
        time=time,
        start=(1, 0),
        save_every=5,
        seed=0,
    )
    return run["time"].values, run["state"].isel(trajectory=0).transpose("time", ...).values


def spiral_rate(path: tuple[Float, Float], rotation: float) -> Estimate:
    """Measure d(1/<r^2>)/dt in the second half of a spiral, with <> the mean over ten turns.

    It is 0 on a limit cycle.  Near the origin, above the merging point, it is 1/4 for every
    rotation: the linear part rotates on ellipses and the cubic term contracts them.
    """
    time, points = path
    turn = 2 * np.pi / np.sqrt(rotation**2 * np.exp(0.5) - 1)
    width = round(10 * turn / (time[1] - time[0]))
    usable = len(time) // 2 // width * width
    square = np.sum(points[-usable:] ** 2, axis=1).reshape(-1, width).mean(axis=1)
    middle = time[-usable:].reshape(-1, width).mean(axis=1)
    (slope, _), covariance = np.polyfit(middle, 1 / square, 1, cov=True)
    return Estimate(float(slope), float(covariance[0, 0] ** 0.5), len(middle), "fit of 1/<r^2>")

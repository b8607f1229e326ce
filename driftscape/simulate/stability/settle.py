"""Find where the noiseless drift comes to rest, by a short descent along its flow."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...landscapes.landscape import Landscape
from ...typing import Float
from .moments import Moments

_STEPS = 60  # largest number of steps; a flow still moving then is periodic, or escapes
_REACH = 0.3  # largest length of a step, in units of 1 + |x|
_NEAR = 1e-6  # length of Newton's last step, in units of 1 + |x|
_SPACING = 1e-4  # spacing of differences, in units of 1 + |x|
_SMALL = 1e-4  # longest time step from which the drift of an equation is computed
_NEUTRAL = 1e-5  # relative rate below which a direction is the floor of a valley
_WEAK = 1e-4  # relative real part below which higher orders decide about stability


def slopes(function: Callable[[Float], Float], point: Float, length: float) -> tuple[Float, Float]:
    """Return the value at a point and the Jacobian there, by central differences."""
    n = len(point)
    steps = length * np.eye(n)
    values = function(np.vstack([point, point + steps, point - steps]))
    return values[0], (values[1 : n + 1] - values[n + 1 :]).T / (2 * length)


def active(matrix: Float, neutral: float) -> tuple[Float, Float]:
    """Return right and left bases of the directions whose eigenvalue is not `neutral`.

    Their product left @ right is the identity.  A neutral direction is the floor of a valley.
    """
    n = len(matrix)
    values, vectors = np.linalg.eig(matrix)
    rates = np.abs(values - neutral)
    moving = rates > _NEUTRAL * rates.max()
    if moving.all():
        return np.eye(n), np.eye(n)
    projector = np.real((vectors * moving) @ np.linalg.pinv(vectors))
    right = np.linalg.svd(projector)[0][:, : moving.sum()]
    return right, right.T @ projector


def settle(moments: Moments, start: Float) -> Float | None:
    """Follow the drift of the coordinates to a stable zero; None where it does not come to rest.

    The drift is the mean of a step with hidden rows at rest.  For an equation the step is short,
    since schemes change the drift of a long one; a learning rate is left as it is, since a
    temperature may depend on it.  The method is exponential Euler of Rosenbrock's kind,

        x' = x + t phi(t A) b,      phi(z) = (exp(z) - 1)/z

    which is exact for a linear drift; t grows as long as a step stays short.
    """
    size, n = moments.size, len(start)
    small = _SMALL * min(1.0, 1 / size) if moments.name == "dt" else 1.0
    hidden = moments.at_rest
    x, time = start, 1.0

    def drift(points: Float) -> Float:
        states = np.hstack([points, np.broadcast_to(hidden, (len(points), len(hidden)))])
        return (moments.mean(states, small)[:, :n] - points) / (small * size)

    for _ in range(_STEPS):
        b, slope = slopes(drift, x, _SPACING * (1 + np.abs(x).max()))
        if not (np.isfinite(b).all() and np.isfinite(slope).all()):
            return None
        far = 1 + np.abs(x).max()
        right, left = active(slope, 0.0)
        rates = left @ slope @ right
        if _attracts(rates):
            newton = right @ np.linalg.solve(rates, left @ b)
            if np.abs(newton).max() <= _NEAR * far:
                return x - newton
        values, vectors = np.linalg.eig(slope)
        parts = np.linalg.pinv(vectors) @ b
        for _ in range(100):
            move = np.real(vectors @ (_stretch(values, time) * parts))
            if np.isfinite(move).all() and np.abs(move).max() <= _REACH * far:
                break
            time /= 4
        else:
            return None
        x, time = x + move, 8 * time
    return None


def _attracts(rates: Float) -> bool:
    """Return whether a linear drift is attractive, and not so weak that higher orders decide."""
    values = np.linalg.eigvals(rates)
    return bool(len(rates)) and bool((values.real < -_WEAK * np.abs(values).max()).all())


def _stretch(rates: NDArray[Any], time: float) -> NDArray[Any]:
    """Return (exp(r t) - 1)/r."""
    return np.where(np.abs(rates * time) < 1e-8, time, np.expm1(rates * time) / rates)


def resting_points(landscape: Landscape, moments: Moments, starts: Iterable[Float]) -> list[Float]:
    """Return the points where the flow comes to rest, each of shape (rows that feed back,).

    The flow begins at the known minima of the landscape, or else near the starts.
    """
    facts = landscape.facts
    known = [*facts.minima, *(point.at for point in facts.fixed_points)]
    begun = [np.array([_value(landscape, v) for v in point]) for point in known]
    if not begun:
        # a little to either side: exactly at a saddle or a maximum the drift is 0
        aside = 1e-3 * np.cos(1 + np.arange(landscape.dim))
        begun = [p + way * aside * (1 + np.abs(p)) for p in starts for way in (-1, 1)]
    found: list[Float] = []
    for point in begun:
        rest = settle(moments, point)
        if rest is not None and not any(np.allclose(rest, other) for other in found):
            found.append(rest)
    return [np.concatenate([rest, moments.at_rest]) for rest in found]


def _value(landscape: Landscape, formula: Any) -> float:
    return float(landscape.parse(formula).subs(landscape.parameter_symbols))

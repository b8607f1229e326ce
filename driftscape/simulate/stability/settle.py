"""Find where the noiseless drift comes to rest, by a short descent along its flow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...landscapes.landscape import Landscape
from ...typing import Bools, Float
from .moments import Moments

_STEPS = 60  # largest number of steps; a flow still moving then is periodic, or escapes
_REACH = 0.3  # largest length of a step, in units of 1 + |x|
_NEAR = 1e-6  # length of Newton's last step, in units of 1 + |x|
_SPACING = 1e-4  # spacing of differences, in units of 1 + |x|
_SMALL = 1e-4  # longest time step from which the drift of an equation is computed
_NEUTRAL = 1e-5  # relative rate below which a direction is the floor of a valley
_WEAK = 1e-4  # relative real part below which higher orders decide about stability


def slopes(
    function: Callable[[Float], Float], points: Float, lengths: Float
) -> tuple[Float, Float]:
    """Return the values at points (points, n) and the Jacobians, by central differences.

    `function` takes and returns arrays (..., points, n); `lengths` are the spacings, one a point.
    """
    n = points.shape[1]
    steps = np.eye(n)[:, None] * lengths[:, None]
    values = function(np.concatenate([points[None], points + steps, points - steps]))
    rises = (values[1 : n + 1] - values[n + 1 :]) / (2 * lengths[:, None])
    return values[0], np.moveaxis(rises, 0, -1)


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


def settle(moments: Moments, starts: Float) -> Float:
    """Follow the drift of the coordinates to stable zeros; NaN where it does not come to rest.

    The drift is the mean of a step with hidden rows at rest.  For an equation the step is short,
    since schemes change the drift of a long one; a learning rate is left as it is, since a
    temperature may depend on it.  The method is exponential Euler of Rosenbrock's kind,

        x' = x + t phi(t A) b,      phi(z) = (exp(z) - 1)/z

    which is exact for a linear drift; t grows as long as a step stays short.

    Parameters
    ----------
    moments
        Moments of the step, one point for each start.
    starts
        Where the flow begins, shape (starts, coordinates).
    """
    rest = np.full_like(starts, np.nan)
    x, time, moving = starts, np.ones(len(starts)), np.arange(len(starts))
    if moments.name == "dt":
        moments = moments.coarse()
    for _ in range(_STEPS):
        if not len(moving):
            break
        b, slope = slopes(_Drift(moments), x, _SPACING * _far(x))
        known = np.isfinite(b).all(axis=1) & np.isfinite(slope).all(axis=(1, 2))
        x, time, moving, b, slope = x[known], time[known], moving[known], b[known], slope[known]
        values, vectors = np.linalg.eig(slope)
        newton = _newton(b, slope, values)
        found = np.abs(newton).max(axis=1) <= _NEAR * _far(x)
        rest[moving[found]] = x[found] - newton[found]
        parts = (np.linalg.pinv(vectors) @ b[..., None])[..., 0]
        x, time, ready = _advanced(x, time, values, vectors, parts)
        going = ready & ~found
        x, time, moving = x[going], time[going], moving[going]
        moments = moments.at(np.flatnonzero(known)[going])
    return rest


class _Drift:
    """The drift of the coordinates at each point, of states (..., points, coordinates)."""

    def __init__(self, moments: Moments) -> None:
        size = moments.size
        self.moments, self.hidden = moments, moments.at_rest
        self.small = float(_SMALL * min(1.0, 1 / size.max())) if moments.name == "dt" else 1.0
        self.time = (self.small * size)[:, None]

    def __call__(self, states: Float) -> Float:
        hidden = np.broadcast_to(self.hidden, (*states.shape[:-1], len(self.hidden)))
        mean = self.moments.mean(np.concatenate([states, hidden], axis=-1), self.small)
        return (mean[..., : states.shape[-1]] - states) / self.time


def _far(x: Float) -> Float:
    return np.asarray(1 + np.abs(x).max(axis=1))


def _newton(b: Float, slope: Float, values: NDArray[Any]) -> Float:
    """Return Newton's steps; NaN where the linear drift is not attractive."""
    newton = np.full_like(b, np.nan)
    sizes = np.abs(values)
    full = (sizes > _NEUTRAL * sizes.max(axis=1, keepdims=True)).all(axis=1)
    attracts = full & (values.real < -_WEAK * sizes.max(axis=1, keepdims=True)).all(axis=1)
    newton[attracts] = np.linalg.solve(slope[attracts], b[attracts][..., None])[..., 0]
    for i in np.flatnonzero(~full):  # the floor of a valley
        right, left = active(slope[i], 0.0)
        rates = left @ slope[i] @ right
        if _attracts(rates):
            newton[i] = right @ np.linalg.solve(rates, left @ b[i])
    return newton


def _advanced(
    x: Float, time: Float, values: NDArray[Any], vectors: NDArray[Any], parts: NDArray[Any]
) -> tuple[Float, Float, Bools]:
    """Return the next points and times, and whether there is a step that is short enough."""
    there, time, left = x.copy(), time.copy(), np.arange(len(x))
    for _ in range(100):
        spread = _stretch(values[left], time[left, None]) * parts[left]
        move = np.real(vectors[left] @ spread[..., None])[..., 0]
        short = np.isfinite(move).all(axis=1) & (np.abs(move).max(axis=1) <= _REACH * _far(x[left]))
        there[left[short]] += move[short]
        left = left[~short]
        if not len(left):
            break
        time[left] /= 4
    ready = np.ones(len(x), dtype=bool)
    ready[left] = False
    return there, 8 * time, ready


def _attracts(rates: Float) -> bool:
    """Return whether a linear drift is attractive, and not so weak that higher orders decide."""
    values = np.linalg.eigvals(rates)
    return bool(len(rates)) and bool((values.real < -_WEAK * np.abs(values).max()).all())


def _stretch(rates: NDArray[Any], time: Float) -> NDArray[Any]:
    """Return (exp(r t) - 1)/r."""
    return np.where(np.abs(rates * time) < 1e-8, time, np.expm1(rates * time) / rates)


def resting_points(
    landscapes: Sequence[Landscape], moments: Moments, starts: Sequence[Float]
) -> list[list[Float]]:
    """Return for each point of a sweep where the flow rests, each of shape (rows that feed back,).

    The flow begins at the known minima of the landscape, or else near the starts of the point.
    """
    begun = [_begun(*each) for each in zip(landscapes, starts, strict=True)]
    number = np.repeat(np.arange(len(begun)), [len(each) for each in begun])
    rests = np.concatenate(
        [
            settle(moments.at(number[part]), np.concatenate(begun)[part])
            for part in moments.pieces(len(number), 2 * landscapes[0].dim + 1)
        ]
    )
    found: list[list[Float]] = [[] for _ in begun]
    for point, rest in zip(number.tolist(), rests, strict=True):
        if not np.isnan(rest).any():
            whole = np.concatenate([rest, moments.at_rest])
            if not any(np.allclose(whole, other) for other in found[point]):
                found[point].append(whole)
    return found


def _begun(landscape: Landscape, starts: Float) -> Float:
    """Return where the flow begins, shape (points, coordinates)."""
    facts = landscape.facts
    known = [*facts.minima, *(point.at for point in facts.fixed_points)]
    if known:
        return np.array([[_value(landscape, v) for v in point] for point in known])
    # a little to either side: exactly at a saddle or a maximum the drift is 0
    aside = 1e-3 * np.cos(1 + np.arange(landscape.dim))
    return np.array([p + way * aside * (1 + np.abs(p)) for p in starts for way in (-1, 1)])


def _value(landscape: Landscape, formula: Any) -> float:
    if isinstance(formula, (int, float)):
        return float(formula)
    return float(landscape.parse(formula).subs(landscape.parameter_symbols))

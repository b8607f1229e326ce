"""Ends of a least-action path, checked, and the first paths between them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ....typing import Float
from .hamiltonian import Hamiltonian
from .least_squares_path import FirstPath

FIXED = 1e-8  # Newton's step from a point that counts as fixed, in units of a length

_SOFTENING = 0.03  # added to D, of its size, while paths are relaxed: D may be rank-deficient
_NEAR = 0.05  # distance from a fixed point, of the whole, where the linear flow takes over
_POINTS = 81  # of a first path
_POINTS_A_TURN = 20
_CLOSE = 0.02  # of the distance between the ends: where a flow down begins and stops
_MOST_POINTS = 800


def rests(system: Hamiltonian, x: Float, length: float) -> bool:
    """Whether a point is a fixed point of the drift, but for rounding on the scale of a length."""
    slope = system.drift_slope(x)
    size = float(np.abs(slope).max())
    step = np.linalg.lstsq(slope, system.drift(x), rcond=1e-10)[0] if size > 0 else np.inf
    left = system.drift(x) - slope @ step if size > 0 else np.inf  # what no step takes away
    return bool(
        np.abs(step).max() <= FIXED * length and np.abs(left).max() <= FIXED * size * length
    )


def stable(system: Hamiltonian, a: Float, length: float) -> tuple[Float, Float]:
    """Return decay rates and frequencies at the start; refuse it unless stable and noisy."""
    drift, slope = system.drift(a), system.drift_slope(a)
    if not rests(system, a, length):
        raise ValueError(
            f"start={a.tolist()} is not a fixed point: the drift there is "
            f"{drift.round(6).tolist()}."
        )
    eigenvalues = -np.linalg.eigvals(slope)
    rates = np.asarray(eigenvalues.real, dtype=float)
    if rates.min() <= 1e-10 * np.abs(rates).max():
        raise ValueError(
            f"start={a.tolist()} is not stable: its perturbations decay at the rates "
            f"{rates.round(6).tolist()}, which must all be positive."
        )
    reach = np.concatenate(
        [np.linalg.matrix_power(slope, k) @ system.diffusion(a) for k in range(len(a))], axis=1
    )
    if np.linalg.matrix_rank(reach, tol=1e-10 * max(np.abs(reach).max(), 1e-300)) < len(a):
        raise ValueError(
            f"at start={a.tolist()} noise does not reach every direction, directly or through the "
            "drift (rank of [D, A D, A^2 D, ...] with A the slope of the drift): some points "
            "would cost an infinite action."
        )
    return rates, np.abs(eigenvalues.imag)


def guesses(
    a: Float, b: Float, given: Sequence[ArrayLike] | None, duration: float, frequency: float
) -> list[FirstPath]:
    """First paths: through the given points, or straight and bent along each other direction.

    `frequency` is that at which the linear flow turns round a: turns need points.
    """
    turns = duration * frequency / (2 * np.pi)
    count = min(max(_POINTS, round(_POINTS_A_TURN * turns)), _MOST_POINTS)
    if given is not None:
        corners = np.array([a, *given, b], dtype=float)
        where = np.linspace(0, len(corners) - 1, count)
        path = np.stack([np.interp(where, range(len(corners)), c) for c in corners.T], axis=1)
        return [FirstPath(path, duration)]
    share = np.linspace(0, 1, count)[:, None]
    straight, chord = a + share * (b - a), b - a
    sides = np.linalg.svd(chord[None])[2][1:]  # unit vectors across the chord
    bend = 0.25 * np.linalg.norm(chord) * np.sin(np.pi * share)
    bent = [straight + sign * bend * side for side in sides[:4] for sign in (1, -1)]
    return [FirstPath(path, duration) for path in (straight, *bent)]


def backward(system: Hamiltonian, a: Float, b: Float, slow: float, count: int) -> FirstPath | None:
    """The flow from a saddle b down to a, reversed: the way up of a gradient.

    Returns
    -------
    FirstPath or None
        None where b is no saddle of one way out, or neither side leads to a.
    """
    from scipy.integrate import solve_ivp

    values, modes = np.linalg.eig(system.drift_slope(b))
    out = np.flatnonzero(values.real > 0)
    if len(out) != 1:
        return None
    e, length = modes[:, out[0]].real, np.linalg.norm(b - a)

    def near(_: float, x: Float) -> float:
        return float(np.linalg.norm(x - a) - _CLOSE * length)

    near.terminal = True  # type: ignore[attr-defined]
    for sign in (1, -1):
        flow = solve_ivp(
            lambda _, x: system.drift(x), (0, 50 / values[out[0]].real + 50 / slow),
            b + sign * _CLOSE * length * e, method="LSODA", events=near, rtol=1e-6,
            atol=1e-9 * length, dense_output=True,
        )  # fmt: skip
        if flow.status == 1:
            times = np.linspace(flow.t[-1], 0, count - 2)
            path = np.concatenate([a[None], flow.sol(times).T, b[None]])
            return FirstPath(path, float(flow.t[-1] * (count - 1) / (count - 3)))
    return None


def softening(system: Hamiltonian, points: Float) -> float:
    """What has to be added to D for it to have an inverse at the points."""
    eigenvalues = np.linalg.eigvalsh(system.diffusion(points))
    size = float(eigenvalues.mean())
    return 0.0 if eigenvalues.min() > _SOFTENING * size else _SOFTENING * size


def middle(path: Float) -> slice:
    """Cut the waits at two fixed points off a first guess."""
    length = np.linalg.norm(path[-1] - path[0])
    gone = np.linalg.norm(path - path[0], axis=1) > _NEAR * length
    away = np.linalg.norm(path - path[-1], axis=1) > _NEAR * length
    return slice(max(int(np.argmax(gone)) - 1, 1), int(np.flatnonzero(away)[-1]) + 2)

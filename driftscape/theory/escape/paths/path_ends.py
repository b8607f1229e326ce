"""Checks of the ends of a least-action path, and first guesses of the path between them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ....typing import Float
from .hamiltonian import Hamiltonian
from .least_squares_path import FirstPath

_FIXED = 1e-8  # largest Newton step from a fixed point, in units of a length

_SOFTENING = 0.03  # added to D, relative to its size, while paths relax: D may be rank-deficient
_LINEAR_RANGE = 0.05  # relative distance from a fixed point at which the linear flow takes over
_FEWEST_POINTS = 81  # of a first path
_POINTS_PER_TURN = 20
_MOST_POINTS = 800
_FLOW_END = 0.02  # where a flow down begins and stops, relative to the distance of the ends


def rests(system: Hamiltonian, x: Float, length: float) -> bool:
    """Return whether the drift has a fixed point at x, up to rounding on the scale of a length."""
    slope = system.drift_slope(x)
    size = float(np.abs(slope).max())
    step = np.linalg.lstsq(slope, system.drift(x), rcond=1e-10)[0] if size > 0 else np.inf
    left = system.drift(x) - slope @ step if size > 0 else np.inf  # what no Newton step removes
    return bool(
        np.abs(step).max() <= _FIXED * length and np.abs(left).max() <= _FIXED * size * length
    )


def stable(system: Hamiltonian, a: Float, length: float) -> tuple[Float, Float]:
    """Return decay rates and frequencies at a stable start; refuse any other start."""
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
            "would need an infinite action."
        )
    return rates, np.abs(eigenvalues.imag)


def guesses(
    a: Float, b: Float, given: Sequence[ArrayLike] | None, duration: float, frequency: float
) -> list[FirstPath]:
    """Return first paths: through given points, or straight and bent to each side.

    `frequency` is that of the linear flow about a: each turn needs points.
    """
    turns = duration * frequency / (2 * np.pi)
    count = min(max(_FEWEST_POINTS, round(_POINTS_PER_TURN * turns)), _MOST_POINTS)
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
    """Return the flow from a saddle b down to a, reversed: the path up in a gradient.

    Returns
    -------
    FirstPath or None
        None where b is no saddle with one unstable direction, or neither side leads to a.
    """
    from scipy.integrate import solve_ivp

    values, modes = np.linalg.eig(system.drift_slope(b))
    out = np.flatnonzero(values.real > 0)
    if len(out) != 1:
        return None
    e, length = modes[:, out[0]].real, np.linalg.norm(b - a)

    def near(_: float, x: Float) -> float:
        return float(np.linalg.norm(x - a) - _FLOW_END * length)

    near.terminal = True  # type: ignore[attr-defined]
    for sign in (1, -1):
        flow = solve_ivp(
            lambda _, x: system.drift(x), (0, 50 / values[out[0]].real + 50 / slow),
            b + sign * _FLOW_END * length * e, method="LSODA", events=near, rtol=1e-6,
            atol=1e-9 * length, dense_output=True,
        )  # fmt: skip
        if flow.status == 1:
            times = np.linspace(flow.t[-1], 0, count - 2)
            path = np.concatenate([a[None], flow.sol(times).T, b[None]])
            return FirstPath(path, float(flow.t[-1] * (count - 1) / (count - 3)))
    return None


def softening(system: Hamiltonian, points: Float) -> float:
    """Return what has to be added to D for it to have an inverse at the points."""
    eigenvalues = np.linalg.eigvalsh(system.diffusion(points))
    size = float(eigenvalues.mean())
    return 0.0 if eigenvalues.min() > _SOFTENING * size else _SOFTENING * size


def middle(path: Float) -> slice:
    """Return the part of a first guess outside the neighbourhoods of its two fixed points."""
    length = np.linalg.norm(path[-1] - path[0])
    left = np.linalg.norm(path - path[0], axis=1) > _LINEAR_RANGE * length
    away = np.linalg.norm(path - path[-1], axis=1) > _LINEAR_RANGE * length
    return slice(max(int(np.argmax(left)) - 1, 1), int(np.flatnonzero(away)[-1]) + 2)

r"""A first guess of the most probable path: the discretised action as a sum of squares.

    S = sum_k |r_k|^2,    r_k = (sqrt(h)/2) W (dx_k/h - b(m_k)),    W^T W = (D + extra I)^-1

with midpoints m_k, minimised over the inner points by damped Gauss-Newton steps: unlike Newton's
method for the equations of motion it cannot end on a path of largest action.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ....typing import Float
from .hamiltonian import Hamiltonian

_MOST_STEPS = 150
_DIFFERENCE = 1e-6  # relative step of finite differences
_LEAST_DECREASE = 1e-5  # relative decrease of the action in a step, below which relaxation stops
_LARGEST_DAMPING = 1e12


class FirstPath(NamedTuple):
    """A path at equal times, shape (n, dim)."""

    path: Float
    duration: float


class RelaxedPath(NamedTuple):
    """A path at equal times and its momenta, shapes (n, dim), and its action."""

    path: Float
    duration: float
    momenta: Float
    action: float


def relax(system: Hamiltonian, first: FirstPath, extra: float) -> RelaxedPath:
    """Lower the action of a path with fixed ends."""
    from scipy.linalg import LinAlgError, solveh_banded

    path, h = first.path, first.duration / (len(first.path) - 1)
    residual, action = _residuals(system, path, h, extra)
    damping = 1e-3
    for _ in range(_MOST_STEPS):
        band, slope = _normal_equations(system, path, residual, h, extra)
        before = action
        while damping < _LARGEST_DAMPING:
            damped = band.copy()
            damped[-1] *= 1 + damping
            try:
                move = solveh_banded(damped, -slope)
            except LinAlgError:
                damping *= 10
                continue
            trial = path.copy()
            trial[1:-1] += move.reshape(-1, path.shape[1])
            with np.errstate(all="ignore"):
                new, now = _residuals(system, trial, h, extra)
            if now < action:
                path, residual, action = trial, new, now
                damping = max(damping / 5, 1e-12)
                break
            damping *= 4
        if damping >= _LARGEST_DAMPING or before - action < _LEAST_DECREASE * before:
            break
    middle, dx = (path[1:] + path[:-1]) / 2, np.diff(path, axis=0)
    noise = system.diffusion(middle) + extra * np.eye(path.shape[1])
    force = np.linalg.solve(noise, (dx / h - system.drift(middle))[..., None])[..., 0] / 2
    momenta = np.concatenate([force[:1], (force[1:] + force[:-1]) / 2, force[-1:]])
    return RelaxedPath(path, first.duration, momenta, action)


def _piece(system: Hamiltonian, middle: Float, dx: Float, h: float, extra: float) -> Float:
    """Return r of intervals, shape (n, dim)."""
    force = dx / h - system.drift(middle)
    weight = _weight(system, middle, extra)
    return np.asarray(np.sqrt(h) / 2 * np.einsum("nij,nj->ni", weight, force))


def _weight(system: Hamiltonian, middle: Float, extra: float) -> Float:
    """Return W at points, shape (n, dim, dim)."""
    noise = system.diffusion(middle) + extra * np.eye(middle.shape[1])
    return np.linalg.inv(np.linalg.cholesky(noise))


def _residuals(system: Hamiltonian, path: Float, h: float, extra: float) -> tuple[Float, float]:
    """Return r of all intervals, shape (n, dim), and the action."""
    middle, dx = (path[1:] + path[:-1]) / 2, np.diff(path, axis=0)
    try:
        r = _piece(system, middle, dx, h, extra)
    except np.linalg.LinAlgError:
        return np.full_like(dx, np.inf), np.inf
    total = float((r**2).sum())
    return r, total if np.isfinite(total) else np.inf


def _normal_equations(
    system: Hamiltonian, path: Float, r: Float, h: float, extra: float
) -> tuple[Float, Float]:
    """Return J^T J in upper banded form and J^T r, for the inner points."""
    n, d = r.shape
    middle, dx = (path[1:] + path[:-1]) / 2, np.diff(path, axis=0)
    by_middle, by_step = np.empty((n, d, d)), _weight(system, middle, extra) / (2 * np.sqrt(h))
    for j in range(d):
        eps = _DIFFERENCE * (1 + np.abs(middle[:, j]).max())
        shift = np.zeros(d)
        shift[j] = eps
        up, down = (_piece(system, middle + s * shift, dx, h, extra) for s in (1, -1))
        by_middle[:, :, j] = (up - down) / (2 * eps)
    left, right = by_middle / 2 - by_step, by_middle / 2 + by_step
    diagonal = (
        np.einsum("nki,nkj->nij", right, right)[:-1] + np.einsum("nki,nkj->nij", left, left)[1:]
    )
    beside = np.einsum("nki,nkj->nij", left, right)[1:-1]  # point k with point k + 1
    slope = (np.einsum("nki,nk->ni", right, r)[:-1] + np.einsum("nki,nk->ni", left, r)[1:]).ravel()
    band = np.zeros((2 * d, (n - 1) * d))
    for i in range(d):
        for j in range(d):
            if j >= i:
                band[2 * d - 1 + i - j, j::d] = diagonal[:, i, j]
            band[2 * d - 1 + i - (j + d), j + d :: d] = beside[:, i, j]
    return band, slope

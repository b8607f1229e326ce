"""Minima and saddles of Phi or of the expected loss: verified, or found from nearby."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...landscapes.field import Field

Float = NDArray[np.float64]

_CRITICAL = 1e-8  # |gradient| at a critical point, in units of 1 + largest curvature
_FLAT = 1e-10  # smallest |curvature| of a nondegenerate one, in units of the largest
_NEWTON = 200

KINDS = ("minimum", "saddle")  # by the number of downward directions


@dataclass(frozen=True)
class CriticalPoint:
    """A verified point, shape (dim,), its height, and its Hessian, shape (dim, dim)."""

    at: Float
    energy: float
    hessian: Float

    @property
    def curvatures(self) -> Float:
        """Eigenvalues of the Hessian, ascending, shape (dim,)."""
        return np.asarray(np.linalg.eigvalsh(self.hessian), dtype=float)

    @property
    def direction(self) -> Float:
        """Unit eigenvector of the lowest curvature: where a saddle falls, shape (dim,)."""
        return np.asarray(np.linalg.eigh(self.hessian)[1][:, 0])


def energy(landscape: Any) -> Field:
    """Phi of a potential landscape, the expected loss of a loss: what gradient is one of."""
    field: Field = landscape.expected_loss if landscape.kind == "loss" else landscape.potential
    return field


def critical_point(landscape: Any, point: ArrayLike, kind: str, name: str = "") -> CriticalPoint:
    """Verify that a point is a nondegenerate minimum, or a saddle with one way down.

    Raises
    ------
    ValueError
        Wrong shape, a gradient that is not zero, or another signature; where Newton's method leads
        to a point of the wanted kind, the message says which.
    """
    name = name or kind
    x = np.atleast_1d(np.asarray(point, dtype=float))
    if x.shape != (landscape.dim,) or not np.isfinite(x).all():
        raise ValueError(
            f"{name}={point!r}; give {landscape.dim} finite numbers: "
            f"{', '.join(landscape.coordinates)}."
        )
    found = CriticalPoint(x, float(energy(landscape)(x)), landscape.hessian(x))
    gradient, curvatures = landscape.gradient(x), found.curvatures
    size = np.abs(curvatures).max()
    where = "grad Phi" if landscape.kind == "potential" else "the gradient"
    if not np.abs(gradient).max() <= _CRITICAL * (1 + size):
        raise ValueError(
            f"{name}={x.tolist()} is not critical: {where} = {gradient.round(6).tolist()}."
            + _nearby(landscape, x, kind)
        )
    if (curvatures < 0).sum() != KINDS.index(kind) or np.abs(curvatures).min() <= _FLAT * size:
        wanted = "all positive" if kind == "minimum" else "one negative, the others positive"
        raise ValueError(
            f"{name}={x.tolist()} has Hessian eigenvalues {curvatures.round(6).tolist()}; "
            f"of a nondegenerate {kind} they are {wanted}." + _nearby(landscape, x, kind)
        )
    return found


def refine(landscape: Any, point: Float, kind: str, reach: float = np.inf) -> CriticalPoint | None:
    """Follow Newton's method, uphill along the lowest mode for a saddle and downhill otherwise.

    Returns
    -------
    CriticalPoint or None
        None where it does not settle within `reach` of the start on a point of that kind.
    """
    x = point = np.asarray(point, dtype=float)
    longest = min(0.1 * (1 + float(np.abs(x).max())), reach)
    for _ in range(_NEWTON):
        gradient, hessian = landscape.gradient(x), landscape.hessian(x)
        if not (np.isfinite(gradient).all() and np.isfinite(hessian).all()):
            return None
        curvatures, modes = np.linalg.eigh(hessian)
        slopes = modes.T @ gradient
        size = max(np.abs(curvatures).max(), 1e-300)
        step = -slopes / np.maximum(np.abs(curvatures), 1e-8 * size)
        if kind == "saddle":
            step[0] = -step[0]
        length = float(np.linalg.norm(step))
        if length <= 1e-15 * (1 + float(np.abs(x).max())):
            break
        x = x + modes @ step * min(1.0, longest / length)
        if np.linalg.norm(x - point) > reach:
            return None
    curvatures = np.linalg.eigvalsh(landscape.hessian(x))
    size = np.abs(curvatures).max()
    settled = np.abs(landscape.gradient(x)).max() <= _CRITICAL * (1 + size)
    right = (curvatures < 0).sum() == KINDS.index(kind) and np.abs(curvatures).min() > _FLAT * size
    if not (settled and right):
        return None
    return CriticalPoint(x, float(energy(landscape)(x)), landscape.hessian(x))


def _nearby(landscape: Any, x: Float, kind: str) -> str:
    found = refine(landscape, x, kind)
    return f"  A {kind} nearby: {found.at.round(10).tolist()}." if found else ""

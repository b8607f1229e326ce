"""Minima and saddles of Phi or of the expected loss: verification, and Newton's method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ...landscapes.field import Field
from ...landscapes.landscape import Landscape
from ...typing import Float
from ...validate import check_numbers, shown

_LARGEST_STEP = 1e-8  # Newton step from a critical point, in units of a length
_FLAT = 1e-10  # smallest |curvature| of a nondegenerate point, in units of the largest
_NEWTON_STEPS = 200

#: kinds of points by their number of downward directions
KINDS = ("minimum", "saddle")


@dataclass(frozen=True)
class CriticalPoint:
    """A critical point of Phi or of the expected loss.

        grad Phi(at) = 0

    Attributes
    ----------
    at
        Its position, shape (dim,).
    energy
        Phi, or the expected loss, there.
    hessian
        Second derivatives there, shape (dim, dim).
    """

    at: Float
    energy: float
    hessian: Float

    @property
    def curvatures(self) -> Float:
        """Eigenvalues of the Hessian, ascending, shape (dim,)."""
        return np.asarray(np.linalg.eigvalsh(self.hessian), dtype=float)

    @property
    def direction(self) -> Float:
        """Unit eigenvector of the lowest curvature, along which a saddle falls, shape (dim,)."""
        return np.asarray(np.linalg.eigh(self.hessian)[1][:, 0])


def energy(landscape: Landscape) -> Field:
    """Return Phi or the expected loss: the field whose gradient is `landscape.gradient`."""
    return landscape.expected_loss if landscape.kind == "loss" else landscape.potential


def critical_pair(
    landscape: Landscape, minimum: ArrayLike, saddle: ArrayLike
) -> tuple[CriticalPoint, CriticalPoint]:
    """Verify a minimum and a saddle, on the scale of their distance."""
    ends = [
        checked_point(landscape, p, name) for p, name in ((minimum, "minimum"), (saddle, "saddle"))
    ]
    length = float(np.linalg.norm(ends[1] - ends[0]))
    well, top = (
        critical_point(landscape, p, kind, length=length)
        for p, kind in zip(ends, KINDS, strict=True)
    )
    return well, top


def checked_point(landscape: Landscape, point: ArrayLike, name: str) -> Float:
    """Return a point as an array, shape (dim,); refuse another shape or numbers not finite."""
    wanted = f"{landscape.dim} finite numbers: {', '.join(landscape.coordinates)}"
    x = np.atleast_1d(check_numbers(name, point, wanted))
    if x.shape != (landscape.dim,):
        raise ValueError(f"{name}={shown(point)}; give {wanted}.")
    return x


def checked_guess(landscape: Landscape, guess: Sequence[ArrayLike] | None) -> list[Float] | None:
    """Return the points of `guess=` as arrays, None where there is none."""
    if guess is None:
        return None
    if not isinstance(guess, (list, tuple)) and not (isinstance(guess, np.ndarray) and guess.ndim):
        raise TypeError(f"guess={shown(guess)}; give a list of points, or nothing.")
    return [checked_point(landscape, point, f"guess[{i}]") for i, point in enumerate(guess)]


def critical_point(
    landscape: Landscape, point: ArrayLike, kind: str, name: str = "", *, length: float
) -> CriticalPoint:
    """Verify that a point is a nondegenerate minimum, or a saddle with one downward direction.

    Its position may be wrong by rounding errors of `length`, the scale of the landscape.

    Raises
    ------
    ValueError
        Wrong shape, a gradient that is not zero, or another signature; where Newton's method leads
        to a point of the wanted kind, the message gives it.
    """
    name = name or kind
    x = checked_point(landscape, point, name)
    found = CriticalPoint(x, float(energy(landscape)(x)), landscape.hessian(x))
    gradient, curvatures = landscape.gradient(x), found.curvatures
    size = np.abs(curvatures).max()
    off = float(np.linalg.norm(_newton(gradient, found.hessian)))
    where = "grad Phi" if landscape.kind == "potential" else "the gradient"
    if not off <= _LARGEST_STEP * length and size > 0 and length > 0:
        numbers = ", ".join(f"{g:.6g}" for g in gradient)
        raise ValueError(
            f"{name}={x.tolist()} is not critical: {where} = [{numbers}]."
            + _nearby(landscape, x, kind, length)
        )
    if (curvatures < 0).sum() != KINDS.index(kind) or np.abs(curvatures).min() <= _FLAT * size:
        wanted = "all positive" if kind == "minimum" else "one negative, the others positive"
        raise ValueError(
            f"{name}={x.tolist()} has Hessian eigenvalues "
            f"[{', '.join(f'{c:.6g}' for c in curvatures)}]; "
            f"of a nondegenerate {kind} they are {wanted}." + _nearby(landscape, x, kind, length)
        )
    return found


def _newton(gradient: Float, hessian: Float) -> Float:
    """Return the downhill step of Newton's method, in components along the modes."""
    curvatures, modes = np.linalg.eigh(hessian)
    size = max(float(np.abs(curvatures).max()), 1e-300)
    return np.asarray(-(modes.T @ gradient) / np.maximum(np.abs(curvatures), _FLAT * size))


def refine(
    landscape: Landscape, point: Float, kind: str, length: float, reach: float = np.inf
) -> CriticalPoint | None:
    """Follow Newton's method, uphill along the lowest mode for a saddle and downhill otherwise.

    Parameters
    ----------
    landscape, point
        Where to start.
    kind
        "minimum" or "saddle".
    length
        Scale of the landscape.
    reach
        Largest distance of the result from the start.

    Returns
    -------
    CriticalPoint or None
        None where it does not settle on a point of that kind.
    """
    x = point = np.asarray(point, dtype=float)
    longest = min(0.1 * length, reach)
    for _ in range(_NEWTON_STEPS):
        gradient, hessian = landscape.gradient(x), landscape.hessian(x)
        if not (np.isfinite(gradient).all() and np.isfinite(hessian).all()):
            return None
        curvatures, modes = np.linalg.eigh(hessian)
        step = _newton(gradient, hessian)
        if kind == "saddle":
            step[0] = -step[0]
        size = float(np.linalg.norm(step))
        if size <= 1e-15 * (length + float(np.abs(x).max())):
            break
        x = x + modes @ step * min(1.0, longest / size)
        if np.linalg.norm(x - point) > reach:
            return None
    hessian = landscape.hessian(x)
    curvatures = np.linalg.eigvalsh(hessian)
    size = float(np.abs(curvatures).max())
    settled = np.linalg.norm(_newton(landscape.gradient(x), hessian)) <= _LARGEST_STEP * length
    wanted = (curvatures < 0).sum() == KINDS.index(kind) and np.abs(curvatures).min() > _FLAT * size
    if not (settled and wanted):
        return None
    return CriticalPoint(x, float(energy(landscape)(x)), hessian)


def _nearby(landscape: Landscape, x: Float, kind: str, length: float) -> str:
    """Return the part of a message that gives a point of the wanted kind, if one is nearby."""
    found = refine(landscape, x, kind, length) if length > 0 else None
    return f"  A {kind} nearby: {found.at.round(10).tolist()}." if found else ""

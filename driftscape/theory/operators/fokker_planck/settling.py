r"""Choose the frame, the box and the number of points for Fourier collocation.

Frame and box are those of the solution itself: it is solved on few points, its moments give the
next frame and its marginals the next box, until neither changes.  Then the number of points grows.

The result is not used where it misses mass: where the solution on a coarse grid has mass outside
the box, and a deterministic path from around the box does not end inside it.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable

import numpy as np

from ....landscapes import Landscape
from ....typing import Bools, Float
from ..known_points import known_points
from ..sides import Pair
from .affine_frame import AffineFrame, fixed_points, linearised
from .coefficients import Coefficients
from .collocation import Collocation
from .generator import Generator
from .spectral import Spectral

# by the number of dimensions
_HALF_WIDTH = {2: 6.2, 3: 5.0}  # of the first box, in standard deviations
_EDGE_DENSITY = {2: 1e-9, 3: 3e-6}  # of the largest marginal, at which a box may end
_SEARCH_POINTS = {2: (25, 33, 41), 3: (13, 15)}  # points along an axis while the box is sought
_POINTS = {2: (25, 33, 41, 49, 57), 3: (11, 13, 15, 17)}  # the same of the levels
_CONVERGED = {2: 1e-7, 3: 2e-4}  # change of the covariance in the frame, between two levels

_LEVELS_BESIDE_GRID = 4  # levels at most, where a grid gives the numbers too
_CUT_DENSITY = 30.0  # times the edge density, at a side that cuts the density off
_LARGEST_CHANGE = 3e-2  # of the covariance in the frame, between the last two levels
_LARGEST_ERROR = 2e-2  # negative mass, or mass beyond the box, of the last level
_UNRESOLVED = 0.05  # negative mass, above which the points do not resolve the density
_SHRINK = 0.8  # factor of the half-width then
_NARROWEST = 3.0  # half-width in standard deviations
_ROUNDS = 20
_GROW = 1.25  # factor by which a side that cuts the density moves outward
_ROUND_ENOUGH = 0.1  # distance of the covariance in its frame from the identity
_WIDEST = 60.0  # width of a box, in standard deviations
_WIDER_BOX = 1.1  # factor of the box beside which the effect of its sides is seen
_MISSED_MASS = 1e-6  # mass of a coarse grid's solution outside the box


def applies(sides: tuple[Pair, ...]) -> bool:
    """Whether the density lives on the whole plane or space."""
    return len(sides) > 1 and all(side == "open" for pair in sides for side in pair)


def beside_grid(landscape: Landscape, rough: Generator, mass: Float) -> Spectral | None:
    """Return the steady state, checked with that of a coarse grid; None where it misses mass."""
    points, size = rough.grid.points, np.abs(mass) / np.abs(mass).sum()
    mean = size @ points
    away = points - mean
    noise = np.einsum("n,nij->ij", size, rough.coefficients.diffusion(points))
    own = AffineFrame.of_moments(mean, (away.T * size) @ away, noise)
    frames = (*first_frames(landscape, rough.coefficients), own)
    found = resolve(rough.coefficients, frames, _LEVELS_BESIDE_GRID)
    if found is None:
        return None
    finest = found.finest
    y = finest.frame.coordinates(points)
    outside = ((y < finest.ends[:, 0]) | (y > finest.ends[:, 1])).any(axis=1)
    known = np.array(known_points(landscape))
    if size[outside].sum() > _MISSED_MASS and not found.complete(known):
        found = resolve(rough.coefficients, (own,), _LEVELS_BESIDE_GRID)
        if found is None or not found.complete(known):
            return None
    return found


def without_grid(landscape: Landscape, coefficients: Coefficients) -> Spectral | None:
    """Return the steady state about the one stable fixed point; None where there may be more."""
    found = resolve(coefficients, first_frames(landscape, coefficients))
    known = np.array(known_points(landscape))
    return found if found is not None and found.complete(known) else None


def box_of(found: Spectral, tail: float) -> Float:
    """Return the box along the landscape's axes that leaves out a tail mass, shape (dim, 2)."""
    finest = found.finest
    mean, mass = finest.moments[0], np.abs(finest.mass)
    ends = np.empty_like(finest.ends)
    share = tail / ends.size
    resolved = max(share, finest.beyond, finest.negative)  # less than that is error
    longer = np.sqrt(np.log(share) / np.log(resolved))  # a Gaussian tail is assumed
    for axis, x in enumerate(finest.points.T):
        for side, direction in enumerate((1.0, -1.0)):
            order = np.argsort(direction * x)
            logs = np.log(np.maximum(np.cumsum(mass[order]), 1e-300))
            end = np.interp(np.log(resolved), logs, x[order])
            ends[axis, side] = mean[axis] + longer * (end - mean[axis])
    return ends


def first_frames(landscape: Landscape, coefficients: Coefficients) -> list[AffineFrame | None]:
    """Return the frame about the fixed point that is known, if it is the only stable one."""
    frames = [
        frame
        for point in fixed_points(coefficients, map(np.array, known_points(landscape)))
        if (frame := linearised(coefficients, point)) is not None
    ]
    return list(frames) if len(frames) == 1 else []


def resolve(
    coefficients: Coefficients, frames: Iterable[AffineFrame | None], levels: int = 9
) -> Spectral | None:
    """Return the steady state from the first frame from which it settles; None if none does.

    `levels` is the largest number of levels.
    """
    for frame in frames:
        if frame is None:
            continue
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = _refined(*_settled(coefficients, frame, levels), levels)
        except (_NotSettled, ValueError, np.linalg.LinAlgError):
            continue  # drift or D are not defined there, or the density is not smooth enough
        if found is not None:
            return found
    return None


class _NotSettled(Exception):
    """Frame or box do not settle."""


def _settled(
    coefficients: Coefficients, frame: AffineFrame, levels: int
) -> tuple[Coefficients, AffineFrame, Float]:
    """Return a frame and a box in it that are those of the solution."""
    dim = len(frame.origin)
    whole = np.tile([-1.0, 1.0], (dim, 1))
    width, number, ends = _HALF_WIDTH[dim], 0, _HALF_WIDTH[dim] * whole
    search = _SEARCH_POINTS[dim][: levels - 1]
    for _ in range(_ROUNDS):
        level = Collocation(coefficients, frame, ends, search[number])
        if not np.isfinite(level.mass).all():
            raise _NotSettled
        if level.negative > _UNRESOLVED:  # narrower somewhere than the points resolve
            if width > _NARROWEST and (ends == width * whole).all():
                width *= _SHRINK
                ends = width * whole
            else:
                number += 1
        elif (better := _rounder(level)) is not None:
            frame, ends = better, width * whole
        else:
            filled, heavy, seen = _filled(level)
            if not heavy.any():
                if seen or number + 1 == len(search):
                    return coefficients, frame, filled
                number += 1
            ends = np.where(heavy, _GROW * ends, ends)
        if number == len(search) or np.ptp(ends, axis=1).max() > _WIDEST:
            break
    raise _NotSettled


def _rounder(level: Collocation) -> AffineFrame | None:
    """Return the frame of a solution; None where it has that frame already."""
    mean, covariance = level.moments
    frame = level.frame
    shape = frame.inverse @ covariance @ frame.inverse.T
    away = np.abs(frame.coordinates(mean)).max()
    if max(np.abs(shape - np.eye(level.dim)).max(), away) <= _ROUND_ENOUGH:
        return None
    better = _frame_of(level)
    if better is None:
        raise _NotSettled
    return better


def _frame_of(level: Collocation) -> AffineFrame | None:
    """Return the frame of a solution that may be poor, by the moments of its absolute value."""
    mass = np.abs(level.mass)
    mass /= mass.sum()
    mean = mass @ level.points
    away = level.points - mean
    D = np.einsum("n,nij->ij", mass, level.coefficients.diffusion(level.points))
    return AffineFrame.of_moments(mean, (away.T * mass) @ away, D)


def _filled(level: Collocation) -> tuple[Float, Bools, bool]:
    """Return ends that contain the density, which of the old ones cut it, and whether it is clear.

    It is not where negative values are larger than the density at which a box may end.
    """
    ends, heavy, seen = level.ends.copy(), np.zeros(level.ends.shape, bool), True
    for axis, marginal in enumerate(level.marginals):
        size, h = np.abs(marginal) / np.abs(marginal).max(), level.spacing[axis]
        error = -3 * float(marginal.min() / marginal.max())
        floor = max(_EDGE_DENSITY[level.dim], error)
        seen &= error <= _EDGE_DENSITY[level.dim]
        inside = np.flatnonzero(size > _EDGE_DENSITY[level.dim])
        for side, empty in enumerate((inside[0], level.n - 1 - inside[-1])):
            heavy[axis, side] = size[0 if side == 0 else -1] > _CUT_DENSITY * floor
            ends[axis, side] += (1 - 2 * side) * max(empty - 2, 0) * h
    return ends, heavy, seen


def _refined(
    coefficients: Coefficients, frame: AffineFrame, ends: Float, levels: int
) -> Spectral | None:
    dim, solved = len(ends), []
    for n in _POINTS[dim][:levels]:
        solved.append(Collocation(coefficients, frame, ends, n))
        if len(solved) >= 3 and solved[-1].change(solved[-2]) < _CONVERGED[dim]:
            break
    last = solved[-1]
    if (
        max(last.negative, last.beyond) > _LARGEST_ERROR
        or last.change(solved[-2]) > _LARGEST_CHANGE
    ):
        return None
    return Spectral(tuple(solved[-3:]), _wider(last))


def _wider(level: Collocation) -> Collocation:
    """Return the same with about as fine points on a wider box."""
    n = level.n + 2 * int(np.ceil((_WIDER_BOX - 1) * level.n / 2))
    return Collocation(level.coefficients, level.frame, n / level.n * level.ends, n)

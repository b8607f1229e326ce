r"""The frame, the box and the number of points in which a smooth law is solved by collocation.

Frame and box are those of the solution itself: it is solved on few points, its moments make the
next frame, its marginals the next box, until neither moves.  Then the number of points grows.

What is found is not used where it misses mass: where a coarse grid's solution has mass outside the
box, and a deterministic path from around the box does not end inside it.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....typing import Float
from .coefficients import Coefficients
from .collocation import Collocation
from .frame import Frame, fixed_points, known_points, linearised
from .generator import Generator
from .sides import Pair
from .spectral import Spectral

_WIDTH = {2: 6.2, 3: 5.0}  # standard deviations to each side, at first
_EDGE = {2: 1e-9, 3: 3e-6}  # of the largest marginal: where a box may end
_SEARCH = {2: (25, 33, 41), 3: (13, 15)}  # points an axis while frame and box are sought
_POINTS = {2: (25, 33, 41, 49, 57), 3: (11, 13, 15, 17)}
_BRIEF = 4  # levels where the grid has an answer, too
_ENOUGH = {2: 1e-7, 3: 2e-4}  # change of the covariance, in its own units
_HEAVY = 30.0  # times that, on the side of a box: it ends too soon
_USEFUL = 3e-2
_NEGATIVE = 2e-2
_UNRESOLVED = 0.05  # negative mass
_FINER = 0.8
_NARROWEST = 3.0
_ROUNDS = 20
_WIDER = 1.25
_ROUND = 0.1  # how far a covariance in its frame may be from the identity
_WIDEST = 60.0
_BESIDE = 1.1  # times the box: what it does is seen beside it
_MISSED = 1e-6  # mass of a coarse grid's solution outside the box


def applies(sides: tuple[Pair, ...]) -> bool:
    """Whether the law lives on the whole plane or space."""
    return len(sides) > 1 and all(side == "open" for pair in sides for side in pair)


def beside_grid(landscape: Any, rough: Generator, mass: Float) -> Spectral | None:
    """Return the steady state where a coarse grid has found it, too; None where one misses mass."""
    points, size = rough.grid.points, np.abs(mass) / np.abs(mass).sum()
    mean = size @ points
    away = points - mean
    noise = np.einsum("n,nij->ij", size, rough.coefficients.diffusion(points))
    own = Frame.of_moments(mean, (away.T * size) @ away, noise)
    frames = (*first_frames(landscape, rough.coefficients), own)
    found = resolve(rough.coefficients, frames, _BRIEF)
    if found is None:
        return None
    finest = found.finest
    y = finest.frame.coordinates(points)
    outside = ((y < finest.ends[:, 0]) | (y > finest.ends[:, 1])).any(axis=1)
    known = np.array(known_points(landscape))
    if size[outside].sum() > _MISSED and not found.complete(known):
        found = resolve(rough.coefficients, (own,), _BRIEF)
        if found is None or not found.complete(known):
            return None
    return found


def without_grid(landscape: Any, coefficients: Coefficients) -> Spectral | None:
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
    seen = max(share, finest.beyond, finest.negative)  # less than that is error
    longer = np.sqrt(np.log(share) / np.log(seen))  # as a Gaussian tail goes on
    for axis, x in enumerate(finest.points.T):
        for side, way in enumerate((1.0, -1.0)):
            order = np.argsort(way * x)
            logs = np.log(np.maximum(np.cumsum(mass[order]), 1e-300))
            end = np.interp(np.log(seen), logs, x[order])
            ends[axis, side] = mean[axis] + longer * (end - mean[axis])
    return ends


def first_frames(landscape: Any, coefficients: Coefficients) -> list[Frame | None]:
    """Return the frame about the fixed point that is known, if it is the only stable one."""
    frames = [
        frame
        for point in fixed_points(coefficients, known_points(landscape))
        if (frame := linearised(coefficients, point)) is not None
    ]
    return list(frames) if len(frames) == 1 else []


def resolve(
    coefficients: Coefficients, frames: Iterable[Frame | None], levels: int = 9
) -> Spectral | None:
    """Return the steady state from the first frame from which it settles; None if none does.

    At most so many `levels` are made.
    """
    for frame in frames:
        if frame is None:
            continue
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = _refined(*_settled(coefficients, frame, levels), levels)
        except (_Lost, ValueError, np.linalg.LinAlgError):
            continue  # drift or D are none out there, or the density is not smooth enough
        if found is not None:
            return found
    return None


class _Lost(Exception):
    """Frame or box do not settle."""


def _settled(
    coefficients: Coefficients, frame: Frame, levels: int
) -> tuple[Coefficients, Frame, Float]:
    """Return a frame and a box in it that are those of the solution."""
    dim = len(frame.origin)
    whole = np.tile([-1.0, 1.0], (dim, 1))
    width, number, ends = _WIDTH[dim], 0, _WIDTH[dim] * whole
    search = _SEARCH[dim][: levels - 1]
    for _ in range(_ROUNDS):
        level = Collocation(coefficients, frame, ends, search[number])
        if not np.isfinite(level.mass).all():
            raise _Lost
        if level.negative > _UNRESOLVED:  # narrower somewhere than the points see
            if width > _NARROWEST and (ends == width * whole).all():
                width *= _FINER
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
            ends = np.where(heavy, _WIDER * ends, ends)
        if number == len(search) or np.ptp(ends, axis=1).max() > _WIDEST:
            break
    raise _Lost


def _rounder(level: Collocation) -> Frame | None:
    """Return the frame of a solution, or None where it is the one that it has."""
    mean, covariance = level.moments
    frame = level.frame
    shape = frame.inverse @ covariance @ frame.inverse.T
    away = np.abs(frame.coordinates(mean)).max()
    if max(np.abs(shape - np.eye(level.dim)).max(), away) <= _ROUND:
        return None
    better = _frame_of(level)
    if better is None:
        raise _Lost
    return better


def _frame_of(level: Collocation) -> Frame | None:
    """Return the frame of a solution that may be poor, by the moments of its absolute value."""
    mass = np.abs(level.mass)
    mass /= mass.sum()
    mean = mass @ level.points
    away = level.points - mean
    D = np.einsum("n,nij->ij", mass, level.coefficients.diffusion(level.points))
    return Frame.of_moments(mean, (away.T * mass) @ away, D)


def _filled(level: Collocation) -> tuple[Float, NDArray[np.bool_], bool]:
    """Return ends that hold what matters, which of the old ones cut it, and whether that is seen.

    It is not where negative values are larger than what may be cut.
    """
    ends, heavy, seen = level.ends.copy(), np.zeros(level.ends.shape, bool), True
    for axis, marginal in enumerate(level.marginals):
        size, h = np.abs(marginal) / np.abs(marginal).max(), level.spacing[axis]
        error = -3 * float(marginal.min() / marginal.max())
        floor = max(_EDGE[level.dim], error)
        seen &= error <= _EDGE[level.dim]
        inside = np.flatnonzero(size > _EDGE[level.dim])
        for side, empty in enumerate((inside[0], level.n - 1 - inside[-1])):
            heavy[axis, side] = size[0 if side == 0 else -1] > _HEAVY * floor
            ends[axis, side] += (1 - 2 * side) * max(empty - 2, 0) * h
    return ends, heavy, seen


def _refined(coefficients: Coefficients, frame: Frame, ends: Float, levels: int) -> Spectral | None:
    dim, made = len(ends), []
    for n in _POINTS[dim][:levels]:
        made.append(Collocation(coefficients, frame, ends, n))
        if len(made) >= 3 and made[-1].change(made[-2]) < _ENOUGH[dim]:
            break
    last = made[-1]
    if max(last.negative, last.beyond) > _NEGATIVE or last.change(made[-2]) > _USEFUL:
        return None
    return Spectral(tuple(made[-3:]), _wider(last))


def _wider(level: Collocation) -> Collocation:
    """Return the same with about as fine points on a wider box."""
    n = level.n + 2 * int(np.ceil((_BESIDE - 1) * level.n / 2))
    return Collocation(level.coefficients, level.frame, n / level.n * level.ends, n)

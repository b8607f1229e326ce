r"""Stationary numbers of a smooth law on the whole space, by Fourier collocation.

The frame and the box are those of the solution itself: it is solved on few points, its moments make
the next frame, its marginals the next box, until neither moves.  Then the number of points grows.
Numbers are given from the last of them, with what they differ by from the two before, and with what
may lie beyond the box.

It is not used where mass is missed: where the solution on a coarse grid of its own has mass outside
the box, and a deterministic path from around the box does not end inside it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..estimate import Theory
from .attraction import attracts
from .coefficients import Coefficients
from .collocation import Collocation
from .current import outside_range, pseudo_inverse
from .frame import Frame, fixed_points, known_points, linearised
from .generator import Generator
from .refinement import Extrapolated
from .sides import Pair

Float = NDArray[np.float64]

_WIDTH = {2: 6.2, 3: 5.0}  # standard deviations to each side, at first
_EDGE = {2: 1e-9, 3: 3e-6}  # of the largest marginal: where a box may end
_COARSE = {2: 25, 3: 13}
_POINTS = {2: (25, 33, 41, 49, 61), 3: (11, 13, 15, 17)}
_ENOUGH = {2: 1e-7, 3: 2e-4}  # change of the covariance, in its own units
_HEAVY = 30.0  # times that, on the side of a box: it ends too soon
_USEFUL = 3e-2
_NEGATIVE = 2e-2
_UNRESOLVED = 0.05  # negative mass
_FINER = 0.7
_FINE = {2: 1e-5, 3: 1e-3}  # relative errors that need no second opinion
_ROUNDS = 14
_WIDER = 1.25
_ROUND = 0.1  # how far a covariance in its frame may be from the identity
_WIDEST = 60.0
_MISSED = 1e-6  # mass of a coarse grid's solution outside the box
_ROUNDING = 1e-11
_MORE = 12  # rates looked at beyond those asked for
_NARROWER = 0.9
_LEFT = 0.1  # of what a narrower box changes: a Gaussian tail, which is cut, is 36 times less
_PERSISTS = 0.05
_SAFE = 2.0  # times the differences: slow convergence shows in them only in part


@dataclass(frozen=True, eq=False)
class Spectral:
    """The steady state from three numbers of points, fewest first."""

    levels: tuple[Collocation, ...]

    @property
    def finest(self) -> Collocation:
        """The one with most points."""
        return self.levels[-1]

    @property
    def uncertainty(self) -> float:
        """Largest change of the covariance at the last refinement, in its own units."""
        before, last = (level.moments[1] for level in self.levels[-2:])
        return float(np.abs(self._units(last - before)).max())

    def complete(self) -> bool:
        """Whether deterministic paths from around the box end inside it."""
        slowest = float(np.abs(self.levels[0].eigenvalues(2)).min())
        return attracts(self.finest, slowest)

    def _units(self, covariance: Float) -> Float:
        back = self.finest.frame.inverse
        return back @ covariance @ back.T

    def quantity(self, of: Callable[[Collocation], Any], beyond: float = 0.0) -> Extrapolated:
        """Evaluate a quantity on the levels; its error from their differences, and `beyond`."""
        values = [np.asarray(of(level)) for level in self.levels]
        last, before = np.abs(values[-1] - values[-2]), np.abs(values[-2] - values[0])
        error = _SAFE * np.maximum(last, before * _shrinking(last, before))
        truncation = error + beyond + _ROUNDING * np.abs(values[-1])
        settled = np.ones(np.shape(truncation), bool)
        return Extrapolated(
            values[-1], truncation, settled, np.full(settled.shape, np.nan), values[-1]
        )

    def expectation(self, function: Callable[[Float], Float]) -> tuple[Theory, float]:
        """Return the mean of a function of points, and of its absolute value."""
        size = np.abs(function(self.finest.points))
        beyond = self.finest.beyond * float(size.max())
        found = self.quantity(lambda level: level.mass @ function(level.points), beyond)
        return self._theory(found), float(self.finest.mass @ size)

    def entropy_production(self) -> tuple[Theory, float]:
        r"""Return beta E[F . D^-1 F] + E[div F], with F = b - div D/beta; D^-1 on the range of D.

        It is the integral of beta J . D^-1 J/rho with J = F rho - D grad rho/beta, in which the
        part with grad ln rho vanishes, as div J = 0.  And the first of the two terms alone.
        """

        def of(level: Collocation) -> float:
            J, F, gradient = _current(level)
            D = level.coefficients.diffusion(level.points)
            inverse, inside = pseudo_inverse(D)
            outside_range(J, inside, level.coefficients.drift(level.points), level.mass)
            beta = level.coefficients.beta
            local = np.einsum("ni,nij,nj->n", F, inverse, F)
            driven = np.einsum("ni,nij,nj->", F, inside, gradient)
            return float(beta * level.mass @ local - driven)

        finest = self.finest
        inverse, _ = pseudo_inverse(finest.coefficients.diffusion(finest.points))
        F = _current(finest)[1]
        local = finest.coefficients.beta * np.einsum("ni,nij,nj->n", F, inverse, F)
        found = self.quantity(of, finest.beyond * float(local.max()))
        return self._theory(found), float(np.abs(finest.mass) @ local)

    def eigenvalues(self, k: int) -> Extrapolated:
        """Return the k slowest decay rates with their errors.

        A mode that is not there with fewer points, too, is none of the equation's.  What the box
        does to them is seen in a narrower one.
        """
        count = min(k + _MORE, len(self.levels[0].points) - 2)
        finest = self.finest
        narrow = replace(finest, ends=_NARROWER * finest.ends)
        fine, *others = (level.eigenvalues(count) for level in (finest, *self.levels[:-1], narrow))
        pairs = np.stack([
            values[np.abs(values[None] - fine[:, None]).argmin(axis=1)] for values in others
        ])  # fmt: skip
        away = np.abs(pairs - fine)
        kept = away[-2] <= _PERSISTS * np.abs(fine)
        order = np.lexsort((-fine.imag, fine.real, ~kept))[:k]
        rough, middle, box = away[:, order]
        error = _SAFE * np.maximum(middle, rough * _shrinking(middle, rough)) + box * _LEFT
        values = fine[order]
        error += _ROUNDING * np.abs(values)
        nan = np.full(len(values), np.nan)
        return Extrapolated(values, error, kept[order], nan, values)

    def _theory(self, found: Extrapolated) -> Theory:
        error = float(found.truncation)
        return Theory(
            float(found.value),
            truncation=error if error >= 0 else np.inf,  # not a number somewhere
            regime=f"Fourier collocation, {self.finest.n} points an axis",
            source="Fokker-Planck in the frame of its covariance",
        )


def better(direct: tuple[Theory, float] | None, on_grid: Callable[[], Theory], dim: int) -> Theory:
    """Return the more exact of two theories, the second asked for only where the first is rough.

    What it states covers what the other one states.
    """
    if direct is None or not np.isfinite(direct[0].truncation + direct[0].value):
        return on_grid()
    first, size = direct
    if first.truncation <= _FINE[dim] * size:
        return first
    found, other = sorted((first, on_grid()), key=lambda theory: theory.truncation)
    apart = abs(found.value - other.value) - other.truncation
    return replace(found, truncation=max(found.truncation, apart))


def _shrinking(last: Float, before: Float) -> Float:
    """Weight of the older difference: none where the new one is far smaller, which is as it should.

    What is small by accident is small beside that.
    """
    return np.where(last < 0.1 * before, 0.03, 0.5)


def _current(level: Collocation) -> tuple[Float, Float, Float]:
    """J, F = b - div D/beta and grad rho at the points, as masses: rho times the cell's volume."""
    back, beta = level.frame.inverse, level.coefficients.beta
    D = level.coefficients.diffusion(level.points)
    b = level.coefficients.drift(level.points)

    def gradient(values: Float) -> Float:
        return np.stack([slope @ values for slope in level.slopes], axis=-1) @ back

    axes = range(level.dim)
    spread = np.stack([
        sum(gradient(D[:, i, j] * level.mass)[:, j] for j in axes) for i in axes
    ], axis=-1)  # fmt: skip
    slope = gradient(level.mass)
    J = b * level.mass[:, None] - spread / beta
    # div D rho = div(D rho) - D grad rho
    widening = spread - np.einsum("nij,nj->ni", D, slope)
    some = np.abs(level.mass) > 1e-9 * level.mass.max()
    F = b - np.where(some, 1, 0)[:, None] * widening / np.where(some, level.mass, 1)[:, None] / beta
    return J, F, slope


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
    found = resolve(rough.coefficients, (*first_frames(landscape, rough.coefficients), own))
    if found is None:
        return None
    finest = found.finest
    y = finest.frame.coordinates(points)
    outside = ((y < finest.ends[:, 0]) | (y > finest.ends[:, 1])).any(axis=1)
    if size[outside].sum() > _MISSED and not found.complete():
        found = resolve(rough.coefficients, (own,))
        if found is None or not found.complete():
            return None
    return found


def without_grid(landscape: Any, coefficients: Coefficients) -> Spectral | None:
    """Return the steady state about the one stable fixed point; None where there may be more."""
    found = resolve(coefficients, first_frames(landscape, coefficients))
    if found is None or not found.complete():
        return None
    finest = found.finest
    y = finest.frame.coordinates(np.array(known_points(landscape)))
    return found if ((y > finest.ends[:, 0]) & (y < finest.ends[:, 1])).all() else None


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


def resolve(coefficients: Coefficients, frames: Iterable[Frame | None]) -> Spectral | None:
    """Return the steady state from the first frame from which it settles; None if none does."""
    for frame in frames:
        if frame is None:
            continue
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = _refined(coefficients, *_settled(coefficients, frame))
        except (_Lost, ValueError, np.linalg.LinAlgError):
            continue  # drift or D are none out there, or the density is not smooth enough
        if found is not None:
            return found
    return None


class _Lost(Exception):
    """Frame or box do not settle."""


def _settled(coefficients: Coefficients, frame: Frame) -> tuple[Frame, Float]:
    """Return a frame and a box in it that are those of the solution."""
    dim = len(frame.origin)
    usual = _WIDTH[dim] * np.tile([-1.0, 1.0], (dim, 1))
    ends = usual
    for _ in range(_ROUNDS):
        level = Collocation(coefficients, frame, ends, _COARSE[dim])
        if not np.isfinite(level.mass).all():
            raise _Lost
        if level.negative > _UNRESOLVED:  # narrower in some direction than the points see
            frame, ends = Frame(frame.origin, _FINER * frame.axes), usual
            continue
        mean, covariance = level.moments
        shape = frame.inverse @ covariance @ frame.inverse.T
        away = np.abs(frame.coordinates(mean)).max()
        if max(np.abs(shape - np.eye(dim)).max(), away) > _ROUND:
            better = _frame_of(level)
            if better is None:
                raise _Lost
            frame, ends = better, usual
            continue
        filled, heavy = _filled(level)
        if not heavy.any():
            return frame, filled
        ends = np.where(heavy, _WIDER * ends, ends)
        if np.ptp(ends, axis=1).max() > _WIDEST:
            break
    raise _Lost


def _frame_of(level: Collocation) -> Frame | None:
    """Return the frame of a solution that may be poor, by the moments of its absolute value."""
    mass = np.abs(level.mass)
    mass /= mass.sum()
    mean = mass @ level.points
    away = level.points - mean
    D = np.einsum("n,nij->ij", mass, level.coefficients.diffusion(level.points))
    return Frame.of_moments(mean, (away.T * mass) @ away, D)


def _filled(level: Collocation) -> tuple[Float, NDArray[np.bool_]]:
    """Return ends that hold what is more than error, and which of the old ones cut it."""
    ends, heavy = level.ends.copy(), np.zeros(level.ends.shape, bool)
    for axis, marginal in enumerate(level.marginals):
        size, h = np.abs(marginal) / np.abs(marginal).max(), level.spacing[axis]
        floor = max(_EDGE[level.dim], -3 * float(marginal.min() / marginal.max()))
        inside = np.flatnonzero(size > floor)
        for side, empty in enumerate((inside[0], level.n - 1 - inside[-1])):
            heavy[axis, side] = size[0 if side == 0 else -1] > _HEAVY * floor
            ends[axis, side] += (1 - 2 * side) * max(empty - 2, 0) * h
    return ends, heavy


def _refined(coefficients: Coefficients, frame: Frame, ends: Float) -> Spectral | None:
    dim, levels = len(ends), []
    for n in _POINTS[dim]:
        levels.append(Collocation(coefficients, frame, ends, n))
        if len(levels) >= 3:
            found = Spectral(tuple(levels[-3:]))
            if found.uncertainty < _ENOUGH[dim]:
                break
    finest = found.finest
    if (
        found.uncertainty > _USEFUL
        or finest.negative > _NEGATIVE
        or found.finest.beyond > _NEGATIVE
    ):
        return None
    return found

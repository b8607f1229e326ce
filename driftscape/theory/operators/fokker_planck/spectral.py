r"""Stationary numbers of a smooth steady state in the plane or in space, by Fourier collocation.

A number comes from the finest of three levels; its error from the differences to the other two and
to a wider box, and from the mass that may lie beyond that box.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ....typing import Float
from ...theory import Theory
from ..errors import NegativeMass
from .attraction import attracts
from .collocation import Collocation
from .current import outside_range, pseudo_inverse
from .refinement import Extrapolated

Complex: TypeAlias = NDArray[np.complex128]

_EXACT = {2: 1e-5, 3: 1e-3}  # relative error, by dimension, below which the grid is not asked
_ROUNDING = 1e-11  # of a value
_DIGITS = 9  # of real parts of rates, to which those of a pair are equal
_NARROWER_BOX = 0.9  # factor of the box beside which the effect of its sides on rates is seen
_NARROWER_SHARE = 0.1  # of that effect, in the error: the tail cut by the box is 36 times smaller
_PERSISTS = 0.05  # relative change of a rate between two levels, up to which it is the same mode
_SAFETY = 2.0  # factor of the differences: slow convergence shows in them only in part


@dataclass(frozen=True, eq=False)
class Spectral:
    """The steady state from three numbers of points, fewest first, and on a wider box."""

    levels: tuple[Collocation, ...]
    wider: Collocation

    @property
    def finest(self) -> Collocation:
        """The one with most points."""
        return self.levels[-1]

    def complete(self, known: Float) -> bool:
        """Whether deterministic paths from around the box, and from known points, end inside it."""
        return attracts(self.finest, float(np.abs(self.levels[0].slow_rates).min()), known)

    def quantity(self, of: Callable[[Collocation], ArrayLike], beyond: float = 0.0) -> Extrapolated:
        """Evaluate a quantity; its error from the differences of the levels, and `beyond`."""
        values = [np.asarray(of(level)) for level in self.levels]
        outside = beyond + np.abs(np.asarray(of(self.wider)) - values[-1])
        last, before = np.abs(values[-1] - values[-2]), np.abs(values[-2] - values[0])
        error = _SAFETY * np.maximum(last, before * _shrinking(last, before))
        truncation = error + outside + _ROUNDING * np.abs(values[-1])
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

        A mode that does not exist with fewer points, or that grows, is left out.  If such a mode,
        with more points or with fewer, decays as slowly as those returned, these are not settled:
        it may be one of them, not resolved.  The effect of the box is seen in a narrower one.
        """
        rough, middle, finest = self.levels
        narrow = replace(middle, ends=_NARROWER_BOX * middle.ends)
        fine = finest.slow_rates
        before = _nearest_of(middle.slow_rates, fine)
        first, inner = (_nearest_of(other.slow_rates, before) for other in (rough, narrow))
        last = np.abs(before - fine)
        kept = (last <= _PERSISTS * np.abs(fine)) & (fine.real > -last)
        error = _SAFETY * np.maximum(
            last, np.abs(first - before) * _shrinking(last, np.abs(before - first))
        )
        error += np.abs(inner - before) * _NARROWER_SHARE + _ROUNDING * np.abs(fine)
        order = np.lexsort((-fine.imag, fine.real.round(_DIGITS), ~kept))[:k]
        last_kept = fine[order].real.max() * (1 + _PERSISTS)
        doubted = (~kept & (fine.real > 0) & (fine.real < last_kept)).any()
        coarse = middle.slow_rates
        missing = np.abs(_nearest_of(fine, coarse) - coarse) > _PERSISTS * np.abs(coarse)
        doubted |= (missing & (coarse.real > 0) & (coarse.real < last_kept)).any()
        settled, nan = kept[order] & ~doubted, np.full(len(order), np.nan)
        return Extrapolated(fine[order], error[order], settled, nan, fine[order])

    def _theory(self, found: Extrapolated) -> Theory:
        error = float(found.truncation)
        return Theory(
            float(found.value),
            truncation=error if error >= 0 else np.inf,  # not a number somewhere
            regime=f"Fourier collocation, {self.finest.n} points an axis",
            source="Fokker-Planck in the frame of its covariance",
        )


def _nearest_of(values: Complex, wanted: Complex) -> Complex:
    """Return, for each wanted number, the nearest of some values."""
    return np.asarray(values[np.abs(values[None] - wanted[:, None]).argmin(axis=1)])


def better(direct: tuple[Theory, float] | None, on_grid: Callable[[], Theory], dim: int) -> Theory:
    """Return the more exact of two theories; the second is computed where the first is rough.

    The interval of the result contains that of the other theory.
    """
    if direct is None or not np.isfinite(direct[0].truncation + direct[0].value):
        return on_grid()
    first, size = direct
    if first.truncation <= _EXACT[dim] * size:
        return first
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NegativeMass)  # the grid may be the worse of the two
        second = on_grid()
    found, other = sorted((first, second), key=lambda theory: theory.truncation)
    apart = abs(found.value - other.value) - other.truncation
    return replace(found, truncation=max(found.truncation, apart))


def _shrinking(last: Float, before: Float) -> Float:
    """Return the weight of the older difference: small where the new one is far smaller.

    A difference that is small by accident is still bounded by that.
    """
    return np.where(last < 0.1 * before, 0.03, 0.5)


def _current(level: Collocation) -> tuple[Float, Float, Float]:
    """Return J, F = b - div D/beta and grad rho at the points, times the volume of a cell."""
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

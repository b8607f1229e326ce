r"""The steady state by Fourier collocation, in coordinates adapted to it.

In the coordinates of an `AffineFrame` the equation keeps its form, with b' = T^-1 b and
D' = T^-1 D T^-T.  On a box whose sides the density does not reach it may be taken to be periodic,
and with n points an axis (n odd) its derivatives are those of the trigonometric polynomial through
them, F the matrix of one:

    L rho = -sum_i F_i (b'_i rho) + (1/beta) sum_ij F_i F_j (D'_ij rho)

The columns of L sum to zero, so that mass is conserved.  For a smooth density the error decreases
faster than any power of the spacing (a Gaussian law: exp(-pi^2/2 h^2) with h in standard
deviations), without numerical diffusion, so that weak damping is resolved.

Reference: L. Trefethen, Spectral Methods in MATLAB (SIAM 2000), chapters 3 and 11.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from ....typing import Float, Index
from ..grid import Matrix
from .affine_frame import AffineFrame
from .coefficients import Coefficients
from .geometric_tail import mass_beyond
from .linear_solver import Numbers

_ROUNDING = 1e-13  # of the largest entry of D: smaller cross terms are rounding
_NEAREST = 18  # rates nearest to zero that are computed
_NEAREST_TO_FIT = 4  # rates nearest to each rate of the fitted linear drift
_EDGE_LAYERS = 6  # layers of points at a side, from which the tail beyond it is continued


def derivative(n: int, spacing: float) -> Float:
    """Return the matrix of the derivative of the trigonometric polynomial through n points.

    Examples
    --------
    >>> x = np.arange(5) * 2 * np.pi / 5
    >>> bool(np.abs(derivative(5, 2 * np.pi / 5) @ np.sin(x) - np.cos(x)).max() < 1e-14)
    True
    """
    apart = np.subtract.outer(np.arange(n), np.arange(n))
    with np.errstate(divide="ignore"):
        matrix = np.pi / (n * spacing) * (-1.0) ** apart / np.sin(np.pi * apart / n)
    return np.where(apart == 0, 0.0, matrix)


@dataclass(frozen=True, eq=False)
class Collocation:
    """A density at the points of a box in a frame.

    Attributes
    ----------
    coefficients, frame
        Drift and diffusion, and the coordinates.
    ends
        (low, high) of the box along each axis of the frame, shape (dim, 2).
    n
        Points along each axis, odd.
    """

    coefficients: Coefficients
    frame: AffineFrame
    ends: Float
    n: int

    @property
    def dim(self) -> int:
        """Number of axes."""
        return len(self.ends)

    @cached_property
    def spacing(self) -> Float:
        """Distance of the points along each axis of the frame."""
        return np.asarray(np.ptp(self.ends, axis=1) / self.n)

    @cached_property
    def axes(self) -> list[Float]:
        """Their coordinates along each axis."""
        positions = np.arange(self.n) + 0.5
        return [low + h * positions for (low, _), h in zip(self.ends, self.spacing, strict=True)]

    @cached_property
    def points(self) -> Float:
        """In the landscape's coordinates, shape (n**dim, dim)."""
        y = np.stack(np.meshgrid(*self.axes, indexing="ij"), -1).reshape(-1, self.dim)
        return self.frame.points(y)

    @cached_property
    def slopes(self) -> list[Matrix]:
        """Derivative along each axis of the frame, sparse."""
        found = []
        for axis, h in enumerate(self.spacing):
            parts: list[Matrix] = [sparse.identity(self.n)] * self.dim
            parts[axis] = derivative(self.n, h)
            found.append(reduce(sparse.kron, parts).tocsr())
        return found

    @cached_property
    def generator(self) -> Float:
        """L, shape (points, points)."""
        back, beta = self.frame.inverse, self.coefficients.beta
        b = self.coefficients.drift(self.points) @ back.T
        D = back @ self.coefficients.diffusion(self.points) @ back.T / beta
        least = _ROUNDING * np.abs(D).max()
        total: Matrix = 0
        for i, along in enumerate(self.slopes):
            inner: Matrix = -sparse.diags(b[:, i])
            for j, across in enumerate(self.slopes):
                if np.abs(D[:, i, j]).max() > least:
                    inner = inner + across @ sparse.diags(D[:, i, j])
            total = total + along @ inner
        return np.asarray(total.toarray())

    @cached_property
    def _factors(self) -> tuple[tuple[Float, Index], Float]:
        """LU of L + c u 1^T, which is regular and equal to L on vectors without mass; and c u."""
        from scipy.linalg import lu_factor

        L = self.generator
        y = np.stack(np.meshgrid(*self.axes, indexing="ij"), -1).reshape(-1, self.dim)
        start = np.exp(-(y**2).sum(axis=1) / 2)
        start *= np.abs(L).max() / start.sum()
        return lu_factor(L + start[:, None], check_finite=False), start

    def solve(self, right: Numbers) -> Numbers:
        """Return v without mass with L v = right, for a right side without mass."""
        from scipy.linalg import lu_solve

        found: Numbers = lu_solve(self._factors[0], right, check_finite=False)
        return found

    @cached_property
    def mass(self) -> Float:
        """The steady state at the points, of sum 1; negative values are error."""
        mass = self.solve(self._factors[1])
        return np.asarray(mass / mass.sum())

    @property
    def negative(self) -> float:
        """The negative mass."""
        return float(-self.mass[self.mass < 0].sum())

    @cached_property
    def moments(self) -> tuple[Float, Float]:
        """Mean and covariance, in the landscape's coordinates."""
        mean = self.mass @ self.points
        away = self.points - mean
        return mean, (away.T * self.mass) @ away

    def change(self, other: Collocation) -> float:
        """Return the largest difference of the covariance to another's, in the frame's units."""
        back = self.frame.inverse
        apart = back @ (self.moments[1] - other.moments[1]) @ back.T
        return float(np.abs(apart).max())

    @cached_property
    def marginals(self) -> list[Float]:
        """Masses along each axis of the frame."""
        mass, axes = self.mass.reshape((self.n,) * self.dim), range(self.dim)
        return [mass.sum(axis=tuple(k for k in axes if k != axis)) for axis in axes]

    @cached_property
    def beyond(self) -> float:
        """Mass beyond the sides of the box, from the decay of the marginals towards them."""
        total = 0.0
        for marginal in self.marginals:
            for mass in (marginal[: _EDGE_LAYERS + 1], marginal[: -_EDGE_LAYERS - 2 : -1]):
                # a tail that does not decay is rounding, here and on another box of this width
                total += min(mass_beyond(mass), self.n * float(np.abs(mass).max()))
        return min(total, 1.0)

    def density(self, points: Float) -> Float:
        """Return the density at any points, shape (n, dim): the trigonometric polynomial's."""
        y = self.frame.coordinates(points)
        inside = ((y >= self.ends[:, 0]) & (y <= self.ends[:, 1])).all(axis=1)
        values = self.mass.reshape((self.n,) * self.dim)
        for axis in reversed(range(self.dim)):
            apart = np.pi * (y[inside, axis, None] - self.axes[axis]) / np.ptp(self.ends[axis])
            with np.errstate(invalid="ignore", divide="ignore"):
                basis = np.sin(self.n * apart) / (self.n * np.sin(apart))
            basis = np.where(np.isfinite(basis), basis, 1.0)  # on a point itself
            first = axis == self.dim - 1
            values = np.einsum("...c,nc->n..." if first else "n...c,nc->n...", values, basis)
        found = np.zeros(len(points))
        volume = np.prod(self.spacing) * abs(np.linalg.det(self.frame.axes))
        found[inside] = np.maximum(values, 0.0) / volume  # negative values are error
        return found

    @cached_property
    def slow_rates(self) -> NDArray[np.complex128]:
        """Eigenvalues of -L, some of the slow ones, without the zero of the steady state.

        Those nearest to zero, and nearest to the rates of the linear drift that fits b best in the
        mean, which may rotate fast while they decay slowly.
        """
        found = [self._nearest(self.solve, 0.0, _NEAREST)]
        y = self.frame.coordinates(self.points)
        b = self.coefficients.drift(self.points) @ self.frame.inverse.T
        fitted = np.linalg.solve((y.T * self.mass) @ y, (y.T * self.mass) @ b)
        for rate in -np.linalg.eigvals(fitted):
            if rate.imag > 0 and abs(rate) > np.abs(found[0]).max():
                values = self._nearest(self._shifted(rate), rate, _NEAREST_TO_FIT)
                found += [values, values.conj()]
        return np.concatenate(found)

    def _shifted(self, rate: complex) -> Callable[[Numbers], Numbers]:
        from scipy.linalg import lu_factor, lu_solve

        moved = self.generator + rate * np.eye(len(self.points))
        factors = lu_factor(moved, overwrite_a=True, check_finite=False)

        def solve(v: Numbers) -> Numbers:
            found: Numbers = lu_solve(factors, v, check_finite=False)
            return found

        return solve

    def _nearest(
        self, solve: Callable[[Numbers], Numbers], rate: complex, count: int
    ) -> NDArray[np.complex128]:
        """Return the eigenvalues of -L nearest to a rate, with the solver of L + rate."""
        from scipy.sparse.linalg import LinearOperator, eigs

        size, kind = len(self.points), complex if rate else float

        def inverse(v: Numbers) -> Numbers:
            found = solve(v - self.mass * v.sum())
            inside: Numbers = found - self.mass * found.sum()
            return inside

        operator = LinearOperator((size, size), matvec=inverse, dtype=kind)
        start = (1 + np.cos(np.arange(size, dtype=float))).astype(kind)
        return np.asarray(rate - 1 / eigs(operator, count, v0=start, return_eigenvectors=False))

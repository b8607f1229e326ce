"""The generator of a diffusion on a grid: how the masses of cells change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sparse

from ....typing import Float, Index
from ..grid import Grid, Matrix
from ..sides import Pair
from .coefficients import Coefficients
from .cross import cross_flux
from .flux import face_flux, is_fitted, loss_rate
from .linear_solver import dissection
from .singular import SingularAxis


@dataclass(frozen=True, eq=False)
class Generator:
    """d mass/dt = `forward` @ mass; `forward.T` acts on functions of the cells (backward).

    Attributes
    ----------
    grid, coefficients, sides
        Cells, drift and diffusion, boundary conditions.
    scheme
        "fitted" or "upwind-3" along each axis, see `flux`.

    Notes
    -----
    What leaves a cell through a face enters the next one: columns of `forward` sum to zero, to
    rounding, but for the cells at absorbing sides.
    """

    grid: Grid
    coefficients: Coefficients
    sides: tuple[Pair, ...]
    scheme: tuple[str, ...]

    @classmethod
    def build(
        cls,
        grid: Grid,
        coefficients: Coefficients,
        sides: tuple[Pair, ...],
        steepness: tuple[float, ...] | None = None,
    ) -> Generator:
        """Choose the scheme of each axis, see `flux.is_fitted`."""
        steep = steepness or (0.0,) * grid.dim
        scheme = tuple(
            "fitted" if is_fitted(coefficients, grid, axis, steep[axis]) else "upwind-3"
            for axis in range(grid.dim)
        )
        return cls(grid, coefficients, sides, scheme)

    @property
    def reach(self) -> tuple[int, ...]:
        """Distance along each axis, in cells, over which a rate acts."""
        return tuple(1 if scheme == "fitted" else 2 for scheme in self.scheme)

    @cached_property
    def order(self) -> Index:
        """The cells in an order of elimination that keeps the factors small."""
        return dissection(self.grid, self.reach)

    def halved(self) -> Generator:
        """Return the same with twice the spacing."""
        return Generator(self.grid.halved(), self.coefficients, self.sides, self.scheme)

    @cached_property
    def singular(self) -> tuple[SingularAxis | None, ...]:
        """The scheme of each axis that ends at a singular wall; None for any other."""
        return tuple(
            SingularAxis.of(self.grid, axis, self.coefficients, pair)
            if self.scheme[axis] == "fitted"
            else None
            for axis, pair in enumerate(self.sides)
        )

    @cached_property
    def main_fluxes(self) -> tuple[Matrix, ...]:
        """Flux through the faces inside along each axis but for its cross terms."""
        return tuple(
            face_flux(
                self.grid, axis, self.coefficients, self.scheme[axis] == "fitted", self.averages
            )
            if known is None
            else known.flux
            for axis, known in enumerate(self.singular)
        )

    def averages(
        self, function: Callable[[Float], Float], cells: Index | None = None, axis: int = 0,
        by: float = 0.0,
    ) -> Float:  # fmt: skip
        """Return the mean of a function of points over the mass of cells, shape (cells, ...).

        It is the value at the centre, except beside singular walls, where the density varies inside
        a cell.  With `by`, it is that of cells moved along an axis by a fraction of their width, in
        which the density is constant.
        """
        cells = self.grid.numbers.ravel() if cells is None else cells
        centre = total = function(self.grid.shifted(cells, axis, by))
        for known in self.singular:
            if known is not None:
                points = known.points[cells].copy()
                points[..., axis] += by * self.grid.spacing[axis]
                count, nodes, dim = points.shape
                values = function(points.reshape(-1, dim))
                values = values.reshape(count, nodes, *values.shape[1:])
                total = total + np.einsum("cn,cn...->c...", known.weights[cells], values) - centre
        return total

    @cached_property
    def cross_fluxes(self) -> tuple[Matrix | None, ...]:
        """The cross terms alone, None along an axis that has none."""
        axes = range(self.grid.dim)
        D = self.averages(self.coefficients.diffusion) / self.coefficients.beta
        return tuple(cross_flux(self.grid, k, D[:, k], self.sides) for k in axes)

    @property
    def fluxes(self) -> tuple[Matrix, ...]:
        """Flux through the faces inside along each axis, acting on rho (or on masses)."""
        pairs = zip(self.main_fluxes, self.cross_fluxes, strict=True)
        return tuple(main if cross is None else main + cross for main, cross in pairs)

    def gain(self, axis: int) -> Matrix:
        """Return the gain of the cells from the flux through faces: +1/h right, -1/h left."""
        left, right = self.grid.neighbours(axis)
        faces, one = np.arange(len(left)), np.ones(len(left)) / self.grid.spacing[axis]
        positions = (np.concatenate([right, left]), np.tile(faces, 2))
        return sparse.csr_matrix(
            (np.concatenate([one, -one]), positions), (self.grid.size, len(faces))
        )

    def roughness(self, values: Float) -> float:
        """Estimate the error of the sum of a function of the cells where it has a kink.

        From its sixth differences, which are rounding where it is smooth on the grid: they are 16
        at a kink of strength 1, where the sum is wrong by 1/8 at most, and 32 at a jump, where the
        sum is wrong by 1/2.
        """
        total, shaped = 0.0, values.reshape(self.grid.shape)
        for axis, known in enumerate(self.singular):
            if known is None:
                total += float(np.abs(np.diff(shaped, 6, axis=axis)).sum()) / 80
        return total

    @cached_property
    def side_loss(self) -> Float:
        """Rate at which each cell loses mass through absorbing sides, shape (cells,)."""
        grid, loss = self.grid, np.zeros(self.grid.size)
        for axis, pair in enumerate(self.sides):
            for cells, side, outward in zip(grid.ends(axis), pair, (-1, 1), strict=True):
                if side == "absorbing":
                    h = grid.spacing[axis]
                    b = self.coefficients.drift(grid.shifted(cells, axis, outward / 2))[:, axis]
                    along = self.coefficients.diffusion(grid.points[cells])[:, axis, axis]
                    loss[cells] += loss_rate(outward * b, along / self.coefficients.beta, h / 2, h)
        return loss

    @cached_property
    def forward(self) -> Matrix:
        """The matrix that acts on masses of cells, shape (cells, cells), sparse."""
        parts = [self.gain(axis) @ flux for axis, flux in enumerate(self.fluxes)]
        total: Matrix = sum(parts[1:], start=parts[0])
        return (total - sparse.diags(self.side_loss)).tocsc()

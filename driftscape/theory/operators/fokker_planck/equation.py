"""The Fokker-Planck equation on one grid, together with everything that has been solved on it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ....landscapes import Landscape
from ....typing import Float
from ....validate import check_kind
from ..errors import CoarseGrid, callers
from ..grid import Grid
from .generator import Generator
from .linear_solver import Factors
from .region import AbsorbingGenerator
from .settling import applies, beside_grid
from .spectral import Spectral
from .steady import null_vector, settle, shifted_factors

if TYPE_CHECKING:
    import xarray as xr

_TOLERATED_SPURIOUS = 0.05  # numerical over physical noise, above which a warning is given
_CACHED_TARGETS = 2  # generators with absorbing targets that stay in memory, factorised


@dataclass(frozen=True, eq=False)
class GridEquation:
    """The Fokker-Planck equation of a landscape on one grid.

    Attributes
    ----------
    landscape
        The landscape, whose coordinates are the axes.
    generator
        Grid, coefficients and matrices.
    tail_mass
        Estimated mass of the steady state beyond the open sides.
    collocated
        The steady state by Fourier collocation, where the box was found from it.
    """

    landscape: Landscape
    generator: Generator
    tail_mass: float
    collocated: Spectral | None = None

    @property
    def grid(self) -> Grid:
        """Names, box, shape, spacing and centres of the cells."""
        return self.generator.grid

    @property
    def beta(self) -> float:
        """Inverse temperature."""
        return self.generator.coefficients.beta

    @cached_property
    def spectral(self) -> Spectral | None:
        """The steady state by Fourier collocation; None where it does not apply.

        It does not apply on the line, with sides that are not open, or where the steady state is
        not smooth or lies in part outside the region of the collocation.
        """
        if self.collocated is not None or not applies(self.generator.sides):
            return self.collocated
        rough = self.halved().halved() if self.grid.dim == 2 else self.halved()
        return beside_grid(self.landscape, rough.generator, rough.rough_mass)

    @property
    def generator_mass(self) -> Float:
        """The generator's own null vector, also where `steady_mass` is that of collocation."""
        return self.steady_mass if self.collocated is None else self.rough_mass

    @cached_property
    def rough_mass(self) -> Float:
        """Stationary masses by inverse iteration from equal masses, without any check."""
        return settle(self.factors[0], np.ones(self.grid.size))

    @cached_property
    def factors(self) -> tuple[Factors, float]:
        """LU of (generator - shift), and the shift."""
        return shifted_factors(self.generator)

    @cached_property
    def steady_mass(self) -> Float:
        """Stationary masses of the cells, shape (cells,): the generator's null vector.

        Where the box was found by collocation, it is the steady state of the collocation: the
        generator of the grid may be too coarse to have it.
        """
        if self.collocated is not None:
            mass = self.collocated.finest.density(self.grid.points)
            return np.asarray(mass / mass.sum())
        return null_vector(self.generator, self.factors[0])

    @property
    def steady_density(self) -> Float:
        """Stationary density of the cells, shape (cells,)."""
        return self.steady_mass / self.grid.volume

    @cached_property
    def spurious(self) -> float:
        """Noise that the discretisation adds, as a share of the physical noise.

        It is read from the second moments of the steady state by collocation, which the generator
        should leave as they are; 0 where there is no collocation.
        """
        if self.collocated is None:
            return 0.0
        points, mass, frame = self.grid.points, self.steady_mass, self.collocated.finest.frame
        noise = np.einsum("n,nij->ij", mass, self.generator.coefficients.diffusion(points))
        y = frame.coordinates(points)
        back = frame.inverse
        added = (y.T * (self.generator.forward @ mass)) @ y
        real = 2 / self.beta * np.trace(back @ noise @ back.T)
        return float(np.linalg.norm(added, 2) / real)

    def check_resolution(self) -> None:
        """Warn where the noise that the grid adds is a noticeable part of the whole noise."""
        if self.spurious > _TOLERATED_SPURIOUS:
            warnings.warn(
                f"the grid is coarse: it adds a noise of {self.spurious:.2g} of the physical one.  "
                "Stationary numbers and decay_rates() are not affected; for everything that "
                "depends on time give more cells (shape=, max_bytes=).",
                CoarseGrid,
                stacklevel=callers(),
            )

    def with_targets(self, targets: dict[str, str]) -> AbsorbingGenerator:
        """Return the generator with these targets (name -> predicate) absorbing."""
        for name, predicate in targets.items():
            check_kind(name, predicate, str, 'a predicate as text, "x > 0"')
        self.check_resolution()
        key = tuple(targets.items())
        if key not in self._absorbing:
            while len(self._absorbing) >= _CACHED_TARGETS:
                self._absorbing.pop(next(iter(self._absorbing)))
            self._absorbing[key] = AbsorbingGenerator.of(self.generator, self.landscape, targets)
        return self._absorbing[key]

    def halved(self) -> GridEquation:
        """Return the equation on the same box with half as many cells along each axis."""
        return self._half

    @cached_property
    def _half(self) -> GridEquation:
        """Cached, so that two extrapolations solve the coarse grids once."""
        return replace(self, generator=self.generator.halved())

    @cached_property
    def _absorbing(self) -> dict[tuple[tuple[str, str], ...], AbsorbingGenerator]:
        return {}

    @cached_property
    def survival_curves(self) -> dict[tuple[str | None, tuple[float, ...], bytes], xr.DataArray]:
        """The last survival curve from a point: (target, point, times) -> probabilities."""
        return {}

    def summary(self, dynamics: str) -> str:
        """Return the problem, the grid and the tail mass as text."""
        lines = [f"Fokker-Planck of {self.landscape.name}, {dynamics}, beta = {self.beta:g}"]
        width = max(map(len, self.grid.names))
        for axis, name in enumerate(self.grid.names):
            (low, high), pair = self.grid.box[axis], self.generator.sides[axis]
            sides = pair[0] if pair[0] == pair[1] else f"{pair[0]} | {pair[1]}"
            lines.append(
                f"  {name:<{width}}  {self.grid.shape[axis]} cells of "
                f"{self.grid.spacing[axis]:.4g} on [{low:.5g}, {high:.5g}], {sides}, "
                f"{self.generator.scheme[axis]} differences"
            )
        if any("open" in pair for pair in self.generator.sides):
            lines.append(f"  mass beyond the open sides: {self.tail_mass:.1g} (estimated)")
        return "\n".join(lines)

"""`FokkerPlanck`: the law of an SDE on a grid, and the questions it answers."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....simulate.dynamics import Dynamics
from ....typing import Float
from ..errors import CoarseGrid, callers
from ..grid import Grid
from .density import read_density
from .evolution import check_times, evolved
from .flow import Flows
from .generator import Generator
from .linear_solver import Factors
from .passage import FirstPassages
from .refinement import Extrapolated, extrapolate
from .settling import applies, beside_grid
from .spectral import Spectral
from .spectrum import decay_rates
from .steady import null_vector, report_negative, settle, shifted_factors

if TYPE_CHECKING:
    import xarray as xr


_SPURIOUS = 0.05
_FINE = 1e-4  # relative errors of rates that need no second opinion


@dataclass(frozen=True, eq=False, repr=False)
class FokkerPlanck(FirstPassages, Flows):
    """The generator of an SDE on a grid; made by `theory.fokker_planck`.

    Attributes
    ----------
    landscape, dynamics
        Of which it is the law, in the limit dt -> 0.
    generator
        Grid and matrices: `generator.forward` acts on the masses of cells (its columns sum to
        zero), its transpose on functions.
    tail_mass
        Estimated mass of the steady state beyond the open sides.
    found
        The steady state by Fourier collocation, where the box was found by it; see `spectral`.
    """

    landscape: Any
    dynamics: Dynamics
    generator: Generator
    tail_mass: float
    found: Spectral | None = None

    @property
    def grid(self) -> Grid:
        """Names, box, shape, spacing and centres of the cells."""
        return self.generator.grid

    @cached_property
    def spectral(self) -> Spectral | None:
        """The steady state by Fourier collocation; None where the grid's own is all there is.

        On the line, with sides that are not open, or where it is not smooth or not complete.
        """
        if self.found is not None or not applies(self.generator.sides):
            return self.found
        rough = self.halved().halved() if self.grid.dim == 2 else self.halved()
        return beside_grid(self.landscape, rough.generator, rough.rough_mass)

    @property
    def _own_mass(self) -> Float:
        """The generator's null vector, also where it is not what is told."""
        return self.steady_mass if self.found is None else self.rough_mass

    @cached_property
    def rough_mass(self) -> Float:
        """Stationary masses from one beginning, which nobody is told of."""
        return settle(self._factors[0], np.ones(self.grid.size))

    @cached_property
    def _factors(self) -> tuple[Factors, float]:
        return shifted_factors(self.generator)

    @cached_property
    def steady_mass(self) -> Float:
        """Stationary masses of the cells, shape (cells,): the generator's null vector.

        Where the box was found by collocation, that steady state's: the generator of the grid may
        be too coarse to have it.
        """
        if self.found is not None:
            mass = self.found.finest.density(self.grid.points)
            return np.asarray(mass / mass.sum())
        return null_vector(self.generator, self._factors[0])

    def steady_state(self) -> xr.DataArray:
        """Return the stationary density at the centres; its sum times the cell volume is 1.

        Raises
        ------
        NoSteadyState
            (a ValueError) Sides absorb, or it is not unique.

        Examples
        --------
        >>> from driftscape import landscapes, theory
        >>> fp = theory.fokker_planck(landscapes.quartic_well(), beta=2)
        >>> rho = fp.steady_state()
        >>> print(f"{float(rho.integrate('x')):.6f}")
        1.000000
        """
        return self.wrap(self.steady_mass / self.grid.volume, "density", "1/volume")

    def eigenvalues(self, k: int = 6, *, near: complex = 0) -> NDArray[np.complex128]:
        """Return the k slowest decay rates: eigenvalues lambda of minus the generator.

        A density relaxes as a sum of exp(-lambda t): the real part is a rate, the imaginary part
        an angular frequency (in pairs, the positive one first).  The steady state's zero is left
        out.  They are sought nearest to zero; a fast turning with a slow decay may be farther than
        the k + 8 nearest: look for it with `near=`, from which they are then sorted.  They are
        those of this grid; `decay_rates` gives them with their errors.

        Examples
        --------
        >>> from driftscape import landscapes, theory
        >>> fp = theory.fokker_planck(landscapes.mean_estimation(), beta=1)
        >>> fp.eigenvalues(3).real.round(3)
        array([1., 2., 3.])
        """
        if isinstance(k, bool) or not 1 <= k <= max(1, self.grid.size - 12):
            raise ValueError(f"k={k}; ask for 1 to {self.grid.size - 12} on this grid.")
        absorbing = self.generator.side_loss.any()
        self.check_resolution()
        steady = None if absorbing else (*self._factors, self._own_mass)
        return decay_rates(self.generator, int(k), near, steady)

    def decay_rates(self, k: int = 6, *, near: complex = 0) -> Extrapolated:
        """Return the same k rates with their errors: `.value`, complex, and `.truncation`.

        From three grids, or by Fourier collocation where that is more exact.

        Examples
        --------
        >>> from driftscape import landscapes, theory
        >>> fp = theory.fokker_planck(landscapes.mean_estimation(), beta=1)
        >>> rates = fp.decay_rates(2)
        >>> bool((abs(rates.value - [1, 2]) < 3 * rates.truncation).all())
        True
        """
        if self.spectral is not None and near == 0:
            direct = self.spectral.eigenvalues(int(k))
            size = np.abs(direct.value).max()
            exact = direct.settled.all() and direct.truncation.max() <= _FINE * size
            if self.found is not None or exact:
                return direct
        fine = self.eigenvalues(k, near=near)

        def matched(level: FokkerPlanck) -> Any:
            if level is self:
                return fine
            values = level.eigenvalues(k + 4, near=near)
            return values[np.abs(values[None] - fine[:, None]).argmin(axis=1)]

        return extrapolate(self, matched)

    def evolve(self, density: Any, times: Any, *, tolerance: float = 1e-6) -> xr.DataArray:
        """Return the density at each of some times.

        Parameters
        ----------
        density
            At time 0: an `xarray.DataArray` of this grid, text (up to its norm), or a point.
        times
            Ascending, from 0 on; or one.
        tolerance
            Mass that one step may misplace.

        Returns
        -------
        xarray.DataArray
            Dimensions `time` and the axes of the grid.

        Examples
        --------
        >>> from driftscape import landscapes, theory
        >>> fp = theory.fokker_planck(landscapes.mean_estimation(), beta=1)
        >>> rho = fp.evolve(1.0, [0, 0.5, 1])
        >>> (rho * rho.theta).integrate("theta").values.round(3)
        array([1.   , 0.607, 0.368])
        """
        moments, grid = check_times(times), self.grid
        if not tolerance > 0:
            raise ValueError(f"tolerance={tolerance}; give a positive number, such as 1e-6.")
        self.check_resolution()
        mass = read_density(self.landscape, grid, density)
        masses = np.array([
            *evolved(self.generator.forward, self.generator.order, mass, moments, float(tolerance))
        ])  # fmt: skip
        worst = min(masses, key=lambda m: float(m[m < 0].sum()))
        report_negative(worst, "density on its way")
        return self.wrap(masses / grid.volume, "density", "1/volume", "time", time=moments)

    @cached_property
    def spurious(self) -> float:
        """Noise that the grid adds by itself, as a share of what there is.

        From what the generator does to the second moments of the steady state by collocation,
        which should not move; 0 where there is none.
        """
        if self.found is None:
            return 0.0
        points, mass = self.grid.points, self.steady_mass
        noise = np.einsum("n,nij->ij", mass, self.generator.coefficients.diffusion(points))
        y = self.found.finest.frame.coordinates(points)
        back = self.found.finest.frame.inverse
        added = (y.T * (self.generator.forward @ mass)) @ y
        real = 2 / self.generator.coefficients.beta * np.trace(back @ noise @ back.T)
        return float(np.linalg.norm(added, 2) / real)

    def check_resolution(self) -> None:
        """Warn where the grid's own noise is no small part of what there is."""
        if self.spurious > _SPURIOUS:
            warnings.warn(
                f"the grid is coarse: it adds a noise of {self.spurious:.2g} of what there is.  "
                "Stationary numbers and decay_rates() are not concerned; for what moves give more "
                "cells (shape=, max_bytes=).",
                CoarseGrid,
                stacklevel=callers(),
            )

    def halved(self) -> FokkerPlanck:
        """Return the same on the same box with half as many cells along each axis."""
        return self._half

    @cached_property
    def _half(self) -> FokkerPlanck:
        """Kept, so that what is extrapolated twice is solved once."""
        return replace(self, generator=self.generator.halved())

    def extrapolate(self, quantity: Callable[[FokkerPlanck], Any]) -> Extrapolated:
        """Evaluate a quantity here and on two coarser grids, and remove the error of order two.

        Examples
        --------
        >>> from driftscape import landscapes, theory
        >>> fp = theory.fokker_planck(landscapes.double_well(rotation=1.5), beta=1, shape=96)
        >>> rates = fp.extrapolate(lambda level: level.eigenvalues(2))
        >>> rates.value.round(3)
        array([1.039+0.67j, 1.039-0.67j])
        """
        return extrapolate(self, quantity)

    def wrap(self, values: Any, name: str, unit: str, *lead: str, **more: Any) -> xr.DataArray:
        """Wrap values of all cells as an `xarray.DataArray` that says what made it."""
        array = self.grid.array(values, name, *lead, **more)
        made = {
            "format": 1,
            "verb": "fokker_planck",
            "landscape": self.landscape.to_dict(),
            "dynamics": self.dynamics.to_dict(),
            "box": [list(ends) for ends in self.grid.box],
            "sides": [list(pair) for pair in self.generator.sides],
            "tail_mass": self.tail_mass,
        }
        return array.assign_attrs(
            {"driftscape": json.dumps(made)} | ({"units": unit} if unit else {})
        )

    def __repr__(self) -> str:
        numbers = self.dynamics.to_dict()
        beta = f"beta = {numbers['beta']:g}"
        lines = [f"Fokker-Planck of {self.landscape.name}, {numbers['name']}, {beta}"]
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

"""`FokkerPlanck`: the law of an SDE on a grid, and the questions it answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...simulate.dynamics import Dynamics
from .density import read_density
from .evolution import check_times, evolved
from .flow import Flows
from .generator import Generator
from .grid import Grid
from .linear_solver import Factors
from .passage import FirstPassages
from .refinement import Extrapolated, extrapolate
from .spectrum import decay_rates
from .steady import null_vector, report_negative, shifted_factors

if TYPE_CHECKING:
    import xarray as xr

Float = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class FokkerPlanck(FirstPassages, Flows):
    """The generator of an SDE on a grid; made by `analysis.fokker_planck`.

    Attributes
    ----------
    landscape, dynamics
        Of which it is the law, in the limit dt -> 0.
    generator
        Grid and matrices: `generator.forward` acts on the masses of cells (its columns sum to
        zero), its transpose on functions.
    tail_mass
        Estimated mass of the steady state beyond the open sides.
    """

    landscape: Any
    dynamics: Dynamics
    generator: Generator
    tail_mass: float

    @property
    def grid(self) -> Grid:
        """Names, box, shape, spacing and centres of the cells."""
        return self.generator.grid

    @cached_property
    def _factors(self) -> tuple[Factors, float]:
        return shifted_factors(self.generator)

    @cached_property
    def steady_mass(self) -> Float:
        """Stationary masses of the cells, shape (cells,)."""
        return null_vector(self.generator, self._factors[0])

    def steady_state(self) -> xr.DataArray:
        """Return the stationary density at the centres; its sum times the cell volume is 1.

        Raises
        ------
        NoSteadyState
            (a ValueError) Sides absorb, or it is not unique.

        Examples
        --------
        >>> from driftscape import analysis, landscapes
        >>> fp = analysis.fokker_planck(landscapes.quartic_well(), beta=2)
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
        the k + 8 nearest: look for it with `near=`, from which they are then sorted.

        Examples
        --------
        >>> from driftscape import analysis, landscapes
        >>> fp = analysis.fokker_planck(landscapes.mean_estimation(), beta=1)
        >>> fp.eigenvalues(3).real.round(3)
        array([1., 2., 3.])
        """
        if isinstance(k, bool) or not 1 <= k <= max(1, self.grid.size - 12):
            raise ValueError(f"k={k}; ask for 1 to {self.grid.size - 12} on this grid.")
        absorbing = self.generator.side_loss.any()
        steady = None if absorbing else (*self._factors, self.steady_mass)
        return decay_rates(self.generator, int(k), near, steady)

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
        >>> from driftscape import analysis, landscapes
        >>> fp = analysis.fokker_planck(landscapes.mean_estimation(), beta=1)
        >>> rho = fp.evolve(1.0, [0, 0.5, 1])
        >>> (rho * rho.theta).integrate("theta").values.round(3)
        array([1.   , 0.607, 0.368])
        """
        moments, grid = check_times(times), self.grid
        if not tolerance > 0:
            raise ValueError(f"tolerance={tolerance}; give a positive number, such as 1e-6.")
        mass = read_density(self.landscape, grid, density)
        masses = np.array([
            *evolved(self.generator.forward, self.generator.order, mass, moments, float(tolerance))
        ])  # fmt: skip
        worst = min(masses, key=lambda m: float(m[m < 0].sum()))
        report_negative(worst, "density on its way")
        return self.wrap(masses / grid.volume, "density", "1/volume", "time", time=moments)

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
        >>> from driftscape import analysis, landscapes
        >>> fp = analysis.fokker_planck(landscapes.double_well(rotation=1.5), beta=1, shape=96)
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

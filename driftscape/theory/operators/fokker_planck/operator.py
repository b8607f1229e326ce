"""`FokkerPlanck`: the evolution of densities under an SDE, on a grid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ....labels import SHARE, TIME, labelled
from ....landscapes import Landscape
from ....simulate.dynamics.sde.sde import SDE
from ....typing import Float
from ...theory import Theory
from .. import metadata
from ..arguments import DensityLike, PointLike
from ..density import read_density
from ..grid import Grid
from . import passages, relaxation, stationary
from .circulation import Circulation, circulation_of
from .current import cell_current
from .equation import GridEquation
from .evolution import check_times
from .passages import named
from .refinement import Extrapolated, extrapolate

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True, eq=False, repr=False)
class FokkerPlanck:
    """The Fokker-Planck equation of an SDE on a grid; returned by `theory.fokker_planck`.

        d rho/dt = -div(b rho) + (1/beta) sum_ij d_i d_j (D_ij rho)

    Numbers are returned as `Theory`, extrapolated from three grids (or by Fourier collocation) with
    their error; functions of the position as xarray.DataArray over the centres of the cells.  Its
    dimensions are the coordinates in reverse order, as `.plot()` needs them.

    Attributes
    ----------
    dynamics
        The SDE, in the limit dt -> 0.
    equation
        The equation on its grid with everything solved on it, for functions of this package.
    """

    dynamics: SDE
    equation: GridEquation

    @property
    def landscape(self) -> Landscape:
        """The landscape."""
        return self.equation.landscape

    @property
    def beta(self) -> float:
        """Inverse temperature."""
        return self.equation.beta

    @property
    def grid(self) -> Grid:
        """Names, box, shape, spacing and centres of the cells."""
        return self.equation.grid

    @property
    def steady_mass(self) -> Float:
        """Stationary masses of the cells, of sum 1, shape (cells,)."""
        return self.equation.steady_mass

    @property
    def tail_mass(self) -> float:
        """Estimated mass of the steady state beyond the open sides of the box."""
        return self.equation.tail_mass

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
        return self._array(self.equation.steady_density, "density")

    def expectation(self, expression: str) -> Theory:
        """Return the stationary mean of an expression of the coordinates, such as `"x**2"`."""
        return stationary.expectation(self.equation, expression)

    def current(self, density: DensityLike | None = None) -> xr.DataArray:
        """Return the probability current J of the steady state, or of a density.

            J_i = b_i rho - (1/beta) sum_j d_j(D_ij rho),     d rho/dt = -div J

        Dimensions `coordinate` (the component) and the axes of the grid: in each cell, the mean of
        the fluxes through its two faces.

        Examples
        --------
        >>> from driftscape import landscapes, theory
        >>> fp = theory.fokker_planck(landscapes.double_well(rotation=1.5), beta=1, shape=96)
        >>> J = fp.current()
        >>> bool(J.sel(coordinate="x2").sel(x1=1, x2=0, method="nearest") > 0)
        True
        """
        mass, equation = self.steady_mass, self.equation
        if density is not None:
            mass = read_density(equation.landscape, equation.grid, density)
        J = cell_current(equation.generator, mass / self.grid.volume)
        return self._array(J, "current", "coordinate", coordinate=list(self.grid.names))

    def torque(self, plane: tuple[str, str] | None = None) -> Theory:
        """Return the integral of x J_y - y J_x, which is E[x b_y - y b_x]; see `analysis.torque`.

        Examples
        --------
        >>> from driftscape import landscapes, theory
        >>> fp = theory.fokker_planck(landscapes.double_well(rotation=1), beta=1, shape=128)
        >>> print(f"{fp.torque().value:.4f}, {fp.entropy_production().value:.3f}")
        0.8242, 0.681
        """
        return stationary.torque(self.equation, plane)

    def entropy_production(self) -> Theory:
        """Return the integral of beta J . D^-1 J/rho, the entropy produced per unit of time.

        Raises
        ------
        ValueError
            D is singular and the current leaves its range: it is not defined.
        """
        return stationary.entropy_production(self.equation)

    def circulation(self) -> Circulation:
        r"""Return where the stationary current circulates in the plane, and how fast.

            J = (dS/dy, -dS/dx),    S: probability that circulates around a point per unit of time

        The centre is where \|S\| is largest, the flux S there, which is the mean number of turns
        per unit of time; the ridge is the closed curve on which \|J\| is largest along the rays
        from the centre.  Of several circulations it is the strongest.  Of a run,
        `analysis.circulation_period` measures the same.

        Raises
        ------
        ValueError
            Not two coordinates, a periodic side; or no circulation beyond the grid's error.

        Examples
        --------
        >>> from driftscape import landscapes, theory
        >>> fp = theory.fokker_planck(landscapes.double_well(rotation=1.5), beta=1, shape=128)
        >>> found = fp.circulation()
        >>> print(f"{found.period.value:.3f}")  # Z/(rotation pi^(1/2)/2)
        5.735
        """
        return circulation_of(self.equation)

    def evolve(
        self, density: DensityLike, times: ArrayLike, *, tolerance: float = 1e-6
    ) -> xr.DataArray:
        """Return the density at each of some times, over `time` and the axes of the grid.

        Parameters
        ----------
        density
            At time 0: an `xarray.DataArray` of this grid, text (up to its norm), or a point.
        times
            Ascending, from 0 on; or one.
        tolerance
            Mass that one step of time may misplace.

        Examples
        --------
        >>> from driftscape import landscapes, theory
        >>> fp = theory.fokker_planck(landscapes.mean_estimation(), beta=1)
        >>> rho = fp.evolve(1.0, [0, 0.5, 1])
        >>> (rho * rho.theta).integrate("theta").values.round(3)
        array([1.   , 0.607, 0.368])
        """
        moments, masses = relaxation.evolve(self.equation, density, times, tolerance)
        return self._array(masses / self.grid.volume, "density", "time", time=moments)

    def eigenvalues(self, k: int = 6, *, near: complex = 0) -> NDArray[np.complex128]:
        """Return the k slowest decay rates: eigenvalues lambda of minus the generator.

        A density relaxes as a sum of exp(-lambda t): the real part is a rate, the imaginary part
        an angular frequency (in pairs, the positive one first).  The steady state's zero is left
        out.  They are sought nearest to zero; a fast rotation with a slow decay may be farther than
        the k + 8 nearest: look for it with `near=`, from which they are then sorted.  They are
        those of this grid; `decay_rates` gives them with their errors.

        Examples
        --------
        >>> from driftscape import landscapes, theory
        >>> fp = theory.fokker_planck(landscapes.mean_estimation(), beta=1)
        >>> fp.eigenvalues(3).real.round(3)
        array([1., 2., 3.])
        """
        return relaxation.eigenvalues(self.equation, k, near)

    def decay_rates(self, k: int = 6, *, near: complex = 0) -> Extrapolated:
        """Return the k slowest decay rates with errors, from three grids or by collocation.

        Examples
        --------
        >>> from driftscape import landscapes, theory
        >>> fp = theory.fokker_planck(landscapes.mean_estimation(), beta=1)
        >>> rates = fp.decay_rates(2)
        >>> bool((abs(rates.value - [1, 2]) < 3 * rates.truncation).all())
        True
        """
        return relaxation.decay_rates(self.equation, k, near)

    def mean_first_passage_time(self, target: str | None = None, *, start: PointLike) -> Theory:
        """Return the mean time from a point until the target (or an absorbing side) is reached.

        Parameters
        ----------
        target
            Predicate such as `"x > 0"`; may be left out where sides absorb.

        Examples
        --------
        >>> from driftscape import landscapes, theory
        >>> fp = theory.fokker_planck(landscapes.quartic_well(), beta=10)
        >>> print(f"{fp.mean_first_passage_time('x > 0', start=-1).value:.3f}")
        30.821
        """
        return passages.from_point(self.equation, named(target), passages.mean_time, start, TIME)

    def mean_first_passage_times(self, target: str | None = None) -> xr.DataArray:
        """Return the mean time from every cell until the target is reached, zero inside it."""
        times = passages.everywhere(self.equation, named(target), passages.mean_time)
        return self._array(times, "mean_first_passage_time")

    def first_passage_variance(self, target: str | None = None, *, start: PointLike) -> Theory:
        """Return the variance of the time from a point until the target is reached."""
        return passages.from_point(
            self.equation, named(target), passages.variance_of_time, start, "units of time^2"
        )

    def first_passage_variances(self, target: str | None = None) -> xr.DataArray:
        """Return the variance of the time from every cell until the target is reached."""
        variances = passages.everywhere(self.equation, named(target), passages.variance_of_time)
        return self._array(variances, "first_passage_variance")

    def splitting_probability(self, *, source: str, target: str, start: PointLike) -> Theory:
        """Return the probability from a point that the target is reached before the source.

        Parameters
        ----------
        source, target
            Predicates; where both are true, the source counts.

        Examples
        --------
        >>> from driftscape import landscapes, theory
        >>> fp = theory.fokker_planck(landscapes.quartic_well(), beta=4)
        >>> half = fp.splitting_probability(source="x < -1", target="x > 1", start=0)
        >>> print(f"{half.value:.6f}")
        0.500000
        """
        targets = {"source": source, "target": target}
        return passages.from_point(self.equation, targets, passages.second_is_first, start, SHARE)

    def committor(self, *, source: str, target: str) -> xr.DataArray:
        """Return the probability from every cell that the target is reached before the source."""
        targets = {"source": source, "target": target}
        values = passages.everywhere(self.equation, targets, passages.second_is_first)
        return self._array(values, "committor")

    def quasi_stationary(self, target: str | None = None) -> xr.Dataset:
        """Return the quasi-stationary density outside the target, and its escape rate.

        `density` is zero in the target; `rate` is the smallest eigenvalue of minus the generator
        with the target absorbing: from this density passage times are exponential with mean 1/rate.

        Examples
        --------
        >>> from driftscape import landscapes, theory
        >>> fp = theory.fokker_planck(landscapes.quartic_well(), beta=10)
        >>> print(f"{1 / float(fp.quasi_stationary('x > 0').rate):.2f}")
        29.81
        """
        mass, rate = passages.quasi_stationary(self.equation, target)
        density = self._array(mass / self.grid.volume, "density")
        return labelled(density.to_dataset().assign(rate=rate), metadata.LABELS)

    def survival(
        self, target: str | None = None, *, times: ArrayLike, start: PointLike | None = None
    ) -> xr.DataArray:
        """Return the probability that the target has not been reached by some times.

        Parameters
        ----------
        target
            Predicate; may be left out where sides absorb.
        times
            Ascending, from 0 on; or one.
        start
            A point; by default every cell.

        Returns
        -------
        xarray.DataArray
            P(T > t) over `time`: from a point extrapolated, with the coordinate `truncation`;
            from every cell over the axes of the grid, too.

        Examples
        --------
        >>> from driftscape import landscapes, theory
        >>> fp = theory.fokker_planck(landscapes.quartic_well(), beta=10)
        >>> fp.survival("x > 0", times=[10, 30], start=-1).values.round(4)
        array([0.7398, 0.3782])
        """
        if start is not None:
            return passages.survival_curve(self.equation, target, times, start)
        moments = check_times(times)
        values = passages.survivors(self.equation.with_targets(named(target)), moments)
        return self._array(values, "survival", "time", time=moments)

    def halved(self) -> FokkerPlanck:
        """Return the operator on the same box with half as many cells along each axis."""
        return replace(self, equation=self.equation.halved())

    def extrapolate(self, quantity: Callable[[FokkerPlanck], ArrayLike]) -> Extrapolated:
        """Evaluate a quantity here and on two coarser grids, and remove the error of order two."""
        return extrapolate(self, quantity)

    def _array(self, values: Float, name: str, *lead: str, **coords: object) -> xr.DataArray:
        array = self.grid.array(values, name, *lead, **coords)
        return metadata.described(
            array, "fokker_planck", self.landscape, self.dynamics, self.grid,
            sides=[list(pair) for pair in self.equation.generator.sides], tail_mass=self.tail_mass,
        )  # fmt: skip

    def __repr__(self) -> str:
        return self.equation.summary(type(self.dynamics).__name__)

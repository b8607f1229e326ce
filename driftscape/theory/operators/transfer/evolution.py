"""From one density to the next: evolution, and the spectrum that it decays with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....landscapes.field import coordinates_of
from ....typing import Float
from ...observable import Observable
from ..fokker_planck.density import read_density
from ..grid import Grid
from .chain import Chain
from .circle import check_same_round
from .interpolation import interpolation
from .solve import multipliers

if TYPE_CHECKING:
    import xarray as xr

    from .kernel import Kernel


class Evolution:
    """How densities change from step to step; base of `TransferOperator`."""

    landscape: Any
    chain: Chain
    grid: Grid
    nodes: int

    if TYPE_CHECKING:

        @property
        def kernel(self) -> Kernel:
            """The step without targets."""

        def wrap(self, values: Any, name: str, unit: str, *lead: str, **more: Any) -> xr.DataArray:
            """Wrap values of all cells; see `TransferOperator`."""

    def evolve(self, density: Any, steps: Any) -> xr.DataArray:
        """Return the density after each of some numbers of steps.

        Parameters
        ----------
        density
            At step 0: an `xarray.DataArray` of this grid, text (up to its norm), or a point, whose
            unit mass is put on the nodes around it with its moments kept.
        steps
            Ascending, from 0 on; or one.

        Returns
        -------
        xarray.DataArray
            Dimensions `time` (steps * learning_rate; `step` along it) and the axes of the grid.
            What leaves the box is missing in its integral.

        Examples
        --------
        >>> from driftscape import landscapes, simulate, theory
        >>> sgd = simulate.SGD(learning_rate=0.5)
        >>> op = theory.transfer_operator(landscapes.mean_estimation(), sgd)
        >>> rho = op.evolve(1.0, [0, 1, 2])
        >>> (rho * rho.theta).integrate("theta").values.round(6)
        array([1.  , 0.5 , 0.25])
        """
        numbers = np.atleast_1d(np.asarray(steps))
        if (
            numbers.dtype.kind not in "iu"
            or numbers.ndim != 1
            or (np.diff(numbers, prepend=0) < 0).any()
        ):
            raise ValueError(f"steps={steps}; give whole numbers >= 0, in ascending order.")
        mass, now, rows = self._mass(density), 0, []
        for number in numbers.tolist():
            for _ in range(number - now):
                mass = mass @ self.kernel.matrix
            now = number
            rows.append(mass)
        along: dict[str, Any] = {
            "time": numbers * self.chain.learning_rate,
            "step": ("time", numbers),
        }
        return self.wrap(np.array(rows) / self.grid.volume, "density", "1/volume", "time", **along)

    def _mass(self, density: Any) -> Float:
        if hasattr(density, "dims"):
            return read_density(self.landscape, self.grid, density)
        if isinstance(density, str):
            observable = Observable.of(self.landscape, density)
            check_same_round(self.grid, self.chain.full, observable, density)
            mass = np.array(observable(self.chain.full(self.grid.points)))
            return read_density(self.landscape, self.grid, self.grid.array(mass, "density"))
        point = self.point(density)
        cells, weights = interpolation(self.grid, point, self.nodes)
        return np.asarray(np.bincount(cells[0], weights[0], self.grid.size), float)

    def point(self, given: Any) -> Float:
        """Return a point of the landscape on the grid, shape (1, dim); refuse one outside."""
        full = np.array([[float(x) for x in coordinates_of(given, self.landscape.symbols)]])
        point = full if self.chain.frame is None else self.chain.frame.back(full)
        axes = zip(self.grid.names, point[0], self.grid.box, self.grid.periodic, strict=True)
        for name, x, (low, high), closes in axes:
            if not (closes or low <= x <= high):
                raise ValueError(
                    f"{name} = {x:g} lies outside the grid, [{low:g}, {high:g}]; give a box= that "
                    "holds it."
                )
        return point

    def spectrum(self, k: int = 6) -> NDArray[np.complex128]:
        """Return the k largest multipliers of the step, the 1 of the stationary law left out.

        What is left of a deviation after n steps is a sum of lambda**n: negative ones change sign
        at every step, pairs of complex ones turn.  Where far states come back at a constant speed
        (`gaussian_fit`) part of the spectrum is continuous: what is then found depends on the box.

        Examples
        --------
        >>> from driftscape import landscapes, simulate, theory
        >>> sgd = simulate.SGD(learning_rate=0.2)
        >>> op = theory.transfer_operator(landscapes.mean_estimation(), sgd)
        >>> op.spectrum(3).real.round(6)
        array([0.8  , 0.64 , 0.512])
        """
        if isinstance(k, bool) or not 1 <= k <= self.grid.size // 4:
            raise ValueError(f"k={k}; ask for 1 to {self.grid.size // 4} on this grid.")
        values = multipliers(self.kernel.matrix, int(k) + 1)
        rest: NDArray[np.complex128] = np.delete(values, int(np.argmin(np.abs(values - 1))))
        return rest

    def eigenvalues(self, k: int = 6) -> NDArray[np.complex128]:
        """Return the k slowest decay rates -log(multiplier)/learning_rate, per unit of time.

        They stand beside `FokkerPlanck.eigenvalues` of the SDE.
        """
        return np.asarray(-np.log(self.spectrum(k)) / self.chain.learning_rate, complex)

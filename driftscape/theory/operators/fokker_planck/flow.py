"""What flows in the steady state: methods on the current."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ....typing import Float
from ...theory import Theory
from .current import cell_current, entropy_production_of, torque_of
from .density import read_density
from .generator import Generator
from .refinement import extrapolate
from .spectral import Spectral, better

if TYPE_CHECKING:
    import xarray as xr

    from .circulation import Circulation
    from .operator import FokkerPlanck


class Flows:
    """What a Fokker-Planck operator says of currents; base of `FokkerPlanck`."""

    landscape: Any
    generator: Generator

    if TYPE_CHECKING:

        @property
        def steady_mass(self) -> Float:
            """Stationary masses of the cells."""

        @property
        def spectral(self) -> Spectral | None:
            """The steady state by Fourier collocation."""

        def wrap(self, values: Any, name: str, unit: str, *lead: str, **more: Any) -> xr.DataArray:
            """Wrap values of all cells; see `FokkerPlanck`."""

    def current(self, density: Any = None) -> xr.DataArray:
        """Return the probability current J of the steady state, or of a density.

            J_i = b_i rho - (1/beta) sum_j d_j(D_ij rho),     d rho/dt = -div J

        Returns
        -------
        xarray.DataArray
            Dimensions `coordinate` (the component) and the axes of the grid: means of the fluxes
            through the two faces of each cell.

        Examples
        --------
        >>> from driftscape import landscapes, theory
        >>> fp = theory.fokker_planck(landscapes.double_well(rotation=1.5), beta=1, shape=96)
        >>> J = fp.current()
        >>> bool(J.sel(coordinate="x2").sel(x1=1, x2=0, method="nearest") > 0)
        True
        """
        grid = self.generator.grid
        mass = self.steady_mass if density is None else read_density(self.landscape, grid, density)
        J = cell_current(self.generator, mass / grid.volume)
        return self.wrap(J, "current", "", "coordinate", coordinate=list(grid.names))

    def torque(self, plane: tuple[str, str] | None = None) -> Theory:
        """Return the integral of x J_y - y J_x, which is E[x b_y - y b_x]; see `analysis.torque`.

        Examples
        --------
        >>> from driftscape import landscapes, theory
        >>> fp = theory.fokker_planck(landscapes.double_well(rotation=1), beta=1, shape=128)
        >>> print(f"{fp.torque().value:.4f}")
        0.8242
        """
        names = self.generator.grid.names
        pair = names if plane is None else tuple(plane)
        if len(pair) != 2 or len(set(pair)) != 2 or not set(pair) <= set(names):
            raise ValueError(f"plane={plane!r}; name two different ones of {', '.join(names)}.")
        i, j = (names.index(name) for name in pair)
        drift = self.generator.coefficients.drift

        def lever(points: Float) -> Float:
            b = drift(points)
            return np.asarray(points[:, i] * b[:, j] - points[:, j] * b[:, i])

        return self._better(
            lambda found: found.expectation(lever),
            lambda fp: torque_of(fp.generator, fp.steady_mass / fp.grid.volume, i, j),
        )

    def entropy_production(self) -> Theory:
        """Return the integral of beta J . D^-1 J/rho, the entropy produced per unit time.

        Raises
        ------
        ValueError
            D is singular and the current leaves its range: it is not defined.

        Examples
        --------
        >>> from driftscape import landscapes, theory
        >>> fp = theory.fokker_planck(landscapes.double_well(rotation=1), beta=1, shape=128)
        >>> print(f"{fp.entropy_production().value:.3f}")
        0.681
        """
        return self._better(
            lambda found: found.entropy_production(),
            lambda fp: entropy_production_of(fp.generator, fp.steady_mass / fp.grid.volume),
        )

    def circulation(self) -> Circulation:
        r"""Return where the stationary current goes round in the plane, and how fast.

            J = (dS/dy, -dS/dx),    S: probability that flows round a point per unit of time

        The centre is where \|S\| is largest, the flux S there, which is the mean number of turns
        per unit of time; the ridge is the closed curve where \|J\| is largest on the rays from
        the centre.  See `analysis.circulation_period` for the same of a run.

        Returns
        -------
        Circulation
            `.centre`, `.flux` (positive anticlockwise) and `.period`, each with the grid's error;
            `.ridge`, an xarray.DataArray (angle, coordinate).  Of several circulations the
            strongest.

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
        >>> print(f"{float(found.ridge.radius.min()):.3f} {float(found.ridge.radius.max()):.3f}")
        1.000 1.000
        """
        from .circulation import circulation_of

        return circulation_of(self)  # type: ignore[arg-type]

    def expectation(self, expression: str) -> Theory:
        """Return the stationary mean of an expression of the coordinates, such as `"x**2"`."""
        from ...observable import Observable

        observable = Observable.of(self.landscape, expression)
        grid = self.generator.grid
        tail = getattr(self, "tail_mass", 0.0) * float(np.abs(observable(grid.points)).max())
        return self._better(
            lambda found: found.expectation(observable),
            lambda fp: float(fp.steady_mass @ fp.generator.averages(observable)),
            lambda: tail + self.generator.roughness(self.steady_mass * observable(grid.points)),
        )

    def _better(
        self, direct: Callable[[Spectral], tuple[Theory, float]],
        on_grid: Callable[[FokkerPlanck], float], floor: Callable[[], float] = float,
    ) -> Theory:  # fmt: skip
        found = self.spectral

        def grid() -> Theory:
            return extrapolate(self, on_grid).theory(floor=floor())  # type: ignore[arg-type]

        with np.errstate(all="ignore"):
            first = None if found is None else direct(found)
        return better(first, grid, self.generator.grid.dim)

"""`TransferOperator`: the evolution of densities under the steps of SGD, on a grid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ....labels import labelled
from ....landscapes import Landscape
from ....simulate.dynamics import SGD
from ....typing import Float
from ....validate import check_function
from ...one_step import inverse_temperature
from ...theory import Theory
from .. import metadata
from ..arguments import DensityLike, PointLike
from ..grid import Grid
from . import passages, relaxation, stationary
from .chain import GridChain, compare_grids

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True, eq=False, repr=False)
class TransferOperator:
    """The one-step kernel of SGD on a grid; returned by `theory.transfer_operator`.

        (K f)(theta) = E f(theta - (learning_rate/batch_size) sum_k grad l(theta; x_k))

    Numbers are returned as `Theory`, with the difference to a grid half as fine as truncation;
    functions of the position as xarray.DataArray over the centres of the cells.  Its dimensions are
    the coordinates in reverse order, as `.plot()` needs them.

    Attributes
    ----------
    dynamics
        The SGD.
    chain
        The chain on its grid with everything solved for it, for functions of this package.
    """

    dynamics: SGD
    chain: GridChain

    @property
    def landscape(self) -> Landscape:
        """The landscape."""
        return self.chain.landscape

    @property
    def beta(self) -> float:
        """Inverse temperature of the SDE that approximates it, 2 batch_size/learning_rate."""
        beta = inverse_temperature(self.dynamics)
        assert beta is not None  # of SGD it is known
        return float(beta)

    @property
    def grid(self) -> Grid:
        """Names, box, shape, spacing and centres of the cells."""
        return self.chain.grid

    @property
    def steady_mass(self) -> Float:
        """Stationary masses of the nodes, of sum 1, shape (cells,)."""
        return self.chain.steady_mass

    @property
    def lost(self) -> float:
        """Probability that a stationary step leaves the box."""
        return self.chain.lost

    def steady_state(self) -> xr.DataArray:
        """Return the stationary density at the centres; its sum times the cell volume is 1.

        It is smoothed by a low-pass filter that keeps every moment: waves of less than six cells,
        which the quadrature of the samples does not resolve, are left out.  Where samples have a
        finite support the stationary law may have no density: the result then has its moments, and
        may be negative at some positions.

        Raises
        ------
        NoSteadyState, BoxTooSmall
            (ValueErrors) The law is not unique; a step leaves the box.

        Examples
        --------
        >>> from driftscape import landscapes, simulate, theory
        >>> sgd = simulate.SGD(learning_rate=0.5)
        >>> rho = theory.transfer_operator(landscapes.mean_estimation(), sgd).steady_state()
        >>> print(f"{float((rho * rho.theta**2).integrate('theta')):.8f}")
        0.33333333
        """
        return self._array(stationary.density(self.chain), "density")

    def expectation(self, expression: str) -> Theory:
        """Return the stationary mean of an expression of the coordinates, such as `"x**2"`.

        Its truncation is the change on a grid and panels half as fine, and the effect of the mass
        that is lost beyond the box.

        Examples
        --------
        >>> from driftscape import landscapes, simulate, theory
        >>> sgd = simulate.SGD(learning_rate=0.2)
        >>> op = theory.transfer_operator(landscapes.gaussian_fit(), sgd)
        >>> print(f"{op.expectation('exp(-h)').value:.6f}")  # a steady state has E gradient = 0
        1.000000
        """
        return stationary.expectation(self.chain, expression)

    def drift_velocity(self, coordinate: str, *, per: Literal["step", "time"] = "step") -> Theory:
        """Return the mean velocity of a periodic coordinate, or of the coordinate of the frame.

            v = E[theta'_i - theta_i] = -learning_rate E[d f/d theta_i]     per step

        in the stationary law, turns included; `analysis.drift_velocity` measures the same.  Divided
        by the period it is the mean number of turns of a step.

        Parameters
        ----------
        coordinate
            Its name.
        per
            Per step, or per unit of time (steps * learning_rate).

        Raises
        ------
        ValueError
            An open coordinate: it has a stationary law, and so no velocity.

        Examples
        --------
        >>> import math
        >>> from driftscape import simulate, theory
        >>> from driftscape.landscapes import Landscape, Normal
        >>> tilted = Landscape.from_loss("cos(a)/2 - a/4 + s*a", coordinates="a",
        ...                              samples={"s": Normal()})
        >>> op = theory.transfer_operator(tilted, simulate.SGD(learning_rate=0.5),
        ...                                 box=(-math.pi, math.pi), sides="periodic")
        >>> v = op.drift_velocity("a")
        >>> print(f"{v.value:.6f}, {2 * math.pi / v.value:.1f} steps a turn")
        0.044272, 141.9 steps a turn
        """
        return stationary.drift_velocity(self.chain, self.dynamics, coordinate, per)

    def evolve(self, density: DensityLike, steps: ArrayLike) -> xr.DataArray:
        """Return the density after each of some numbers of steps.

        Parameters
        ----------
        density
            At step 0: an `xarray.DataArray` of this grid, text (up to its norm), or a point, whose
            unit mass is distributed on the nodes around it with its moments kept.
        steps
            Ascending, from 0 on; or one.

        Returns
        -------
        xarray.DataArray
            Dimensions `time` (steps * learning_rate; `step` along it) and the axes of the grid.
            Mass that leaves the box is missing in its integral.

        Examples
        --------
        >>> from driftscape import landscapes, simulate, theory
        >>> sgd = simulate.SGD(learning_rate=0.5)
        >>> op = theory.transfer_operator(landscapes.mean_estimation(), sgd)
        >>> rho = op.evolve(1.0, [0, 1, 2])
        >>> (rho * rho.theta).integrate("theta").values.round(6)
        array([1.  , 0.5 , 0.25])
        """
        numbers, masses = relaxation.evolve(self.chain, density, steps)
        along: dict[str, object] = {
            "time": numbers * self.chain.learning_rate, "step": ("time", numbers),
        }  # fmt: skip
        return self._array(masses / self.grid.volume, "density", "time", **along)

    def spectrum(self, k: int = 6) -> NDArray[np.complex128]:
        """Return the k largest multipliers of the step, without the 1 of the stationary law.

        A deviation after n steps is a sum of lambda**n: negative multipliers change its sign at
        every step, pairs of complex ones rotate it.  Where far states return at a constant speed
        (`gaussian_fit`) part of the spectrum is continuous: the result then depends on the box.

        Examples
        --------
        >>> from driftscape import landscapes, simulate, theory
        >>> sgd = simulate.SGD(learning_rate=0.2)
        >>> op = theory.transfer_operator(landscapes.mean_estimation(), sgd)
        >>> op.spectrum(3).real.round(6)
        array([0.8  , 0.64 , 0.512])
        """
        return relaxation.spectrum(self.chain, k)

    def eigenvalues(self, k: int = 6) -> NDArray[np.complex128]:
        """Return the k slowest decay rates -log(multiplier)/learning_rate, per unit of time.

        `FokkerPlanck.eigenvalues` gives the same of the SDE.
        """
        return relaxation.eigenvalues(self.chain, k)

    def mean_first_passage_time(self, target: str, *, start: PointLike) -> Theory:
        """Return the mean time, steps * learning_rate, from a point to a step into the target.

        It is that of `simulate.first_passage`: only the ends of steps count.

        Parameters
        ----------
        target
            A predicate on the coordinates, `"x > 0"`.
        start
            The point.

        Raises
        ------
        BoxTooSmall
            (a ValueError) From there, more than 1e-6 leaves the box before it reaches the target.
        ValueError
            Not a predicate, no node or every node in it, or it is never reached.

        Examples
        --------
        >>> from driftscape import simulate, theory
        >>> from driftscape.landscapes import Landscape, Normal
        >>> well = Landscape.from_loss("(x**2 - 1)**2/4 + s*x", coordinates="x",
        ...                            samples={"s": Normal()}, start=(-1,))
        >>> op = theory.transfer_operator(well, simulate.SGD(learning_rate=0.2))
        >>> print(f"{op.mean_first_passage_time('x > 0', start=-1).value:.3f}")
        35.777
        """
        return passages.from_point(self.chain, {"target": target}, passages.MEAN_TIME, start)

    def mean_first_passage_times(self, target: str) -> xr.DataArray:
        """Return the mean time from every node until a step ends in the target, zero inside it.

        NaN where more than 1e-6 leaves the box first; `BoxTooSmall` where that is everywhere.
        """
        times = passages.everywhere(self.chain, {"target": target}, passages.MEAN_TIME)
        return self._array(times, "mean_first_passage_time")

    def splitting_probability(self, *, source: str, target: str, start: PointLike) -> Theory:
        """Return the probability from a point that a step ends in the target before the source.

        Parameters
        ----------
        source, target
            Predicates; where both are true, the source counts.
        start
            The point.

        Examples
        --------
        >>> from driftscape import simulate, theory
        >>> from driftscape.landscapes import Landscape, Normal
        >>> well = Landscape.from_loss("(x**2 - 1)**2/4 + s*x", coordinates="x",
        ...                            samples={"s": Normal()}, start=(-1,))
        >>> op = theory.transfer_operator(well, simulate.SGD(learning_rate=0.2))
        >>> half = op.splitting_probability(source="x < -1", target="x > 1", start=0)
        >>> print(f"{half.value:.6f}")
        0.500000
        """
        targets = {"source": source, "target": target}
        return passages.from_point(self.chain, targets, passages.SECOND_IS_FIRST, start)

    def committor(self, *, source: str, target: str) -> xr.DataArray:
        """Return the probability from every node that the target is reached before the source."""
        targets = {"source": source, "target": target}
        values = passages.everywhere(self.chain, targets, passages.SECOND_IS_FIRST)
        return self._array(values, "committor")

    def quasi_stationary(self, target: str) -> xr.Dataset:
        """Return the quasi-stationary density outside the target, and its escape rate.

        Parameters
        ----------
        target
            A predicate on the coordinates, `"x > 0"`.

        Returns
        -------
        xarray.Dataset
            `density`, means over the cells, zero in the target; unlike that of an SDE it does not
            vanish at its edge, since steps jump.  `rate_per_step`, the probability that the next
            step ends in the target, and `rate`, the same over the learning rate: the mean
            first-passage time from this density is 1/rate.

        Raises
        ------
        BoxTooSmall, NoSteadyState
            (ValueErrors) More than 1e-6 leaves the box before it reaches the target; the density is
            not unique, because parts of the box exchange nothing.

        References
        ----------
        P. Collet, S. Martinez, J. San Martin, "Quasi-Stationary Distributions", Springer (2013).

        Examples
        --------
        >>> from driftscape import simulate, theory
        >>> from driftscape.landscapes import Landscape, Normal
        >>> well = Landscape.from_loss("(x**2 - 1)**2/4 + s*x", coordinates="x",
        ...                            samples={"s": Normal()}, start=(-1,))
        >>> op = theory.transfer_operator(well, simulate.SGD(learning_rate=0.2))
        >>> print(f"{1 / float(op.quasi_stationary('x > 0').rate):.3f}")
        34.600
        """
        values, hit = passages.quasi_stationary(self.chain, target)
        density = self._array(values, "density")
        rates = {"rate": hit / self.chain.learning_rate, "rate_per_step": hit}
        return labelled(density.to_dataset().assign(rates), metadata.LABELS)

    def halved(self) -> TransferOperator:
        """Return the operator on the same box with half as many cells along each axis."""
        return replace(self, chain=self.chain.halved())

    def compare_grids(self, quantity: Callable[[TransferOperator], float]) -> Theory:
        """Evaluate a number here and on the grid half as fine; their difference is its error."""
        check_function("quantity", quantity)
        return compare_grids(self.chain, lambda chain: quantity(replace(self, chain=chain)))

    def _array(self, values: Float, name: str, *lead: str, **coords: object) -> xr.DataArray:
        array = self.grid.array(values, name, *lead, **coords)
        more: dict[str, object] = {}
        if any(self.grid.periodic):
            axes = zip(self.grid.names, self.grid.periodic, strict=True)
            more["sides"] = {name: "periodic" for name, closes in axes if closes}
        if (frame := self.chain.step.frame) is not None:
            more["frame"] = {self.landscape.coordinates[frame.axis]: frame.value}
        return metadata.described(
            array, "transfer_operator", self.landscape, self.dynamics, self.grid, **more
        )

    def __repr__(self) -> str:
        return self.chain.summary(self.dynamics.batch)

"""First passage on the grid: backward equations, with the generator's own transpose.

With L the transpose that acts on functions,

    L tau = -1,    L m2 = -2 tau,    L q = 0 with q = 1 in the target and 0 in the source,
    dS/dt = L S for the probability S to be on the way still, from S = 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ....landscapes.field import coordinates_of
from ....typing import Float
from .evolution import check_times, evolved
from .generator import Generator
from .refinement import Extrapolated, extrapolate
from .region import Killed
from .spectrum import slowest_loss
from .steady import report_negative

if TYPE_CHECKING:
    import xarray as xr

    from .operator import FokkerPlanck


_MISPLACED = 1e-6  # by a step of time, of one
_KEPT = 2  # factorisations of targets at a time


class FirstPassages:
    """What a Fokker-Planck operator says of targets; base of `FokkerPlanck`."""

    landscape: Any
    generator: Generator

    if TYPE_CHECKING:

        def wrap(self, values: Any, name: str, unit: str, *lead: str, **more: Any) -> xr.DataArray:
            """Wrap values of all cells; see `FokkerPlanck`."""

        def check_resolution(self) -> None:
            """Warn where the grid is too coarse; see `FokkerPlanck`."""

    @cached_property
    def _targets(self) -> dict[tuple[Any, ...], Killed]:
        return {}

    def killed(self, **named: Any) -> Killed:
        """Return the generator with these targets absorbing; the last ones are kept."""
        self.check_resolution()
        named = {name: text for name, text in named.items() if text is not None}
        key = tuple(named.items())
        if key not in self._targets:
            while len(self._targets) >= _KEPT:
                self._targets.pop(next(iter(self._targets)))
            self._targets[key] = Killed.of(self.generator, self.landscape, named)
        return self._targets[key]

    def mean_first_passage_time(self, target: str | None = None, *, start: Any = None) -> Any:
        """Return the mean time until the target (or an absorbing side) is reached.

        Parameters
        ----------
        target
            Predicate such as `"x > 0"`; may be left out where sides absorb.
        start
            A point; then its time alone, extrapolated from three grids.

        Returns
        -------
        xarray.DataArray or Theory
            The time from every cell, zero inside the target; or from `start`.

        Examples
        --------
        >>> from driftscape import landscapes, theory
        >>> fp = theory.fokker_planck(landscapes.quartic_well(), beta=10)
        >>> print(f"{fp.mean_first_passage_time('x > 0', start=-1).value:.3f}")
        30.821
        """
        return self._answer({"target": target}, start, mean_time, "mean first-passage time", "time")

    def first_passage_variance(self, target: str | None = None, *, start: Any = None) -> Any:
        """Return the variance of the time until the target is reached; arguments as above."""
        named = {"target": target}
        return self._answer(named, start, variance_of_time, "first-passage variance", "time^2")

    def committor(self, *, source: str, target: str, start: Any = None) -> Any:
        """Return the probability that the target is reached before the source.

        Parameters
        ----------
        source, target
            Predicates; where both hold, the source counts.
        start
            A point; then its probability alone, extrapolated from three grids.

        Examples
        --------
        >>> from driftscape import landscapes, theory
        >>> fp = theory.fokker_planck(landscapes.quartic_well(), beta=4)
        >>> half = fp.committor(source="x < -1", target="x > 1", start=0)
        >>> print(f"{half.value:.6f}")
        0.500000
        """
        named = {"source": source, "target": target}
        return self._answer(named, start, lambda killed: reached_first(killed, 1), "committor", "")

    def quasi_stationary(self, target: str | None = None) -> xr.Dataset:
        """Return the law that a density kept out of the target tends to, and the rate it leaks at.

        Returns
        -------
        xarray.Dataset
            `density`, zero in the target, and `rate`, the smallest eigenvalue of minus the
            generator with the target absorbing: from this law the passage time is exponential
            with mean 1/rate.

        Examples
        --------
        >>> from driftscape import landscapes, theory
        >>> fp = theory.fokker_planck(landscapes.quartic_well(), beta=10)
        >>> print(f"{1 / float(fp.quasi_stationary('x > 0').rate):.2f}")
        29.81
        """
        killed = self.killed(target=target)
        rate, law = slowest_loss(killed)
        report_negative(law, "quasi-stationary law")
        mass = np.zeros(self.generator.grid.size)
        mass[killed.alive] = law
        density = self.wrap(mass / self.generator.grid.volume, "density", "1/volume")
        return density.to_dataset().assign(rate=((), rate, {"units": "1/time"}))

    def survival(self, target: str | None = None, *, times: Any, start: Any = None) -> xr.DataArray:
        """Return the probability that the target has not been reached by some times.

        Parameters
        ----------
        target
            As above.
        times
            Ascending, from 0 on; or one.
        start
            A point; then its probabilities alone, extrapolated from three grids.

        Returns
        -------
        xarray.DataArray
            Over `time` and, without `start`, the axes of the grid: P(T > t), zero in the target.

        Examples
        --------
        >>> from driftscape import landscapes, theory
        >>> fp = theory.fokker_planck(landscapes.quartic_well(), beta=10)
        >>> fp.survival("x > 0", times=[10, 30], start=-1).values.round(4)
        array([0.7398, 0.3782])
        """
        moments = check_times(times)
        if start is None:
            values = survivors(self.killed(target=target), moments)
            return self.wrap(values, "survival", "", "time", time=moments)
        import xarray as xr

        there = self.extrapolated_survival(target, moments, start)
        return xr.DataArray(there.value, {"time": moments}, "time", "survival")

    def extrapolated_survival(self, target: Any, times: Any, start: Any) -> Extrapolated:
        """Return the same from one point with its error."""
        point = tuple(float(x) for x in coordinates_of(start, self.landscape.symbols))
        moments = check_times(times)

        def there(level: FokkerPlanck) -> Float:
            killed = level.killed(target=target)
            cells, weights = killed.interpolation(point)
            return survivors(killed, moments)[:, cells] @ weights

        asked = (target, point, moments.tobytes())
        if asked not in self._last_survival:
            self._last_survival.clear()
            found = extrapolate(self, there)  # type: ignore[arg-type]
            error = found.truncation + self._strayed({"target": target}, point)
            self._last_survival[asked] = replace(found, truncation=error)
        return self._last_survival[asked]

    @cached_property
    def _last_survival(self) -> dict[Any, Extrapolated]:
        return {}  # many ensembles are held against one curve

    def _answer(
        self, named: dict[str, Any], start: Any, field: Callable[[Killed], Float], name: str,
        unit: str,
    ) -> Any:  # fmt: skip
        if start is None:
            return self.wrap(field(self.killed(**named)), name, unit)
        point = tuple(float(x) for x in coordinates_of(start, self.landscape.symbols))

        def there(level: Any) -> float:
            killed = level.killed(**named)
            cells, weights = killed.interpolation(point)
            return float(field(killed)[cells] @ weights)

        found = extrapolate(self, there)  # type: ignore[arg-type]
        size = float(np.abs(field(self.killed(**named))).max())
        return found.theory(floor=size * self._strayed(named, point))

    def _strayed(self, named: dict[str, Any], point: tuple[float, ...]) -> float:
        """Share of the time from a point on that is spent beyond the open sides."""
        killed = self.killed(**named)
        outside, whole = killed.strayed(*killed.interpolation(point))
        return outside / whole if whole > 0 else 0.0


def mean_time(killed: Killed) -> Float:
    """Mean time until absorption from every cell, zero inside, shape (cells,)."""
    return killed.backward(np.ones(killed.generator.grid.size))


def variance_of_time(killed: Killed) -> Float:
    """Variance of that time, shape (cells,)."""
    mean = mean_time(killed)
    return killed.backward(2 * mean) - mean**2


def survivors(killed: Killed, times: Float) -> Float:
    """Probability not to be absorbed by some times, zero inside, shape (times, cells)."""
    size, alive = killed.generator.grid.size, killed.alive
    values = np.zeros((len(times), size))
    backward = killed.forward.T.tocsc()
    share = _MISPLACED * len(alive)  # `evolved` counts mass, here one in every cell
    values[:, alive] = [*evolved(backward, killed.order, np.ones(len(alive)), times, share)]
    return values


def reached_first(killed: Killed, number: int) -> Float:
    """Probability that target `number` is the first to be reached, shape (cells,)."""
    probability = killed.backward(killed.losses[number])
    probability[killed.member == number] = 1.0
    return probability

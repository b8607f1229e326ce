"""The survival P(T > t) of an operator, from one start to one target."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...theory import TransferOperator
from ...theory.operators.interpolation import interpolation
from ...theory.operators.transfer.targets import read_reachable
from ...theory.theory import Theory
from ...typing import Float
from .discrete_law import DiscreteLaw
from .quantities import GridOperator

_NODES = 48  # of a Gauss rule over the times
_LAST = 14.0  # mean times after which the survival of an exponential law is negligible
_SETTLED = 1e-13  # relative change of the factor of survival from one step to the next


@dataclass(frozen=True, eq=False)
class Survivors:
    """The survival P(T > t) of an operator.

    Attributes
    ----------
    operator, target, start
        The operator, the target and the starting point.
    mean
        The mean first-passage time.
    end
        Time up to which trajectories are observed; infinite if no passage is censored.
    """

    operator: GridOperator
    target: str
    start: list[float]
    mean: Theory
    end: float

    def times_at(self, shares: Float) -> Float:
        """Return the times at which these shares of the observed passages have come.

        They are those of an exponential law with the same mean.
        """
        span = min(self.end / self.mean.value, _LAST)
        times: Float = -np.log1p(np.expm1(-span) * np.asarray(shares)) * self.mean.value
        return times

    @cached_property
    def counted(self) -> Float:
        """The times at which survivors are counted."""
        return self.times_at(np.array([0.2, 0.5, 0.8]))

    @cached_property
    def _curve(self) -> tuple[Float, Float, Float]:
        """Times (which include `counted`), the survival at them, and its errors."""
        nodes, _ = _gauss()
        last = [self.end] if np.isfinite(self.end) else []
        times = np.sort(np.concatenate([self.times_at(nodes), self.counted, last]))
        if not isinstance(self.operator, TransferOperator):
            curve = self.operator.survival(self.target, times=times, start=self.start)
            return times, curve.values, curve.truncation.values
        fine, coarse = (chain.after(times) for chain in self._chains(self.operator))
        return times, fine, np.abs(fine - coarse)

    def _chains(self, operator: TransferOperator) -> tuple[_ChainSurvival, _ChainSurvival]:
        """Return the survival on the grid and on the coarser one."""
        if not self._known:
            self._known.extend(
                _ChainSurvival.of(level, self.target, self.start)
                for level in (operator, operator.halved())
            )
        fine, coarse = self._known
        return fine, coarse

    @cached_property
    def _known(self) -> list[_ChainSurvival]:
        return []

    def expected(self) -> list[Theory]:
        """Return the mean of min(T, end), and the survival at the times `counted`."""
        times, survivors, error = self._curve
        at = np.searchsorted(times, self.counted)
        return [
            self.mean if np.isinf(self.end) else self._restricted(),
            *(
                Theory(float(survivors[k]), truncation=float(error[k]), regime="grid, extrapolated")
                for k in at
            ),
        ]

    def _restricted(self) -> Theory:
        """Return the mean of min(T, end) for a finite end."""
        if isinstance(self.operator, TransferOperator):
            chains = self._chains(self.operator)
            fine, coarse = (chain.restricted(self.end) for chain in chains)
            return Theory(fine, truncation=abs(fine - coarse), regime="exact chain, on a grid")
        from scipy.interpolate import CubicSpline

        times, survivors, error = self._curve
        nodes, weights = _gauss()
        at = np.searchsorted(times, self.times_at(nodes))
        # dt = exp(t/mean) du up to a factor
        share = -np.expm1(-min(self.end / self.mean.value, _LAST))
        weights = weights * share * self.mean.value / (1 - share * nodes)
        value = float(weights @ survivors[at])
        spline = CubicSpline([0.0, *times], [1.0, *survivors]).integrate(0.0, times[-1])
        rule = abs(value - float(spline))
        return Theory(
            value, truncation=float(weights @ error[at]) + rule, regime="grid, quadrature"
        )

    @cached_property
    def law(self) -> DiscreteLaw:
        """The joint law of min(T, end) and of the indicators T > t at the times `counted`.

        A passage between two of the times is placed at their middle, one after the last time at
        the end, or at that time plus the mean.
        """
        times, survivors, _ = self._curve
        last = self.end if np.isfinite(self.end) else times[-1] + self.mean.value
        time = np.append((np.array([0.0, *times[:-1]]) + times) / 2, last)
        mass = -np.diff([1.0, *survivors, 0.0])
        return DiscreteLaw(
            np.concatenate([time[:, None], time[:, None] > self.counted], axis=1), mass
        )


@dataclass(frozen=True, eq=False)
class _ChainSurvival:
    """The survival of a chain after 0, 1, 2, ... steps, until each step is a constant factor."""

    found: Float
    factor: float
    step: float

    @classmethod
    def of(cls, level: TransferOperator, target: str, start: list[float]) -> _ChainSurvival:
        targets = read_reachable(level.chain, {"target": target})
        kernel = level.chain.with_targets(targets).matrix
        cells, weights = interpolation(level.grid, level.chain.point(start), level.chain.nodes)
        f, found, last, factor = np.ones(level.grid.size), [1.0], np.inf, 1.0
        while not abs(factor - last) <= _SETTLED * factor:
            f = kernel @ f
            found.append(float(f[cells[0]] @ weights[0]))
            if not found[-1] > 0:
                break
            last, factor = factor, found[-1] / found[-2]
        return cls(np.array(found), factor, level.chain.learning_rate)

    def after(self, times: Float) -> Float:
        """Return the survival at some times."""
        steps = np.floor(times / self.step * (1 + 1e-12)).astype(int)
        beyond = np.maximum(steps - (len(self.found) - 1), 0)
        survivors: Float = self.found[steps - beyond] * self.factor**beyond
        return survivors

    def restricted(self, end: float) -> float:
        """Return the mean of min(T, end), end a whole number of steps."""
        steps = round(end / self.step)
        times = np.asarray(np.arange(steps) * self.step, float)
        return float(self.step * self.after(times).sum())


def _gauss() -> tuple[Float, Float]:
    """Return the nodes and weights of a Gauss rule on (0, 1)."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return (nodes + 1) / 2, weights / 2

"""Survivors on the way from one point to one target, on a grid or of a chain: a law of times."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ...theory.operators.interpolation import interpolation
from ...theory.operators.transfer.targets import read_reachable
from ...typing import Float
from ..estimate import Theory
from .draws import Draws

_NODES = 48  # of a Gauss rule over the times
_LAST = 14.0  # mean times beyond which nothing is left of an exponential law
_SETTLED = 1e-13  # relative change of the factor of survival from one step to the next


@dataclass(frozen=True, eq=False)
class Survivors:
    """P(T > t) of an operator.

    Attributes
    ----------
    operator, target, start
        Of which.
    mean
        First-passage time.
    end
        How long is watched; infinite where every passage was seen.
    """

    operator: Any
    target: str
    start: Any
    mean: Theory
    end: float

    def times_at(self, shares: Any) -> Float:
        """Times at which an exponential law has lost shares of what it loses while watched."""
        span = min(self.end / self.mean.value, _LAST)
        times: Float = -np.log1p(np.expm1(-span) * np.asarray(shares)) * self.mean.value
        return times

    @cached_property
    def counted(self) -> Float:
        """Times at which survivors are counted."""
        return self.times_at([0.2, 0.5, 0.8])

    @cached_property
    def _curve(self) -> tuple[Float, Float, Float]:
        """Times, among them those above, survivors and their errors."""
        nodes, _ = _gauss()
        last = [self.end] if np.isfinite(self.end) else []
        times = np.sort(np.concatenate([self.times_at(nodes), self.counted, last]))
        if not hasattr(self.operator, "chain"):
            curve = self.operator.survival(self.target, times=times, start=self.start)
            return times, curve.values, curve.truncation.values
        fine, coarse = (chain.after(times) for chain in self._chains)
        return times, fine, np.abs(fine - coarse)

    @cached_property
    def _chains(self) -> tuple[_Chain, _Chain]:
        levels = self.operator, self.operator.halved()
        fine, coarse = (_Chain.of(level, self.target, self.start) for level in levels)
        return fine, coarse

    def expected(self) -> list[Theory]:
        """Mean of min(T, end), and survivors at the times that are counted."""
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
        if hasattr(self.operator, "chain"):
            fine, coarse = (chain.restricted(self.end) for chain in self._chains)
            return Theory(fine, truncation=abs(fine - coarse), regime="exact chain, on a grid")
        from scipy.interpolate import CubicSpline

        times, survivors, error = self._curve
        nodes, weights = _gauss()
        at = np.searchsorted(times, self.times_at(nodes))
        # dt = exp(t/mean) du but for a factor
        share = -np.expm1(-min(self.end / self.mean.value, _LAST))
        weights = weights * share * self.mean.value / (1 - share * nodes)
        value = float(weights @ survivors[at])
        spline = CubicSpline([0.0, *times], [1.0, *survivors]).integrate(0.0, times[-1])
        rule = abs(value - float(spline))
        return Theory(
            value, truncation=float(weights @ error[at]) + rule, regime="grid, quadrature"
        )

    @cached_property
    def draws(self) -> Draws:
        """min(T, end) and the survivors as one draw.

        A passage between two of the times counts as one at their middle; what is left after the
        last one stays for as long as the mean, or to the end.
        """
        times, survivors, _ = self._curve
        last = self.end if np.isfinite(self.end) else times[-1] + self.mean.value
        time = np.append((np.array([0.0, *times[:-1]]) + times) / 2, last)
        mass = -np.diff([1.0, *survivors, 0.0])
        return Draws(np.concatenate([time[:, None], time[:, None] > self.counted], axis=1), mass)


@dataclass(frozen=True, eq=False)
class _Chain:
    """Survivors after 0, 1, 2 ... steps, until one more step is a factor."""

    found: Float
    factor: float
    step: float

    @classmethod
    def of(cls, level: Any, target: str, start: Any) -> _Chain:
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
        """Survivors at some times."""
        steps = np.floor(times / self.step * (1 + 1e-12)).astype(int)
        beyond = np.maximum(steps - (len(self.found) - 1), 0)
        survivors: Float = self.found[steps - beyond] * self.factor**beyond
        return survivors

    def restricted(self, end: float) -> float:
        """Mean of min(T, end), end a whole number of steps."""
        steps = round(end / self.step)
        times = np.asarray(np.arange(steps) * self.step, float)
        return float(self.step * self.after(times).sum())


def _gauss() -> tuple[Float, Float]:
    """Nodes and weights on (0, 1)."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return (nodes + 1) / 2, weights / 2

r"""Counting under censoring: how many were at risk, and how many passed, at each time.

With n_i trajectories still on their way just before t_i and d_i passing there,

    S(t) = prod_{t_i <= t} (1 - d_i/n_i)                    (Kaplan and Meier: not yet anywhere)
    F_k(t) = sum_{t_i <= t} S(t_i-) d_ki/n_i                (Aalen and Johansen: target k first)

Any number that is an average over what may happen to a trajectory, g_i of it still to come for one
that has just survived t_i, has the variance (Greenwood's formula, and its like for several targets)

    sum_i S(t_i-)^2/n_i Var(reward at t_i; g_i after surviving).

References: E. Kaplan, P. Meier, J. Am. Stat. Assoc. 53 (1958) 457; O. Aalen, S. Johansen, Scand. J.
Stat. 5 (1978) 141.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...typing import Float
from .passage import Passages


@dataclass(frozen=True)
class LifeTable:
    """Counts at the distinct times at which something happened.

    Attributes
    ----------
    time
        Distinct times, ascending, shape (m,).
    at_risk
        Number still on their way just before, shape (m,).
    events
        Number that passed there, by target, shape (m, targets).
    """

    time: Float
    at_risk: Float
    events: Float

    @property
    def horizon(self) -> float:
        """The longest time that any trajectory was watched."""
        return float(self.time[-1])

    @property
    def passed(self) -> Float:
        """Number that passed at each time, to any target, shape (m,)."""
        return np.asarray(self.events.sum(axis=1))

    @property
    def survival(self) -> Float:
        """S just after each time, shape (m,)."""
        return np.asarray(np.cumprod(1 - self.passed / self.at_risk))

    @property
    def before(self) -> Float:
        """S just before each time, shape (m,)."""
        return np.concatenate([[1.0], self.survival[:-1]])

    @property
    def incidence(self) -> Float:
        """F_k just after each time, shape (m, targets)."""
        return np.cumsum((self.before / self.at_risk)[:, None] * self.events, axis=0)

    @property
    def greenwood(self) -> Float:
        """d/(n (n - d)) at each time, shape (m,); 0 where all passed: nothing is to come then."""
        left = self.at_risk - self.passed
        return np.divide(self.passed, self.at_risk * left, out=np.zeros_like(left), where=left > 0)

    def restricted(self, horizon: float, beyond: float = 0.0) -> tuple[float, float]:
        """Return the area under S up to a horizon, plus `beyond` times S there, and its variance.

        The variance holds `beyond` fixed; it carries Kaplan and Meier's factor m/(m - 1), with m
        passages, which makes it that of a sample mean where nothing is censored.
        """
        inside = self.time <= horizon
        time, survival = self.time[inside], self.survival[inside]
        edges = np.concatenate([[0.0], time, [horizon]])
        heights = np.concatenate([[1.0], survival])
        pieces = heights * np.diff(edges)
        pieces[-1] += beyond * heights[-1]
        to_come = np.cumsum(pieces[::-1])[::-1]
        count = self.passed[inside].sum()
        factor = count / (count - 1) if count > 1 else np.inf
        variance = float(np.sum(to_come[1:] ** 2 * self.greenwood[inside]))
        return float(to_come[0]), variance * factor if variance else 0.0


def life_table(data: Passages) -> LifeTable:
    """Count passages: one sort, whatever the pattern of censoring."""
    time, place = np.unique(data.time, return_inverse=True)
    rows = len(time)
    leaving = np.bincount(place, minlength=rows)
    at_risk = len(data.time) - np.concatenate([[0], np.cumsum(leaving)[:-1]])
    events: NDArray[np.float64] = np.stack(
        [
            np.bincount(place[data.code == k], minlength=rows).astype(float)
            for k in range(len(data.targets))
        ],
        axis=1,
    )
    return LifeTable(time, at_risk.astype(float), events)

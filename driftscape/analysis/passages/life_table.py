r"""Life tables: the numbers of trajectories at risk and of passages at each time, under censoring.

Let n_i trajectories be on their way just before t_i, d_i of which pass at t_i, d_ki to target k.

    S(t) = prod_{t_i <= t} (1 - d_i/n_i)                    (Kaplan and Meier: no target reached)
    F_k(t) = sum_{t_i <= t} S(t_i-) d_ki/n_i                (Aalen and Johansen: target k first)

Consider the mean of a reward that a trajectory collects; g_i is the mean reward after t_i of one
that survives t_i.  Its variance is (Greenwood's formula, and the same for several targets)

    sum_i S(t_i-)^2/n_i Var(reward at t_i; g_i after surviving),

and a trajectory contributes to the error the sum, over the times t_i at which it is on its way, of

    S(t_i-)/n_i [reward at t_i, or g_i if it survives t_i, minus the mean of both].

References: E. Kaplan, P. Meier, J. Am. Stat. Assoc. 53 (1958) 457; O. Aalen, S. Johansen, Scand. J.
Stat. 5 (1978) 141.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...typing import Float, Index
from .passage_data import PassageData


@dataclass(frozen=True)
class LifeTable:
    """Counts at the distinct times of passage or censoring.

    Attributes
    ----------
    time
        Distinct times, ascending, shape (m,).
    at_risk
        Number of trajectories still on their way just before, shape (m,).
    events
        Number of passages at each time, by target, shape (m, targets).
    index
        Where in `time` each trajectory ends, shape (trajectories,).
    code
        The target that it reaches there, -1 for none, shape (trajectories,).
    """

    time: Float
    at_risk: Float
    events: Float
    index: Index
    code: Index

    @property
    def horizon(self) -> float:
        """The longest time for which any trajectory was observed."""
        return float(self.time[-1])

    @property
    def passed(self) -> Float:
        """Number of passages at each time, to any target, shape (m,)."""
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
        """d/(n (n - d)) at each time, shape (m,); 0 at a time where all passed."""
        left = self.at_risk - self.passed
        return np.divide(self.passed, self.at_risk * left, out=np.zeros_like(left), where=left > 0)

    def to_come(self, horizon: float, beyond: float = 0.0) -> Float:
        """Return the areas under S from each time <= horizon to the horizon, that from 0 first.

        `beyond` times S at the horizon is added; shape (times <= horizon, and 1).
        """
        inside = self.time <= horizon
        edges = np.concatenate([[0.0], self.time[inside], [horizon]])
        heights = np.concatenate([[1.0], self.survival[inside]])
        pieces = heights * np.diff(edges)
        pieces[-1] += beyond * heights[-1]
        return np.cumsum(pieces[::-1])[::-1]

    def restricted(self, horizon: float, beyond: float = 0.0) -> tuple[float, float]:
        """Return the area under S up to a horizon, plus `beyond` times S there, and its variance.

        The variance is that for a fixed `beyond`.  It has Kaplan and Meier's factor m/(m - 1) for m
        passages: without censoring it is the variance of a sample mean.
        """
        inside = self.time <= horizon
        to_come = self.to_come(horizon, beyond)
        count = self.passed[inside].sum()
        factor = count / (count - 1) if count > 1 else np.inf
        variance = float(np.sum(to_come[1:] ** 2 * self.greenwood[inside]))
        return float(to_come[0]), variance * factor if variance else 0.0

    def restricted_contributions(self, horizon: float, beyond: float = 0.0) -> Float:
        """Return what each trajectory contributes to the error of `restricted`, (trajectories,)."""
        area, rows = self.to_come(horizon, beyond)[1:], len(self.time)
        later = np.zeros(rows)
        alive = self.survival[: len(area)]
        later[: len(area)] = np.divide(area, alive, out=np.zeros_like(area), where=alive > 0)
        return self.contributions(np.zeros(self.events.shape[1]), later)

    def contributions(self, rewards: Float, later: Float) -> Float:
        """Return what each trajectory contributes to the error of a mean reward, (trajectories,).

        Parameters
        ----------
        rewards
            Reward of reaching each target, shape (targets,).
        later
            Mean reward g_i of one that survives each time, shape (m,).
        """
        weight = self.before / self.at_risk
        mean = (self.events @ rewards + (self.at_risk - self.passed) * later) / self.at_risk
        survive = weight * (later - mean)
        until = np.concatenate([[0.0], np.cumsum(survive)[:-1]])
        ends = (weight * (rewards[:, None] - mean))[self.code, self.index]
        last = np.where(self.code >= 0, ends, survive[self.index])
        return np.asarray(until[self.index] + last)


def life_table(data: PassageData) -> LifeTable:
    """Count the passages and the trajectories at risk at each distinct time."""
    time, index = np.unique(data.time, return_inverse=True)
    rows = len(time)
    leaving = np.bincount(index, minlength=rows)
    at_risk = len(data.time) - np.concatenate([[0], np.cumsum(leaving)[:-1]])
    events: Float = np.stack(
        [
            np.bincount(index[data.code == k], minlength=rows).astype(float)
            for k in range(len(data.targets))
        ],
        axis=1,
    )
    return LifeTable(time, at_risk.astype(float), events, index, data.code)

"""Soft cells: tent functions that overlap, sum to one, and have a slope everywhere.

A current J averaged with weights phi needs no density: integrating by parts,

    integral of J_i phi = E[b_i phi + (1/beta) sum_j D_ij d_j phi],

an average over states, which independent states give with an honest error.  A box has no slope, a
tent has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...typing import Float


@dataclass(frozen=True)
class Axis:
    """Tents along one axis.

    Attributes
    ----------
    nodes
        Where each has its tip, ascending; the first and the last go on as one to infinity.
    period
        (low, high) of a periodic axis, round which the tents go; None of any other.

    Examples
    --------
    >>> Axis(np.array([0.0, 1.0, 3.0])).values(np.array([-2.0, 0.25, 2.0]))
    array([[1.  , 0.  , 0.  ],
           [0.75, 0.25, 0.  ],
           [0.  , 0.5 , 0.5 ]])
    """

    nodes: Float
    period: tuple[float, float] | None = None

    @classmethod
    def around(cls, low: float, high: float, count: int) -> Axis:
        """Return tents at equal distances round a periodic axis."""
        return cls(low + (np.arange(count) + 0.5) * (high - low) / count, (low, high))

    def values(self, x: Float) -> Float:
        """Value of each tent, shape (*x.shape, tents)."""
        return self._both(x)[0]

    def slopes(self, x: Float) -> Float:
        """Derivative of each tent, shape (*x.shape, tents)."""
        return self._both(x)[1]

    def _both(self, x: Float) -> tuple[Float, Float]:
        nodes, count = self.nodes, len(self.nodes)
        x = fold(np.asarray(x, float), self.period)
        if self.period is not None:
            length = self.period[1] - self.period[0]
            nodes = np.concatenate([[nodes[-1] - length], nodes, [nodes[0] + length]])
        left = np.clip(np.searchsorted(nodes, x, "right") - 1, 0, len(nodes) - 2)
        width = nodes[left + 1] - nodes[left]
        share = (x - nodes[left]) / width
        inside = (share >= 0) & (share <= 1)
        share = np.clip(share, 0.0, 1.0)
        values, slopes = (np.zeros((*x.shape, len(nodes))) for _ in range(2))
        slope = np.where(inside, 1 / width, 0.0)
        for place, v, s in ((left, 1 - share, -slope), (left + 1, share, slope)):
            np.put_along_axis(values, place[..., None], v[..., None], -1)
            np.put_along_axis(slopes, place[..., None], s[..., None], -1)
        if self.period is None:
            return values, slopes
        for array in (values, slopes):  # what sticks out on one side comes in on the other
            array[..., 1] += array[..., -1]
            array[..., -2] += array[..., 0]
        return values[..., 1 : count + 1], slopes[..., 1 : count + 1]


def fold(x: Float, period: tuple[float, float] | None) -> Float:
    """Bring values on a periodic axis into its box."""
    if period is None:
        return x
    low, high = period
    return low + (x - low) % (high - low)


@dataclass(frozen=True)
class Tents:
    """Products of tents along every axis.

    Attributes
    ----------
    axes
        One `Axis` per coordinate.
    """

    axes: tuple[Axis, ...]

    @property
    def centres(self) -> Float:
        """Tips, shape (tents, dim)."""
        mesh = np.meshgrid(*(axis.nodes for axis in self.axes), indexing="ij")
        return np.stack(mesh, -1).reshape(-1, len(self.axes))

    def values(self, x: Float) -> Float:
        """Value of each at points of shape (n, dim), shape (n, tents)."""
        return self._product([axis.values(x[:, k]) for k, axis in enumerate(self.axes)])

    def slopes(self, x: Float) -> Float:
        """Gradient of each, shape (n, tents, dim)."""
        along = [axis.values(x[:, k]) for k, axis in enumerate(self.axes)]
        out = []
        for k, axis in enumerate(self.axes):
            out.append(self._product([*along[:k], axis.slopes(x[:, k]), *along[k + 1 :]]))
        return np.stack(out, -1)

    @staticmethod
    def _product(factors: list[Float]) -> Float:
        total = factors[0]
        for factor in factors[1:]:
            total = (total[:, :, None] * factor[:, None, :]).reshape(len(total), -1)
        return total

    def current_terms(self, x: Float, drift: Any, diffusion: Any, beta: float) -> Float:
        """Return b_i phi + (1/beta) sum_j D_ij d_j phi at points, shape (n, tents, dim).

        Parameters
        ----------
        drift, diffusion
            b of the Ito equation and D, shape (n, dim) and (n, dim, dim).
        """
        spread = np.einsum("nij,ntj->nti", diffusion, self.slopes(x)) / beta
        terms: Float = self.values(x)[:, :, None] * drift[:, None, :] + spread
        return terms

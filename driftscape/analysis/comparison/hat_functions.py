"""Hat functions: piecewise linear weights that overlap and sum to one.

The average of a current J with weights phi needs no density: by integration by parts

    integral of J_i phi = E[b_i phi + (1/beta) sum_j D_ij d_j phi].

The right side is a mean over states, so that independent states give it with a standard error.  It
needs a slope of phi, which a hat function has and the indicator function of a cell has not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...theory.operators.grid import fold
from ...typing import Float


@dataclass(frozen=True)
class HatAxis:
    """Hat functions along one axis.

    Attributes
    ----------
    nodes
        The ascending points at which one function is 1 and the others are 0.  Beyond the first and
        the last node their functions are constant.
    period
        (low, high) of a periodic axis; None for any other axis.

    Examples
    --------
    >>> HatAxis(np.array([0.0, 1.0, 3.0])).values(np.array([-2.0, 0.25, 2.0]))
    array([[1.  , 0.  , 0.  ],
           [0.75, 0.25, 0.  ],
           [0.  , 0.5 , 0.5 ]])
    """

    nodes: Float
    period: tuple[float, float] | None = None

    @classmethod
    def around(cls, low: float, high: float, count: int) -> HatAxis:
        """Return hat functions at equal distances on a periodic axis."""
        return cls(low + (np.arange(count) + 0.5) * (high - low) / count, (low, high))

    def values(self, x: Float) -> Float:
        """Return the value of each function, shape (*x.shape, nodes)."""
        return self._both(x)[0]

    def slopes(self, x: Float) -> Float:
        """Return the derivative of each function, shape (*x.shape, nodes)."""
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
        for node, v, s in ((left, 1 - share, -slope), (left + 1, share, slope)):
            np.put_along_axis(values, node[..., None], v[..., None], -1)
            np.put_along_axis(slopes, node[..., None], s[..., None], -1)
        if self.period is None:
            return values, slopes
        for array in (values, slopes):  # the parts beyond one end belong to the other
            array[..., 1] += array[..., -1]
            array[..., -2] += array[..., 0]
        return values[..., 1 : count + 1], slopes[..., 1 : count + 1]


@dataclass(frozen=True)
class HatFunctions:
    """Products of hat functions along every axis.

    Attributes
    ----------
    axes
        The hat functions along each axis, one `HatAxis` per coordinate.
    """

    axes: tuple[HatAxis, ...]

    @property
    def centres(self) -> Float:
        """The points at which one function is 1, shape (functions, dim)."""
        mesh = np.meshgrid(*(axis.nodes for axis in self.axes), indexing="ij")
        return np.stack(mesh, -1).reshape(-1, len(self.axes))

    def values(self, x: Float) -> Float:
        """Return the value of each function at points of shape (n, dim), shape (n, functions)."""
        return self._product([axis.values(x[:, k]) for k, axis in enumerate(self.axes)])

    def slopes(self, x: Float) -> Float:
        """Return the gradient of each function, shape (n, functions, dim)."""
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

    def current_terms(self, x: Float, drift: Float, diffusion: Float, beta: float) -> Float:
        """Return b_i phi + (1/beta) sum_j D_ij d_j phi at points x.

        The shape is (n, functions, dim).

        Parameters
        ----------
        x
            Points, shape (n, dim).
        drift, diffusion
            b of the Ito equation and D at the points, shape (n, dim) and (n, dim, dim).
        beta
            Inverse temperature.
        """
        spread = np.einsum("nij,ntj->nti", diffusion, self.slopes(x)) / beta
        terms: Float = self.values(x)[:, :, None] * drift[:, None, :] + spread
        return terms

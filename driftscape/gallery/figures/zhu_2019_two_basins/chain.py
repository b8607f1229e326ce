"""Gradient descent with injected noise in two basins, and its exact distribution.

In rotated coordinates p = (w0 - w1)/sqrt2, q = (w0 + w1 - 2)/sqrt2 both basins and all shapes of
the noise are diagonal,

    sharp   10 p^2 + 100 q^2,            flat   p^2 + (q + 2 sqrt2)^2,

and at the published learning rate 0.005 a step in the sharp basin takes q to 0 and adds the noise
of that step.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .... import simulate
from ....landscapes import Landscape
from ....typing import Bools, Float

LEARNING_RATE = 0.005
TRACE = 0.01  # of the noise of a step
FAR = 2 * 2**0.5  # from one minimum to the other
RIDGE = (2 * 2**0.5 - 800**0.5) / 99  # q at its lowest point, p = 0: 99 q^2 - 4 sqrt2 q - 8 = 0

#: name -> variances of the noise in p and q over their sum: (in the sharp basin, in the flat one)
SHAPES = {
    "isotropic": ((0.5, 0.5), (0.5, 0.5)),
    "diagonal of C": ((0.5, 0.5), (0.5, 0.5)),
    "C": ((1 / 11, 10 / 11), (10 / 11, 1 / 11)),
    "H": ((1 / 11, 10 / 11), (0.5, 0.5)),
    "top of H": ((0.0, 1.0), (0.0, 1.0)),
}


def injected(shape: str) -> Landscape:
    """Return the drift -grad of the lower loss, with noise of this shape and trace.

    Under Euler-Maruyama with dt = LEARNING_RATE at beta = 1, a step is one of gradient descent plus
    Gaussian noise.
    """
    sharp, flat = (np.array(variances) * TRACE / (2 * LEARNING_RATE) for variances in SHAPES[shape])
    p, q = "((w0 - w1)/sqrt(2))", "((w0 + w1 - 2)/sqrt(2))"
    inside = f"where(10*{p}**2 + 100*{q}**2 < {p}**2 + ({q} + 2*sqrt(2))**2, 1, 0)"
    along_p = f"(-2*{p} - 18*{p}*{inside})"
    along_q = f"(-2*({q} + 2*sqrt(2)) + (4*sqrt(2) - 198*{q})*{inside})"
    of_p, of_q = (
        f"sqrt({f!r} + {s - f!r}*{inside})" if s != f else f"sqrt({f!r})"
        for s, f in zip(sharp.tolist(), flat.tolist(), strict=True)
    )
    # columns of the factor B, D = B B^T: the directions of p and q
    columns = {"p": (f"{of_p}/sqrt(2)", f"-{of_p}/sqrt(2)"), "q": (f"{of_q}/sqrt(2)",) * 2}
    if not (sharp[0] or flat[0]):
        del columns["p"]
    return Landscape.from_drift(
        [f"({along_p} + {along_q})/sqrt(2)", f"({along_q} - {along_p})/sqrt(2)"],
        coordinates="w0 w1",
        noise_factor=[list(row) for row in zip(*columns.values(), strict=True)],
        name=f"two basins, {shape}",
        start=(1, 1),
    )


def gradient_descent() -> simulate.Ito:
    """Return Euler-Maruyama as a step of gradient descent and its injected noise."""
    return simulate.Ito(beta=1, dt=LEARNING_RATE)


class Chain:
    """The exact distribution of `injected` on a grid, by backward iteration u(x) <- E u(x').

    The mean of a step is linear in each basin and the noise is independent in p and q, so that a
    step is a product with one matrix from the left and one from the right.  A cell that the ridge
    divides has the mean of the values of both basins.

    Parameters
    ----------
    shape
        A name of SHAPES.
    cells
        Cells per unit of q.  The noise of C in p has the width 0.03 and needs cells of 0.02.
    """

    def __init__(self, shape: str, cells: int = 50) -> None:
        (sharp_p, sharp_q), (flat_p, flat_q) = SHAPES[shape]
        self.width = 1 / cells
        below = np.ceil((FAR + 3) / self.width) * self.width  # an edge of cells is on the ridge
        self.q = self._centres(RIDGE - below, 1.0)
        # all functions are even in p; without noise in p it stays zero
        self.p = self._centres(0.0, 2.6) if sharp_p else np.zeros(1)
        self.inside = self._part(lambda p, q: 10 * p**2 + 100 * q**2 < p**2 + (q + FAR) ** 2)
        self.sharp = self._to_q(0 * self.q, sharp_q), self._to_p(0.9 * self.p, sharp_p)
        self.flat = (
            self._to_q(0.99 * self.q - 0.01 * FAR, flat_q),
            self._to_p(0.99 * self.p, flat_p),
        )
        self.first = self._to_q(np.zeros(1), sharp_q), self._to_p(np.zeros(1), sharp_p)

    def success(self, steps: int) -> Float:
        """Return the probability that w0, w1 < -1/2 after 1, ..., steps steps from (1, 1)."""
        u = self._part(lambda p, q: q < -1.5 * 2**0.5 - np.abs(p))
        shares = []
        for _ in range(steps):
            shares.append(self.before(self.first, u).item())
            u = self.step(u)
        return np.array(shares)

    def escape_rate(self, settle: int = 300) -> float:
        """Return the rate, per step, at which q first falls below its middle, -sqrt2."""
        alive = 1 - self._part(lambda p, q: (q < -(2**0.5)) & (p < np.inf))
        u = alive
        for _ in range(settle):
            before, u = self.before(self.first, u).item(), alive * self.step(u)
        return float(-np.log(self.before(self.first, u).item() / before))

    def step(self, u: Float) -> Float:
        """Return E u(x') at every cell, one step before."""
        sharp, flat = (self.before(basin, u) for basin in (self.sharp, self.flat))
        return np.asarray(self.inside * sharp + (1 - self.inside) * flat)

    @staticmethod
    def before(basin: tuple[Float, Float], u: Float) -> Float:
        """Return E u(x') for the step of one basin, taken everywhere."""
        return np.asarray(basin[0] @ u @ basin[1].T)

    def _centres(self, low: float, high: float) -> Float:
        middles = np.arange(round((high - low) / self.width)) + 0.5
        return np.asarray(low + self.width * middles)

    def _to_q(self, mean: Float, share: float) -> Float:
        return self._normal(self.q - mean[:, None], share)

    def _to_p(self, mean: Float, share: float) -> Float:
        if not share:
            return np.ones((len(mean), 1))
        there, mirrored = self.p - mean[:, None], self.p + mean[:, None]
        return np.asarray(self._normal(there, share) + self._normal(mirrored, share))

    def _normal(self, away: Float, share: float) -> Float:
        """Return density times width: spectrally exact for smooth u, and without extra variance."""
        variance = TRACE * share
        density = np.exp(-(away**2) / (2 * variance)) / (2 * np.pi * variance) ** 0.5
        return np.asarray(self.width * density)

    def _part(self, condition: Callable[[Float, Float], Bools], fine: int = 8) -> Float:
        """Return the fraction of each cell in which a condition is true, shape (len(q), len(p))."""
        offset = ((np.arange(fine) + 0.5) / fine - 0.5) * self.width
        off_p = offset if len(self.p) > 1 else np.zeros(1)
        q = (self.q[:, None] + offset).ravel()[:, None]
        p = (self.p[:, None] + off_p).ravel()[None, :]
        true = np.broadcast_to(condition(p, q), (q.size, p.size)).astype(float)
        parts = true.reshape(len(self.q), fine, len(self.p), len(off_p))
        return np.asarray(parts.mean(axis=(1, 3)))

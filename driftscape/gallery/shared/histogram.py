"""The distance of a sampled density in the plane from a given density, without bias."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...analysis import Estimate
from ...landscapes import Landscape
from ...typing import Float

if TYPE_CHECKING:
    import xarray as xr

GROUPS = 32
RAREST = 5e-5  # bins with a smaller probability are merged into one
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(6)


@dataclass(frozen=True)
class Histogram:
    """Frequencies in square bins, for independent groups of trajectories.

    Attributes
    ----------
    edges
        Edges of the bins of both coordinates, shape (n + 1,); they cover all states.
    frequency
        Shape (groups, n, n); each group sums to 1.
    landscape
        The simulated landscape, which has the potential.
    """

    edges: Float
    frequency: Float
    landscape: Landscape

    @classmethod
    def of(cls, run: xr.Dataset, landscape: Landscape, *, discard_time: float) -> Histogram:
        """Count the snapshots from time `discard_time` on."""
        edges = np.linspace(-5.5, 5.5, 111)
        state = run["state"].transpose("coordinate", "trajectory", "time").values
        first, second = state[:, :, run["time"].values >= discard_time]
        inside = [np.clip(x, edges[0], edges[-1]) for x in (first, second)]
        groups = zip(*(np.array_split(x, GROUPS) for x in inside), strict=True)
        counts = [np.histogram2d(x.ravel(), y.ravel(), bins=edges)[0] for x, y in groups]
        return cls(edges, np.array([count / count.sum() for count in counts]), landscape)

    def extrapolated(self, coarse: Histogram) -> Histogram:
        """Return the histogram extrapolated to step zero; `coarse` has twice the step of this one.

        The density of Euler-Maruyama has an error of O(dt), which the distance can resolve.  In
        2 q(dt/2) - q(dt) the leading term cancels in every bin.  Rare bins may become negative.
        """
        return Histogram(self.edges, 2 * self.frequency - coarse.frequency, self.landscape)

    @property
    def mean(self) -> Float:
        """Probability per unit of area, shape (n, n)."""
        return np.asarray(self.frequency.mean(axis=0) / np.diff(self.edges)[0] ** 2)

    def marginal(self) -> tuple[Float, Float, Float]:
        """Return centres, density and standard error of the first coordinate, shape (n,) each."""
        width = np.diff(self.edges)[0]
        each = self.frequency.sum(axis=2) / width
        error = each.std(axis=0, ddof=1) / np.sqrt(len(each))
        return self.edges[:-1] + width / 2, each.mean(axis=0), error

    def predicted(self, beta: float = 1.0) -> Float:
        """Return the probability of each bin under exp(-beta Phi)/Z, by Gauss-Legendre nodes."""
        half = np.diff(self.edges)[0] / 2
        nodes = (self.edges[:-1, None] + half * (1 + _NODES)).ravel()
        density = np.exp(-beta * self.landscape.potential(np.stack(np.meshgrid(nodes, nodes), -1)))
        count = len(self.edges) - 1
        blocks = density.T.reshape(count, len(_NODES), count, len(_NODES))
        mass = np.einsum("iajb,a,b->ij", blocks, _WEIGHTS, _WEIGHTS)
        return np.asarray(mass / mass.sum())

    def predicted_distance(self, beta: float) -> float:
        """Return the mean of `distance(beta)` if the density is exp(-Phi)/Z."""
        p = self.predicted(beta)
        q, p = _merged(self.predicted(), p), _merged(p, p)
        return float(((q - p) ** 2 / p).sum())

    def distance(self, beta: float = 1.0) -> Estimate:
        r"""Measure the chi-square distance sum_b (q_b - p_b)^2/p_b from exp(-beta Phi)/Z.

        The square of a noisy difference is never zero.  The product of two independent differences
        has the mean zero exactly if q = p:

            mean over pairs g, h of groups of  K_gh = sum_b (q_gb - p_b)(q_hb - p_b)/p_b.

        The variance has two parts.  If q = p, the K_gh of different pairs are uncorrelated with
        mean 0, and the variance is <K^2> divided by the number of pairs.  Otherwise the means k_g
        of K_gh over h scatter more than this; 4/G of the excess is added.
        """
        p = self.predicted(beta)
        expected = _merged(p, p)
        off = (_merged(self.frequency, p) - expected) / np.sqrt(expected)
        how = f"products of pairs of {len(off)} independent histograms, {len(expected)} bins"
        return square_of_mean(off, how)


def _merged(masses: Float, predicted: Float) -> Float:
    """Merge the bins with a small predicted probability into the last; shape (..., bins)."""
    common = predicted > RAREST
    rest = masses[..., ~common].sum(axis=-1, keepdims=True)
    return np.concatenate([masses[..., common], rest], axis=-1)


def square_of_mean(off: Float, how: str) -> Estimate:
    """Measure |E v|^2 from independent vectors v, shape (groups, n); see `Histogram.distance`."""
    count = len(off)
    products = off @ off.T
    pairs = products[np.triu_indices(count, 1)]
    means = (products.sum(axis=1) - np.diag(products)) / (count - 1)
    noise = np.mean(pairs**2)
    excess = max(0.0, np.var(means, ddof=1) - noise / (count - 1))
    error = float(np.sqrt(noise / len(pairs) + 4 * excess / count))
    return Estimate(float(pairs.mean()), error, count, how)


def block_means(array: xr.DataArray, edges: Float) -> Float:
    """Return the means of an array on a grid over square bins of whole cells.

    Parameters
    ----------
    array
        Its last two axes are those of the grid.
    edges
        Edges of the bins along both axes, shape (n + 1,).

    Raises
    ------
    ValueError
        If a bin cuts a cell.

    Examples
    --------
    >>> import xarray as xr
    >>> middles = [0.5, 1.5, 2.5, 3.5]
    >>> cells = xr.DataArray(np.arange(16.0).reshape(4, 4), {"x": middles, "y": middles})
    >>> block_means(cells, np.array([0, 2, 4]))
    array([[ 2.5,  4.5],
           [10.5, 12.5]])
    """
    values, cells = array.values, []
    for axis, name in zip((-2, -1), array.dims[-2:], strict=True):
        centres = array[name].values
        faces = (edges - centres[0]) / (centres[1] - centres[0]) + 0.5
        cuts = np.rint(faces).astype(int)
        cells.append(int(cuts[1] - cuts[0]))
        if np.abs(faces - cuts).max() > 1e-6 or cells[-1] < 1 or cuts[0] < 0:
            raise ValueError(f"the bins cut cells along {name}; give edges on faces of the grid.")
        values = np.take(values, range(cuts[0], cuts[-1]), axis)
    n = len(edges) - 1
    blocks = values.reshape(*values.shape[:-2], n, cells[0], n, cells[1])
    return np.asarray(blocks.mean(axis=(-3, -1)))

"""The probability current of an ensemble in the plane from its paths, compared with a given one.

`analysis.current` counts displacements between snapshots at their midpoints; drift, D and density
are not used.  Its error is proportional to the time between snapshots; the change under twice this
time is subtracted, which leaves an error of second order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .... import analysis
from ....analysis import Estimate
from ....analysis.sample_mean import sample_mean
from ....typing import Float
from ...shared.histogram import GROUPS, square_of_mean

if TYPE_CHECKING:
    import xarray as xr

RAREST = 2e-4  # bins with a smaller probability are left out: their density is noise


@dataclass(frozen=True)
class PathCurrent:
    """Density and current in square bins, for independent groups of trajectories.

    Attributes
    ----------
    edges
        Edges of the bins along both axes, equally spaced, shape (n + 1,).
    density
        Mean over each bin, shape (n, n), the second coordinate along the first axis.
    groups
        Probability current, mean over each bin, shape (groups, 2, n, n), in the same order.
    """

    edges: Float
    density: Float
    groups: Float

    @classmethod
    def of(cls, run: xr.Dataset, edges: ArrayLike, *, discard_steps: int) -> PathCurrent:
        """Measure in a stationary run with close snapshots; `discard_steps` steps are left out.

        Parameters
        ----------
        run
            Result of `simulate.run` with two coordinates, best with `save_every=1`.
        edges
            Edges of the bins, equally spaced, the same along both coordinates, shape (n + 1,).

        Examples
        --------
        >>> from driftscape import landscapes, simulate
        >>> ito = simulate.Ito(beta=1, dt=0.02, scheme="weak-2")
        >>> run = simulate.run(landscapes.double_well(rotation=0), ito, time=15, trajectories=512,
        ...                    seed=1, save_every=1)
        >>> paths = PathCurrent.of(run, np.linspace(-2, 2, 9), discard_steps=500)
        >>> paths.distance(0 * paths.mean).compare(0.0).verdict  # equilibrium: no current
        'agrees'
        """
        edges = np.asarray(edges, dtype=float)
        bins = {str(name): edges.tolist() for name in run["coordinate"].values}
        currents = [
            analysis.current(run.isel(trajectory=part), bins=bins, discard_steps=discard_steps)
            for part in np.array_split(np.arange(run.sizes["trajectory"]), GROUPS)
        ]
        density = np.mean([each.density.values for each in currents], axis=0)
        groups = np.array([(each.current - each.lag_error).values for each in currents])
        return cls(edges, density, groups)

    @property
    def centres(self) -> Float:
        """Middles of the bins along an axis, shape (n,)."""
        return (self.edges[1:] + self.edges[:-1]) / 2

    @property
    def mean(self) -> Float:
        """Mean current, shape (2, n, n)."""
        return np.asarray(self.groups.mean(axis=0))

    def amount(self, field: Float) -> Estimate:
        r"""Measure the amount of a given current F in the path current J: its mean is 1 if J = F.

            a = sum_b J_b . F_b/rho_b / sum_b F_b . F_b/rho_b

        The weight 1/rho_b gives the least variance: the noise of a bin is proportional to rho_b.
        """
        kept = self._kept
        weight = field[:, kept] / self.density[kept]
        values = np.einsum("gik,ik->g", self.groups[:, :, kept], weight)
        values /= np.sum(weight * field[:, kept])
        return sample_mean(values, "projection of the path current", quiet=True)

    def distance(self, field: Float) -> Estimate:
        r"""Measure sum_b |J_b - F_b|^2 area/rho_b, without the bias of its noise.

        Its mean is zero if F is the current.  With F = 0, D = 1 and beta = 1 it is the entropy
        production of the paths, without the contribution of currents inside a bin.
        """
        kept = self._kept
        off = (self.groups - field)[:, :, kept] * np.sqrt(self._area / self.density[kept])
        how = f"products of pairs of {len(off)} independent path currents, {kept.sum()} bins"
        return square_of_mean(off.reshape(len(off), -1), how)

    def squared(self, field: Float) -> float:
        """Return the mean of `distance` from a current if there is no current."""
        kept = self._kept
        return float((field[:, kept] ** 2 * self._area / self.density[kept]).sum())

    @property
    def _area(self) -> float:
        return float((self.edges[1] - self.edges[0]) ** 2)

    @property
    def _kept(self) -> NDArray[np.bool_]:
        return np.asarray(self.density * self._area > RAREST)


def torque_by_radius(run: xr.Dataset, edges: Float, *, discard_steps: int) -> tuple[Float, Float]:
    """Return the torque per unit of radius from the paths and its standard error, shape (n,).

    Its integral over the radius is the torque, twice the area swept per unit of time.  `edges` are
    equally spaced and begin at 0, shape (n + 1,).
    """
    count, width = len(edges) - 1, float(edges[-1]) / (len(edges) - 1)
    state = run["state"].isel(time=run["step"].values >= discard_steps)
    x, y = state.transpose("coordinate", "trajectory", "time").values
    spacing = float(np.diff(run["time"].values[:2])[0])

    def rate(lag: int) -> Float:
        (a, b), (c, d) = ((z[:, :-lag], z[:, lag:]) for z in (x, y))
        ring, swept = (np.hypot(a + b, c + d) / (2 * width)).astype(int), a * d - b * c
        groups = zip(*(np.array_split(each, GROUPS) for each in (ring, swept)), strict=True)
        sums = [np.bincount(r.ravel(), s.ravel(), count)[:count] / r.size for r, s in groups]
        return np.asarray(sums) / (lag * spacing * width)

    each = 2 * rate(1) - rate(2)
    return each.mean(axis=0), each.std(axis=0, ddof=1) / np.sqrt(GROUPS)

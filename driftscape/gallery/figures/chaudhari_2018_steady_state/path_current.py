"""The probability current of an ensemble in the plane, from its paths alone, beside a stated one.

`analysis.current` counts displacements between snapshots where their middles are: no drift, no D
and no density is asked for.  Its error by the time between snapshots is in proportion to it; what
the doubled time changes is taken off, which leaves the second order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .... import analysis
from ....analysis import Estimate
from ....typing import Float
from ...shared.histogram import GROUPS, square_of_mean

RAREST = 2e-4  # bins less likely than this are left out: their density is noise


@dataclass(frozen=True)
class PathCurrent:
    """Density and current of square bins, in independent groups of trajectories.

    Attributes
    ----------
    edges
        Of the bins along both axes, equally spaced, shape (n + 1,).
    density
        Mean over each bin, shape (n, n).
    groups
        Probability current, mean over each bin, shape (groups, 2, n, n).
    """

    edges: Float
    density: Float
    groups: Float

    @classmethod
    def of(cls, run: Any, edges: Any, *, discard_steps: int) -> PathCurrent:
        """Read a stationary run with close snapshots; `discard_steps` steps are left out.

        Parameters
        ----------
        run
            What `simulate.run` returned, of two coordinates, with `save_every=1` at best.
        edges
            Equally spaced, shape (n + 1,); the same along both coordinates.

        Examples
        --------
        >>> from driftscape import landscapes, simulate
        >>> law = simulate.Ito(beta=1, dt=0.02, scheme="weak-2")
        >>> run = simulate.run(landscapes.double_well(rotation=0), law, time=15, trajectories=512,
        ...                    seed=1, save_every=1)
        >>> paths = PathCurrent.of(run, np.linspace(-2, 2, 9), discard_steps=500)
        >>> paths.distance(0 * paths.mean).compare(0.0).verdict  # equilibrium: nothing flows
        'agrees'
        """
        edges = np.asarray(edges, dtype=float)
        bins = {str(name): edges.tolist() for name in run["coordinate"].values}
        read = [
            analysis.current(run.isel(trajectory=part), bins=bins, discard_steps=discard_steps)
            for part in np.array_split(np.arange(run.sizes["trajectory"]), GROUPS)
        ]
        density = np.mean([each.density.values for each in read], axis=0)
        groups = np.array([(each.current - each.lag_error).values for each in read])
        return cls(edges, density, groups)

    @property
    def centres(self) -> Float:
        """Middles of the bins along an axis, shape (n,)."""
        return (self.edges[1:] + self.edges[:-1]) / 2

    @property
    def mean(self) -> Float:
        """Current, shape (2, n, n)."""
        return np.asarray(self.groups.mean(axis=0))

    def amount(self, field: Float) -> Estimate:
        r"""Measure how much of a stated current there is: 1 in the mean where it is the right one.

            a = sum_b J_b . F_b/rho_b / sum_b F_b . F_b/rho_b

        The weight 1/rho_b is that of least variance: the noise of a bin is in proportion to rho_b.
        """
        kept = self._kept
        weight = field[:, kept] / self.density[kept]
        values = np.einsum("gik,ik->g", self.groups[:, :, kept], weight)
        values /= np.sum(weight * field[:, kept])
        error = float(values.std(ddof=1) / np.sqrt(len(values)))
        return Estimate(float(values.mean()), error, len(values), "projection of the path current")

    def distance(self, field: Float) -> Estimate:
        r"""Measure sum_b |J_b - F_b|^2 area/rho_b, without the bias of its noise.

        Zero in the mean where F is the current.  With F = 0 it is the entropy that the paths are
        seen to produce where D = 1 and beta = 1; what turns inside a bin is not seen.
        """
        kept = self._kept
        off = (self.groups - field)[:, :, kept] * np.sqrt(self._area / self.density[kept])
        how = f"products of pairs of {len(off)} independent path currents, {kept.sum()} bins"
        return square_of_mean(off.reshape(len(off), -1), how)

    def squared(self, field: Float) -> float:
        """Return what `distance` to a current is in the mean where that one is not there at all."""
        kept = self._kept
        return float((field[:, kept] ** 2 * self._area / self.density[kept]).sum())

    @property
    def _area(self) -> float:
        return float((self.edges[1] - self.edges[0]) ** 2)

    @property
    def _kept(self) -> NDArray[np.bool_]:
        return np.asarray(self.density * self._area > RAREST)


def torque_by_radius(run: Any, edges: Any, *, discard_steps: int) -> tuple[Float, Float]:
    """Return the torque per unit of radius, from the paths, and its standard error, shape (n,).

    Its integral over the radius is the torque, twice the rate at which area is swept.  `edges` are
    equally spaced from 0 on, shape (n + 1,).
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

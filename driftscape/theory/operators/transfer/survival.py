"""The law of those that have not yet reached a target.

With K the step that ends in no target,

    nu K = lambda nu,        1 - lambda = P(a step from nu ends in the target):

from nu the number of steps to the target is geometric, P(n > k) = lambda**k, with mean
1/(1 - lambda).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ....simulate.target import Target
from ....typing import Float
from ..grid import Grid
from .interpolation import low_pass
from .kernel import Kernel
from .solve import slowest
from .targets import check_hit, check_lost, read_reachable

if TYPE_CHECKING:
    import xarray as xr


_PARTS = {1: 64, 2: 8}  # of a cell along each axis, to see how much of it is in the target


class Survival:
    """What a transfer operator says of survivors; base of `TransferOperator`."""

    landscape: Any
    chain: Any
    grid: Grid
    rule: Any

    if TYPE_CHECKING:

        @property
        def kernel(self) -> Kernel:
            """The step without targets."""

        def kernel_of(self, targets: tuple[Target, ...]) -> Kernel:
            """Build the step that ends in none of some targets."""

        def wrap(self, values: Any, name: str, unit: str, *lead: str, **more: Any) -> xr.DataArray:
            """Wrap values of all cells; see `TransferOperator`."""

    def quasi_stationary(self, target: str) -> xr.Dataset:
        """Return the law that the survivors tend to, and the rate at which they reach the target.

        Parameters
        ----------
        target
            A predicate on the coordinates, `"x > 0"`.

        Returns
        -------
        xarray.Dataset
            `density`, means over the cells, zero in the target; unlike that of an SDE it does not
            vanish at its edge, since steps jump.  `rate_per_step`, the probability that the next
            step ends in the target, and `rate`, the same over the learning rate: the mean
            first-passage time from this law is 1/rate.

        Raises
        ------
        BoxTooSmall
            (a ValueError) More than 1e-6 leaves the box before it reaches the target.
        NoSteadyState
            (a ValueError) The law is not unique: survivors in parts that exchange nothing.
        ValueError
            Not a predicate, no node or every node in it, or it is never reached.

        References
        ----------
        P. Collet, S. Martinez, J. San Martin, "Quasi-Stationary Distributions", Springer (2013).

        Examples
        --------
        >>> from driftscape import simulate, theory
        >>> from driftscape.landscapes import Landscape, Normal
        >>> well = Landscape.from_loss("(x**2 - 1)**2/4 + s*x", coordinates="x",
        ...                            samples={"s": Normal()}, start=(-1,))
        >>> op = theory.transfer_operator(well, simulate.SGD(learning_rate=0.2))
        >>> law = op.quasi_stationary("x > 0")
        >>> print(f"{1 / float(law.rate):.3f}")
        34.600
        """
        targets = read_reachable(self, {"target": target})
        kernel = self.kernel_of(targets)
        check_hit(self, targets, kernel)
        mass = slowest(kernel.matrix)
        hit, lost = float(kernel.hit[0] @ mass), float(kernel.lost @ mass)
        check_lost(lost / (hit + lost), "the quasi-stationary law")
        # one step without the target is smooth across its edge; then the target is cut out
        after = mass @ self.kernel.matrix
        if self.rule.scanned is not None:
            after = low_pass(after.reshape(self.grid.shape)).ravel()
        share = self._share_outside(targets[0])
        outside = np.where(share > 0, after * share, 0.0)
        density = self.wrap(outside / (outside.sum() * self.grid.volume), "density", "1/volume")
        return density.to_dataset().assign(
            rate=((), hit / self.chain.learning_rate, {"units": "1/time"}),
            rate_per_step=((), hit, {"units": "1/step"}),
        )

    def _share_outside(self, target: Target) -> Float:
        """Part of each cell that is not in the target, shape (cells,)."""
        grid, parts = self.grid, _PARTS[self.grid.dim]
        along = (np.arange(parts) + 0.5) / parts - 0.5
        offsets = np.stack(np.meshgrid(*[along] * grid.dim, indexing="ij"), -1)
        share = np.zeros(grid.size)
        for offset in offsets.reshape(-1, grid.dim) * np.array(grid.spacing):
            points = self.chain.full(grid.points + offset)
            share += ~target.contains(self.landscape, points.T)
        return np.asarray(share / parts**grid.dim)

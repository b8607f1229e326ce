"""`Contents`: what a dataset holds, in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...landscapes.landscape import Landscape
from ...typing import Index
from ..dynamics import Dynamics
from ..provenance import Described, Metadata
from .labels import order_of
from .variables import laid_out

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Contents:
    """The dataset of one point, whose coordinates, trajectories and snapshots are read in order.

    Attributes
    ----------
    dataset
        The caller's.
    described
        The descriptions of its points.
    problems
        Landscape and dynamics of each point.
    exact
        Whether every bit is needed.
    numbers, seeds
        Number and seed of each trajectory, sorted by both, shape (trajectories,).
    steps
        Steps of the snapshots, in ascending order; empty where there are none.
    places
        Where in the dataset the entries of each dimension are, in order.
    """

    dataset: xr.Dataset
    described: Described
    problems: list[tuple[Landscape, Dynamics]]
    exact: bool
    numbers: Index
    seeds: NDArray[Any]
    steps: Index
    places: dict[str, Index] = field(repr=False)

    @property
    def each(self) -> list[Metadata]:
        """The description of each point."""
        return self.described.each

    @property
    def kind(self) -> str:
        """Name of the function that made each point."""
        return str(self.each[0]["kind"])

    @property
    def time_step(self) -> float:
        """Time of a step, at the first point."""
        return float(self.problems[0][1].time_step)

    @property
    def targets(self) -> tuple[str, ...]:
        """The names of the targets of first passages."""
        return tuple(self.each[0]["targets"])

    def __contains__(self, name: str) -> bool:
        return name in self.dataset.data_vars

    def variable(self, name: str) -> xr.Variable:
        """Return a variable in order, with its own type.

        Raises
        ------
        ValueError
            It is missing, or of other dimensions or of another type.
        """
        if name not in self:
            raise ValueError(
                f"the dataset has no {name!r}, which simulate.{self.kind} returned with the rest; "
                "pass the whole of it."
            )
        variable = laid_out(self.dataset, name, self.exact)
        left, axis = self.each[0]["left"].get(name), 1
        if left is not None and variable.shape[axis] < left:
            raise ValueError(
                f"{name!r} has {variable.shape[axis]} of {left} entries along "
                f"{variable.dims[axis]!r}; pass the whole of it."
            )
        moved = {
            dim: order
            for dim, order in self.places.items()
            if dim in variable.dims and not _in_order(order, variable.sizes[dim])
        }
        return variable.isel(moved) if moved else variable

    def array(self, name: str) -> NDArray[Any]:
        """Return the values of a variable in order."""
        values: NDArray[Any] = self.variable(name).values
        return values

    def places_of(self, dim: str, names: Sequence[str]) -> Index:
        """Return where these labels are; see `labels.order_of`."""
        return order_of(self.dataset, dim, names)


def _in_order(order: Index, size: int) -> bool:
    return len(order) == size and bool((order == np.arange(size)).all())

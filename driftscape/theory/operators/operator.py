"""`Operator`: the protocol of the operators of a diffusion and of a discrete chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...landscapes import Landscape
from ...simulate.dynamics import Dynamics
from ...typing import Float
from ..theory import Theory
from .arguments import DensityLike, PointLike
from .grid import Grid

if TYPE_CHECKING:
    import xarray as xr

Self = TypeVar("Self", bound="Operator")


class Operator(Protocol):
    """The evolution of densities under one dynamics, on a grid.

    `FokkerPlanck` (a generator, in continuous time) and `TransferOperator` (the kernel of one step
    of SGD) both have these attributes and methods.
    """

    @property
    def landscape(self) -> Landscape:
        """The landscape on which the dynamics runs."""

    @property
    def dynamics(self) -> Dynamics:
        """The dynamics whose densities evolve."""

    @property
    def beta(self) -> float:
        """Inverse temperature; of SGD 2 batch_size/learning_rate."""

    @property
    def grid(self) -> Grid:
        """Names, box, shape, spacing and centres of the cells."""

    @property
    def steady_mass(self) -> Float:
        """Stationary masses of the cells, of sum 1, shape (cells,)."""

    def halved(self: Self) -> Self:
        """Return the operator on the same box with half as many cells along each axis."""

    def steady_state(self) -> xr.DataArray:
        """Return the stationary density at the centres of the cells."""

    def evolve(self, density: DensityLike, times: ArrayLike, /) -> xr.DataArray:
        """Return a density at later times (of a chain: after some numbers of steps)."""

    def expectation(self, expression: str) -> Theory:
        """Return the stationary mean of an expression of the coordinates."""

    def eigenvalues(self, k: int = 6) -> NDArray[np.complex128]:
        """Return the k slowest decay rates, per unit of time."""

    def mean_first_passage_time(self, target: str, *, start: PointLike) -> Theory:
        """Return the mean time from a point until the target is reached."""

    def mean_first_passage_times(self, target: str) -> xr.DataArray:
        """Return the mean time from every cell until the target is reached."""

    def splitting_probability(self, *, source: str, target: str, start: PointLike) -> Theory:
        """Return the probability from a point that the target is reached before the source."""

    def committor(self, *, source: str, target: str) -> xr.DataArray:
        """Return the probability from every cell that the target is reached before the source."""

    def quasi_stationary(self, target: str) -> xr.Dataset:
        """Return the quasi-stationary density outside the target, and its escape rate."""

"""A grid of equal cells on a box."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from ...typing import Bools, Float, Index

if TYPE_CHECKING:
    import scipy.sparse as sparse
    import xarray as xr

#: a sparse matrix that acts on the cells of a grid
Matrix: TypeAlias = "sparse.spmatrix"

_STENCIL = 4  # nodes of the interpolation: cubic, so that its error is below that of the grid


@dataclass(frozen=True)
class Grid:
    """Equal cells; values live at their centres.

    Attributes
    ----------
    names
        The coordinates, one for each axis.
    box
        (low, high) of each axis.
    shape
        Cells along each axis.
    periodic
        Whether the two ends of an axis are identified.

    Examples
    --------
    >>> grid = Grid(("x",), ((0.0, 1.0),), (4,), (False,))
    >>> grid.axes[0]
    array([0.125, 0.375, 0.625, 0.875])
    """

    names: tuple[str, ...]
    box: tuple[tuple[float, float], ...]
    shape: tuple[int, ...]
    periodic: tuple[bool, ...]

    @property
    def dim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of cells."""
        return int(np.prod(self.shape))

    @property
    def spacing(self) -> tuple[float, ...]:
        """Width of a cell along each axis."""
        return tuple((high - low) / n for (low, high), n in zip(self.box, self.shape, strict=True))

    @property
    def volume(self) -> float:
        """Volume of a cell."""
        return float(np.prod(self.spacing))

    @cached_property
    def axes(self) -> tuple[Float, ...]:
        """Centres along each axis."""
        ends = zip(self.box, self.shape, self.spacing, strict=True)
        return tuple(np.asarray(low + (np.arange(n) + 0.5) * h, float) for (low, _), n, h in ends)

    @cached_property
    def points(self) -> Float:
        """Centres of all cells, shape (size, dim)."""
        return np.stack(np.meshgrid(*self.axes, indexing="ij"), -1).reshape(-1, self.dim)

    @cached_property
    def numbers(self) -> Index:
        """Numbers of the cells, in the shape of the grid."""
        return np.arange(self.size).reshape(self.shape)

    def neighbours(self, axis: int) -> tuple[Index, Index]:
        """Return the cells left and right of every face inside along an axis, shape (faces,)."""
        if self.periodic[axis]:
            return self.numbers.ravel(), np.roll(self.numbers, -1, axis).ravel()
        last = self.shape[axis] - 1
        left = np.take(self.numbers, range(last), axis)
        return left.ravel(), np.take(self.numbers, range(1, last + 1), axis).ravel()

    def ends(self, axis: int) -> tuple[Index, Index]:
        """Return the first and the last cells along an axis."""
        first, last = np.take(self.numbers, [0, -1], axis).swapaxes(0, axis)
        return first.ravel(), last.ravel()

    def shifted(self, cells: Index, axis: int, by: float) -> Float:
        """Return the centres of cells moved along an axis by a fraction of its cell."""
        points = self.points[cells].copy()
        points[:, axis] += by * self.spacing[axis]
        return points

    def array(self, values: ArrayLike, name: str, *lead: str, **more: object) -> xr.DataArray:
        """Return values of all cells, with leading dimensions, as an `xarray.DataArray`.

        The axes come in reverse order, as in the CF conventions: the first coordinate is the last
        dimension, which `.plot()` draws along the horizontal axis.
        """
        import xarray as xr

        values = np.asarray(values)
        values = values.reshape(values.shape[: len(lead)] + self.shape)
        coords = dict(zip(self.names, self.axes, strict=True)) | more
        array = xr.DataArray(values, coords, (*lead, *self.names), name)
        return array.transpose(*lead, *reversed(self.names))

    def halved(self) -> Grid:
        """Return the grid of twice the spacing on the same box."""
        return Grid(self.names, self.box, tuple(n // 2 for n in self.shape), self.periodic)

    def interpolation(
        self, point: Sequence[float], usable: Bools | None = None
    ) -> tuple[Index, Float]:
        """Return cells and weights of the cubic interpolant at a point.

        It uses the nearest cells; where a function has a kink between cells, the nearest block of
        `usable` ones (a mask of all cells).
        """
        positions, blocks = [], []
        for axis, x in enumerate(point):
            (low, high), h, n = self.box[axis], self.spacing[axis], self.shape[axis]
            if self.periodic[axis]:
                x = low + (x - low) % (high - low)
            elif not low <= x <= high:
                raise ValueError(
                    f"{self.names[axis]} = {x:g} lies outside the grid, [{low:g}, {high:g}]; "
                    "give a box= that contains it."
                )
            position = (x - low) / h - 0.5
            nearest = int(np.floor(position)) - _STENCIL // 2 + 1
            starts = nearest + np.array([0, 1, -1, 2, -2] if usable is not None else [0])
            if not self.periodic[axis]:
                starts = np.clip(starts, 0, n - _STENCIL)
            positions.append(position)
            blocks.append(list(enumerate(starts.tolist())))
        tried = sorted(itertools.product(*blocks), key=lambda b: sum(way for way, _ in b))
        for block in tried:
            cells, weights = self._block(positions, [start for _, start in block])
            if usable is None or usable[cells].all():
                return cells, weights
        return self._block(positions, [start for _, start in tried[0]])

    def _block(self, positions: list[float], starts: list[int]) -> tuple[Index, Float]:
        cells, weights = np.zeros(1, np.int64), np.ones(1)
        for position, first, n in zip(positions, starts, self.shape, strict=True):
            nodes = first + np.arange(_STENCIL)
            along = np.array([
                np.prod([(position - m) / (k - m) for m in nodes if m != k]) for k in nodes
            ])  # fmt: skip
            cells = (cells[:, None] * n + nodes % n).ravel()
            weights = (weights[:, None] * along).ravel()
        return cells, weights


def fold(x: Float, period: tuple[float, float] | None) -> Float:
    """Return values on a periodic axis, moved by whole periods into the box (low, high).

    Without a period the values are returned as they are.

    Examples
    --------
    >>> fold(np.array([-0.5, 0.5, 3.0]), (0.0, 2.0))
    array([1.5, 0.5, 1. ])
    """
    if period is None:
        return x
    low, high = period
    return low + (x - low) % (high - low)

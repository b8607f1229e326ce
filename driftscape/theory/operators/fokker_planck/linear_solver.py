"""Sparse LU of grid matrices: the order of elimination, and the memory needed."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from scipy.sparse.linalg import splu

from ....typing import Index
from ..grid import Grid, Matrix

#: arrays of real or of complex numbers
Numbers = TypeVar("Numbers", NDArray[np.float64], NDArray[np.complex128])

_BYTES = 20  # of an entry of the factors, with the work space of the factorisation
_LEAF = 8  # cells that are not cut any further
_RESIDUAL = 1e-9  # relative; above it the factorisation is repeated with pivoting


def bytes_needed(shape: tuple[int, ...], reach: tuple[int, ...] | None = None) -> float:
    """Estimate the memory of one LU on a grid: n, n log n, n**(4/3) entries in 1, 2, 3 dimensions.

    Examples
    --------
    >>> round(bytes_needed((400, 400)) / 1e6)
    277
    """
    n = float(np.prod(shape))
    entries = (6 * n, 5 * n * np.log2(n), 20 * n ** (4 / 3))[len(shape) - 1]
    return float(_BYTES * entries * np.mean(reach or 1) ** 2)


def check_memory(shape: tuple[int, ...], reach: tuple[int, ...] | None, max_bytes: float) -> None:
    """Refuse a grid whose factors would need more than `max_bytes`."""
    needed = bytes_needed(shape, reach)
    if needed > max_bytes:
        raise ValueError(
            f"shape={shape} needs about {needed / 1e9:.1f} GB, more than max_bytes = "
            f"{max_bytes / 1e9:.1f} GB; give fewer cells, a smaller box=, or more memory."
        )


def dissection(grid: Grid, reach: tuple[int, ...]) -> Index:
    """Return the cells in nested-dissection order (A. George, SIAM J. Numer. Anal. 10 (1973) 345).

    The grid is cut in two by a plane of cells, as thick as a rate reaches, and the planes go last:
    no better order is known for neighbours on a grid, and it is found at no cost.
    """
    numbers, last = grid.numbers, []
    for axis in np.flatnonzero(grid.periodic):  # one plane opens the ring
        plane, numbers = np.split(numbers, [reach[axis]], axis=axis)
        last.append(plane.ravel())
    return np.concatenate([*_dissect(numbers, reach), *last[::-1]])


def _dissect(numbers: Index, reach: tuple[int, ...]) -> list[Index]:
    axis = int(np.argmax([n / r for n, r in zip(numbers.shape, reach, strict=True)]))
    length, thick = numbers.shape[axis], reach[axis]
    if numbers.size <= _LEAF or length < thick + 2:
        return [numbers.ravel()]
    middle = (length - thick) // 2
    low, plane, high = np.split(numbers, [middle, middle + thick], axis=axis)
    return [*_dissect(low, reach), *_dissect(high, reach), plane.ravel()]


class Factors:
    """LU of a matrix on the cells of a grid, or on some of them.

    Parameters
    ----------
    matrix
        Sparse, shape (n, n).
    order
        The n cells in the order of elimination.
    """

    def __init__(self, matrix: Matrix, order: Index) -> None:
        self.order, self.matrix = order, sparse.csc_matrix(matrix)
        permuted = self.matrix[order][:, order]
        self.lu = splu(
            permuted, permc_spec="NATURAL", diag_pivot_thresh=0.0, options={"SymmetricMode": True}
        )
        # without pivoting, which is safe where the diagonal dominates
        probe = np.cos(np.arange(len(order), dtype=float))
        if not self._residual(probe) < _RESIDUAL:
            self.order = np.arange(len(order))
            self.lu = splu(self.matrix)

    def _residual(self, probe: NDArray[np.float64]) -> float:
        with np.errstate(all="ignore"):
            found = self.solve(probe)
            scale = abs(self.matrix) @ np.abs(found) + np.abs(probe)
            return float(np.max(np.abs(self.matrix @ found - probe) / scale))

    def solve(self, right: Numbers, transposed: bool = False) -> Numbers:
        """Return x with M x = right, or M^T x = right."""
        solution: Numbers = self.lu.solve(right[self.order], "T" if transposed else "N")
        out = np.empty_like(solution)
        out[self.order] = solution
        return out

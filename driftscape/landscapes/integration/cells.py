"""Boxes of space with what is known of each, as arrays: bisection, selection, concatenation."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...typing import Bools, Float, Index

#: an unbounded domain is covered up to here, by boxes that grow with the distance from the origin
FAR = 2.0**64

#: name -> array; the cells are the first axis of the arrays below and the second axis of all others
Cells: TypeAlias = dict[str, NDArray[Any]]
_CELLS_FIRST = ("low", "high", "owner", "top", "bottom")


def halves(low: Float, high: Float, owner: Index, axis: Index) -> tuple[Float, Float, Index]:
    """Cut each box in two along its axis, so that boxes far from the origin become longer."""
    rows = np.arange(len(low))
    a, b = low[rows, axis], high[rows, axis]
    start, end = np.arcsinh(a), np.arcsinh(b)
    middle = np.where(end - start > 2, np.sinh((start + end) / 2), a / 2 + b / 2)
    first, second = high.copy(), low.copy()
    first[rows, axis], second[rows, axis] = middle, middle
    return np.concatenate([low, second]), np.concatenate([first, high]), np.concatenate([owner] * 2)


def touches(cells: Cells) -> Bools:
    """Return which cells reach to the distance `FAR`."""
    ends = np.abs(np.stack([cells["low"], cells["high"]])) == FAR
    return np.asarray(ends.any(axis=(0, 2)))


def taken(cells: Cells, which: Index | Bools) -> Cells:
    """Return the cells of these numbers, or where the mask is true."""
    return {k: v[which] if k in _CELLS_FIRST else v[:, which] for k, v in cells.items()}


def joined(parts: list[Cells]) -> Cells:
    """Return the cells of all parts."""
    return {
        k: np.concatenate([p[k] for p in parts], axis=0 if k in _CELLS_FIRST else 1)
        for k in parts[0]
    }


def log_sums(logs: Float, owner: Index, count: int) -> Float:
    """Return the logarithms of sums of exponentials over the cells of each problem.

    Parameters
    ----------
    logs
        Logarithms, shape (functions, cells).
    owner
        The problem that each cell belongs to.
    count
        Number of problems; the result has the shape (functions, problems).
    """
    total = np.full((len(logs), count), -np.inf)
    for row, values in zip(total, logs, strict=True):
        largest = np.full(count, -np.inf)
        np.maximum.at(largest, owner, values)
        base = np.where(np.isfinite(largest), largest, 0.0)
        with np.errstate(all="ignore"):
            sums = np.bincount(owner, np.exp(values - base[owner]), count)
            row[:] = np.where(np.isfinite(largest), np.log(sums) + base, largest)
    return total


def axis_to_cut(cells: Cells, even: Bools) -> Index:
    """Choose a variable for each cell: the one with most of the variation, else the longest side.

    Parameters
    ----------
    cells
        Cells with the slopes of each function.
    even
        Which functions vary little enough, shape (functions, cells).
    """
    length = np.arcsinh(cells["high"]) - np.arcsinh(cells["low"])
    slopes = cells["slopes"][even.argmin(axis=0), np.arange(len(length))]  # first that varies
    with np.errstate(all="ignore"):
        part = slopes / slopes.sum(axis=1, keepdims=True)
        chosen = 1e-3 * length / length.sum(axis=1, keepdims=True)
    chosen = chosen + np.where(np.isfinite(part).all(axis=1, keepdims=True), part, 0.0)
    chosen[length == 0] = -1.0
    return np.asarray(chosen.argmax(axis=1))

"""A hash of each trajectory, which the dataset keeps as a coordinate.

    fingerprint = high 32 bits of exact | high 32 bits of rounded, shifted to the low half

`exact` mixes every bit of the trajectory: its number, the description of its point, its start, its
end, its random words and its hidden rows.  `rounded` mixes what an analysis reads, with floating
numbers rounded to single precision.  Coordinates take no part in arithmetic.  A dataset that was
multiplied, averaged or filled therefore no longer has the fingerprint of its values, and neither
has a trajectory that was put under another description.  A copy in single precision has the
right low half alone: it can be analysed, but not resumed.

Equal values have equal fingerprints: the sign of zero and the bits of NaN, which files change, do
not enter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..streams import splitmix64

COORDINATE = "fingerprint"

Bits = NDArray[np.uint64]

#: variables that analyses read, one row a trajectory
READ = (
    "start", "final", "exit", "passage_time", "target", "censored", "diverged", "average",
    "probability", "probability_at_home", "first_time", "survival", "loop_time", "reached_loops",
)  # fmt: skip
#: variables that only continuing a run needs; of long ones, the first, middle and last entry;
#: `hidden` last, so that rows of NaN behind it, of another point's kernel, do not enter
KEPT = ("words", "order", "training", "hidden")
_LONG = ("training", "order")

_HALF = np.uint64(32)
_HIGH = np.uint64(0xFFFFFFFF00000000)
_BLOCK = 8192  # trajectories at a time, so that a column stays in the cache


def fingerprints(
    texts: Iterable[str],
    numbers: NDArray[Any],
    arrays: Mapping[str, NDArray[Any]],
    table: NDArray[Any] | None = None,
) -> Bits:
    """Return the fingerprint of each trajectory.

    Parameters
    ----------
    texts
        Description of each point, or of each trajectory.
    numbers
        Number of each trajectory, shape (trajectories,), those of all points side by side.
    arrays
        Variables of the names in `READ` and `KEPT`, shape (trajectories, ...); others do not enter.
    table
        The rows of a landscape that is made of data.
    """
    count = len(numbers)
    known = np.array([_digest(text.encode()) for text in texts], dtype=np.uint64)
    about = np.repeat(known, count // len(known))
    wide = {name: array.reshape(count, -1) for name, array in arrays.items()}
    read = {name: wide[name] for name in READ if name in wide}
    kept = {name: _ends(name, wide[name]) for name in KEPT if name in wide}
    numbers = np.asarray(numbers)[:, None]
    rows = near = np.uint64(0)
    if table is not None:
        rows = np.uint64(_digest(table.tobytes()))
        near = np.uint64(_digest(table.astype(np.float32).tobytes()))
    result = np.empty(count, dtype=np.uint64)
    for first in range(0, count, _BLOCK):
        part = slice(first, first + _BLOCK)
        both, exact, rounded = about[part].copy(), *np.zeros((2, len(about[part])), np.uint64)
        _add(both, "trajectory", numbers[part])
        for name, array in read.items():
            if array.dtype.kind == "f":
                _add(exact, name, array[part])
                with np.errstate(over="ignore"):
                    _add(rounded, name, array[part].astype(np.float32))
            else:
                _add(both, name, array[part])
        for name, array in kept.items():
            _add(exact, name, array[part], missing=0.0)
        exact += rows
        rounded += near
        result[part] = (splitmix64(exact + both) & _HIGH) | (splitmix64(rounded + both) >> _HALF)
    return result


def same_rounded(a: Bits, b: Bits) -> NDArray[np.bool_]:
    """Return which fingerprints are those of values that are equal in single precision."""
    return np.asarray((a & ~_HIGH) == (b & ~_HIGH))


def _add(total: Bits, name: str, array: NDArray[Any], missing: float = np.nan) -> None:
    """Add a hash of each row of an array to `total`, in place; NaN counts as `missing`.

        sum_j m_j (x_j ^ (x_j >> 32))     modulo 2^64

    x_j are the bits of the entries and m_j odd numbers, different for each name and column.
    """
    for multiplier, column in zip(_multipliers(name, array.shape[1]), array.T, strict=True):
        if column.dtype.kind == "f":
            values = column.astype(np.float64) + 0.0  # of the two zeros, one
            absent = np.isnan(values)
            if absent.any():
                values[absent] = missing
            bits = values.view(np.uint64)
        else:
            bits = column if column.dtype == np.uint64 else column.astype(np.int64).view(np.uint64)
        folded = bits >> _HALF
        folded ^= bits
        folded *= multiplier
        total += folded


def _ends(name: str, array: NDArray[Any]) -> NDArray[Any]:
    if name in _LONG and array.shape[1] > 3:
        return array[:, [0, array.shape[1] // 2, -1]]
    return array


@lru_cache(maxsize=256)
def _multipliers(name: str, count: int) -> Bits:
    first = np.uint64(_digest(name.encode()))
    return splitmix64(first + np.arange(count, dtype=np.uint64)) | np.uint64(1)


def _digest(content: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little")

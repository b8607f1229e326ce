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

from ...typing import Float
from ..streams import BLOCK, splitmix64

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
    read = [(name, wide[name]) for name in READ if name in wide]
    kept = [(name, _ends(name, wide[name])) for name in KEPT if name in wide]
    plain = [("trajectory", np.asarray(numbers)[:, None])]
    plain += [(name, array) for name, array in read if array.dtype.kind != "f"]
    floating = [(name, array) for name, array in read if array.dtype.kind == "f"]
    rows = near = np.uint64(0)
    if table is not None:
        rows = np.uint64(_digest(table.tobytes()))
        near = np.uint64(_digest(table.astype(np.float32).tobytes()))
    result = np.empty(count, dtype=np.uint64)
    widest = max([array.shape[1] for _, array in (*plain, *floating, *kept)])
    block = max(1, BLOCK * 4 // max(4, widest))
    for first in range(0, count, block):
        part = slice(first, first + block)
        both, exact, rounded = np.zeros((3, len(result[part])), dtype=np.uint64)
        both += about[part]
        for name, array in plain:
            _add(both, name, _bits(_once(array[part])))
        for name, array in floating:
            values = _values(_once(array[part]), np.nan)
            _add(exact, name, values.view(np.uint64))
            with np.errstate(over="ignore"):
                single = values.astype(np.float32)
            single += np.float32(0)
            _add(rounded, name, single.view(np.uint32))
        for name, array in kept:
            _add(exact, name, _bits(_once(array[part]), missing=0.0))
        exact += both
        exact += rows
        rounded += both
        rounded += near
        exact, rounded = splitmix64(exact), splitmix64(rounded)
        exact &= _HIGH
        rounded >>= _HALF
        np.bitwise_or(exact, rounded, out=result[part])
    return result


def same_rounded(a: Bits, b: Bits) -> NDArray[np.bool_]:
    """Return which fingerprints are those of values that are equal in single precision."""
    return np.asarray((a & ~_HIGH) == (b & ~_HIGH))


def _once(array: NDArray[Any]) -> NDArray[Any]:
    """Return the columns as rows; one entry of each where all trajectories have the same."""
    rows = array.T
    first = rows[:, :1]
    alike = (first == rows[:, -1:]).all() and (rows == first).all()
    return first if alike else rows


def _values(rows: NDArray[Any], missing: float) -> Float:
    """Return floating numbers with one zero, of the two, and with `missing` for each NaN."""
    values: Float = np.add(rows, 0.0, dtype=np.float64)
    with np.errstate(all="ignore"):
        suspected = np.isnan(values.sum())  # also where infinities of both signs meet
    if suspected:
        values[np.isnan(values)] = missing
    return values


def _bits(rows: NDArray[Any], missing: float = np.nan) -> Bits:
    """Return the numbers as 64-bit words."""
    if rows.dtype.kind == "f":
        return _values(rows, missing).view(np.uint64)
    return rows if rows.dtype == np.uint64 else rows.astype(np.int64).view(np.uint64)


def _add(total: Bits, name: str, rows: NDArray[np.unsignedinteger[Any]]) -> None:
    """Add a hash of each column of an array of bits to `total`, in place.

        sum_j m_j (x_j ^ (x_j >> 32))     modulo 2^64

    x_j are the bits of the entries and m_j odd numbers, different for each name and row.  A single
    column counts for all trajectories.
    """
    multipliers = _multipliers(name, len(rows))[:, None]
    if rows.dtype == np.uint64:
        folded = rows >> _HALF
        folded ^= rows
        folded *= multipliers
    else:
        folded = rows * multipliers
    total += folded[0] if len(folded) == 1 else np.add.reduce(folded, axis=0)


def _ends(name: str, array: NDArray[Any]) -> NDArray[Any]:
    if name in _LONG and array.shape[1] > 3:
        return array[:, [0, array.shape[1] // 2, -1]]
    return array


@lru_cache(maxsize=256)
def _multipliers(name: str, count: int) -> Bits:
    first = np.uint64(_digest(name.encode()))
    return splitmix64(np.arange(count, dtype=np.uint64) + first) | np.uint64(1)


def _digest(content: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little")

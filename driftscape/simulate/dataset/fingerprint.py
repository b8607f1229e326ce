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
_SHIFT = np.uint64(29)
_FACTOR = np.uint64(0xBF58476D1CE4E5B9)


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
    about = [np.repeat(known, count // len(known))[:, None], np.asarray(numbers)[:, None]]
    read = [arrays[name].reshape(count, -1) for name in READ if name in arrays]
    kept = [_ends(name, arrays[name], count) for name in KEPT if name in arrays]
    if table is not None:
        single = table.astype(np.float32)
        about.append(np.full((count, 1), _digest(single.tobytes()), dtype=np.uint64))
        kept.append(np.full((count, 1), _digest(table.tobytes()), dtype=np.uint64))
    real, whole = _by_type([*about, *read], count)
    with np.errstate(over="ignore"):
        near = real.astype(np.float32).astype(np.float64)
    rounded = _mixed(np.concatenate([near.view(np.uint64), whole], axis=1))
    more, words = _by_type(kept, count)
    more[np.isnan(more)] = 0.0
    exact = _mixed(
        np.concatenate([real.view(np.uint64), whole, words, more.view(np.uint64)], axis=1)
    )
    return (exact & _HIGH) | (rounded >> _HALF)


def same_rounded(a: Bits, b: Bits) -> NDArray[np.bool_]:
    """Return which fingerprints are those of values that are equal in single precision."""
    return np.asarray((a & ~_HIGH) == (b & ~_HIGH))


def _by_type(arrays: list[NDArray[Any]], count: int) -> tuple[NDArray[np.float64], Bits]:
    """Return floating numbers, with one zero and one NaN, and whole ones as bits."""
    real = [a for a in arrays if a.dtype.kind == "f"] or [np.empty((count, 0))]
    values = np.concatenate(real, axis=1, dtype=np.float64) + 0.0
    values[np.isnan(values)] = np.nan
    whole = [
        a if a.dtype == np.uint64 else a.astype(np.int64).view(np.uint64)
        for a in arrays
        if a.dtype.kind != "f"
    ]
    return values, np.concatenate(whole or [np.empty((count, 0), np.uint64)], axis=1)


def _ends(name: str, array: NDArray[Any], count: int) -> NDArray[Any]:
    if name in _LONG and array.shape[1] > 3:
        array = array[:, [0, array.shape[1] // 2, -1]]
    return array.reshape(count, -1)


def _mixed(bits: Bits) -> Bits:
    """Return a hash of each row."""
    z = (bits ^ (bits >> _HALF)) * _multipliers(bits.shape[1])
    z ^= z >> _SHIFT
    z *= _FACTOR
    z ^= z >> _HALF
    return splitmix64(z.sum(axis=1, dtype=np.uint64))


@lru_cache(maxsize=64)
def _multipliers(count: int) -> Bits:
    return splitmix64(np.arange(count, dtype=np.uint64)) | np.uint64(1)


def _digest(content: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little")

"""Random numbers of the reference: generators and Box-Muller by NumPy's own functions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ....typing import Float
from ...streams import Words
from ..codegen.draws import Draws


def draw(words: Words, draws: Draws, generator: str = "xoshiro") -> list[Float]:
    """Draw one chunk of numbers; advances the generators in place."""
    rows = [np.empty(0)] * draws.count
    next_word = _NEXT_WORD[generator]
    for function, targets in draws.calls:
        for row, values in zip(targets, _FROM_WORD[function](next_word(words)), strict=True):
            rows[row] = values
    return rows


def next_uniform(words: Words, generator: str) -> Float:
    """Return one uniform number of each stream; advances the generators in place."""
    return np.asarray(_uniform(_NEXT_WORD[generator](words))[0])


def _xoshiro(x: Words) -> Words:
    """Advance xoshiro256++ on an array of states (4, n), in place."""
    with np.errstate(over="ignore"):
        word: Words = _rotl(x[0] + x[3], 23) + x[0]
    t = x[1] << np.uint64(17)
    x[2] ^= x[0]
    x[3] ^= x[1]
    x[1] ^= x[2]
    x[0] ^= x[3]
    x[2] ^= t
    x[3] = _rotl(x[3], 45)
    return word


def _rotl(x: Words, k: int) -> Words:
    rotated: Words = (x << np.uint64(k)) | (x >> np.uint64(64 - k))
    return rotated


def _philox(x: Words) -> Words:
    """Advance Philox4x32-10, word x[0] of stream x[1] under key x[2], in place."""
    low, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    pair = x[0] >> np.uint64(1)
    c = [pair & low, pair >> half, x[1] & low, x[1] >> half]
    k = [x[2] & low, x[2] >> half]
    for _ in range(10):
        p0, p1 = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        c = [(p1 >> half) ^ c[1] ^ k[0], p1 & low, (p0 >> half) ^ c[3] ^ k[1], p0 & low]
        k = [(k[0] + np.uint64(0x9E3779B9)) & low, (k[1] + np.uint64(0xBB67AE85)) & low]
    word: Words = np.where(x[0] & np.uint64(1), (c[2] << half) | c[3], (c[0] << half) | c[1])
    x[0] += np.uint64(1)
    return word


def _normal_pair(word: Words) -> tuple[Float, Float]:
    """Box-Muller from 38 bits of radius, 24 of angle and two signs, in the angle's eighth."""
    u = ((word >> np.uint64(26)).astype(float) + 0.5) * 2.0**-38
    w = ((word >> np.uint64(2)) & np.uint64(0xFFFFFF)).astype(float) * 2.0**-23 + (2.0**-24 - 1)
    radius, angle = np.sqrt(-np.log(u)), w * (np.pi / 4)
    a, b = radius * (np.cos(angle) + np.sin(angle)), radius * (np.cos(angle) - np.sin(angle))
    return np.where(word & np.uint64(1), -a, a), np.where(word & np.uint64(2), -b, b)


def _uniform(word: Words) -> tuple[Float]:
    return (((word >> np.uint64(12)).astype(float) + 0.5) * 2.0**-52,)


def _rademacher(word: Words) -> tuple[Float]:
    return (np.where(word >> np.uint64(63), -1.0, 1.0),)


def _exponential(word: Words) -> tuple[Float]:
    return (-np.log(_uniform(word)[0]),)


_FROM_WORD: dict[str, Callable[[Words], tuple[Float, ...]]] = {
    "normal_pair": _normal_pair,
    "uniform": _uniform,
    "rademacher": _rademacher,
    "exponential": _exponential,
}

_NEXT_WORD = {"xoshiro": _xoshiro, "philox": _philox}

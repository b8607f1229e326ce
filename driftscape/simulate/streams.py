"""Random streams: every trajectory has its own, found by hashing.

    stream key = hash(seed, purpose, generation), mixed with the trajectory number

A stream is the state of a generator, four 64-bit words.  `"xoshiro"` is xoshiro256++ (D. Blackman
and S. Vigna, "Scrambled linear pseudorandom number generators", 2021), filled by splitmix64 as its
authors advise.  `"philox"` is Philox4x32-10 (J. Salmon et al., SC'11), slower, whose k-th word can
be computed without the words before it: its state is (k, stream, key, 0).  Since the state depends
on (seed, trajectory, purpose, generation) alone, a trajectory is the same in every thread, block,
process or shard.  Seeds are hashed first, so that adjacent seeds have unrelated streams.
"""

import hashlib
import secrets
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..validate import check_choice, shown, whole

Words = NDArray[np.uint64]

#: purposes of a stream; two purposes never share words
PURPOSES = ("noise", "start", "training set", "order", "bridge", "selection")

#: generators that can fill a stream
GENERATORS = ("xoshiro", "philox")

#: streams, or other columns of numbers, that are computed at a time: they fit into the cache
BLOCK = 16384

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_ROUNDS = (
    (np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)),
    (np.uint64(27), np.uint64(0x94D049BB133111EB)),
)
_LAST = np.uint64(31)
_STATE_WORDS = 4


def check_seed(seed: object) -> int:
    """Return the seed as an int; None draws a seed, which the result then records."""
    if seed is None:
        return secrets.randbits(64)
    value = whole(seed)
    if value is None:
        raise TypeError(f"seed={shown(seed)}; a seed is a whole number >= 0, or None to draw one.")
    if value < 0:
        raise ValueError(f"seed={value}; a seed is a whole number >= 0, or None to draw one.")
    return value


def check_generator(generator: object) -> str:
    """Return the name of the generator; None is the default."""
    if generator is None:
        return GENERATORS[0]
    return str(check_choice("generator", generator, GENERATORS))


def stream_words(
    seed: int,
    trajectories: NDArray[np.uint64],
    purpose: str = "noise",
    generation: int = 0,
    generator: str = "xoshiro",
) -> Words:
    """Return the generator state of each trajectory's stream, shape (4, trajectories).

    Parameters
    ----------
    seed
        Any whole number >= 0.
    trajectories
        Trajectory numbers.
    purpose
        One of `PURPOSES`.
    generation
        0; a clone of a trajectory counts one up.
    generator
        One of `GENERATORS`.

    Examples
    --------
    >>> a = stream_words(7, np.arange(3, dtype=np.uint64))
    >>> b = stream_words(7, np.arange(1, 2, dtype=np.uint64))
    >>> bool((a[:, 1:2] == b).all())
    True
    """
    if purpose not in PURPOSES:
        raise ValueError(f"no purpose {purpose!r}; known: {', '.join(PURPOSES)}.")
    text = f"driftscape:{seed}:{purpose}:{generation}".encode()
    digest = hashlib.blake2b(text, digest_size=8 * (1 + _STATE_WORDS)).digest()
    key, *salts = np.frombuffer(digest, dtype="<u8").astype(np.uint64)[:, None]
    fill = _philox if check_generator(generator) == "philox" else _xoshiro
    numbers = np.asarray(trajectories, dtype=np.uint64)
    words = np.empty((_STATE_WORDS, len(numbers)), dtype=np.uint64)
    for first in range(0, len(numbers), BLOCK):
        part = slice(first, first + BLOCK)
        mixed = numbers[part] * _GOLDEN
        mixed += key
        fill(words[:, part], splitmix64(mixed), salts)
    return words


def _xoshiro(words: Words, mixed: Words, salts: Sequence[Words]) -> None:
    """Fill the states of xoshiro256++ from the mixed stream keys."""
    spare = np.empty_like(mixed)
    for word, salt in zip(words, salts, strict=True):
        np.bitwise_xor(mixed, salt, out=word)
        splitmix64(word, spare)
        word += salt
        splitmix64(word, spare)
    if not words[0].all():
        words[0, ~words.any(axis=0)] = 1  # the one state xoshiro never leaves


def _philox(words: Words, mixed: Words, salts: Sequence[Words]) -> None:
    """Fill the states of Philox: a counter of 0, the mixed stream keys, and one key for all."""
    words[0], words[1], words[2], words[3] = 0, mixed, salts[0], 0


def splitmix64(z: Words, spare: Words | None = None) -> Words:
    """Mix 64-bit words in place and return them (a bijection; the finaliser of splitmix64).

    `spare` is an array of the same shape that is written to.
    """
    shifted = np.empty_like(z) if spare is None else spare
    z += _GOLDEN
    for shift, factor in _ROUNDS:
        z ^= np.right_shift(z, shift, out=shifted)
        z *= factor
    z ^= np.right_shift(z, _LAST, out=shifted)
    return z

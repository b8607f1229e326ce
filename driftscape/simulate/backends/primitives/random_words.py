"""Random words and the numbers computed from them, in the subset of `elementary`."""

# mypy: ignore-errors
# Annotations are types of machine words, not of Python objects.

import numpy as np

from .intrinsics import bits, exponent, fma, from_bits, horner, tame_quotient, tame_sqrt, to_float

f64 = float
u64 = np.uint64

# Words ------------------------------------------------------------------------------------------


def rotl(x: u64, k: u64) -> u64:
    """x rotated left by 0 < k < 64 bits."""
    return (x << k) | (x >> (u64(64) - k))


def splitmix64(x: u64) -> u64:
    """The word after state x of SplitMix64: a bijection that mixes every bit."""
    z = x + u64(0x9E3779B97F4A7C15)
    y = (z ^ (z >> u64(30))) * u64(0xBF58476D1CE4E5B9)
    w = (y ^ (y >> u64(27))) * u64(0x94D049BB133111EB)
    return w ^ (w >> u64(31))


def xoshiro256(a: u64, b: u64, c: u64, d: u64) -> tuple[u64, u64, u64, u64, u64]:
    """One word of xoshiro256++ and the state that follows (a, b, c, d)."""
    word = rotl(a + d, u64(23)) + a
    third = c ^ a
    fourth = d ^ b
    return word, a ^ fourth, b ^ third, third ^ (b << u64(17)), rotl(fourth, u64(45))


def philox_round(
    c0: u64, c1: u64, c2: u64, c3: u64, k0: u64, k1: u64
) -> tuple[u64, u64, u64, u64, u64, u64]:
    """One Philox round and the next key; only the low half of each word means something.

    It is masked where it multiplies, and nowhere else: that is what vector multiplication wants.
    """
    p0 = u64(0xD2511F53) * (c0 & u64(0xFFFFFFFF))
    p1 = u64(0xCD9E8D57) * (c2 & u64(0xFFFFFFFF))
    high0 = (p1 >> u64(32)) ^ c1 ^ k0
    high1 = (p0 >> u64(32)) ^ c3 ^ k1
    return high0, p1, high1, p0, k0 + u64(0x9E3779B9), k1 + u64(0xBB67AE85)


def philox4x32_10(c0: u64, c1: u64, c2: u64, c3: u64, k0: u64, k1: u64) -> tuple[u64, u64]:
    """Philox4x32-10 of counter (c0, c1, c2, c3) and key (k0, k1), 32 bits each, as two words.

    The four published outputs are packed (out0, out1) and (out2, out3), the first in the high half.
    """
    c0, c1, c2, c3, k0, k1 = philox_round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = philox_round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = philox_round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = philox_round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = philox_round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = philox_round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = philox_round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = philox_round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = philox_round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = philox_round(c0, c1, c2, c3, k0, k1)
    low = u64(0xFFFFFFFF)
    return (c0 << u64(32)) | (c1 & low), (c2 << u64(32)) | (c3 & low)


def philox_word(a: u64, b: u64, c: u64, d: u64) -> tuple[u64, u64, u64, u64, u64]:
    """Word number `a` of the Philox stream b under key c, and the state that follows.

    Each call makes a pair of words and gives one of them: any word can be reached by its number.
    """
    low = u64(0xFFFFFFFF)
    pair = a >> u64(1)
    first, second = philox4x32_10(
        pair & low, pair >> u64(32), b & low, b >> u64(32), c & low, c >> u64(32)
    )
    odd = (a & u64(1)) != u64(0)
    word = second if odd else first
    return word, a + u64(1), b, c, d


# Numbers ----------------------------------------------------------------------------------------


def minus_log(u: f64) -> f64:
    """-log(u) for normal numbers 0 < u < 1, the fast path of the random draws."""
    word = bits(u)
    shifted = word - u64(0x3FE6A09E667F3BCD)
    f = from_bits(word - (shifted & u64(0xFFF0000000000000))) - 1.0
    s = tame_quotient(f, f + 2.0)
    p = horner(
        s * s,
        2.0,
        0.6666666666666736,
        0.39999999999405417,
        0.2857142874408454,
        0.22222198423351716,
        0.18183571218449143,
        0.1531389135116328,
        0.14797409006148116,
    )
    return fma(exponent(shifted), -0.6931471805599453, -(s * p))


def sincos_eighth(w: f64) -> tuple[f64, f64]:
    """sin(w pi/4) and cos(w pi/4) for |w| <= 1."""
    z = w * w
    p = horner(
        z,
        0.7853981633974483,
        -0.08074551218827976,
        0.00249039457018263,
        -3.6576204137696544e-05,
        3.133615872941205e-07,
        -1.7571219475090327e-09,
        6.868724252837273e-12,
    )
    c = horner(
        z,
        1.0,
        -0.30842513753404244,
        0.01585434424381518,
        -0.0003259918869254246,
        3.5908604425772763e-06,
        -2.461135931614313e-08,
        1.1500188520973477e-10,
        -3.8493926173412284e-13,
    )
    return w * p, c


def normal_pair(word: u64) -> tuple[f64, f64]:
    """Two independent standard normal numbers from one word, by Box and Muller.

    38 bits give the radius (so |n| <= 7.3), 24 bits an angle y in (-pi/4, pi/4), 2 bits the signs.
    R (cos y + sin y) and R (cos y - sin y) with R = sqrt(-log u) are sqrt(-2 log u) times the
    sine and cosine of y + pi/4, which spares the quadrants; the two signs reach the other three.
    """
    u = fma(to_float(word >> u64(26)), 3.637978807091713e-12, 1.8189894035458565e-12)
    step = to_float((word >> u64(2)) & u64(0xFFFFFF))
    w = fma(step, 1.1920928955078125e-07, -0.9999999403953552)
    radius = tame_sqrt(minus_log(u))
    s, c = sincos_eighth(w)
    first = bits(radius * (c + s)) ^ (word << u64(63))
    second = bits(radius * (c - s)) ^ ((word & u64(2)) << u64(62))
    return from_bits(first), from_bits(second)


def uniform(word: u64) -> f64:
    """A uniform number inside (0, 1): the midpoints (n + 1/2) / 2**52, all of them exact."""
    return fma(to_float(word >> u64(12)), 2.220446049250313e-16, 1.1102230246251565e-16)


def rademacher(word: u64) -> f64:
    """+1 or -1, from the top bit."""
    return from_bits(u64(0x3FF0000000000000) | (word & u64(0x8000000000000000)))


def exponential(word: u64) -> f64:
    """A positive exponential number of mean 1."""
    return minus_log(uniform(word))

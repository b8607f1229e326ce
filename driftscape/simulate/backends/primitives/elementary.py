"""The elementary functions of every backend, each written once.

The functions are plain Python in a subset so small that `cpu` turns their text into LLVM's language
and `cpp` into C++, with the same bits: straight lines of assignments, calls to `intrinsics` and
to functions above, ``+ - * /``, comparisons, selects ``a if test else b``, and unsigned words with
``u64(...)`` literals. No branch, table or loop, so that a loop over lanes becomes vector code; no
fast-math, so that the digits are the same on every processor. NaN goes through every function; the
sign of a zero does not always.

Polynomials are near-minimax fits made at 50 digits, rounded one coefficient at a time, each time
refitting the rest. `table.ACCURACY` states the error bounds that the tests check.
"""

# mypy: ignore-errors
# Annotations are types of machine words, not of Python objects.

import numpy as np

from .intrinsics import (
    INFINITY,
    NAN,
    absolute,
    bits,
    copysign,
    exponent,
    fma,
    from_bits,
    horner,
    rint,
    sqrt,
)

f64 = float
u64 = np.uint64

# Exponentials -----------------------------------------------------------------------------------


def clamp(x: f64, low: f64, high: f64) -> f64:
    """x held between low and high; unlike a minimum of a maximum, it lets NaN through."""
    above = low if x < low else x
    return high if above > high else above


def shift_to_whole(x: f64, rate: f64) -> f64:
    """1.5 * 2**52 + k with k = x rate rounded to a whole number, |k| < 2**51: its low bits are k.

    One operation that every processor does fast, where rounding and conversion may be slow.
    """
    return fma(x, rate, 6755399441055744.0)


def shifted_back(shifted: f64) -> f64:
    """The whole number k of `shift_to_whole`."""
    return shifted - 6755399441055744.0


def half_power_of_two(shifted: f64) -> f64:
    """2**(k-1) for the k of `shift_to_whole` from -1021 to 1024; 0 at -1022 and inf at 1025."""
    return from_bits((bits(shifted) + u64(1022)) << u64(52))


def exp_reduced(shifted: f64, r: f64) -> f64:
    """2**(k-1) exp(r) for the k of `shift_to_whole` and |r| <= 0.36."""
    p = horner(
        r,
        1.0,
        1.0,
        0.5000000000000012,
        0.16666666666666402,
        0.041666666666515785,
        0.008333333333497835,
        0.0013888888947657591,
        0.00019841269506892594,
        2.480148869245232e-05,
        2.7557579135886558e-06,
        2.7631895218750995e-07,
        2.500456449851005e-08,
    )
    return p * half_power_of_two(shifted)


def half_exp(x: f64) -> f64:
    """exp(x)/2, so that exp, sinh and cosh reach the top of the range: x = k log 2 + r."""
    inside = clamp(x, -708.5, 710.3)
    shifted = shift_to_whole(inside, 1.4426950408889634)
    k = shifted_back(shifted)
    r = fma(k, -2.3190468138462996e-17, fma(k, -0.6931471805599453, inside))
    return exp_reduced(shifted, r)


def exp(x: f64) -> f64:
    """exp(x); results below 2**-1021 are 0."""
    return 2.0 * half_exp(x)


def uncrossed(t: f64) -> f64:
    """1 - exp(-t) for 0 <= t <= 50, to 1.5 * 2**-53; `exp` also looks out for the range's ends."""
    shifted = shift_to_whole(t, -1.4426950408889634)
    k = shifted_back(shifted)
    r = fma(k, -2.3190468138462996e-17, fma(k, -0.6931471805599453, -t))
    return fma(exp_reduced(shifted, r), -2.0, 1.0)


def sinh(x: f64) -> f64:
    """sinh(x) = x + x**3 P(x**2) up to 1, then e/2 - 1/(2e) with e = exp(|x|); inf from 710.13."""
    size = absolute(x)
    z = x * x
    p = horner(
        z,
        0.16666666666666669,
        0.008333333333332915,
        0.00019841269841589892,
        2.755731910802217e-06,
        2.5052130791290804e-08,
        1.6056674931625819e-10,
        7.776150870575572e-13,
    )
    near = fma(x * z, p, x)
    half = half_exp(size)
    far = copysign(half - 0.25 / half, x)
    return near if size < 1.0 else far


def cosh(x: f64) -> f64:
    """cosh(x) = (e + 1/e)/2 with e = exp(|x|); inf from 710.13."""
    half = half_exp(absolute(x))
    return half + 0.25 / half


def tanh(x: f64) -> f64:
    """tanh(x) = x + x**3 P(x**2) up to 0.55, then 1 - 2/(exp(2|x|) + 1)."""
    size = absolute(x)
    z = x * x
    p = horner(
        z,
        -0.333333333333333,
        0.13333333333326583,
        -0.053968253963739464,
        0.021869488385264216,
        -0.008863232591873944,
        0.003592091934419151,
        -0.0014555422286170125,
        0.0005884419431716624,
        -0.0002333750685582629,
        8.330708055778944e-05,
        -1.9488862599839922e-05,
    )
    near = fma(x * z, p, x)
    far = copysign(1.0 - 1.0 / (half_exp(2.0 * size) + 0.5), x)
    return near if size < 0.55 else far


# Logarithms -------------------------------------------------------------------------------------


def log(x: f64) -> f64:
    """log(x) for every x >= 0, subnormal numbers included; log(0) = -inf.

    With x = 2**k (1 + f), f from sqrt(1/2)-1 to sqrt(2)-1, and s = f/(f+2):
    log(1 + f) = 2 artanh(s) = f - (f**2/2 - s (f**2/2 + s**2 P(s**2))), which rounds f only once.
    """
    tiny = x < 2.2250738585072014e-308
    word = bits(18014398509481984.0 * x if tiny else x)  # 2**54
    shifted = word - u64(0x3FE6A09E667F3BCD)  # sqrt(1/2): its exponent field is k
    k = exponent(shifted) - (54.0 if tiny else 0.0)
    f = from_bits(word - (shifted & u64(0xFFF0000000000000))) - 1.0
    s = f / (f + 2.0)
    z = s * s
    p = z * horner(
        z,
        0.6666666666666735,
        0.39999999999408814,
        0.2857142874388968,
        0.22222198401387525,
        0.18183574083707277,
        0.15313781317942626,
        0.14798827179892288,
    )
    half = 0.5 * f * f
    tail = fma(k, 2.3190468138462996e-17, s * (half + p))
    finite = fma(k, 0.6931471805599453, f - (half - tail))
    positive = finite if x < INFINITY else x
    return positive if x > 0.0 else (-INFINITY if x == 0.0 else NAN)


def log1p(x: f64) -> f64:
    """log(1 + x) = log(u) + (x - (u - 1))/u, where u is 1 + x rounded."""
    u = 1.0 + x
    rounded = log(u)
    corrected = rounded + (x - (u - 1.0)) / u
    return corrected if absolute(rounded) < INFINITY else rounded


# Powers -----------------------------------------------------------------------------------------


def pow(x: f64, y: f64) -> f64:
    """x**y; NaN for x < 0 unless y is whole. As in C, pow(x, 0) = pow(1, y) = 1 even for a NaN.

    log|x| is a sum of two floats, good to 2**-64: log|x| = k log 2 + s (2 + z t), with
    s = f/(f + 2), z = s**2, t = 2/3 + z Q(z). Names in _low hold the rounding errors.
    """
    size = absolute(x)
    tiny = size < 2.2250738585072014e-308
    word = bits(18014398509481984.0 * size if tiny else size)  # 2**54
    shifted = word - u64(0x3FE6A09E667F3BCD)  # sqrt(1/2): its exponent field is k
    k = exponent(shifted) - (54.0 if tiny else 0.0)
    f = from_bits(word - (shifted & u64(0xFFF0000000000000))) - 1.0

    d = f + 2.0
    d_low = f - (d - 2.0)
    s = f / d
    s_low = (fma(-s, d, f) - s * d_low) / d
    z = s * s
    z_low = fma(s, s, -z) + 2.0 * s * s_low
    q = z * horner(
        z,
        0.4000000000000229,
        0.28571428570082996,
        0.22222222522994398,
        0.18181784089037803,
        0.15386770546514703,
        0.13256501127647646,
        0.13199345103565432,
    )
    t = 0.6666666666666666 + q
    t_low = (0.6666666666666666 - t) + q + 3.700743415417188e-17
    v = z * t
    v_low = fma(z, t, -v) + (z * t_low + z_low * t)
    w = 2.0 + v
    w_low = (2.0 - w) + v + v_low
    g = s * w
    g_low = fma(s, w, -g) + (s * w_low + s_low * w)
    whole = k * 0.6931471805598903  # exact: this part of log 2 has 42 bits
    finite = whole + g
    log_low = (whole - finite) + g + fma(k, 5.497923018708371e-14, g_low)
    bounded = finite if size < INFINITY else size
    log_high = bounded if size > 0.0 else (-INFINITY if size == 0.0 else NAN)

    product = y * log_high
    product_low = fma(y, log_high, -product) + y * log_low
    inside = clamp(product, -708.5, 710.3)
    whole_power = shift_to_whole(inside, 1.4426950408889634)
    n = shifted_back(whole_power)
    r = fma(n, -2.3190468138462996e-17, fma(n, -0.6931471805599453, inside))
    correction = product_low if absolute(product) < 720.0 else 0.0
    power = 2.0 * exp_reduced(whole_power, r + correction)

    positive = 1.0 if size == 1.0 else power
    half = 0.5 * y
    with_sign = positive if rint(half) == half else copysign(positive, x)
    fractional = NAN if x < 0.0 else positive
    result = with_sign if rint(y) == y else fractional
    return 1.0 if y == 0.0 else result


# Trigonometric functions ------------------------------------------------------------------------


def sincos(x: f64) -> tuple[f64, f64]:
    """sin(x) and cos(x) for |x| <= 1e7, NaN beyond: x = q pi/2 + y, then swap and sign by q."""
    inside = x if absolute(x) <= 1e7 else NAN
    shifted = shift_to_whole(inside, 0.6366197723675814)
    q = bits(shifted)
    quarter = shifted_back(shifted)
    y = fma(quarter, -6.123233995736766e-17, fma(quarter, -1.5707963267948966, inside))
    z = y * y
    p = horner(
        z,
        -0.1666666666666663,
        0.008333333333321917,
        -0.00019841269829456887,
        2.755731358173811e-06,
        -2.505074225004074e-08,
        1.5895940330104092e-10,
    )
    c = horner(
        z,
        1.0,
        -0.5,
        0.041666666666666595,
        -0.0013888888888873346,
        2.4801587289005654e-05,
        -2.7557314218090764e-07,
        2.0875705527154063e-09,
        -1.1358755064358332e-11,
    )
    s = fma(p * z, y, y)
    odd = (q & u64(1)) != u64(0)
    sine = bits(c if odd else s) ^ ((q & u64(2)) << u64(62))
    cosine = bits(s if odd else c) ^ (((q + u64(1)) & u64(2)) << u64(62))
    return from_bits(sine), from_bits(cosine)


def sin(x: f64) -> f64:
    """sin(x) for |x| <= 1e7."""
    sine, cosine = sincos(x)
    return sine


def cos(x: f64) -> f64:
    """cos(x) for |x| <= 1e7."""
    sine, cosine = sincos(x)
    return cosine


def tan(x: f64) -> f64:
    """tan(x) for |x| <= 1e7."""
    sine, cosine = sincos(x)
    return sine / cosine


def atan_quadrant(y: f64, x: f64) -> f64:
    """The angle of (x, y) with x, y >= 0, by two reductions and one division.

    Above the diagonal, atan(y/x) = pi/2 - atan(x/y). Of the smaller over the larger, a/b: above
    1/2, atan(a/b) = pi/4 + atan((a - b)/(a + b)), where a - b is exact.
    """
    steep = y > x
    a = x if steep else y
    b = y if steep else x
    difference = a - b
    total = a + b
    upper = a > 0.5 * b
    t = (difference if upper else a) / (total if upper else b)
    z = t * t
    p = horner(
        z,
        -0.33333333333333315,
        0.19999999999993825,
        -0.14285714285006845,
        0.1111111107054314,
        -0.09090907721092399,
        0.07692277942127075,
        -0.06666228769306091,
        0.05877847451942514,
        -0.05230228411154708,
        0.04590233751017883,
        -0.037137341234948405,
        0.023680800438048353,
        -0.00838154514078415,
    )
    r = fma(t * z, p, t)
    shifted = 0.7853981633974483 + (r + 3.061616997868383e-17)
    octant = shifted if upper else r
    complement = 1.5707963267948966 - (octant - 6.123233995736766e-17)
    return complement if steep else octant


def atan(x: f64) -> f64:
    """atan(x), from -pi/2 to pi/2."""
    return copysign(atan_quadrant(absolute(x), 1.0), x)


def atan2(y: f64, x: f64) -> f64:
    """The angle of (x, y), from -pi to pi; NaN if both are infinite, 0 or +-pi at the origin."""
    far = atan_quadrant(absolute(y), absolute(x))
    right = 0.0 if absolute(x) + absolute(y) == 0.0 else far
    left = 3.141592653589793 - (right - 1.2246467991473532e-16)
    return copysign(left if copysign(1.0, x) < 0.0 else right, y)


def asin(x: f64) -> f64:
    """asin(x) = atan2(x, sqrt(1 - x**2)); NaN beyond 1."""
    size = absolute(x)
    return copysign(atan_quadrant(size, sqrt((1.0 - size) * (1.0 + size))), x)


def acos(x: f64) -> f64:
    """acos(x) = 2 atan2(sqrt(1 - x), sqrt(1 + x)); NaN beyond 1."""
    return 2.0 * atan_quadrant(sqrt(1.0 - x), sqrt(1.0 + x))


# Others -----------------------------------------------------------------------------------------


def erf(x: f64) -> f64:
    """The error function: x + x P(x**2) up to 1, and 1 - exp(-Q(|x| - 1)) from there on."""
    size = absolute(x)
    p = horner(
        x * x,
        0.12837916709551256,
        -0.3761263890318344,
        0.11283791670941765,
        -0.02686617064279905,
        0.005223977603933087,
        -0.0008548325837231783,
        0.00012055291107044221,
        -1.4924669131991094e-05,
        1.6446641625557918e-06,
        -1.620283267426433e-07,
        1.369691341708835e-08,
        -7.754795085998404e-10,
    )
    q = horner(
        clamp(size, 0.0, 6.0) - 1.0,
        1.8496055099332485,
        2.638967514234723,
        0.8431072563622575,
        0.04156109796570374,
        -0.0100338245429144,
        0.0019778971846518443,
        -0.00023730001196322655,
        -2.6341708670961012e-05,
        2.7287080949833352e-05,
        -9.794324619288467e-06,
        2.2568776991502976e-06,
        -2.9770610126730774e-07,
        -7.67026342313229e-09,
        1.3787907694631457e-08,
        -3.1903087190434798e-09,
        3.616901313108364e-10,
        -1.7357106520781364e-11,
    )
    tail = copysign(1.0 - exp(-q), x)
    core = fma(x, p, x)
    return core if size < 1.0 else tail


def sign(x: f64) -> f64:
    """-1, 0 or 1."""
    below = -1.0 if x < 0.0 else x
    return 1.0 if x > 0.0 else below


def heaviside(x: f64) -> f64:
    """0 for x < 0, 1/2 at 0, 1 for x > 0."""
    return 0.5 + 0.5 * sign(x)


def minimum(a: f64, b: f64) -> f64:
    """The smaller one; NaN if either is NaN."""
    smaller = a if a < b else b
    return a if a != a else smaller


def maximum(a: f64, b: f64) -> f64:
    """The larger one; NaN if either is NaN."""
    larger = a if a > b else b
    return a if a != a else larger

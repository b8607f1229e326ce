"""The instructions that the functions are written in: bit casts, fma, rounding, Horner.

Each name is one LLVM instruction (or a chain of fused multiply-adds), so a loop over lanes that
calls it becomes vector code. They exist inside compiled code only: here are their names, in
`cpu.expressions` their instructions, and in `cpp.prelude` their C++.

=================  ===================================  ================================
here               meaning                              C
=================  ===================================  ================================
bits(x)            the 64 bits of a float               __double_as_longlong(x)
from_bits(u)       the float with these bits            __longlong_as_double(u)
to_float(u)        value of an unsigned word            (double)u
exponent(u)        value of the signed word u >> 52     (double)((long long)u >> 52)
fma(a, b, c)       a*b + c, rounded once                __fma_rn(a, b, c)
horner(x, c0, ..)  c0 + x*(c1 + x*(...)) by fma         nested __fma_rn
sqrt, rint, floor  correctly rounded, IEEE 754          sqrt, rint, floor
tame_quotient      a / b, and                           both without the tests for
tame_sqrt          sqrt(x), far from 0 and infinity     numbers that need more care
absolute(x)        clears the sign                      fabs(x)
copysign(x, s)     magnitude of x, sign of s            copysign(x, s)
=================  ===================================  ================================
"""

# mypy: ignore-errors
# Annotations are types of machine words, not of Python objects, and there is nothing to call.

import numpy as np

f64 = float
u64 = np.uint64

INFINITY = float("inf")
NAN = float("nan")


def bits(x: f64) -> u64:
    """The 64 bits of a float, as an unsigned word."""


def from_bits(u: u64) -> f64:
    """The float that has these 64 bits."""


def to_float(u: u64) -> f64:
    """The value of an unsigned word, rounded to nearest."""


def exponent(u: u64) -> f64:
    """The value of ``u >> 52``, the shift and the word taken as signed: an exponent field."""


def fma(a: f64, b: f64, c: f64) -> f64:
    """a*b + c with one rounding: the same bits on every machine, unlike a contraction."""


def horner(x: f64, *coefficients: f64) -> f64:
    """c0 + x*(c1 + x*(c2 + ...)), each step one `fma`; at least two coefficients."""


def sqrt(x: f64) -> f64:
    """The square root, correctly rounded."""


def rint(x: f64) -> f64:
    """The nearest whole number, halves to the even one."""


def floor(x: f64) -> f64:
    """The largest whole number that is not above x."""


def tame_quotient(a: f64, b: f64) -> f64:
    """a / b where neither, nor the quotient unless a is 0, is near the ends of the exponents."""


def tame_sqrt(x: f64) -> f64:
    """The square root of a number that is not near the ends of the exponents."""


def absolute(x: f64) -> f64:
    """The magnitude of x."""


def copysign(x: f64, s: f64) -> f64:
    """The magnitude of x with the sign of s."""

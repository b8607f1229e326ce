"""Scalar primitives that Numba lacks and LLVM vectorises: bit casts, fma, rounding, Horner.

Each name is one LLVM instruction (or a chain of fused multiply-adds), so a loop over lanes that
calls it becomes vector code. They exist inside compiled code only. `elementary` is written in
these names, and `cpp.prelude` has each of them in C++:

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
# Numba compiles this file: its annotations are types of machine words, not of Python objects.

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

INFINITY = float("inf")
NAN = float("nan")

_DOUBLE = ir.DoubleType()
_WORD = ir.IntType(64)


def _llvm(name, arity=1):
    """The float64 LLVM intrinsic ``llvm.<name>.f64`` of `arity` arguments."""
    prototype = ir.FunctionType(_DOUBLE, [_DOUBLE] * arity)

    def generate(context, builder, signature, values):
        function = builder.module.declare_intrinsic(f"llvm.{name}", [_DOUBLE], prototype)
        return builder.call(function, values)

    signature = types.float64(*[types.float64] * arity)
    if arity == 1:
        return intrinsic(lambda context, x: (signature, generate))
    return intrinsic(lambda context, x, y: (signature, generate))


sqrt = tame_sqrt = _llvm("sqrt")
rint = _llvm("rint")
floor = _llvm("floor")
absolute = _llvm("fabs")
copysign = _llvm("copysign", arity=2)


@intrinsic
def bits(context, x):
    """The 64 bits of a float, as an unsigned word."""

    def generate(context, builder, signature, values):
        return builder.bitcast(values[0], _WORD)

    return types.uint64(types.float64), generate


@intrinsic
def from_bits(context, u):
    """The float that has these 64 bits."""

    def generate(context, builder, signature, values):
        return builder.bitcast(values[0], _DOUBLE)

    return types.float64(types.uint64), generate


@intrinsic
def to_float(context, u):
    """The value of an unsigned word, rounded to nearest.

    ``float(u)`` would do the same, but through Numba's generic cast, which LLVM does not shorten
    when the top bits are known to be zero.
    """

    def generate(context, builder, signature, values):
        return builder.uitofp(values[0], _DOUBLE)

    return types.float64(types.uint64), generate


@intrinsic
def exponent(context, u):
    """The value of ``u >> 52``, the shift and the word taken as signed: an exponent field."""

    def generate(context, builder, signature, values):
        return builder.sitofp(builder.ashr(values[0], ir.Constant(_WORD, 52)), _DOUBLE)

    return types.float64(types.uint64), generate


@intrinsic
def fma(context, a, b, c):
    """a*b + c with one rounding: the same bits on every machine, unlike a contraction."""

    def generate(context, builder, signature, values):
        return builder.fma(*values)

    return types.float64(types.float64, types.float64, types.float64), generate


@intrinsic
def tame_quotient(context, a, b):
    """a / b where neither, nor the quotient unless a is 0, is near the ends of the exponents."""

    def generate(context, builder, signature, values):
        return builder.fdiv(*values)

    return types.float64(types.float64, types.float64), generate


@intrinsic
def horner(context, x, *coefficients):
    """c0 + x*(c1 + x*(c2 + ...)), each step one `fma`; at least two coefficients."""

    def generate(context, builder, signature, values):
        x, packed = values
        *rest, result = cgutils.unpack_tuple(builder, packed)
        for coefficient in reversed(rest):
            result = builder.fma(result, x, coefficient)
        return result

    count = len(coefficients)
    return types.float64(types.float64, types.StarArgUniTuple(types.float64, count)), generate

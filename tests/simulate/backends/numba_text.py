"""Numba as a second compiler of the kernels' text: what it makes of an operation is its own."""

import inspect

from llvmlite import ir
from numba import cfunc, int32, njit, types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.numpy_support import carray

from driftscape.simulate.backends.codegen.kernel import NUMBERS, POINTERS, WIDTH, kernel_source
from driftscape.simulate.backends.cpu.backend import CpuBackend, CpuEngine
from driftscape.simulate.backends.cpu.link import PROTOTYPE
from driftscape.simulate.backends.primitives import table

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


INTRINSICS = {
    name: value
    for name, value in globals().items()
    if name in table.INTRINSICS or name in ("floor", "bits", "from_bits")
}
_SIGNATURE = types.void(
    *(types.CPointer(getattr(types, kind)) for kind in POINTERS.values()),
    *[types.int64] * len(NUMBERS),
)


def kernel_of(step, lanes, generator):
    """Compile a kernel; returns it as a callable, and its scratch rows."""
    written = kernel_source(step, lanes, generator)
    inline = njit(error_model="numpy", nogil=True, forceinline=True)
    names = {"inline": inline, "carray": carray, "int32": int32}
    for module in table.MODULES:
        names |= vars(module)
    names |= INTRINSICS
    names["prefetch"] = njit(lambda array, index: None)
    parts = map(inspect.getsource, table.FUNCTIONS.values())
    exec("\n\n".join("@inline\n" + part for part in parts), names)
    exec(written.text, names)
    made = cfunc(_SIGNATURE, error_model="numpy", nogil=True)(names["kernel"])
    return PROTOTYPE(made.address), written.rows, made


class ByNumba(CpuBackend):
    """The CPU backend with kernels that Numba has compiled."""

    def engine(self, step, generator="xoshiro", trajectories=None):
        kernel, rows, made = kernel_of(step, self.lanes or WIDTH, generator)
        engine = CpuEngine(step, kernel, rows, self.lanes or WIDTH)
        engine.made = made  # the machine code lives as long
        return engine

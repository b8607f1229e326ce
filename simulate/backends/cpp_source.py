"""Step -> one C++ file that NVRTC compiles for a card, and any compiler for the host.

Compiled without contraction (``--fmad=false``, ``-ffp-contract=off``) every operation is one IEEE
operation and every fused multiply-add is written out, so that both give the bits of the Numba
kernels.
"""

from __future__ import annotations

import inspect
from functools import lru_cache

from ..step import Step
from . import table
from .cpp_lane import Lane
from .cpp_text import Function, Results, function
from .kernel import NUMBERS, POINTERS, Kernel, kernel_source

#: lanes in a block of trajectories: as on the host, so that training sets lie alike
WIDTH = 64

PRELUDE = """\
typedef long long whole_t;
typedef unsigned long long word_t;
typedef double real_t;

#if defined(__CUDACC__) || defined(__CUDACC_RTC__)
#define INLINE static __device__ __forceinline__
INLINE word_t own_bits(double x) { return (word_t)__double_as_longlong(x); }
INLINE double own_from_bits(word_t u) { return __longlong_as_double((whole_t)u); }
INLINE real_t own_fma(real_t a, real_t b, real_t c) { return __fma_rn(a, b, c); }
#define not_a_number __longlong_as_double(0x7ff8000000000000ll)
#define infinity __longlong_as_double(0x7ff0000000000000ll)
#else
#include <cmath>
#include <cstring>
#define INLINE static inline
INLINE word_t own_bits(double x) { word_t u; std::memcpy(&u, &x, 8); return u; }
INLINE double own_from_bits(word_t u) { double x; std::memcpy(&x, &u, 8); return x; }
INLINE real_t own_fma(real_t a, real_t b, real_t c) { return __builtin_fma(a, b, c); }
#define not_a_number __builtin_nan("")
#define infinity __builtin_inf()
#endif
INLINE real_t own_to_float(word_t u) { return (real_t)u; }
INLINE real_t own_exponent(word_t u) { return (real_t)((whole_t)u >> 52); }
INLINE real_t own_sqrt(real_t x) { return sqrt(x); }
INLINE real_t own_rint(real_t x) { return rint(x); }
INLINE real_t own_floor(real_t x) { return floor(x); }
INLINE real_t own_absolute(real_t x) { return fabs(x); }
INLINE real_t own_copysign(real_t x, real_t s) { return copysign(x, s); }
"""

_ENTRY = """\
#if defined(__CUDACC__) || defined(__CUDACC_RTC__)
extern "C" __global__ void {name}({parameters}) {{
    whole_t thread = (whole_t)blockIdx.x * blockDim.x + threadIdx.x;
    whole_t block = first + thread / {width};
    if (block < last) {name}_lane({arguments}, block, thread % {width});
}}
#else
extern "C" void {name}({parameters}) {{
    for (whole_t block = first; block < last; block++)
        for (whole_t l = 0; l < {width}; l++) {name}_lane({arguments}, block, l);
}}
#endif
"""

_TYPES = {"float64": "double", "uint64": "word_t", "int64": "whole_t"}


def source(step: Step, generator: str = "xoshiro", name: str = "kernel") -> str:
    """Return the C++ file of a step's kernel, whose entry is `name`."""
    kernel = kernel_source(step, WIDTH, generator)
    return "\n".join([PRELUDE, *functions(kernel.used), entry(kernel, name)])


def entry(kernel: Kernel, name: str) -> str:
    """Return a kernel's text, without the functions it calls.

    The entry takes the arguments of the Numba kernel; on a card each thread lives one lane, on the
    host the lanes of the blocks `first` to `last` are lived one after the other.
    """
    pointers = [f"{_TYPES[kind]} *__restrict__ {p}" for p, kind in POINTERS.items()]
    parameters = ", ".join([*pointers, *(f"whole_t {n}" for n in NUMBERS)])
    arguments = ", ".join([*POINTERS, *NUMBERS])
    known = {function: made.results for function, made in _library().items()}
    lane = Lane(kernel, known).whole()
    head = f"INLINE void {name}_lane({parameters}, whole_t block, whole_t l) {{\n{lane}}}\n"
    return head + _ENTRY.format(name=name, parameters=parameters, arguments=arguments, width=WIDTH)


def functions(used: set[str]) -> list[str]:
    """Return the functions of `elementary` that a kernel needs, each after what it calls."""
    known = [name for name in used if name in table.FUNCTIONS]
    return [_library()[f.__name__].text for f in table.closure(known)]


@lru_cache(maxsize=1)
def _library() -> dict[str, Function]:
    """Return every function of `elementary` in C++."""
    made: dict[str, Function] = {}
    for name, python in table.FUNCTIONS.items():
        known: dict[str, Results] = {n: f.results for n, f in made.items()}
        made[name] = function(inspect.getsource(python), known)
    return made

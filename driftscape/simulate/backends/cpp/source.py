"""Write the C++ file of a step, which NVRTC compiles for a GPU, and any compiler for the host.

Compiled without contraction (``--fmad=false``, ``-ffp-contract=off``) every operation is one IEEE
operation and every fused multiply-add is written out, so that both give the bits of the CPU
kernels.

In single precision (`"float32"`) coordinates and arithmetic are floats, the functions those of the
compiler's library, and random words the same; hidden rows of the state (momenta, running sums,
ages) stay wide, or a count of steps would stand still at 2**24.
"""

from __future__ import annotations

import inspect
import re
from functools import lru_cache

from ...step import Step
from ..codegen.kernel import NUMBERS, POINTERS, WIDTH, Kernel, kernel_source
from ..primitives import table
from .lane import Lane
from .prelude import prelude
from .text import Function, Results, function

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


#: functions of `elementary` that single precision takes from the compiler's library
_LIBRARY = {
    **{name: name + "f" for name in (
        "exp", "log", "log1p", "pow", "sin", "cos", "tan", "atan", "atan2", "asin", "acos",
        "sinh", "cosh", "tanh", "erf",
    )},
    "minus_log": "-logf",
}  # fmt: skip

#: functions that are written anew; a uniform number must not be rounded to 1
_SINGLE = {
    "sincos": "INLINE void own_sincos(real_t x, real_t &sine, real_t &cosine)"
    " { sine = sinf(x); cosine = cosf(x); }",
    "uncrossed": "INLINE real_t own_uncrossed(real_t t) { return -expm1f(-t); }",
    "uniform": "INLINE real_t own_uniform(word_t word)"
    " { return ((real_t)(word >> 41) + 0.5f) * 1.1920929e-07f; }  // midpoints of 2**23",
}


def source(
    step: Step, generator: str = "xoshiro", precision: str = "float64", name: str = "kernel"
) -> str:
    """Return the C++ file of a step's kernel, whose entry is `name`.

    Parameters
    ----------
    step
        The step.
    generator
        Generator of the random words.
    precision
        `"float64"`, or `"float32"` for coordinates in single precision.
    """
    kernel = kernel_source(step, WIDTH, generator)
    single = precision == "float32"
    parts = [prelude(single), *functions(kernel.used, single)]
    return with_constants([*parts, entry(kernel, name, step.visible if single else None)])


def with_constants(parts: list[str]) -> str:
    """Join the prelude and the rest, whose numbers ``K(0.1)`` are taken from one table.

    A GPU's instructions take a number from its table of constants for nothing; written out, most
    need two instructions of their own.
    """
    head, *rest = parts
    text = "\n".join(rest)
    values = dict.fromkeys(re.findall(r"\bK\(([^()]+)\)", text))
    indices = {value: str(i) for i, value in enumerate(values)}
    text = re.sub(r"\bK\(([^()]+)\)", lambda found: f"K[{indices[found[1]]}]", text)
    lines = "".join(f"    {value},  // K[{i}]\n" for value, i in indices.items())
    return "\n".join([head, *([f"CONSTANT double K[] = {{\n{lines}}};\n"] if values else []), text])


def entry(kernel: Kernel, name: str = "kernel", narrow: int | None = None) -> str:
    """Return a kernel's text, without the functions it calls.

    The entry takes the arguments of the CPU kernel.  On a GPU each thread computes one lane; on
    the host the lanes of the blocks `first` to `last` are computed one after the other.  In single
    precision `narrow` rows of the state are floats.
    """
    pointers = [f"{_TYPES[kind]} *__restrict__ {p}" for p, kind in POINTERS.items()]
    parameters = ", ".join([*pointers, *(f"whole_t {n}" for n in NUMBERS)])
    arguments = ", ".join([*POINTERS, *NUMBERS])
    known = {name: function.results for name, function in _library(False).items()}
    lane = Lane(kernel, known, "" if narrow is None else "f", narrow).whole()
    head = f"INLINE void {name}_lane({parameters}, whole_t block, whole_t l) {{\n{lane}}}\n"
    return head + _ENTRY.format(name=name, parameters=parameters, arguments=arguments, width=WIDTH)


def functions(used: set[str], single: bool = False) -> list[str]:
    """Return the functions of `elementary` that a kernel needs, each after what it calls."""
    known = [name for name in used if name in table.FUNCTIONS]
    return [_library(single)[f.__name__].text for f in table.closure(known)]


@lru_cache(maxsize=2)
def _library(single: bool) -> dict[str, Function]:
    """Return every function of `elementary` in C++."""
    library: dict[str, Function] = {}
    for name, python in table.FUNCTIONS.items():
        known: dict[str, Results] = {n: f.results for n, f in library.items()}
        library[name] = function(inspect.getsource(python), known, "f" if single else "")
        if single and name in _SINGLE:
            library[name] = library[name]._replace(text=_SINGLE[name] + "\n")
        elif single and name in _LIBRARY:
            letters = "xy"[: len(inspect.signature(python).parameters)]
            given = ", ".join(f"real_t {x}" for x in letters)
            body = f"return {_LIBRARY[name]}({', '.join(letters)});"
            library[name] = library[name]._replace(
                text=f"INLINE real_t own_{name}({given}) {{ {body} }}\n"
            )
    return library

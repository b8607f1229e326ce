"""Compile generated source to machine code, by Numba.

A kernel is one C-callable function on plain pointers: it allocates nothing and cannot fail, so its
object code can be kept and linked again without Numba, which takes a hundredth of the time.

It is compiled by fewer passes than Numba's own pipeline has.  A kernel is straight lines, counted
loops and calls, and every name keeps one type, so that nothing is gained from rewriting, inlining
or renaming at the level of Python: LLVM does all of it again.  Numba documents pipelines of one's
own (its developer manual, "Customizing the compiler"), without promising the names of passes;
where they have changed, its own pipeline is used.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from numba import cfunc, int32, njit, types
from numba.np.numpy_support import carray

from ...step import Step
from ..cache import MachineCode
from ..codegen.kernel import NUMBERS, POINTERS, kernel_source
from ..primitives import intrinsics, table
from .target import target_machine

try:
    from numba.core.compiler import CompilerBase
    from numba.core.compiler_machinery import PassManager
    from numba.core.typed_passes import (
        IRLegalization,
        NativeLowering,
        NoPythonBackend,
        NopythonTypeInference,
    )
    from numba.core.untyped_passes import FixupArgs, IRProcessing, TranslateByteCode
except ImportError:
    SHORT: dict[str, Any] = {}
else:
    _PASSES = {
        TranslateByteCode: "read the bytecode",
        FixupArgs: "name the arguments",
        IRProcessing: "find where names are live",
        NopythonTypeInference: "find types",
        IRLegalization: "see that nothing is left undone",
        NativeLowering: "write LLVM",
        NoPythonBackend: "compile it",
    }

    class _Short(CompilerBase):
        def define_pipelines(self) -> list[Any]:
            """Return the one pipeline."""
            new: Callable[[str], Any] = PassManager
            manager = new("short")
            for compiler_pass, purpose in _PASSES.items():
                manager.add_pass(compiler_pass, purpose)
            manager.finalize()
            return [manager]

    #: settings of `njit` and `cfunc`
    SHORT = {"pipeline_class": _Short}

_pointer: Callable[[Any], Any] = types.CPointer
_SIGNATURE = types.void(
    *(_pointer(getattr(types, kind)) for kind in POINTERS.values()),
    *[types.int64] * len(NUMBERS),
)


def compile_step(step: Step, lanes: int, generator: str, filename: str) -> tuple[MachineCode, str]:
    """Compile the kernel of a step; returns its machine code and its source."""
    function, rows, source = _compiled(step, lanes, generator, filename)
    library = function._library
    code = target_machine().emit_object(library._final_module)
    return MachineCode(function._wrapper_name, rows, code), source


def _compiled(step: Step, lanes: int, generator: str, filename: str) -> tuple[Any, int, str]:
    kernel = kernel_source(step, lanes, generator)
    shared = primitives()
    names: dict[str, Any] = {"carray": carray, "int32": int32}
    names |= {n: shared.get(n, vars(intrinsics).get(n)) for n in kernel.used}
    exec(compile(kernel.text, filename, "exec"), names)  # noqa: S102  our own text
    function = cfunc(_SIGNATURE, error_model="numpy", nogil=True, **SHORT)(names["kernel"])
    return function, kernel.rows, kernel.text


@lru_cache(maxsize=1)
def primitives() -> dict[str, Any]:
    """Return every elementary function as Numba compiles it, shared by all kernels of a process.

    Each is compiled when it is first called, and inlined: a call in a lane loop would keep the loop
    from becoming vector code.
    """
    inline = njit(error_model="numpy", nogil=True, forceinline=True, **SHORT)
    names: dict[str, Any] = {"inline": inline}
    for module in table.MODULES:
        names |= vars(module)
    parts = map(inspect.getsource, table.FUNCTIONS.values())
    text = "\n\n".join("@inline\n" + part for part in parts)
    exec(compile(text, "<elementary>", "exec"), names)  # noqa: S102  our own text
    return names


def assembly(step: Step, lanes: int = 64, generator: str = "xoshiro") -> str:
    """Return the machine code of a step's kernel as text; compiles it anew."""
    function, _, _ = _compiled(step, lanes, generator, "<kernel>")
    return str(target_machine().emit_assembly(function._library._final_module))


def outside_calls(assembly: str) -> set[str]:
    """Return the functions that machine code calls, the language's own run-time system left out.

    Empty for a kernel whose arithmetic is all inline: a scalar `exp` or `pow` would be listed, and
    so would a primitive that was left out of line.
    """
    called = re.findall(r"(?:movabsq\s+\$|(?:call|jmp)q?\s+\*?)([A-Za-z_]\w*)", assembly)
    own = re.compile(r"NRT_|_?Py|numba_|_ZN08NumbaEnv|_ZN\w*6kernelB")  # the last is the kernel
    return {name for name in called if not own.match(name)}

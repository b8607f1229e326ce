"""The passes of Numba's compiler that a kernel needs: fewer than all of them, and sooner done.

A kernel is straight lines, counted loops and calls, and every name keeps one type, so that nothing
is gained from rewriting, inlining or renaming at the level of Python: LLVM does all of it again.
Numba documents pipelines of one's own (its developer manual, "Customizing the compiler"), without
promising the names of passes; where they have changed, its own pipeline is used.
"""

from __future__ import annotations

from typing import Any

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
        def define_pipelines(self) -> list[PassManager]:
            """Return the one pipeline."""
            manager = PassManager("short")
            for made, why in _PASSES.items():
                manager.add_pass(made, why)
            manager.finalize()
            return [manager]

    #: settings of `njit` and `cfunc`
    SHORT = {"pipeline_class": _Short}

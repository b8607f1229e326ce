"""Link object code to a function that Python can call, by LLVM's linker."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import llvmlite.binding as llvm

from ..cache import MachineCode
from ..codegen.kernel import NUMBERS, POINTERS
from .target import target_machine

#: the C type of a kernel
PROTOTYPE = ctypes.CFUNCTYPE(
    None, *[ctypes.c_void_p] * len(POINTERS), *[ctypes.c_int64] * len(NUMBERS)
)


def link(code: MachineCode) -> Callable[..., None]:
    """Return the kernel as a callable that lets other threads run.

    Raises
    ------
    RuntimeError
        The object file does not fit this machine.
    """
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target_machine())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code.object))
    engine.finalize_object()
    address = engine.get_function_address(code.symbol)
    if not address:
        raise RuntimeError(f"the object file has no function {code.symbol!r}.")
    function = PROTOTYPE(address)
    vars(function)["engine"] = engine  # the code lives as long as its engine
    return function

"""Compile the text of a kernel to machine code, by LLVM.

A kernel is one C-callable function on plain pointers: it allocates nothing and cannot fail, so its
object code can be kept and linked again.
"""

from __future__ import annotations

import re

import llvmlite.binding as llvm

from ...step import Step
from ..cache import MachineCode
from ..codegen.kernel import kernel_source
from .target import target_machine
from .text import elementary, module

SYMBOL = "kernel"


def compile_step(step: Step, lanes: int, generator: str) -> tuple[MachineCode, str]:
    """Compile the kernel of a step; returns its machine code and its source."""
    kernel = kernel_source(step, lanes, generator)
    machine = target_machine()
    text = module(kernel.text, elementary(kernel.used))
    code = machine.emit_object(optimised(text, machine))
    return MachineCode(SYMBOL, kernel.rows, code), kernel.text


def optimised(text: str, machine: llvm.TargetMachine) -> llvm.ModuleRef:
    """Return a module in LLVM's language, with loops over lanes as vector code.

    Groups of equal operations in straight lines stay as they are: a lane loop has taken the vectors
    already, and to search for such groups takes long.
    """
    compiled = llvm.parse_assembly(text)
    compiled.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization, options.slp_vectorization = True, False
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(compiled, builder)
    return compiled


def assembly(step: Step, lanes: int = 64, generator: str = "xoshiro") -> str:
    """Return the machine code of a step's kernel as text; compiles it anew."""
    machine = target_machine()
    kernel = kernel_source(step, lanes, generator)
    text = module(kernel.text, elementary(kernel.used))
    return str(machine.emit_assembly(optimised(text, machine)))


def outside_calls(assembly: str) -> set[str]:
    """Return the functions that machine code calls, those left out that clear or copy whole rows.

    Empty for a kernel whose arithmetic is all inline: a scalar `exp` or `pow` would be listed, and
    so would a primitive that was left out of line.
    """
    called = set(re.findall(r"(?:movabsq\s+\$|(?:call|jmp)q?\s+\*?)([A-Za-z_]\w*)", assembly))
    return called - {"memset", "memcpy"}

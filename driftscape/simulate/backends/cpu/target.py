"""The processor that kernels are compiled for, and the width of their vectors.

A lane loop is long, has no branch and reads a block that stays in the first cache, so that the
widest vectors of a processor are the fastest.  LLVM prefers half of them on Intel processors with
AVX-512, because code that is mostly scalar would pay for a lower clock; the kernels were slower
with this preference on every processor where both were timed, Zen 4 among them, whose units are
half as wide as its registers.  There is therefore nothing to calibrate.

The variable DRIFTSCAPE_CPU names another processor ("haswell", "generic"), whose features are then
those of its name; DRIFTSCAPE_CPU_FEATURES states features as LLVM writes them ("+avx2,+fma").
"""

from __future__ import annotations

import os
from functools import cache

import llvmlite.binding as llvm


def target_machine() -> llvm.TargetMachine:
    """Return LLVM's description of the processor, for compiling and for linking."""
    _initialize()
    name, features = processor()
    target = llvm.Target.from_default_triple()
    static = {"reloc": "static"} if target.name.startswith("x86") else {}
    return target.create_target_machine(
        cpu=name, features=features, opt=3, codemodel="jitdefault", jit=True, **static
    )


def processor() -> tuple[str, str]:
    """Return the processor's name, and its features as LLVM writes them."""
    host, name = llvm.get_host_cpu_name(), os.environ.get("DRIFTSCAPE_CPU")
    features = os.environ.get("DRIFTSCAPE_CPU_FEATURES")
    if features is None:
        own = name in (None, host)
        features = llvm.get_host_cpu_features().flatten() if own else ""
    if llvm.get_process_triple().startswith(("x86_64", "i686", "amd64")):
        # a name that LLVM does not know, which it says, has no features; without this one it aborts
        known = "" if name in (None, host) else "+64bit"
        features = ",".join(filter(None, [features, known, "-prefer-256-bit"]))
    return name or host, features


def identity() -> str:
    """Return all that decides the machine code of a given text: part of a cached kernel's name."""
    return " ".join([llvm.get_process_triple(), *processor()])


@cache
def _initialize() -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()

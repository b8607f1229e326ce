"""The processor that kernels are compiled for, and the width of their vectors.

A lane loop is long, has no branch and reads a block that stays in the first cache, so that the
widest vectors of a processor are the fastest.  LLVM prefers half of them on Intel processors with
AVX-512, because code that is mostly scalar would pay for a lower clock; without this preference
the kernels take 0.7 to 0.8 of the time there, and with it 1.5 of the time on Zen 4, whose units are
half as wide as its registers.  No processor is known where it pays, so that there is nothing to
calibrate.

NUMBA_CPU_NAME, NUMBA_CPU_FEATURES and NUMBA_ENABLE_AVX are read as Numba reads them, but for one
thing: a processor that is named has the features of its name and not those of this machine.
What a user compiles with Numba is not affected by anything here.
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
    host, name = llvm.get_host_cpu_name(), os.environ.get("NUMBA_CPU_NAME")
    features = os.environ.get("NUMBA_CPU_FEATURES")
    if features is None:
        features = _host_features() if name in (None, host) else ""
    if llvm.get_process_triple().startswith(("x86_64", "i686", "amd64")):
        features = ",".join(filter(None, [features, "-prefer-256-bit"]))
    return name or host, features


def identity() -> str:
    """Return all that decides the machine code of a given text, as part of a cached kernel's name.

    Settings of Numba are among it: some change what Numba writes.
    """
    settings = sorted(f"{k}={v}" for k, v in os.environ.items() if k.startswith("NUMBA_"))
    return " ".join([llvm.get_process_triple(), *processor(), *settings])


def _host_features() -> str:
    """Return the features of this machine, without AVX if the user switched it off."""
    features = llvm.get_host_cpu_features()
    if os.environ.get("NUMBA_ENABLE_AVX") == "0":
        features |= dict.fromkeys((f for f in features if f.startswith("avx")), False)
    return str(features.flatten())


@cache
def _initialize() -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()

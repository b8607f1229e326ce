"""What was chosen for this machine: processor, width of vectors, compiler of the C++ limit."""

from __future__ import annotations

import re

from .timing import Unavailable
from .workloads import WORKLOADS, Workload


def chosen() -> dict[str, str]:
    """Return name -> choice, as the head of the table shows them."""
    from .limit import made_by

    try:
        cpp = made_by()
    except Unavailable as error:
        cpp = str(error)
    return {"kernels for": kernels(), "C++ limit by": cpp}


def kernels(work: Workload = WORKLOADS["W1"]) -> str:
    """Return for which processor kernels are compiled, and how: read from a kernel itself."""
    from driftscape.simulate.backends.codegen.kernel import kernel_source
    from driftscape.simulate.backends.cpu import compile, target, text

    step = work.dynamics().step(work.landscape())
    kernel = kernel_source(step)
    advice = text.module(kernel.text, text.elementary(kernel.used))
    copies = max(map(int, re.findall(r'"llvm\.loop\.interleave\.count", i32 (\d+)', advice)))
    code = compile.assembly(step)
    letters = {"zmm": 512, "ymm": 256, "xmm": 128}
    bits = next((n for name, n in letters.items() if code.count(f"%{name}") > 100), "unknown")
    return f"{target.processor()[0]} with {copies} vectors of {bits} bits at a time"

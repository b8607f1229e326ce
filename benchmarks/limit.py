"""The C++ limit: kernels written by hand for this machine.

They use the same generator, the same 64 bits for a pair of normal numbers and the same block size.
Their sources are not part of the package; the variable DRIFTSCAPE_LIMIT names their folder.
"""

import ctypes
import os
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np

from .timing import Contender, Unavailable
from .workloads import Workload

ROOT = Path(__file__).resolve().parent.parent


@lru_cache(maxsize=1)
def library() -> ctypes.CDLL:
    """Build and load the library."""
    source = Path(os.environ.get("DRIFTSCAPE_LIMIT", ROOT.parent / "shared" / "perf" / "limit"))
    if not (source / "build.sh").is_file():
        raise Unavailable(f"no C++ limit in {source.name}/; set DRIFTSCAPE_LIMIT to its folder")
    try:
        if "avx512dq" not in Path("/proc/cpuinfo").read_text():
            raise Unavailable("the C++ limit needs AVX-512")
    except OSError:
        raise Unavailable("the C++ limit is built on Linux only") from None
    with tempfile.TemporaryDirectory() as folder:
        built = [str(Path(folder) / name) for name in ("limit.so", "limit_reduced.so")]
        result = subprocess.run(
            ["bash", str(source / "build.sh"), *built], capture_output=True, text=True, check=False
        )
        if result.returncode:
            raise Unavailable(f"the C++ limit did not build: {result.stderr.strip()[-200:]}")
        return ctypes.CDLL(built[0])  # stays mapped after the folder is gone


def contender(work: Workload, trajectories: int, steps: int) -> Contender:
    """Return the hand-written kernel of a workload."""
    kernel = getattr(library(), f"{work.name}_xo")
    out = np.zeros((len(work.start), trajectories))
    arguments = (
        ctypes.c_void_p(out.ctypes.data),
        ctypes.c_int(trajectories),
        ctypes.c_long(steps),
        ctypes.c_ulonglong(1),
    )

    def run() -> np.ndarray:
        kernel(*arguments)
        return out

    return Contender("C++ limit", run, trajectories * steps)

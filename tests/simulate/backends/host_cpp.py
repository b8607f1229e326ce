"""The C++ of the kernels compiled for the host: a backend that a machine without a GPU can run."""

import ctypes
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from driftscape.simulate.backends.codegen.stepkey import StepKey
from driftscape.simulate.backends.cpp.source import WIDTH
from driftscape.simulate.backends.cpu.backend import CpuEngine
from driftscape.simulate.backends.cpu.link import PROTOTYPE
from driftscape.simulate.backends.gpu.backend import text_of

COMPILER = shutil.which("g++") or shutil.which("clang++")
#: no contraction, as on a GPU; never -ffast-math
OPTIONS = ("-std=c++14", "-O1", "-ffp-contract=off", "-shared", "-fPIC", "-w", "-x", "c++", "-")


@dataclass(frozen=True)
class HostCpp:
    """As `CpuBackend`, with the text that a GPU would run."""

    name: str = "cpu"  # what a dataset records: files must not differ

    def engine(self, step, generator="xoshiro", trajectories=None):
        """Compile the step."""
        return CpuEngine(step, _linked(StepKey(step), generator), 0, WIDTH)


@cache
def _linked(key, generator):
    return compiled(text_of(key, generator))


def compiled(text, options=OPTIONS):
    """Compile a file that holds `kernel`, and return it as a callable."""
    return PROTOTYPE(("kernel", library(text, options)))


@cache
def library(text, options=OPTIONS):
    """Compile a file, and return its functions."""
    with tempfile.TemporaryDirectory(prefix="driftscape-cpp-") as folder:
        path = Path(folder, "kernel.so")
        run = subprocess.run(
            [COMPILER, *options, "-o", path], input=text, text=True, capture_output=True
        )
        assert run.returncode == 0, run.stderr
        return ctypes.CDLL(str(path))  # stays mapped when its file has gone

"""The C++ compiler of this machine, and libraries that it builds for the kernels' processor."""

from __future__ import annotations

import ctypes
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from .timing import Unavailable


class Compiler(NamedTuple):
    """A command, and the first line of what it says about its version."""

    command: tuple[str, ...]
    version: str

    @property
    def clang(self) -> bool:
        """Whether it is clang, whose code is the faster by a tenth or more."""
        return "clang" in self.version


@lru_cache(maxsize=1)
def compiler() -> Compiler:
    """Return the compiler that CXX names, clang++, the clang++ of the wheel ziglang, or g++."""
    zig = (sys.executable, "-m", "ziglang", "c++") if find_spec("ziglang") else None
    tried = [
        tuple(shlex.split(os.environ.get("CXX", ""))),
        *((name,) for name in ("clang++", *(f"clang++-{n}" for n in range(25, 15, -1)))),
        zig,
        ("g++",),
    ]
    for command in tried:
        if command and shutil.which(command[0]):
            run = subprocess.run([*command, "--version"], capture_output=True, text=True)
            if run.returncode == 0:
                return Compiler(command, run.stdout.splitlines()[0])
    raise Unavailable("no C++ compiler: clang++, the package ziglang, or g++")


def architecture() -> str:
    """Return the option that names the processor for which kernels are compiled."""
    return f"-march={os.environ.get('DRIFTSCAPE_CPU', 'native')}"


@lru_cache(maxsize=1)
def vector_bytes() -> int:
    """Return the bytes of the widest vector: 64 with AVX-512, 32 with AVX2."""
    command = [*compiler().command, architecture(), "-dM", "-E", "-x", "c++", os.devnull]
    defined = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    for name, width in (("__AVX512DQ__", 64), ("__AVX2__", 32)):
        if name in defined:
            return width
    raise Unavailable("the C++ limit needs AVX-512 or AVX2")


def library(source: str, *options: str) -> ctypes.CDLL:
    """Build and load the library of a source text."""
    made = compiler()
    with tempfile.TemporaryDirectory(prefix="driftscape-") as folder:
        built = str(Path(folder, "built.so"))
        command = [
            *made.command, "-O3", architecture(), "-std=c++17", "-w", "-shared", "-fPIC", *options,
            "-x", "c++", "-", "-o", built,
        ]  # fmt: skip
        run = subprocess.run(command, input=source, capture_output=True, text=True, check=False)
        if run.returncode:
            raise Unavailable(f"{made.version} does not build it: {run.stderr.strip()[-200:]}")
        return ctypes.CDLL(built)  # stays mapped after the folder is gone

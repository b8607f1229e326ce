"""Backends: programs that turn a `Step` into numbers.  Only this folder names LLVM and CuPy.

engine      the interface `Backend` and `Engine`
inspection  checks of the arrays that reach a kernel
compiling   what holds while a kernel is compiled: no fork, no Ctrl-C
cache       the folder of compiled kernels
codegen/    code generation: a step becomes the text of one kernel function
primitives/ the functions that every compiled backend shares, each written once
translator  which method translates which kind of expression of that text
cpu/        the CPU backend, compiled by LLVM
cpp/        the text of a kernel, translated to C++
gpu/        the GPU backend, run by CuPy
reference/  the reference, evaluated by NumPy as written
"""

from __future__ import annotations

from ...validate import shown
from .engine import Backend, Engine

NAMES = ("cpu", "numpy", "cupy", "cupy-float32")


def backend(choice: str | Backend) -> Backend:
    """Return the backend of a name; a backend object is returned as it is.

    Raises
    ------
    ValueError
        No backend has this name; the message lists the names.
    GPUNotAvailable
        The name is `"cupy"`, and CuPy, a GPU or its driver is missing.
    """
    if not isinstance(choice, (str, Backend)):
        raise TypeError(f"backend={shown(choice)}; known: {', '.join(map(repr, NAMES))}.")
    if choice == "cpu":
        from .cpu.backend import CpuBackend

        return CpuBackend()
    if choice == "numpy":
        from .reference.backend import NumpyBackend

        return NumpyBackend()
    if choice in ("cupy", "cupy-float32"):
        from .gpu.backend import CupyBackend

        return CupyBackend(precision="float32" if choice == "cupy-float32" else "float64")
    if isinstance(choice, Backend):
        return choice
    raise ValueError(f"backend={shown(choice)}; known: {', '.join(map(repr, NAMES))}.")


__all__ = ["NAMES", "Backend", "Engine", "backend"]

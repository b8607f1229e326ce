"""Backends: what turns a `Step` into numbers.  Only this folder names Numba or CuPy.

elementary   the functions every compiled backend shares, written once
random_words the generators, and numbers made of their words, likewise
intrinsics   the instructions they are made of
table        their sources, dependencies and error bounds
lower        Step -> straight-line program, constants hoisted (and trigonometry)
draws        how noise comes out of words; deal: how it comes out of a training set
printer      SymPy expression -> source text, with explicit fused multiply-adds
kernel       program -> source of a kernel in two-phase lanes
compile      source -> machine code, by Numba (in a shorter pipeline)
cache, link  where machine code is kept, and how it is called again without Numba
numba        the compiled CPU backend
cpp, cpp_text, cpp_lane, cpp_source   the same text as C++, one thread a trajectory
cupy         the backend of a graphics card; part, window: what it holds there
card         whether there is one, and what its errors mean
engine       what an engine is to the verbs
numpy        the reference, evaluated as written
numpy_words  its generators
"""

from __future__ import annotations

from typing import Any

NAMES = ("numba", "numpy", "cupy", "cupy-float32")


def backend(choice: Any) -> Any:
    """Return the backend of a name; a backend object is returned as it is.

    Raises
    ------
    ValueError
        No such backend; the message lists them.
    NoCard
        `"cupy"` where CuPy, a card or its driver is missing.
    """
    if choice == "numba":
        from .cpu.backend import NumbaBackend

        return NumbaBackend()
    if choice == "numpy":
        from .reference.backend import NumpyBackend

        return NumpyBackend()
    if choice in ("cupy", "cupy-float32"):
        from .gpu.backend import CupyBackend

        return CupyBackend(precision="float32" if choice == "cupy-float32" else "float64")
    if hasattr(choice, "engine"):
        return choice
    raise ValueError(f"backend={choice!r}; known: {', '.join(map(repr, NAMES))}.")

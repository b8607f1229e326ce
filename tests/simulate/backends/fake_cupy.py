"""A stand-in for CuPy on a machine without a card: its arrays in host memory, its kernels by g++.

What it has is what `simulate.backends` uses of CuPy, with CuPy's meaning: arrays are copies,
kernels and copies take place at once, memory may be short.  Kernel text goes through the same
compiler switches as in `host_cpp`.
"""

import ctypes
import types

import numpy as np
from host_cpp import compiled, library


class Array(np.ndarray):
    """Device memory: nothing is shared with the host, and nothing converts it by chance."""

    @property
    def data(self):
        return types.SimpleNamespace(ptr=self.ctypes.data)

    def get(self, stream=None, out=None, blocking=True):
        values = np.array(self).view(np.ndarray)
        if out is None:
            return values
        out[...] = values
        return out


def device(array):
    return np.array(array).view(Array)


class OutOfMemoryError(MemoryError):
    pass


class CUDARuntimeError(RuntimeError):
    pass


class CompileException(Exception):
    pass


class Event:
    def synchronize(self):
        pass


class Stream:
    def __init__(self, non_blocking=False):
        self.non_blocking = non_blocking

    def record(self):
        return Event()

    def wait_event(self, event):
        assert isinstance(event, Event)

    def synchronize(self):
        pass


class RawModule:
    """Compiles its text for the host."""

    def __init__(self, code, options=()):
        assert "--fmad=false" in options or "own_fma" not in code
        self.code = code

    def get_function(self, name):
        if name != "kernel":
            return self.any_function(name)
        try:
            kernel = compiled(self.code)
        except AssertionError as error:  # in NVRTC's words
            raise CompileException(str(error)) from None

        def launch(grid, block, arguments):
            *pointers, count, alive, columns, every, start, stop, first, last = arguments
            assert all(type(p) is np.uint64 for p in pointers)
            assert grid[0] * block[0] >= 64 * (last - first)
            numbers = count, alive, columns, every, start, stop, first, last
            kernel(*(int(p) for p in pointers), *(int(n) for n in numbers))

        return launch

    def any_function(self, name):
        """Return a function whose host twin makes the loop over threads itself."""
        function = getattr(library(self.code), name)
        kinds = {np.uint64: ctypes.c_uint64, np.int64: ctypes.c_int64}

        def launch(grid, block, arguments):
            function(*(kinds[type(a)](int(a)) for a in arguments))

        return launch


def make(cards=1, free=1e9, most=np.inf):
    """Return a module `cupy`: so many cards, free memory as reported, and as really there."""
    cupy = types.ModuleType("cupy")
    pool = types.SimpleNamespace(free_bytes=lambda: 0, free_all_blocks=lambda: None)

    def allocate(array):
        if array.nbytes > most:
            raise OutOfMemoryError(f"{array.nbytes} bytes")
        return device(array)

    def devices():
        if not cards:
            raise CUDARuntimeError("cudaErrorInsufficientDriver")
        return cards

    def properties(device):
        return {"name": b"Stand-in", "multiProcessorCount": 1, "totalGlobalMem": 2**30}

    cupy.ndarray, cupy.__version__ = Array, "0.0"
    cupy.asarray = allocate
    cupy.empty = lambda shape: allocate(np.full(shape, 1e99))
    cupy.arange, cupy.unique = (lambda n: device(np.arange(n))), np.unique
    cupy.flatnonzero = lambda a: device(np.flatnonzero(a))
    cupy.get_default_memory_pool = lambda: pool
    cupy.RawModule = RawModule
    runtime = types.SimpleNamespace(
        getDeviceCount=devices, CUDARuntimeError=CUDARuntimeError, memGetInfo=lambda: (free, free),
        getDevice=lambda: 0, driverGetVersion=lambda: 12080, getDeviceProperties=properties,
    )  # fmt: skip
    cupy.cuda = types.SimpleNamespace(
        runtime=runtime,
        Stream=Stream,
        get_current_stream=Stream,
        alloc_pinned_memory=bytearray,
        memory=types.SimpleNamespace(OutOfMemoryError=OutOfMemoryError),
        compiler=types.SimpleNamespace(CompileException=CompileException),
    )
    return cupy

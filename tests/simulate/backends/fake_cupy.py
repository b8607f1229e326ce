"""A stand-in for CuPy on a machine without a GPU: its arrays in host memory, its kernels by g++.

What it has is what `simulate.backends` and `benchmarks.gpu` use of CuPy and nothing else, with
CuPy's names and meaning, which `test_real_cupy` compares with CuPy itself: arrays are copies,
kernels and copies take place at once, memory may be short, a GPU may fail.  Kernel text goes
through the same compiler switches as in `host_cpp`.
"""

import ctypes
import types

import numpy as np

from driftscape.simulate.backends.codegen.kernel import NUMBERS, POINTERS

from .host_cpp import compiled, library

#: attributes of arrays that may be used
OFFERED = {"data", "get", "set", "ravel", "nbytes", "size", "shape", "dtype"}


class Array(np.ndarray):
    """Device memory: nothing is shared with the host, and nothing converts it by chance."""

    def __getattribute__(self, name):
        if name not in OFFERED and not name.startswith("__"):
            raise AttributeError(f"{name} is not among what is used of CuPy's arrays")
        return super().__getattribute__(name)

    @property
    def data(self):
        return types.SimpleNamespace(ptr=self.__array_interface__["data"][0])

    def get(self, stream=None, order="C", out=None, blocking=True):
        values = np.array(host(self))
        if out is None:
            return values
        assert (out.shape, out.dtype) == (self.shape, self.dtype)
        assert type(out) is np.ndarray
        out[...] = values
        return out

    def set(self, arr, stream=None):
        assert type(arr) is np.ndarray
        assert (arr.shape, arr.dtype) == (self.shape, self.dtype)
        self[...] = arr


def host(array):
    return np.ndarray.view(array, np.ndarray)


def device(array):
    return np.array(array).view(Array)


class OutOfMemoryError(MemoryError):
    def __init__(self, size, total, limit=0):
        super().__init__(f"Out of memory allocating {size:,} bytes")


class CUDARuntimeError(RuntimeError):
    """Made of a number; what it says comes from CUDA."""

    names = {
        2: "cudaErrorMemoryAllocation: out of memory",
        35: "cudaErrorInsufficientDriver: CUDA driver version is insufficient for CUDA runtime "
        "version",
        700: "cudaErrorIllegalAddress: an illegal memory access was encountered",
    }

    def __init__(self, status):
        self.status = status
        RuntimeError.__init__(self, self.names[status])


class CUDADriverError(RuntimeError):
    names = {
        2: "CUDA_ERROR_OUT_OF_MEMORY: out of memory",
        222: "CUDA_ERROR_UNSUPPORTED_PTX_VERSION: the provided PTX was compiled with an "
        "unsupported toolchain.",
    }
    __init__ = CUDARuntimeError.__init__


class CompileException(Exception):
    def __init__(self, msg, source, name, options, backend="nvrtc"):
        super().__init__(msg)


class Event:
    def synchronize(self):
        pass


class Stream:
    fault = None  # what waiting for a GPU that has failed raises

    def __init__(self, null=False, non_blocking=False):
        self.non_blocking = non_blocking

    def record(self, event=None):
        return Event()

    def wait_event(self, event):
        assert isinstance(event, Event)

    def synchronize(self):
        if self.fault is not None:
            raise self.fault


class RawModule:
    """Compiles its text for the host."""

    def __init__(self, code=None, *, options=()):
        assert type(options) is tuple
        assert "--fmad=false" in options or "own_fma" not in code
        self.code = code

    def get_function(self, name):
        if name != "kernel":
            return self.any_function(name)
        try:
            kernel = compiled(self.code)
        except AssertionError as error:  # in NVRTC's words
            raise CompileException(str(error), self.code, "kernel", ()) from None

        def launch(grid, block, args):
            assert type(grid) is type(block) is type(args) is tuple
            pointers, numbers = args[: len(POINTERS)], args[len(POINTERS) :]
            assert all(type(p) is np.uint64 for p in pointers)
            assert all(type(n) is np.int64 for n in numbers)
            named = dict(zip(NUMBERS, numbers, strict=True))
            assert grid[0] * block[0] >= 64 * (named["last"] - named["first"])
            kernel(*(int(p) for p in pointers), *(int(n) for n in numbers))

        return launch

    def any_function(self, name):
        """Return a function whose host twin makes the loop over threads itself."""
        function = getattr(library(self.code), name)
        kinds = {np.uint64: ctypes.c_uint64, np.int64: ctypes.c_int64}

        def launch(grid, block, args):
            function(*(kinds[type(a)](int(a)) for a in args))

        return launch


def make(gpus=1, free=1e9, most=np.inf, pinned=np.inf):
    """Return a module `cupy`: so many GPUs, free memory as reported, and as really there.

    An array of more than `most` bytes, or pinned memory of more than `pinned`, is not to be had.
    """
    cupy = types.ModuleType("cupy")

    def empty(shape, dtype=float, order="C"):
        array = np.full(shape, 99, dtype)  # what nobody wrote is not 0 by chance
        if array.nbytes > most:
            raise OutOfMemoryError(array.nbytes, -1)
        return device(array)

    def arange(start, stop=None, step=1, dtype=None):
        return device(np.arange(start))

    def unique(ar):
        return device(np.unique(host(ar)))

    def flatnonzero(a):
        return device(np.flatnonzero(host(a)))

    def alloc_pinned_memory(size):
        if size > pinned:
            raise CUDARuntimeError(2)
        return bytearray(-(-size // 512) * 512)

    def devices():
        if not gpus:
            raise CUDARuntimeError(35)
        return gpus

    def properties(device):
        return {"name": b"Stand-in", "multiProcessorCount": 1, "totalGlobalMem": 2**30}

    class MemoryPool:
        def free_bytes(self):
            return 0

        def free_all_blocks(self, stream=None):
            pass

    cupy.ndarray, cupy.__version__ = Array, "0.0"
    cupy.empty, cupy.arange, cupy.unique, cupy.flatnonzero = empty, arange, unique, flatnonzero

    class PinnedMemoryPool:
        def free_all_blocks(self):
            pass

    cupy.get_default_memory_pool = MemoryPool
    cupy.get_default_pinned_memory_pool = PinnedMemoryPool
    cupy.RawModule = RawModule
    runtime = types.SimpleNamespace(
        getDeviceCount=devices, CUDARuntimeError=CUDARuntimeError, memGetInfo=lambda: (free, free),
        getDevice=lambda: 0, driverGetVersion=lambda: 12080, getDeviceProperties=properties,
    )  # fmt: skip
    cupy.cuda = types.SimpleNamespace(
        runtime=runtime,
        Stream=Stream,
        Event=Event,
        MemoryPool=MemoryPool,
        PinnedMemoryPool=PinnedMemoryPool,
        get_current_stream=lambda: Stream(null=True),
        alloc_pinned_memory=alloc_pinned_memory,
        memory=types.SimpleNamespace(OutOfMemoryError=OutOfMemoryError),
        driver=types.SimpleNamespace(CUDADriverError=CUDADriverError),
        compiler=types.SimpleNamespace(CompileException=CompileException),
    )
    return cupy

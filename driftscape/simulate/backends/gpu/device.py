"""Find a GPU that CuPy can use, and explain its errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Protocol

from numpy.typing import NDArray

INSTALL = (
    "pip install 'driftscape[gpu]' brings it for CUDA 12; for CUDA 13, pip install "
    "'cupy-cuda13x[ctk]'"
)
_INSTEAD = "backend='cpu' gives the same bits."

#: cudaErrorMemoryAllocation and CUDA_ERROR_OUT_OF_MEMORY
_NO_MEMORY = 2
#: number of an error, the same in CUDA's two interfaces -> its meaning for a user
_MEANINGS = {
    3: "CUDA cannot be used in a process that was forked after its parent used it; start processes "
    "by multiprocessing's 'spawn'",
    35: "there is no driver, or one older than the CUDA of this CuPy: update it, or install the "
    "CuPy of an older CUDA",
    46: "another process has the GPU for itself, or it is in exclusive mode",
    100: "the driver sees no GPU; look at nvidia-smi and CUDA_VISIBLE_DEVICES",
    200: "the driver is older than the compiler of this CuPy, or the GPU is unknown to it: update "
    "the driver",
    209: "the driver is older than the compiler of this CuPy, or the GPU is unknown to it: update "
    "the driver",
    222: "the driver is older than the compiler of this CuPy: update the driver",
    701: "a kernel wants more registers than this GPU has",
}
#: errors after which CUDA answers every call of the process with the same error
_FATAL = {214, 700, 702, 709, 710, *range(714, 720), 721, 999}


class GPUNotAvailable(RuntimeError):
    """Error: backend="cupy" cannot be used here.

    CuPy, an NVIDIA GPU or its driver is missing; the message says which, and how to get it.
    """


class GPUError(RuntimeError):
    """Error: the GPU failed in the middle of a computation; the message says what can be done."""


class CompileError(RuntimeError):
    """Error: a kernel did not compile; the message shows the line that caused it."""


class Pointer(Protocol):
    """The address of an array in device memory."""

    ptr: int


class DeviceArray(Protocol):
    """The part of CuPy's arrays that this folder uses."""

    size: int
    nbytes: int
    data: Pointer

    def __len__(self) -> int: ...

    def __getitem__(self, key: int | slice) -> DeviceArray: ...

    def set(self, array: NDArray[Any]) -> None:
        """Copy an array of the host to the device."""

    def get(self, stream: Any = None, out: Any = None, blocking: bool = True) -> NDArray[Any]:
        """Copy the array to the host."""


def require_gpu() -> ModuleType:
    """Return CuPy, if there is a GPU that it can use.

    Raises
    ------
    GPUNotAvailable
        CuPy, a GPU or its driver is missing.
    """
    try:
        import cupy
    except ImportError as error:
        raise GPUNotAvailable(
            f"backend='cupy' needs CuPy ({_cause(error)}); {INSTALL}. {_INSTEAD}"
        ) from error
    except OSError as error:  # it makes the folder of its kernels when it is imported
        raise GPUNotAvailable(
            f"backend='cupy' needs a folder where CuPy keeps its kernels ({error}); set "
            f"CUPY_CACHE_DIR to one that can be written. {_INSTEAD}"
        ) from error
    try:
        count, why = cupy.cuda.runtime.getDeviceCount(), "CuPy sees none"
    except RuntimeError as error:  # CUDARuntimeError, or a library of CUDA that is not found
        count, why = 0, explained(error)
    if not count:
        raise GPUNotAvailable(
            f"backend='cupy' needs an NVIDIA GPU and its driver, and there is none: {why}. "
            f"{_INSTEAD}"
        )
    module: ModuleType = cupy
    return module


def _cause(error: ImportError) -> str:
    """Return why an import failed: CuPy's own message is a page with the cause at its end."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip(" =")]
    return lines[-1] if lines else type(error).__name__


def explained(error: BaseException) -> str:
    """Return the text of an error of CUDA, with its meaning for a user."""
    meaning = _MEANINGS.get(_status(error))
    return f"{error} ({meaning})" if meaning else str(error)


def _status(error: BaseException) -> int:
    """Return the number of an error of CUDA, 0 for another error."""
    return int(getattr(error, "status", 0))


def out_of_memory(cupy: ModuleType, error: BaseException) -> bool:
    """Return whether memory was short: of CuPy's pool, of CUDA's own calls, or of the host."""
    if isinstance(error, MemoryError):  # CuPy's OutOfMemoryError is one
        return True
    return isinstance(error, _errors(cupy)) and _status(error) == _NO_MEMORY


def _errors(cupy: ModuleType) -> tuple[type[BaseException], ...]:
    return cupy.cuda.runtime.CUDARuntimeError, cupy.cuda.driver.CUDADriverError


@contextmanager
def explained_errors(cupy: ModuleType) -> Iterator[None]:
    """Replace errors of CUDA by errors that explain them.

    Raises
    ------
    MemoryError
        The GPU has no room for the memory that a kernel needs beside its arrays.
    GPUError
        A kernel failed, or the GPU is gone.
    """
    try:
        yield
    except _errors(cupy) as error:
        if out_of_memory(cupy, error):
            raise MemoryError(
                f"the GPU has no memory left beside the arrays of the run ({error}); close other "
                "programs that use it, or give backend=CupyBackend(max_bytes=...) less."
            ) from error
        if _status(error) in _FATAL:
            raise GPUError(
                f"a kernel failed on the GPU: {explained(error)}; this process cannot use the "
                f"GPU any more, so start Python again. {_INSTEAD}"
            ) from error
        raise GPUError(f"the GPU cannot be used: {explained(error)}. {_INSTEAD}") from error


def explain(text: str, message: str) -> str:
    """Return the complaints of a compiler, each with its line of the kernel."""
    lines = text.splitlines()
    found = re.findall(r"\((\d+)\): (?:catastrophic )?error:? *(.*)", message)
    shown = [f"{what.strip()}, in: {lines[int(n) - 1].strip()}" for n, what in found]
    return "the kernel did not compile: " + ("; ".join(shown[:3]) or message.strip())


@contextmanager
def compiling(cupy: ModuleType, text: str) -> Iterator[None]:
    """Replace errors of a compilation of `text` by errors that explain them.

    Raises
    ------
    CompileError
        The text is at fault.
    GPUNotAvailable
        NVRTC or the headers of CUDA are missing: CuPy looks for them when it first compiles.
    """
    try:
        with explained_errors(cupy):
            yield
    except cupy.cuda.compiler.CompileException as error:
        raise CompileError(explain(text, str(error))) from error
    except GPUError:
        raise
    except RuntimeError as error:
        if not re.search("nvrtc|headers|cuda (root|path)", str(error).lower()):
            raise
        raise GPUNotAvailable(
            f"backend='cupy' needs NVRTC and the headers of CUDA ({error}); {INSTALL}. CuPy before "
            f"14 finds only those of a CUDA installed apart from Python. {_INSTEAD}"
        ) from error

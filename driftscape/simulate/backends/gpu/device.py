"""Whether there is a card that CuPy can use, and what its errors mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

INSTALL = (
    "pip install 'driftscape[gpu]' brings it for CUDA 12; for CUDA 13, pip install "
    "'cupy-cuda13x[ctk]'"
)
_INSTEAD = "backend='numba' gives the same bits."

#: cudaErrorMemoryAllocation and CUDA_ERROR_OUT_OF_MEMORY
_NO_MEMORY = 2
#: numbers of errors, which CUDA's two interfaces share -> what they mean for a user
_MEANINGS = {
    3: "CUDA cannot be used in a process that was forked after its parent used it; start processes "
    "by multiprocessing's 'spawn'",
    35: "there is no driver, or one older than the CUDA of this CuPy: update it, or install the "
    "CuPy of an older CUDA",
    46: "another process has the card for itself, or it is in exclusive mode",
    100: "the driver sees no card; look at nvidia-smi and CUDA_VISIBLE_DEVICES",
    200: "the driver is older than the compiler of this CuPy, or the card is unknown to it: update "
    "the driver",
    209: "the driver is older than the compiler of this CuPy, or the card is unknown to it: update "
    "the driver",
    222: "the driver is older than the compiler of this CuPy: update the driver",
    701: "a kernel wants more registers than this card has",
}
#: errors after which CUDA answers every call of the process with the same error
_FATAL = {214, 700, 702, 709, 710, *range(714, 720), 721, 999}


class NoCard(RuntimeError):
    """backend="cupy" cannot be had here; the message says what is missing and how to get it."""


class CardError(RuntimeError):
    """The card failed in the middle of a computation; the message says what can be done."""


class CompileError(RuntimeError):
    """A kernel did not compile; the message shows the line that caused it."""


def card() -> Any:
    """Return CuPy, once there is a card it can use.

    Raises
    ------
    NoCard
        CuPy, a card or its driver is missing.
    """
    try:
        import cupy
    except ImportError as error:
        raise NoCard(
            f"backend='cupy' needs CuPy ({_cause(error)}); {INSTALL}. {_INSTEAD}"
        ) from error
    except OSError as error:  # it makes the folder of its kernels when it is imported
        raise NoCard(
            f"backend='cupy' needs a folder where CuPy keeps its kernels ({error}); set "
            f"CUPY_CACHE_DIR to one that can be written. {_INSTEAD}"
        ) from error
    try:
        count, why = cupy.cuda.runtime.getDeviceCount(), "CuPy sees none"
    except RuntimeError as error:  # CUDARuntimeError, or a library of CUDA that is not found
        count, why = 0, explained(error)
    if not count:
        raise NoCard(
            f"backend='cupy' needs an NVIDIA card and its driver, and there is none: {why}. "
            f"{_INSTEAD}"
        )
    return cupy


def _cause(error: ImportError) -> str:
    """Return why an import failed: CuPy's own message is a page with the cause at its end."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip(" =")]
    return lines[-1] if lines else type(error).__name__


def explained(error: BaseException) -> str:
    """Return an error of CUDA with what it means for a user."""
    meaning = _MEANINGS.get(getattr(error, "status", 0))
    return f"{error} ({meaning})" if meaning else str(error)


def out_of_memory(cupy: Any, error: BaseException) -> bool:
    """Return whether memory was short: of CuPy's pool, of CUDA's own calls, or of the host."""
    if isinstance(error, MemoryError):  # CuPy's OutOfMemoryError is one
        return True
    return isinstance(error, _errors(cupy)) and getattr(error, "status", 0) == _NO_MEMORY


def _errors(cupy: Any) -> tuple[type[BaseException], ...]:
    return cupy.cuda.runtime.CUDARuntimeError, cupy.cuda.driver.CUDADriverError


@contextmanager
def understood(cupy: Any) -> Iterator[None]:
    """Raise errors of CUDA as what they mean.

    Raises
    ------
    MemoryError
        The card has no room for what a kernel needs beside its arrays.
    CardError
        A kernel failed, or the card is gone.
    """
    try:
        yield
    except _errors(cupy) as error:
        if out_of_memory(cupy, error):
            raise MemoryError(
                f"the card has no memory left beside the arrays of the run ({error}); close what "
                "else uses it, or give backend=CupyBackend(max_bytes=...) less."
            ) from error
        if getattr(error, "status", 0) in _FATAL:
            raise CardError(
                f"a kernel failed on the card: {explained(error)}; this process cannot use the "
                f"card any more, so start Python again. {_INSTEAD}"
            ) from error
        raise CardError(f"the card cannot be used: {explained(error)}. {_INSTEAD}") from error


def explain(text: str, message: str) -> str:
    """Return what a compiler complained of, each complaint with its line of the kernel."""
    lines = text.splitlines()
    found = re.findall(r"\((\d+)\): (?:catastrophic )?error:? *(.*)", message)
    shown = [f"{what.strip()}, in: {lines[int(n) - 1].strip()}" for n, what in found]
    return "the kernel did not compile: " + ("; ".join(shown[:3]) or message.strip())


@contextmanager
def compiling(cupy: Any, text: str) -> Iterator[None]:
    """Raise errors of a compilation of `text` as what they mean.

    Raises
    ------
    CompileError
        The text is at fault.
    NoCard
        NVRTC or the headers of CUDA are missing: CuPy looks for them when it first compiles.
    """
    try:
        with understood(cupy):
            yield
    except cupy.cuda.compiler.CompileException as error:
        raise CompileError(explain(text, str(error))) from error
    except CardError:
        raise
    except RuntimeError as error:
        if not re.search("nvrtc|headers|cuda (root|path)", str(error).lower()):
            raise
        raise NoCard(
            f"backend='cupy' needs NVRTC and the headers of CUDA ({error}); {INSTALL}. CuPy before "
            f"14 finds only those of a CUDA installed apart from Python. {_INSTEAD}"
        ) from error

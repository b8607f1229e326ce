"""NVIDIA's run-time compiler by its C interface: compiles for a GPU on machines without one."""

import ctypes
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

_NEEDED = (
    "no NVRTC here: pip install nvidia-cuda-nvrtc-cu12 (Linux on x86-64; it needs no GPU), which "
    "the extra driftscape[test] brings"
)


class Kernel(NamedTuple):
    """What the assembler says of one kernel."""

    registers: int
    stack: int
    spill_stores: int
    spill_loads: int


class Compiled(NamedTuple):
    """Whether a program compiled, the compiler's words, its PTX, and name -> kernel."""

    ok: bool
    log: str
    ptx: str
    kernels: dict[str, Kernel]


@cache
def library() -> ctypes.CDLL | None:
    """Return the compiler of the wheel, None without one."""
    try:
        import nvidia.cuda_nvrtc as wheel
    except ImportError:
        return None
    found = [p for folder in wheel.__path__ for p in Path(folder, "lib").glob("libnvrtc.so*")]
    return ctypes.CDLL(str(found[0])) if found else None


def missing() -> str:
    """Return why nothing can be compiled here, empty where it can."""
    return "" if library() else _NEEDED


def compile_program(text: str, options: tuple[str, ...]) -> Compiled:
    """Compile a program of one or several kernels down to machine code."""
    nvrtc, program = library(), ctypes.c_void_p()
    assert nvrtc is not None
    nvrtc.nvrtcCreateProgram(ctypes.byref(program), text.encode(), b"kernel.cu", 0, None, None)
    try:
        given = [option.encode() for option in options]
        failed = nvrtc.nvrtcCompileProgram(
            program, len(given), (ctypes.c_char_p * len(given))(*given)
        )
        log = _text(nvrtc, "ProgramLog", program)
        ptx = "" if failed else _text(nvrtc, "PTX", program)
    finally:
        nvrtc.nvrtcDestroyProgram(ctypes.byref(program))
    return Compiled(not failed, log, ptx, _kernels(log))


def _text(nvrtc: ctypes.CDLL, what: str, program: ctypes.c_void_p) -> str:
    size = ctypes.c_size_t()
    getattr(nvrtc, f"nvrtcGet{what}Size")(program, ctypes.byref(size))
    buffer = ctypes.create_string_buffer(size.value)
    getattr(nvrtc, f"nvrtcGet{what}")(program, buffer)
    return buffer.value.decode()


def _kernels(log: str) -> dict[str, Kernel]:
    """Read what ``--ptxas-options=-v`` says."""
    found = re.findall(
        r"Compiling entry function '(\w+)'.*?(\d+) bytes stack frame, (\d+) bytes spill stores, "
        r"(\d+) bytes spill loads.*?Used (\d+) registers",
        log,
        flags=re.S,
    )
    return {
        name: Kernel(int(registers), int(stack), int(stores), int(loads))
        for name, stack, stores, loads, registers in found
    }

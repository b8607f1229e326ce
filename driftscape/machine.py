"""What this machine offers: versions, processor, threads, GPU, kernel cache.

Read without starting a compiler, so that ``driftscape info`` answers at once and answers even where
an accelerator is broken.
"""

import ctypes
import os
import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from . import __version__

_SHOWN_FEATURES = ("sse4.2", "avx", "avx2", "fma", "avx512f", "avx512dq", "neon", "sve")


def facts() -> Iterator[tuple[str, str]]:
    """Yield (name, value) pairs, each on its own: one that fails says why and hides no other."""
    yield "driftscape", f"{__version__} ({Path(__file__).parent})"
    yield "python", f"{platform.python_version()} on {platform.platform()}"
    for name in ("numpy", "scipy", "sympy", "llvmlite", "xarray", "matplotlib"):
        yield name, _version(name)
    for name, describe in (
        ("llvm", _llvm),
        ("processor", _processor),
        ("threads", _threads),
        ("GPU", _gpu),
        ("kernel cache", _cache),
    ):
        try:
            yield name, describe()
        except Exception as error:  # a diagnosis must not end at the first broken thing
            yield name, f"unknown ({type(error).__name__}: {error})"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _llvm() -> str:
    from llvmlite import binding

    return f"{'.'.join(map(str, binding.llvm_version_info))} (llvmlite {_version('llvmlite')})"


def _processor() -> str:
    from llvmlite import binding

    flags = binding.get_host_cpu_features()
    have = [name for name in _SHOWN_FEATURES if flags.get(name)]
    asked = os.environ.get("DRIFTSCAPE_CPU")
    override = f"; compiling for {asked} (DRIFTSCAPE_CPU)" if asked else ""
    return f"{_model()} ({binding.get_host_cpu_name()}: {', '.join(have) or 'no SIMD'}){override}"


def _model() -> str:
    """Return what the maker calls the processor; Linux only, elsewhere the architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _threads() -> str:
    affinity = getattr(os, "sched_getaffinity", None)
    usable = len(affinity(0)) if affinity else os.cpu_count() or 1
    return f"{usable} usable of {os.cpu_count()}"


def _gpu() -> str:
    """Ask the driver itself, since that needs no package."""
    library = "nvcuda.dll" if platform.system() == "Windows" else "libcuda.so.1"
    try:
        cuda = ctypes.CDLL(library)
    except OSError:
        return f"none: no NVIDIA driver ({library} not found)"
    count = ctypes.c_int()
    status = cuda.cuInit(0) or cuda.cuDeviceGetCount(ctypes.byref(count))
    if status or not count.value:
        return f"none: the driver is there and reports no device (status {status})"
    name = ctypes.create_string_buffer(100)
    cuda.cuDeviceGetName(name, 100, 0)
    found = f"{name.value.decode()} ({count.value} found)"
    if find_spec("cupy") is None:
        return f"{found}, unused: install driftscape with the extra [gpu]"
    return found


def _cache() -> str:
    from .simulate.backends import cache

    folder = Path(cache.folder())
    stored = [path for path in folder.rglob("*") if path.is_file()]  # a missing folder has none
    kernels = sum(path.suffix in (".py", ".cu") for path in stored)
    size = sum(path.stat().st_size for path in stored) / 1e6
    return f"{folder} ({kernels} kernels, {size:.1f} MB)"

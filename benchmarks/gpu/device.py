"""GPU, driver and versions: what the numbers depend on."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

from ..table import machine


def facts(cupy: Any) -> dict[str, str]:
    """Return what the numbers depend on, by name."""
    runtime = cupy.cuda.runtime
    about = runtime.getDeviceProperties(runtime.getDevice())
    return {
        "GPU": _text(about["name"]),
        "multiprocessors": str(about["multiProcessorCount"]),
        "memory": f"{about['totalGlobalMem'] / 2**30:.3g} GiB",
        "driver": driver(),
        "CUDA of the driver": _version(runtime.driverGetVersion()),
        "CuPy": cupy.__version__,
        **machine(),
    }


def driver() -> str:
    """Return the version of the driver, or "unknown"."""
    try:
        words = Path("/proc/driver/nvidia/version").read_text().split()
        return next(word for word in words if re.fullmatch(r"\d+\.\d+(\.\d+)?", word))
    except (OSError, StopIteration):
        pass
    try:
        asked = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
        done = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=20)
        return done.stdout.split()[0]
    except (OSError, subprocess.SubprocessError, IndexError):
        return "unknown"


def stem(folder: Path, where: dict[str, str], quick: bool, only: str | None = None) -> Path:
    """Return the path, without an ending, of the files that hold the results; no file has it yet.

    A second run of a day must not replace the first, which may have come further.
    """
    name = re.sub(r"[^a-z0-9]+", "-", where["GPU"].lower()).strip("-")
    name = f"gpu-{name}-{where['date']}" + ("-quick" if quick else "") + (only and f"-{only}" or "")
    taken, number = folder / f"{name}.md", 1
    while taken.exists():
        number += 1
        taken = folder / f"{name}-{number}.md"
    return taken.with_name(taken.name.removesuffix(".md"))


def _text(name: bytes | str) -> str:
    return name.decode() if isinstance(name, bytes) else name


def _version(number: int) -> str:
    return f"{number // 1000}.{number % 1000 // 10}"

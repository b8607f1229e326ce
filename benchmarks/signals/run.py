"""`simulate.run` under a signal, in a script that saves and resumes."""

from __future__ import annotations

import signal
import tempfile
from pathlib import Path
from typing import Any

import xarray as xr

from driftscape import simulate

from .trial import LATE, ended, whole


def reference() -> tuple[float, xr.Dataset]:
    """Return the seconds that the script takes, and its result."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "run.nc"
        seconds = whole(_arguments(file)).seconds
        return seconds, xr.load_dataset(file, engine="h5netcdf")


def trial(number: signal.Signals, moment: float, right: xr.Dataset) -> dict[str, Any]:
    """Send one signal, begin the script again, and return what is wrong afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "run.nc"
        result = ended(_arguments(file), number, moment)
        wrong = [f"left: {command}" for command in result.left]
        if result.status == 0 and result.seconds > LATE:
            wrong.append("went on")
        # Ctrl-C outside of a run is a traceback and status 1, or -2
        if result.status not in (0, 1, 128 + number, -number):
            wrong.append(f"status {result.status}: {result.said[-300:]}")
        kept = 0
        if file.exists():
            kept = simulate.provenance(xr.load_dataset(file, engine="h5netcdf"))["steps"]
        again = whole(_arguments(file))
        if again.status:
            wrong.append(f"again: status {again.status}: {again.said[-300:]}")
        elif not xr.load_dataset(file, engine="h5netcdf").identical(right):
            wrong.append("other bits")
    return {
        "status": result.status, "seconds": round(result.seconds, 2), "kept": kept,
        "wrong": "; ".join(wrong),
    }  # fmt: skip


def _arguments(file: Path) -> list[str]:
    return ["benchmarks.signals.script", str(file)]

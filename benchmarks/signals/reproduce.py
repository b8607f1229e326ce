"""`driftscape reproduce` under a signal."""

from __future__ import annotations

import json
import signal
import tempfile
from pathlib import Path
from typing import Any

from .trial import LATE, ended, whole

#: of a few seconds each
FIGURES = ("chaudhari_2018_spectra", "tenka_2020_archimedes")
_VARY = ("runtime_seconds", "date")


def reference() -> tuple[float, dict[str, Any]]:
    """Return the seconds that the figures take, and their records."""
    with tempfile.TemporaryDirectory() as folder:
        result = whole(_arguments(folder))
        return result.seconds, records(Path(folder))


def trial(number: signal.Signals, moment: float, right: dict[str, Any]) -> dict[str, Any]:
    """Send one signal, and return what is wrong afterwards."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        result = ended(_arguments(name), number, moment)
        wrong = [f"left: {command}" for command in result.left]
        if result.status == 0 and result.seconds > LATE:
            wrong.append("went on")
        # once the program has ended its work, a signal does what it does to every program
        if result.status not in (0, 128 + number, -number):
            wrong.append(f"status {result.status}: {result.said[-300:]}")
        found = records(folder)
        finished = {name for name, record in found.items() if record["status"] != "not drawn"}
        wrong += [f"{name} differs" for name in finished if found[name] != right[name]]
        for name in FIGURES:
            pictures = [folder / f"{name}.png", folder / f"{name}.svg"]
            wrong += [f"{p.name} of no record" for p in pictures
                      if p.exists() and name not in finished]  # fmt: skip
            wrong += [f"{p.name} is not whole" for p in pictures
                      if name in finished and not _is_whole(p)]  # fmt: skip
        others = {p.name for p in folder.iterdir()} - {"report.json", "report.html"}
        others -= {f"{name}{suffix}" for name in FIGURES for suffix in (".png", ".svg")}
        wrong += [f"{name} is left" for name in others]
    return {
        "status": result.status, "seconds": round(result.seconds, 2), "kept": len(finished),
        "wrong": "; ".join(wrong),
    }  # fmt: skip


def records(folder: Path) -> dict[str, Any]:
    """Return the records of a report by figure, without what varies; empty where there is none."""
    file = folder / "report.json"
    listed = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    return {r["figure"]: {k: v for k, v in r.items() if k not in _VARY} for r in listed}


def _arguments(folder: str) -> list[str]:
    return ["driftscape", "reproduce", *FIGURES, "--jobs", "2", "--out", folder]


def _is_whole(picture: Path) -> bool:
    content = picture.read_bytes() if picture.exists() else b""
    end = b"IEND\xaeB`\x82" if picture.suffix == ".png" else b"</svg>"
    return content.rstrip().endswith(end)

"""The tower: landscapes <- simulate <- analysis <- gallery <- command line, and nothing upward.

Read from the syntax tree, so that an import inside a function counts as well.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FLOORS = ("landscapes", "simulate", "analysis", "gallery")
COMPILERS = {"numba", "cupy"}

# knows expressions and arrays, nothing of landscapes: the NumPy reference evaluates steps with it
NEUTRAL = ("driftscape.landscapes.evaluate.",)

# room inside simulate -> what it must not see
FORBIDDEN = {
    "simulate/dynamics/": ("driftscape.simulate.backends",),
    "simulate/backends/": ("driftscape.landscapes", "driftscape.simulate.dynamics"),
}


def imported(source: str, path: str) -> Iterator[str]:
    """Absolute dotted names that the file at `path` (relative to the root) imports."""
    package = ["driftscape", *Path(path).parts[:-1]]
    if package[1:2] == ["driftscape"]:
        package = package[1:]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *filter(None, [node.module])])
            yield from (f"{module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if called in {"import_module", "__import__"}:
                yield str(node.args[0].value)


def offences(source: str, path: str) -> list[str]:
    """What the file imports although its place in the tower forbids it."""
    floor = FLOORS.index(path.split("/")[0]) if path.split("/")[0] in FLOORS else len(FLOORS)
    found = []
    for name in imported(source, path):
        parts = name.split(".")
        if parts[0] in FLOORS:
            found.append(f"{path}: a bare 'import {parts[0]}' makes a second copy of the room")
        if parts[0] in COMPILERS and not path.startswith("simulate/backends/"):
            found.append(f"{path}: only simulate/backends names {parts[0]}")
        if parts[0] == "driftscape" and len(parts) > 1:
            above = FLOORS[floor + 1 :] + (("__main__",) if floor < len(FLOORS) else ())
            if parts[1] in above:
                found.append(f"{path}: {name} is on a floor above")
        for room, hidden in FORBIDDEN.items():
            if f"{name}.".startswith(NEUTRAL):
                continue
            if path.startswith(room) and any(f"{name}.".startswith(f"{h}.") for h in hidden):
                found.append(f"{path}: {room} must not see {name}")
    return found


def sources() -> list[str]:
    files = [path for room in FLOORS for path in sorted((ROOT / room).rglob("*.py"))]
    files += sorted((ROOT / "driftscape").glob("*.py"))
    return [path.relative_to(ROOT).as_posix() for path in files]


@pytest.mark.parametrize("path", sources())
def test_a_file_imports_downward_only(path: str) -> None:
    assert offences((ROOT / path).read_text(encoding="utf-8"), path) == []


@pytest.mark.parametrize("folder", ["tests", "benchmarks"])
def test_tests_and_benchmarks_use_the_import_name(folder: str) -> None:
    for path in sorted((ROOT / folder).rglob("*.py")):
        names = [name.split(".")[0] for name in imported(path.read_text(encoding="utf-8"), "x.py")]
        assert not set(names) & set(FLOORS), path


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("landscapes/archimedes.py", "from ..simulate import run"),
        ("landscapes/archimedes.py", "from .. import gallery"),
        ("landscapes/archimedes.py", "import numba"),
        ("simulate/run.py", "def f():\n    from driftscape.analysis import estimate"),
        ("simulate/run.py", "import numba.core"),
        ("simulate/run.py", "import importlib\nimportlib.import_module('cupy')"),
        ("simulate/dynamics/sgd.py", "from ..backends.printer import source"),
        ("simulate/dynamics/sgd.py", "from .. import backends"),
        ("simulate/backends/numpy.py", "from ...landscapes import Landscape"),
        ("simulate/backends/numpy.py", "from ..dynamics.sgd import SGD"),
        ("analysis/drift.py", "from ..gallery.figure import Check"),
        ("gallery/reproduce.py", "from ..__main__ import main"),
        ("gallery/reproduce.py", "import simulate"),
        ("driftscape/__main__.py", "from numba import njit"),
    ],
)
def test_the_walker_rejects_an_offending_source(path: str, source: str) -> None:
    assert len(offences(source, path)) == 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("gallery/reproduce.py", "from .. import __version__, analysis, landscapes, simulate"),
        (
            "simulate/backends/compile.py",
            "import numba\nfrom ..step import Step\nfrom . import numpy",
        ),
        (
            "simulate/dynamics/sgd.py",
            "from ...landscapes import Landscape\nfrom ..step import Step",
        ),
        ("simulate/run.py", "from .backends import numba"),
        ("analysis/drift.py", "from ..landscapes import Landscape\nfrom .estimate import Estimate"),
        ("driftscape/__main__.py", "from .gallery import reproduce"),
    ],
)
def test_the_walker_accepts_a_lawful_source(path: str, source: str) -> None:
    assert offences(source, path) == []

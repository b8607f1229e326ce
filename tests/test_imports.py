"""Which file may import which: rooms import to their left only, and no two files import each other.

    landscapes <- simulate <- theory <- analysis <- plot <- gallery <- command line

Imports are read from the syntax tree, so that one inside a function or under TYPE_CHECKING counts.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1] / "driftscape"
ROOMS = ("landscapes", "simulate", "theory", "analysis", "plot", "gallery")
COMPILERS = {"llvmlite", "cupy"}

# It knows expressions and arrays, nothing of landscapes: the NumPy reference evaluates steps by it.
NEUTRAL = "driftscape.landscapes.formulas.evaluate."

# room inside simulate -> what it must not import
FORBIDDEN = {
    "simulate/dynamics/": ("driftscape.simulate.backends",),
    "simulate/backends/": ("driftscape.landscapes", "driftscape.simulate.dynamics"),
}


def sources() -> list[str]:
    """Every file of the package, relative to it."""
    return [path.relative_to(ROOT).as_posix() for path in sorted(ROOT.rglob("*.py"))]


def imported(source: str, path: str) -> Iterator[str]:
    """Absolute dotted names that the file at `path` (relative to the package) imports."""
    package = ["driftscape", *Path(path).parts[:-1]]
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
    """Return what the file imports although its room forbids it."""
    room = path.split("/")[0]
    above = ROOMS[ROOMS.index(room) + 1 :] + ("__main__",) if room in ROOMS else ()
    found = []
    for name in imported(source, path):
        parts = name.split(".")
        if parts[0] in ROOMS:
            found.append(f"{path}: a bare 'import {parts[0]}' makes a second copy of the room")
        # machine.py reports the versions of what is installed
        if parts[0] in COMPILERS and not path.startswith(("simulate/backends/", "machine.py")):
            found.append(f"{path}: only simulate/backends names {parts[0]}")
        if parts[0] == "driftscape" and len(parts) > 1 and parts[1] in above:
            found.append(f"{path}: {name} is in a room to the right")
        for inner, hidden in FORBIDDEN.items():
            if f"{name}.".startswith(NEUTRAL):
                continue
            if path.startswith(inner) and any(f"{name}.".startswith(f"{h}.") for h in hidden):
                found.append(f"{path}: {inner} must not import {name}")
    return found


@pytest.mark.parametrize("path", sources())
def test_a_file_imports_to_its_left_only(path: str) -> None:
    assert offences((ROOT / path).read_text(encoding="utf-8"), path) == []


@pytest.mark.parametrize("folder", ["tests", "benchmarks"])
def test_tests_and_benchmarks_use_the_import_name(folder: str) -> None:
    for path in sorted((ROOT.parent / folder).rglob("*.py")):
        names = [name.split(".")[0] for name in imported(path.read_text(encoding="utf-8"), "x.py")]
        assert not set(names) & set(ROOMS), path


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("landscapes/field.py", "from ..simulate import run"),
        ("landscapes/field.py", "from .. import gallery"),
        ("landscapes/field.py", "import llvmlite"),
        ("landscapes/field.py", "if TYPE_CHECKING:\n    from ..simulate.step import Step"),
        ("simulate/run.py", "def f():\n    from driftscape.analysis import estimate"),
        ("simulate/run.py", "import llvmlite.binding"),
        ("simulate/run.py", "import importlib\nimportlib.import_module('cupy')"),
        ("simulate/dynamics/sgd.py", "from ..backends.codegen.printer import source"),
        ("simulate/dynamics/sgd.py", "from .. import backends"),
        ("simulate/backends/engine.py", "from ...landscapes import Landscape"),
        ("simulate/backends/engine.py", "from ..dynamics.sgd import SGD"),
        ("theory/moments.py", "from ..analysis.estimate import Estimate"),
        ("analysis/velocity.py", "from ..gallery.figure import Check"),
        ("analysis/velocity.py", "from ..plot import estimates"),
        ("plot/style.py", "from ..gallery.report.figure import canvas"),
        ("gallery/reproduce.py", "from ..__main__ import main"),
        ("gallery/reproduce.py", "import simulate"),
        ("__main__.py", "from llvmlite import ir"),
    ],
)
def test_the_walker_rejects_an_offending_source(path: str, source: str) -> None:
    assert len(offences(source, path)) == 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("gallery/reproduce.py", "from .. import __version__, analysis, landscapes, simulate"),
        ("simulate/backends/engine.py", "import llvmlite\nfrom ..step import Step"),
        (
            "simulate/dynamics/sgd.py",
            "from ...landscapes import Landscape\nfrom ..step import Step",
        ),
        ("simulate/run.py", "from .backends import cpu"),
        ("analysis/velocity.py", "from ..theory import Theory\nfrom .estimate import Estimate"),
        ("gallery/report/figure.py", "from ...plot.style import style"),
        ("__main__.py", "from .gallery import reproduce"),
    ],
)
def test_the_walker_accepts_a_lawful_source(path: str, source: str) -> None:
    assert offences(source, path) == []


# Circles ------------------------------------------------------------------------------------------


def module_of(path: str) -> str:
    """Dotted name of a file of the package."""
    parts = ["driftscape", *Path(path).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def arrows(files: dict[str, str]) -> dict[str, set[str]]:
    """Module -> modules that it imports, of files given as path -> source.

    A name that an `__init__` re-exports is an import of that `__init__`; a package imports its
    files to re-export them, and these may not import from it.
    """
    modules = {module_of(path): path for path in files}
    found: dict[str, set[str]] = {}
    for module, path in modules.items():
        names = set(imported(files[path], path))
        found[module] = {
            target
            for name in names
            for target in [name if name in modules else name.rpartition(".")[0]]
            if target in modules and target != module
        }
    return found


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Groups of modules of which each leads to every other, by Tarjan's algorithm."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found = []

    def visit(at: str) -> None:
        number[at] = low[at] = len(number)
        stack.append(at)
        for to in sorted(graph[at]):
            if to not in number:
                visit(to)
                low[at] = min(low[at], low[to])
            elif to in stack:
                low[at] = min(low[at], number[to])
        if low[at] == number[at]:
            group = stack[stack.index(at) :]
            del stack[stack.index(at) :]
            if len(group) > 1:
                found.append(sorted(group))

    for module in sorted(graph):
        if module not in number:
            visit(module)
    return found


def test_no_files_import_each_other_in_a_circle() -> None:
    files = {path: (ROOT / path).read_text(encoding="utf-8") for path in sources()}
    assert circles(arrows(files)) == []


def test_the_search_for_circles_finds_one_hidden_in_a_function() -> None:
    files = {
        "theory/a.py": "from .b import f",
        "theory/b.py": "def f():\n    from .c import g",
        "theory/c.py": "if TYPE_CHECKING:\n    from . import a",
        "theory/d.py": "from .a import f",
    }
    names = [f"driftscape.theory.{name}" for name in "abc"]
    assert circles(arrows(files)) == [names]

"""What is on disk, what is installed and what README says are the same thing."""

import ast
import configparser
import subprocess
import sys
from pathlib import Path

import pytest

import driftscape

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("landscapes", "simulate", "theory", "analysis", "plot", "gallery")


@pytest.fixture
def setup() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def test_every_folder_with_python_is_a_package() -> None:
    """A folder without `__init__.py` works from the checkout and is missing from the wheel."""
    folders = {path.parent for path in (ROOT / "driftscape").rglob("*.py")}
    assert [f for f in sorted(folders) if not (f / "__init__.py").is_file()] == []


def test_every_file_that_the_code_opens_by_name_is_listed_as_data(setup) -> None:
    """A style sheet that is not listed is missing from the wheel, too."""
    data = setup["options.package_data"]
    opened = []
    for path in (ROOT / "driftscape").rglob("*"):
        if not path.is_file() or path.suffix in (".py", ".pyc"):
            continue
        sources = (each.read_text(encoding="utf-8") for each in path.parent.glob("*.py"))
        if any(f'"{path.name}"' in source for source in sources):
            package = ".".join(path.parent.relative_to(ROOT).parts)
            patterns = data.get(package, "").split()
            assert any(path.match(pattern) for pattern in patterns), path
            opened.append(path.name)
    assert {"style.mplstyle", "report.css"} <= set(opened)


@pytest.mark.parametrize("room", ROOMS)
def test_the_link_of_a_room_leads_to_its_folder(room: str) -> None:
    link = ROOT / room
    if link.is_file():
        pytest.skip("a checkout without symbolic links; nothing depends on them")
    assert link.resolve() == ROOT / "driftscape" / room


def test_no_room_is_imported_under_its_bare_name() -> None:
    """`import landscapes` from the checkout would silently make a second copy of its classes."""
    for room in ROOMS:
        getattr(driftscape, room)
    assert not set(ROOMS) & set(sys.modules)


def test_importing_the_package_imports_no_room() -> None:
    code = "import sys, driftscape; print([m for m in sys.modules if m in {'numpy', 'sympy'}])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_unknown_room_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'landscape'; rooms: "):
        _ = driftscape.landscape  # type: ignore[attr-defined]


def test_the_version_is_the_same_everywhere() -> None:
    assert f"version: {driftscape.__version__}\n" in (ROOT / "CITATION.cff").read_text("utf-8")
    assert f"## {driftscape.__version__}" in (ROOT / "CHANGELOG.md").read_text("utf-8")


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_has_a_table_of_contents(room: str) -> None:
    source = (ROOT / "driftscape" / room / "__init__.py").read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(source)), f"{room}/__init__.py opens with a docstring"


def readme_block() -> list[str]:
    """Lines of the first ```sh block of the README."""
    if not (ROOT / "README.md").is_file():
        pytest.skip("no README.md beside the package")
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    _, _, rest = text.partition("```sh\n")
    return rest.partition("\n```")[0].splitlines()


def test_readme_has_two_commands_for_a_bare_machine() -> None:
    """System Pythons refuse a bare pip install, so that each makes its own environment."""
    ends = {line.rpartition("/")[2]: line for line in readme_block()}
    for end in ("pytest", "driftscape reproduce"):
        assert ends[end].startswith("python3 -m venv .venv && .venv/bin/pip install ")


def test_ci_runs_the_commands_of_the_readme() -> None:
    lines = readme_block()
    if sys.platform == "win32":
        pytest.skip("the script is for bash")
    shown = subprocess.run(
        ["bash", ROOT / ".ci" / "run", "--show"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert [line.rpartition("/")[2] for line in shown] == ["pytest", "driftscape reproduce"]
    assert set(shown) <= set(lines)

"""One fault, put into a copy of the tree, and the tests that must notice it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ..campaign import ROOT

FOLDERS = ("driftscape", "tests", "benchmarks")
FILES = ("conftest.py", "pyproject.toml", "setup.cfg", "README.md")


@dataclass(frozen=True)
class Mutation:
    """A fault.

    Attributes
    ----------
    file
        Path from the root.
    before, after
        The text, which occurs exactly once, and what takes its place.
    tests
        Ids of the tests of which at least one must fail.
    why
        What the fault would make wrong, in words.
    """

    file: str
    before: str
    after: str
    tests: tuple[str, ...] | list[str]
    why: str


class Stale(RuntimeError):
    """The text of a mutation is not in its file, or more than once."""


def copy(to: Path) -> None:
    """Copy what tests need of the tree, links as links."""
    for folder in FOLDERS:
        if (ROOT / folder).is_dir():
            shutil.copytree(
                ROOT / folder,
                to / folder,
                symlinks=True,
                ignore=shutil.ignore_patterns("__pycache__", "out"),
            )
    for file in FILES:
        shutil.copy(ROOT / file, to / file)


def outcome(mutation: Mutation) -> tuple[str, str]:
    """Return ("killed" or "SURVIVED" or "BROKEN", the last line of pytest).

    BROKEN: the tests do not pass without the mutation, or nothing ran.
    """
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        copy(tree)
        path = tree / mutation.file
        text = path.read_text()
        if text.count(mutation.before) != 1:
            raise Stale(
                f"{mutation.file} holds {mutation.before!r} {text.count(mutation.before)} times; "
                "a mutation needs a text that occurs once."
            )
        clean, last = _pytest(tree, mutation.tests)
        if clean != 0:
            return "BROKEN", f"without the mutation: {last}"
        path.write_text(text.replace(mutation.before, mutation.after))
        status, last = _pytest(tree, mutation.tests)
    # 1: tests failed.  Anything else (2 to 5: stopped, nothing collected) says nothing.
    return {0: "SURVIVED", 1: "killed"}.get(status, "BROKEN"), last


def _pytest(tree: Path, tests: tuple[str, ...] | list[str]) -> tuple[int, str]:
    environment = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    both_tiers = ["-m", ""]
    command = [
        sys.executable, "-m", "pytest", "-n", "0", "-q", "-x", "-p", "no:cacheprovider",
        *both_tiers, *tests,
    ]  # fmt: skip
    run = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True)
    lines = [line for line in run.stdout.splitlines() if line.strip()]
    return run.returncode, lines[-1] if lines else run.stderr[-200:]

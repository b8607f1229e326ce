"""Find the figures: every module or folder of `gallery.figures` named ``author_year_topic``."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:  # naming the figures must not load the modules that draw them
    from .figure import About, Figure

_FIGURES = "driftscape.gallery.figures"
_FOLDER = Path(__file__).parents[1] / "figures"
_NAME = re.compile(r"[a-z]+(_[a-z]+)*_(19|20)\d\d_\w+")


class FigureModule(Protocol):
    """The interface of a figure's module."""

    ABOUT: About
    SEED: int

    def draw(self, full: bool = False, seed: int = ...) -> Figure:
        """Simulate, with seeds from `seed` on, compare with theory and draw."""
        ...


def names() -> tuple[str, ...]:
    """Return the names of all figures, sorted.

    Examples
    --------
    >>> "tenka_2020_archimedes" in names()
    True
    """
    files = (*_FOLDER.glob("*.py"), *_FOLDER.glob("*/__init__.py"))
    found = (path.parent.name if path.name == "__init__.py" else path.stem for path in files)
    return tuple(sorted(name for name in found if _NAME.fullmatch(name)))


def title(name: str) -> str:
    """Return the first line of a figure's docstring, read without importing it."""
    module = _FOLDER / f"{name}.py"
    path = module if module.is_file() else _FOLDER / name / "__init__.py"
    source = path.read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]


def load(name: str) -> FigureModule:
    """Import a figure's module."""
    return cast(FigureModule, import_module(f"{_FIGURES}.{name}"))


def choose(wanted: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Return the figures to draw: those that are wanted, or all.

    Raises
    ------
    ValueError
        If a name is not known.

    Examples
    --------
    >>> choose([], ["a", "b"]), choose(["b", "b"], ["a", "b"])
    (('a', 'b'), ('b',))
    """
    if not isinstance(wanted, (list, tuple)):
        raise TypeError(f"figures={str(wanted)[:60]!r}; give a list of names of figures.")
    for name in wanted:
        if not isinstance(name, str) or name not in known:
            raise ValueError(f"no figure {str(name)[:60]!r}; known: {', '.join(known) or 'none'}.")
    return tuple(dict.fromkeys(wanted)) or tuple(known)

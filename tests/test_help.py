"""`help()` of every public name says what it is, takes, returns and raises."""

import dataclasses
import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest

from driftscape import analysis, landscapes, plot, simulate, theory

ROOMS = (landscapes, simulate, theory, analysis, plot)
SECTION = re.compile(r"^([A-Z][A-Za-z ]+)\n-{3,}$", re.M)


def public() -> Iterator[tuple[str, Any]]:
    """Every public function and class, by its dotted name."""
    for room in ROOMS:
        for name in room.__all__:
            thing = getattr(room, name)
            if inspect.isfunction(thing) or inspect.isclass(thing):
                yield f"{room.__name__.partition('.')[2]}.{name}", thing


THINGS = dict(public())
each = pytest.mark.parametrize("name", sorted(THINGS))


def is_signal(thing: Any) -> bool:
    """Whether this is an exception or a warning: nobody makes one."""
    return inspect.isclass(thing) and issubclass(thing, BaseException)


def sections(thing: Any) -> dict[str, str]:
    """Sections of a numpydoc docstring by title; the text before them is under ""."""
    text = inspect.getdoc(thing) or ""
    parts = SECTION.split(text)
    return {"": parts[0].strip()} | dict(zip(parts[1::2], parts[2::2], strict=True))


def documented(found: dict[str, str]) -> set[str]:
    """Names that the sections of parameters and attributes describe."""
    names: set[str] = set()
    for title in ("Parameters", "Other Parameters", "Attributes"):
        for line in found.get(title, "").splitlines():
            if line and not line[0].isspace():
                names |= set(re.findall(r"\w+", line.partition(":")[0]))
    return names


def wanted(thing: Any) -> set[str]:
    """Names that a caller can pass, or for a class that is only returned, read."""
    if inspect.isclass(thing) and dataclasses.is_dataclass(thing):
        return {f.name for f in dataclasses.fields(thing) if not f.name.startswith("_")}
    if inspect.isclass(thing) and thing.__init__ is object.__init__:
        return set()
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    signature = inspect.signature(thing)
    return {p.name for p in signature.parameters.values() if p.kind not in kinds}


def methods(thing: Any) -> Iterator[tuple[str, Any]]:
    """Public methods and properties that a class of this package defines."""
    for cls in thing.__mro__:
        if not cls.__module__.startswith("driftscape"):
            continue
        for name, value in vars(cls).items():
            inner = getattr(value, "__func__", value)
            inner = value.fget if isinstance(value, property) else inner
            if not name.startswith("_") and inspect.isfunction(inner):
                yield name, inner


@each
def test_it_begins_with_a_sentence(name: str) -> None:
    summary = sections(THINGS[name])[""].partition("\n\n")[0]
    assert summary, f"{name} has no docstring"
    assert summary.endswith((".", ":")) or "=" in summary, f"{name}: {summary!r}"


@each
def test_every_parameter_is_described(name: str) -> None:
    thing = THINGS[name]
    if is_signal(thing):
        return
    missing = wanted(thing) - documented(sections(thing))
    assert not missing, f"{name} does not describe {', '.join(sorted(missing))}"


@each
def test_what_is_returned_and_raised_is_said(name: str) -> None:
    thing = THINGS[name]
    if inspect.isclass(thing):
        return
    found = sections(thing)
    assert "Returns" in found or "Yields" in found or found[""].startswith("Return"), name
    if wanted(thing):
        assert "Raises" in found, f"{name} does not say what it raises"


@each
def test_there_is_an_example_or_a_formula(name: str) -> None:
    thing = THINGS[name]
    if is_signal(thing):
        return
    text = inspect.getdoc(thing) or ""
    formula = re.search(r"^ {4,}\S.*(=|->|~).*$", text, re.M)
    assert ">>>" in text or formula or wanted(thing) <= {"args", "kwargs"}, name


@each
def test_every_method_has_a_docstring(name: str) -> None:
    thing = THINGS[name]
    if not inspect.isclass(thing):
        return
    bare = [method for method, inner in methods(thing) if not inspect.getdoc(inner)]
    assert not bare, f"{name}: {', '.join(bare)}"


@each
def test_no_public_signature_says_any(name: str) -> None:
    thing = THINGS[name]
    functions = [("", thing)] if inspect.isfunction(thing) else list(methods(thing))
    if inspect.isclass(thing) and "__init__" in vars(thing):
        functions.append(("__init__", thing.__init__))
    vague = [
        f"{name}.{method}({part})".replace(".(", "(")
        for method, inner in functions
        for part, annotation in inspect.get_annotations(inner).items()
        if re.search(r"\bAny\b", str(annotation))
    ]
    assert not vague, ", ".join(vague)

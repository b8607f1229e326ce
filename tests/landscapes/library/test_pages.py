"""`help()` of each shipped landscape: formula, parameters, source and an example."""

import inspect
import re

import pytest

from driftscape.__main__ import main
from driftscape.landscapes import ZOO

each = pytest.mark.parametrize("name", sorted(ZOO))

#: a formula stands on an indented line of its own, before the first section
FORMULA = re.compile(r"^ {4,}\S.* = .*$", re.M)


def section(page: str, title: str) -> str:
    """Text of a numpydoc section, or '' where there is none."""
    found = re.search(rf"^{title}\n-+\n(.*?)(?=^[A-Z]\w+\n-+\n|\Z)", page, re.M | re.S)
    return found[1] if found else ""


@each
def test_help_of_a_landscape_begins_with_its_name_and_formula(name) -> None:
    page = inspect.getdoc(ZOO[name])
    summary, _, rest = page.partition("\n\n")
    assert "\n" not in summary
    assert summary.endswith(".")
    assert FORMULA.search(rest.partition("----")[0])
    assert "of this page" not in page


@each
def test_help_of_a_landscape_gives_meaning_and_default_of_every_parameter(name) -> None:
    described = section(inspect.getdoc(ZOO[name]), "Parameters")
    for parameter in inspect.signature(ZOO[name]).parameters.values():
        text = re.search(rf"^{parameter.name}\n((?:    .*\n?)+)", described, re.M)
        assert text, parameter.name
        assert len(text[1].split()) >= 3, parameter.name
        if parameter.default is not None:
            assert "efault" in text[1], f"{parameter.name} has a default"


@each
def test_help_of_a_landscape_names_its_source_and_shows_an_example(name) -> None:
    page = inspect.getdoc(ZOO[name])
    source = section(page, "References")
    assert re.search(r"\b(19|20)\d\d\b|thesis|arXiv", source)
    assert f"{name}(" in section(page, "Examples")
    assert section(page, "Returns").startswith("Landscape\n")


def test_the_list_prints_the_first_line_of_each_page(capsys) -> None:
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for name, maker in ZOO.items():
        title = maker.__doc__.partition("\n")[0]
        assert any(line.split() == [name, *title.split()] for line in lines), name

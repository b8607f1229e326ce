"""The examples of docs/plot.md run, in order, and those of a lecture have at most five lines."""

import os
import re
from pathlib import Path

import pytest
from matplotlib import pyplot

PAGE = Path(__file__).resolve().parents[2] / "docs" / "plot.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S)
IMPORTS, LECTURE = BLOCKS[0], BLOCKS[1:5]


def test_a_lecturer_needs_five_lines_each():
    assert len(LECTURE) == 4
    assert max(len(block.splitlines()) for block in LECTURE) <= 5


def test_the_page_names_every_function():
    from driftscape import plot

    text = PAGE.read_text("utf-8")
    assert [name for name in plot.__all__ if f"`{name}`" not in text] == []


@pytest.mark.slow
def test_the_examples_run(tmp_path):
    names, folder = {}, Path.cwd()
    os.chdir(tmp_path)
    try:
        for block in BLOCKS:
            exec(compile(block, str(PAGE), "exec"), names)  # noqa: S102
    finally:
        os.chdir(folder)
    assert len(pyplot.get_fignums()) == 4
    assert {"wells.gif", "escape.pdf"} <= {each.name for each in tmp_path.iterdir()}

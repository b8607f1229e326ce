"""README's code runs as written and draws README's figure."""

import re
from pathlib import Path

import matplotlib as mpl
import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_the_code_of_the_readme_runs_and_agrees_with_its_theory(tmp_path, monkeypatch, capsys):
    mpl.use("Agg")
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(
        r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S
    )
    names: dict = {}
    for block in blocks:
        exec(block, names)
    printed = capsys.readouterr().out
    assert printed.count("agrees") == 7
    assert "rejected" not in printed
    assert (tmp_path / "screw.png").stat().st_size > 10_000
    names["plt"].close("all")


def test_the_readme_fits_one_screen_and_shows_its_figure():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) < 95
    assert (ROOT / "gallery" / "screw.png").is_file()

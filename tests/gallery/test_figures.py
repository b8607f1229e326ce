"""The figures of the gallery; `driftscape reproduce` draws and checks all of them, CI runs it."""

import json
import re
import signal
import subprocess
import sys
import time

import pytest

from driftscape.gallery.report import catalogue
from driftscape.gallery.report.drawing import draw_all, keep
from driftscape.gallery.report.outcome import Outcome, row
from driftscape.gallery.report.reproduce import INTERRUPTED, TERMINATED

#: by two papers, a few seconds each; a third is drawn by a process of its own below
QUICK = ("jordan_1998_jko", "tenka_2020_archimedes")


@pytest.mark.slow
@pytest.mark.parametrize("name", QUICK)
def test_every_check_of_the_figure_comes_out_as_expected(name: str, tmp_path) -> None:
    begin = time.perf_counter()
    figure = catalogue.load(name).draw()
    wrong = [row(check) for check in figure.checks if not check.passed]
    assert wrong == []
    assert time.perf_counter() - begin < 90
    figure.save(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").stat().st_size > 50_000


def kept(outcome: Outcome) -> Outcome:
    keep(outcome)
    return outcome


@pytest.mark.slow
def test_figures_are_drawn_several_at_a_time(tmp_path) -> None:
    names = "nobody_1900_nowhere", "chaudhari_2018_spectra"
    missing, spectra = map(kept, draw_all(names, tmp_path, full=False, jobs=2))
    assert (missing.status, spectra.status) == ("crashed", "passed")
    assert "ModuleNotFoundError" in missing.error
    assert "nobody_1900_nowhere" in missing.traceback
    assert spectra.about == catalogue.load(spectra.name).ABOUT
    assert spectra.picture.stat().st_size > 50_000
    assert spectra.picture.with_suffix(".svg").exists()


@pytest.mark.slow
def test_ctrl_c_ends_every_process(tmp_path) -> None:
    command = [sys.executable, "-u", "-m", "driftscape", "reproduce", "--jobs", "2"]
    figures = "xie_2020_divergence", "kramers_1940_escape"
    with subprocess.Popen(
        [*command, *figures, "--out", tmp_path], stdout=subprocess.PIPE, text=True
    ) as process:
        assert figures[0] in process.stdout.readline() + process.stdout.readline()
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=30)
    assert process.returncode == INTERRUPTED
    assert f"not drawn: {', '.join(figures)}" in rest
    assert (tmp_path / "report.html").exists()


@pytest.mark.slow
def test_what_is_finished_out_of_turn_is_kept(tmp_path) -> None:
    command = [sys.executable, "-u", "-m", "driftscape", "reproduce", "--jobs", "2"]
    figures = "kramers_1940_escape", "chaudhari_2018_spectra"
    with subprocess.Popen(
        [*command, *figures, "--out", tmp_path], stdout=subprocess.PIPE, text=True
    ) as process:
        ends = time.monotonic() + 120
        drawn = tmp_path / f".{figures[1]}.partial.svg"
        while not drawn.exists() and time.monotonic() < ends:
            time.sleep(0.05)
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=30)
    assert process.returncode == TERMINATED
    assert f"not drawn: {figures[0]}." in rest
    records = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert [record["status"] for record in records] == ["not drawn", "passed"]


@pytest.mark.parametrize("name", catalogue.names())
def test_a_figure_names_its_paper(name: str) -> None:
    about = catalogue.load(name).ABOUT
    year = re.search(r"(19|20)\d\d", name)
    assert year is not None
    assert year.group() in about.citation
    assert name.split("_")[0] in about.citation.lower()
    assert about.claim
    assert about.look_for
    assert catalogue.title(name)


def test_the_papers_are_all_there() -> None:
    assert {
        "chaudhari_2018_double_well",
        "chaudhari_2018_free_energy",
        "chaudhari_2018_potential",
        "chaudhari_2018_spectra",
        "chaudhari_2018_steady_state",
        "hu_2017_barrier",
        "jordan_1998_jko",
        "kramers_1940_escape",
        "li_2017_modified_equations",
        "tenka_2020_archimedes",
        "xie_2020_divergence",
        "xie_2020_escape",
        "zhu_2019_two_basins",
    } <= set(catalogue.names())

"""The figures of the gallery; `driftscape reproduce` draws and checks all of them, CI runs it."""

import re
import time

import pytest

from driftscape.gallery import catalogue
from driftscape.gallery.outcome import shown

#: by three papers, a few seconds each
QUICK = ("chaudhari_2018_spectra", "jordan_1998_jko", "tenka_2020_archimedes")


@pytest.mark.slow
@pytest.mark.parametrize("name", QUICK)
def test_every_check_of_the_figure_comes_out_as_expected(name: str, tmp_path) -> None:
    begin = time.perf_counter()
    figure = catalogue.load(name).draw()
    wrong = [(check.claim, *shown(check)) for check in figure.checks if not check.passed]
    assert wrong == []
    assert time.perf_counter() - begin < 90
    figure.save(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").stat().st_size > 50_000


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

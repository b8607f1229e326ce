"""`python -m benchmarks curves`: its ideals by hand, a cliff that it must name; and it runs."""

import json
from types import SimpleNamespace

import pytest

from benchmarks import __main__ as entry
from benchmarks import campaign
from benchmarks.curves import command, measure
from benchmarks.curves.curve import FULL, QUICK, Curve, Point
from benchmarks.curves.ideal import Marginal, Multiple, Rate, Sets, Small, Wide


def _points(*sizes_and_units, granted=0.0):
    return [Point(size, lambda: None, units, granted) for size, units in sizes_and_units]


def test_ideals_by_hand():
    points = _points((1, 10), (2, 40), granted=0.5)
    assert Rate().of(points, [10.0, 20.0], {}) == [0.5 + 5, 0.5 + 20]
    double = Multiple(lambda size: 2 * size, "")
    assert double.of(points, [0.0, 0.0], {"bare run": 0.1}) == [0.5 + 2, 0.5 + 16]
    # two expressions cost 0.2 and four 0.8 beyond a run of one second: 0.1 each at best
    kept = _points((0, 10), (2, 10), (4, 10))
    ideal = Marginal("").of(kept, [1.0, 1.2, 1.8], {"bare run": 0.1})
    assert ideal == pytest.approx([1.0, 1.2, 1.4])


def test_the_ideal_of_few_trajectories_is_the_promise_or_a_block():
    points = _points((1, 100), (32, 100), (64, 100), (128, 100))
    ideal = Small().of(points, [900.0, 300.0, 110.0, 100.0], {"naive Numba": 20.0})
    # half of the loop; a block of which half is empty; the best rate
    assert ideal == [1000.0, 200.0, 100.0, 100.0]


def test_a_device_that_is_not_full_takes_the_time_of_its_shortest_step():
    points = _points((1, 10), (100, 1000), (1000, 10_000))
    assert Wide().of(points, [10.0, 10.0, 50.0], {}) == pytest.approx([10.0, 10.0, 50.0])


def test_the_ideal_of_training_sets_has_two_rates():
    sets = [Point(1, print, 10, 0.5, 1), Point(2, print, 10, 0.5, 1000)]
    # a sample costs 1; the row of many samples does not tell what a step costs
    ideals = Sets().of(sets, [21.0, 1005.0], {Sets().alone: 1.0})
    assert ideals == pytest.approx([0.5 + 20 + 1, 0.5 + 20 + 1000])


def _campaign(monkeypatch, times):
    """Make a campaign of one part with one curve, whose calls take the given times."""
    times = iter(times)
    monkeypatch.setattr(measure, "_timed", lambda point: next(times))
    curve = Curve("made up", "things", "a thing", _points((1, 1), (10, 10)), Rate())
    part = SimpleNamespace(curves=lambda where: [curve])
    monkeypatch.setattr(command, "chosen", lambda name, only: {"averages": part})
    monkeypatch.setattr(command, "pin", lambda: None)


def test_a_cliff_is_a_line_and_an_exit_status(monkeypatch, capsys):
    _campaign(monkeypatch, [1.0, 25.0, 1.0, 21.0, 9.0, 21.0])  # the median counts
    assert entry.main(["curves", "--rounds", "3"]) == 1
    said = capsys.readouterr().out
    assert "2 rows, 1 above twice their ideal.\n* made up, things 10: 2.10" in said
    assert "| 10 | 21 | 2.1e+09 | 10 | 2.10 | MISSED |" in said


def test_a_saved_campaign_is_a_page_and_a_picture(monkeypatch, tmp_path):
    monkeypatch.setattr(campaign, "RESULTS", tmp_path)
    monkeypatch.setattr(campaign, "PAGES", tmp_path)
    monkeypatch.setattr(command, "PAGES", tmp_path)
    for times, status in ([1.0, 40.0], 1), ([1.0, 10.0], 0):  # the second replaces the first
        _campaign(monkeypatch, times)
        assert entry.main(["curves", "--rounds", "1", "--save"]) == status
    rows = json.loads((tmp_path / "curves.json").read_text())["rows"]
    assert [row["ratio"] for row in rows] == [1.0, 1.0]
    text = (tmp_path / "curves.md").read_text()
    assert "2 rows, 0 above twice their ideal." in text
    assert rows[0]["machine"] in text
    assert (tmp_path / "curves.png").read_bytes()[:4] == b"\x89PNG"


def test_the_page_has_a_place_for_every_part():
    assert sorted(command.ORDER) == sorted(campaign.parts("curves"))


def test_wrong_options_are_refused(capsys):
    for given in (["--rounds", "0"], ["--quick", "--save"]):
        with pytest.raises(SystemExit):
            entry.main(["curves", *given])
    with pytest.raises(SystemExit, match="no part nothing"):
        entry.main(["curves", "--only", "nothing"])


@pytest.mark.parametrize(
    "part",
    [
        "snapshots",
        *(
            pytest.param(name, marks=pytest.mark.slow)
            for name in sorted({*campaign.parts("curves")} - {"snapshots"})
        ),
    ],
)
def test_every_part_runs(part, monkeypatch, capsys):
    monkeypatch.setattr(command, "pin", lambda: None)
    assert entry.main(["curves", "--quick", "--only", part]) == 0
    said = capsys.readouterr().out
    assert "| quick |" in said
    assert "0 above twice their ideal" in said


def test_every_full_run_lasts_as_long_as_the_others():
    """Work a second is what `speed` says, roughly, and quick sizes are a subset of all."""
    assert FULL.steps(1024) * 1024 == pytest.approx(FULL.seconds * FULL.speed, rel=0.01)
    assert FULL.sizes(1, 1000) == [1, 1000]
    assert QUICK.sizes(1, 10, 100) == [1, 10]
    assert QUICK.steps(1e9) == 2

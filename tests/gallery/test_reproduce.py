"""The report of figures, tested with small invented figures."""

import json
from types import SimpleNamespace

import pytest
from rich.console import Console

from driftscape.analysis import Estimate
from driftscape.gallery.report import drawing, reports
from driftscape.gallery.report.figure import About, Check, Figure, canvas, style
from driftscape.gallery.report.reproduce import INTERRUPTED, reproduce
from driftscape.theory import Theory

ABOUT = About(
    title="A <b>made-up</b> figure",
    citation="A. Nobody & N. Body, Nowhere (1900)",
    claim='The paper says "1 < 2".',
    look_for="a line",
    link="https://example.org/?a=1&b=2",
)
GOOD = Check("one is one", Estimate(1.001, 0.01, 100, "counted"), 1.0)
WRONG = Check("one is two", Estimate(1.001, 0.01, 100, "counted"), 2.0)
TWIN = Check("one is two", GOOD.measured, 2.0, expect="rejected")
LOOSE = Check("one is one, up to two", Estimate(1.001, 0.5, 100, "counted"), 1.0)
BLIND = Check("nothing is known", Estimate(float("nan"), 0.01, 1, ""), 2.0, expect="rejected")


def module(*checks: Check, error: BaseException | None = None) -> SimpleNamespace:
    def draw(full: bool = False) -> Figure:
        if error is not None:
            raise error
        with style():
            picture = canvas(3, 2)
            picture.subplots().plot([0, 1], [0, 1])
        return Figure(ABOUT, checks, picture, "One <script>alert(1)</script>.", {"seed": 7})

    return SimpleNamespace(ABOUT=ABOUT, draw=draw)


@pytest.fixture
def run(tmp_path):
    """Run made-up figures; returns status, records, page and what was printed."""

    def run(*names: str, **modules: SimpleNamespace):
        console = Console(width=144, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
        gallery = {name: (lambda module=module: module) for name, module in modules.items()}
        with console.file:
            status = reproduce(names, out=tmp_path, gallery=gallery, console=console)
        records = json.loads((tmp_path / "report.json").read_text("utf-8"))
        return status, records, (tmp_path / "report.html").read_text("utf-8"), console.export_text()

    return run


def test_a_figure_whose_checks_hold_passes(run, tmp_path) -> None:
    status, records, _, printed = run(good=module(GOOD, TWIN))
    assert status == 0
    assert [record["status"] for record in records] == ["passed"]
    assert (tmp_path / "good.png").stat().st_size > 1000
    assert (tmp_path / "good.svg").read_text("utf-8").startswith("<?xml")
    assert "1.001 ± 0.010" in printed
    assert "✓ rejected" in printed
    assert "should be rejected" in printed
    assert "✗" not in printed


def test_the_report_is_a_list_of_figures_with_their_checks(run) -> None:
    _, (record,), _, _ = run(good=module(GOOD))
    assert record["figure"] == "good"
    assert record["claim"] == ABOUT.claim
    assert record["size"] == "quick"
    assert record["parameters"] == {"seed": "7"}
    (check,) = record["checks"]
    assert check["hypothesis"] == "one is one"
    assert (check["measured"], check["stderr"], check["theory"]) == (1.001, 0.01, 1.0)
    assert check["z"] == pytest.approx(0.1)
    assert (check["verdict"], check["expected"], check["passed"]) == ("agrees", "agrees", True)


@pytest.mark.parametrize("checks", [(GOOD, WRONG), (BLIND,), ()])
def test_a_check_that_fails_is_exit_status_one(run, checks) -> None:
    """NaN is not a rejection, and a figure without checks proves nothing."""
    status, (record,), page, _ = run(bad=module(*checks))
    assert status == 1
    assert record["status"] == "failed"
    assert "0 of 1 figures as expected" in page
    assert page.count('<td class="bad">✗ ') == sum(not check.passed for check in checks)


def test_infinite_numbers_become_null(run) -> None:
    """Strict JSON has none."""
    exact = Check("exact", Estimate(1.0, 0.0, float("inf"), "computed"), 2.0, expect="rejected")
    _, (record,), _, printed = run(figure=module(exact, BLIND))
    assert [check["z"] for check in record["checks"]] == [None, None]
    assert record["checks"][1]["measured"] is None
    assert "nan" in printed
    assert "✗ not a number" in printed


def test_a_figure_that_crashes_is_reported_and_the_others_go_on(run) -> None:
    broken = module(error=RuntimeError("no <such> luck"))
    status, records, page, printed = run(broken=broken, good=module(GOOD))
    assert status == 1
    assert [record["status"] for record in records] == ["crashed", "passed"]
    assert records[0]["error"] == "RuntimeError: no <such> luck"
    assert "in draw" in records[0]["traceback"]
    assert records[0]["claim"] == ABOUT.claim
    assert "crashed: RuntimeError: no <such> luck" in printed
    assert "no &lt;such&gt; luck" in page


def test_a_module_that_does_not_import_is_reported(tmp_path) -> None:
    def load():
        raise ImportError("no module named 'missing'")

    assert reproduce(out=tmp_path, gallery={"a_1900_b": load}, console=Console(quiet=True)) == 1
    (record,) = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert record["error"] == "ImportError: no module named 'missing'"


def test_an_interrupt_keeps_what_was_finished(run) -> None:
    stop = module(error=KeyboardInterrupt())
    status, records, page, printed = run(first=module(GOOD), second=stop, third=module(GOOD))
    assert status == INTERRUPTED
    assert [record["status"] for record in records] == ["passed", "not drawn", "not drawn"]
    assert "not drawn: second, third" in printed
    assert "1 of 1 figures as expected, 2 not drawn" in page


@pytest.mark.parametrize("after", [False, True])
def test_an_interrupt_leaves_no_picture_that_is_not_in_the_report(
    run, tmp_path, monkeypatch, after
) -> None:
    """It comes between a figure and its record: before its outcome is known, and after that."""
    calls = []

    def interrupted(*arguments):
        calls.append(arguments)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return write(*arguments)

    if after:
        write = reports.write
        monkeypatch.setattr(reports, "write", interrupted)
    else:
        write = drawing.draw
        draw = lambda *arguments: (write(*arguments), interrupted())  # noqa: E731
        monkeypatch.setattr(drawing, "draw", draw)
    status, (record,), _, _ = run(good=module(GOOD))
    assert status == INTERRUPTED
    assert record["status"] == ("passed" if after else "not drawn")
    pictures = {"good.png", "good.svg"} if after else set()
    assert {p.name for p in tmp_path.iterdir()} == pictures | {"report.json", "report.html"}


def test_the_page_escapes_every_text(run) -> None:
    _, _, page, _ = run(good=module(GOOD))
    assert "<script" not in page
    assert "A &lt;b&gt;made-up&lt;/b&gt; figure" in page
    assert "A. Nobody &amp; N. Body" in page
    assert "The paper says &quot;1 &lt; 2&quot;." in page
    assert 'href="https://example.org/?a=1&amp;b=2"' in page


def test_the_page_needs_nothing_from_outside(run) -> None:
    _, _, page, _ = run(good=module(GOOD))
    assert "data:image/png;base64," in page
    assert page.count("http") == page.count("https://example.org")
    assert "url(" not in page
    assert "@import" not in page


def test_only_the_figures_asked_for_are_drawn(run) -> None:
    _, records, _, _ = run("b", "b", a=module(WRONG), b=module(GOOD))
    assert [record["figure"] for record in records] == ["b"]


def test_an_unknown_figure_names_the_known_ones(tmp_path) -> None:
    with pytest.raises(ValueError, match=r"no figure 'c'; known: a, b\."):
        reproduce(["c"], out=tmp_path / "out", gallery={"a": module, "b": module})
    assert not (tmp_path / "out").exists()


def test_a_check_that_could_not_have_failed_supports_nothing(run) -> None:
    """It agrees with one, and would with none and with two."""
    status, (record,), _, printed = run(loose=module(GOOD, LOOSE))
    assert status == 1
    assert [check["passed"] for check in record["checks"]] == [True, False]
    assert [check["tolerance"] for check in record["checks"]] == pytest.approx([0.04, 2.0], rel=0.1)
    assert "agrees, but could not have failed" in printed


@pytest.mark.parametrize(
    ("theory", "against", "tolerance"),
    [
        (1.0, None, 0.04),
        (1.0, 0.5, 0.08),
        (0.0, 0.4, 0.1),
        (0.0, None, float("nan")),
        (Theory(2.0, truncation=0.5), None, 0.27),
    ],
)
def test_the_tolerance_of_a_check_is_a_part_of_the_way_to_what_it_excludes(
    theory, against, tolerance
) -> None:
    """Four errors where the error is known; more where it is the scatter of a few."""
    check = Check("", Estimate(1.0, 0.01, 1, "computed"), theory, against=against)
    assert check.tolerance == pytest.approx(tolerance, nan_ok=True)
    few = Check("", Estimate(1.0, 0.01, 16, "counted"), theory, against=against)
    assert not few.tolerance < tolerance


def test_a_check_knows_the_three_verdicts_only() -> None:
    with pytest.raises(ValueError, match="expect='refused' is no verdict; give one of"):
        Check("", GOOD.measured, 1.0, expect="refused")

"""The command line: what it names, what it refuses, and that help is instant."""

import subprocess
import sys

import pytest

from driftscape import __version__
from driftscape.__main__ import main


def test_list_names_figures_landscapes_and_dynamics(capsys) -> None:
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.endswith(":")] == [
        "figures:",
        "landscapes:",
        "dynamics:",
    ]
    named = {line.split()[0]: line.split(maxsplit=1)[1:] for line in lines if line[0] == " "}
    for name in ("tenka_2020_archimedes", "archimedes", "double_well", "SGD", "Ito"):
        assert named[name], f"{name} has a line of its own"


def test_info_says_what_the_machine_offers(capsys, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("DRIFTSCAPE_CACHE", str(tmp_path / "cache"))
    assert main(["info"]) == 0
    lines = capsys.readouterr().out.splitlines()
    facts = {line[:13].strip(): line[14:] for line in lines}
    assert facts["driftscape"].startswith(__version__)
    assert facts["python"].startswith(sys.version.split()[0])
    assert "usable of" in facts["threads"]
    assert facts["kernel cache"] == f"{tmp_path / 'cache'} (0 kernels, 0.0 MB)"
    assert not any("unknown" in value for value in facts.values()), facts


def test_info_goes_on_past_a_broken_thing(capsys, tmp_path, monkeypatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DRIFTSCAPE_CACHE", str(tmp_path / "file" / "cache"))
    assert main(["info"]) == 0
    assert "kernel cache  unknown (" in capsys.readouterr().out


def test_an_unknown_figure_is_one_line_and_exit_status_two(capsys) -> None:
    assert main(["reproduce", "mona_lisa"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "no figure 'mona_lisa'; known: chaudhari_2018_double_well, " in captured.err


def test_a_folder_that_cannot_be_made_is_one_line_and_exit_status_two(capsys, tmp_path) -> None:
    (tmp_path / "file").write_text("")
    assert main(["reproduce", "--out", str(tmp_path / "file" / "out")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["draw"], ["list", "--full"], ["reproduce", "--fast"]])
def test_a_wrong_command_line_is_exit_status_two(arguments, capsys) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2
    assert "usage: driftscape" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["reproduce", "nothing"]])
def test_help_and_refusals_load_nothing_heavy(arguments) -> None:
    code = (
        "import sys, driftscape.__main__ as m\n"
        f"try: m.main({arguments!r})\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'sympy', 'llvmlite', 'xarray', 'matplotlib', 'rich'}\n"
        "heavy &= set(sys.modules)\n"
        "print('heavy:', sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "heavy: []"


@pytest.mark.parametrize("jobs", ["x", "0", "-1", "1.5", "nan"])
def test_a_wrong_number_of_jobs_has_its_sentence(jobs, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["reproduce", f"--jobs={jobs}"])
    assert stopped.value.code == 2
    words = f"argument --jobs: '{jobs}'; it must be a whole number >= 1"
    assert words in capsys.readouterr().err

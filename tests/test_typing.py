"""mypy --strict passes over the package, and over a user's script, which runs as well."""

import subprocess
import sys
from pathlib import Path

import pytest

from .typing import user

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.slow
@pytest.mark.parametrize("what", [["driftscape"], ["tests/typing/user.py"]])
def test_mypy_strict_passes(what: list[str]) -> None:
    pytest.importorskip("mypy")
    command = [sys.executable, "-m", "mypy", "--strict", *what]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr


def test_the_users_script_runs() -> None:
    tau, exact = user.escape(5.0)
    assert tau.compare(exact).verdict == "agrees"
    assert len(user.climb([0.05, 0.1])) == 2
    assert user.own()[1] == "agrees"
    assert user.calculated()[1]
    assert abs(user.fitted()[0]) < 1e-4
    assert user.fitted()[1]
    assert user.on_a_grid() == pytest.approx(0.824, abs=0.01)

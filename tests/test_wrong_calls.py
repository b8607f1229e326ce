"""A wrong call is answered by one sentence of the package, before anything is compiled.

Each case names the words that must be in the answer: the argument, and what it was or must be.
"""

from __future__ import annotations

import linecache
import re
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

import driftscape
from driftscape import analysis, simulate
from driftscape.landscapes.formulas.evaluate import evaluate

from .wrong_calls.of_analysis import ANALYSIS
from .wrong_calls.of_landscapes import LANDSCAPES
from .wrong_calls.of_plot import PLOT
from .wrong_calls.of_simulate import DYNAMICS, SIMULATE
from .wrong_calls.of_theory import THEORY
from .wrong_calls.values import BOWL, ITO, SGD, WELL

PACKAGE = str(Path(driftscape.__file__).parent)
LONGEST = 500  # characters of an answer


def answer(call: Callable[[], object]) -> str:
    """Return the sentence by which the package itself refuses a call."""
    with pytest.raises((ValueError, TypeError)) as caught:
        call()
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    line = linecache.getline(last.filename, last.lineno).strip()
    assert last.filename.startswith(PACKAGE), f"{last.filename}: {caught.value}"
    assert line.startswith("raise"), f"{last.filename}:{last.lineno} {line}: {caught.value}"
    return str(caught.value)


def check(call: Callable[[], object], words: str) -> None:
    text = answer(call)
    assert "\n" not in text, text
    assert 10 < len(text) <= LONGEST, text
    assert text.endswith((".", "?", ")")), text
    assert re.search(words, text), text


@pytest.fixture(autouse=True)
def _nothing_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    from driftscape.simulate.backends.cpu import backend

    def refuse(*_: object) -> None:
        raise AssertionError("compiled before the input was checked")

    monkeypatch.setattr(backend, "compiled", refuse)


@pytest.fixture(scope="module")
def data() -> SimpleNamespace:
    """Small results of the NumPy reference, which compiles nothing."""
    usual = {"seed": 1, "trajectories": 20, "backend": "numpy"}
    return SimpleNamespace(
        run=simulate.run(WELL, ITO, steps=40, start=0.5, **usual),
        passages=simulate.first_passage(
            WELL, simulate.Ito(beta=1, dt=0.05), start=-1, target="x > 0", max_steps=200, **usual
        ),
        refined=simulate.refine(WELL, ITO, observables="x**2", steps=10, **usual),
        path=simulate.run(WELL, ITO, steps=40, start=0.5, save_every=10, **usual),
        final=simulate.run(WELL, ITO, steps=40, start=0.5, keep="final", **usual),
        bowl=simulate.run(BOWL, SGD, steps=4, **usual),
        estimate=analysis.Estimate(1.0, 0.1, 20, "by hand"),
    )  # fmt: skip


CALLS = LANDSCAPES | DYNAMICS | SIMULATE | THEORY


@pytest.mark.parametrize("name", CALLS)
def test_a_wrong_call_has_its_sentence(name: str) -> None:
    check(*CALLS[name])


@pytest.mark.parametrize("name", PLOT)
def test_a_wrong_picture_has_its_sentence_and_no_figure(name: str, data: SimpleNamespace) -> None:
    call, words = PLOT[name]
    check(lambda: call(data), words)
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or not pyplot.get_fignums()


@pytest.mark.parametrize("name", ANALYSIS)
def test_a_wrong_analysis_has_its_sentence(name: str, data: SimpleNamespace) -> None:
    call, words = ANALYSIS[name]
    check(lambda: call(data), words)


def test_there_are_many_and_no_name_is_used_twice() -> None:
    parts = (LANDSCAPES, DYNAMICS, SIMULATE, THEORY)
    assert len(CALLS) == sum(map(len, parts))
    assert len(CALLS) + len(ANALYSIS) >= 180


def test_the_check_notices_an_error_of_python() -> None:
    """The wrong twin: raw errors from inside and from outside of the package."""
    with pytest.raises(AssertionError):
        answer(lambda: float("x"))
    with pytest.raises(AssertionError):
        answer(lambda: evaluate(None, {}))
    with pytest.raises(AssertionError):
        check(lambda: simulate.Ito(beta=-1, dt=0.1), "beta=-2")

"""Fixtures that every room shares."""

import os
import signal
import sys
from collections.abc import Iterator

import numpy as np
import pytest

# A shell starts what it puts into the background with Ctrl-C ignored, and tests press it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# Before anything imports matplotlib: no test may need a screen.
os.environ["MPLBACKEND"] = "Agg"


@pytest.fixture
def rng() -> np.random.Generator:
    """One seed for every test that draws its own numbers: a failure is the same failure again."""
    return np.random.default_rng(20180115)


@pytest.fixture(autouse=True)
def _close_figures() -> Iterator[None]:
    """Pyplot keeps every figure alive and warns at the twentieth, which is an error here."""
    yield
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close("all")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the cases of a test `slow` that its `fast_cases` does not name.

    A name that no case has would make the whole test slow without a word: that is an error.
    """
    cases: dict[str, set[str]] = {}
    named: dict[str, tuple[str, ...]] = {}
    for item in items:
        mark = item.get_closest_marker("fast_cases")
        if mark is not None:
            test, _, case = item.nodeid.partition("[")
            cases.setdefault(test, set()).add(case[:-1])
            named[test] = mark.args
            if case[:-1] not in mark.args:
                item.add_marker(pytest.mark.slow)
    for test, found in cases.items():
        if len(found) > 1 and not found >= set(named[test]):
            missing = ", ".join(sorted(set(named[test]) - found))
            raise pytest.UsageError(f"{test}: fast_cases names cases that are not there: {missing}")

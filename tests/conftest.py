"""Fixtures that every room shares."""

import os
import sys
from collections.abc import Iterator

import numpy as np
import pytest

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

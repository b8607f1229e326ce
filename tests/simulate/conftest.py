"""Fixtures of the simulation tests."""

import pytest

from driftscape import simulate
from driftscape.landscapes import Landscape

from .pairs import PAIRS


@pytest.fixture(params=PAIRS)
def pair(request: pytest.FixtureRequest) -> tuple[Landscape, simulate.Dynamics]:
    """One landscape with one dynamics."""
    make, dynamics = PAIRS[request.param]
    return make(), dynamics


@pytest.fixture
def pairs() -> dict[str, tuple]:
    """All pairs by name."""
    return PAIRS


@pytest.fixture
def nothing_is_compiled(monkeypatch):
    """Let input that is wrong be refused before any kernel is compiled, or fail."""
    from driftscape.simulate.backends.cpu import backend as numba

    def refuse(*_):
        raise AssertionError("compiled before the input was checked")

    monkeypatch.setattr(numba, "compiled", refuse)

"""Fixtures of the simulation tests."""

import pytest

from driftscape import simulate
from driftscape.landscapes import Landscape

from ..tiers import tiered
from .pairs import PAIRS

#: one pair for every mechanism of the kernels that is not slow to run
FAST = (
    "screw sgd", "screw batch 3", "screw ito", "well flow", "fit ito", "laws batch 5", "curled ito",
    "fit nesterov schedule", "screw matrix", "screw fixed", "laws without replacement",
    "curled a-type weak-2", "uneven isothermal", "mean stable", "quartic underdamped",
    "screw rgd flow", "curled geodesic", "fit natural", "laws gdc", "rows reshuffled", "rows ito",
)  # fmt: skip


@pytest.fixture(params=tiered(list(PAIRS), FAST))
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
    from driftscape.simulate.backends.cpu import backend as cpu

    def refuse(*_):
        raise AssertionError("compiled before the input was checked")

    monkeypatch.setattr(cpu, "compiled", refuse)

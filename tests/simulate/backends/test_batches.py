"""Many calls of a function, or many draws, become loops over rows, with the same bits."""

import numpy as np
import pytest

from driftscape import simulate
from driftscape.landscapes import Landscape
from driftscape.simulate.backends.codegen import batches, draws
from driftscape.simulate.backends.codegen.batches import Stages, frequent
from driftscape.simulate.backends.codegen.kernel import WIDTH, kernel_source
from driftscape.simulate.backends.cpu.backend import CpuBackend, CpuEngine
from driftscape.simulate.backends.cpu.compile import compile_step
from driftscape.simulate.backends.cpu.link import link

from .host_cpp import COMPILER, HostCpp

ITO = simulate.Ito(beta=2, dt=0.05)


def coupled(count: int) -> Landscape:
    """Phases coupled in pairs, and a nested call of another function."""
    names = [f"x{i}" for i in range(count)]
    drift = [
        f"tanh(exp(-{x}**2) + {'+'.join(f'sin({y} - {x})' for y in names if y != x)})"
        for x in names
    ]
    return Landscape.from_drift(drift, coordinates=" ".join(names))


CASES = {
    "pairs": (coupled(4), ITO),
    "five coordinates": (coupled(5), simulate.Ito(beta=2, dt=0.05, noise="rademacher")),
    "two evaluations": (coupled(3), simulate.Stratonovich(beta=2, dt=0.05)),
}


class Afresh(CpuBackend):
    """The CPU backend without its cache."""

    def engine(self, step, generator="xoshiro", trajectories=None):
        code, text = compile_step(step, WIDTH, generator)
        assert ("for part in range" in text) == (batches.MANY == 2)
        return CpuEngine(step, link(code), code.rows, WIDTH)


@pytest.mark.fast_cases("pairs")
@pytest.mark.parametrize("case", CASES)
def test_the_bits_stay(case, monkeypatch):
    landscape, dynamics = CASES[case]
    settings = {"steps": 75, "trajectories": 70, "seed": 7, "keep": "final"}
    backends = [Afresh(), *([HostCpp()] if COMPILER else [])]
    straight = simulate.run(landscape, dynamics, backend=Afresh(), **settings)
    monkeypatch.setattr(batches, "MANY", 2)
    monkeypatch.setattr(draws, "MANY", 5)
    monkeypatch.setattr(batches, "LONG", 9)
    for backend in backends:
        looped = simulate.run(landscape, dynamics, backend=backend, **settings)
        assert np.array_equal(looped.final.values, straight.final.values)


def test_few_calls_stay_where_they_are():
    assert "for part" not in kernel_source(ITO.step(coupled(3))).text
    assert kernel_source(ITO.step(coupled(17))).text.count("for part") == 3  # draws; 2 turns


def test_lines_fall_into_stages():
    lines = ["x = W[0, l]", "y = exp(x)", "z = exp(y + exp(p)) * x", "W[0, l] = z + y"]
    assert frequent(lines) == set()
    stages = Stages(lines, {"exp"}, first=9)
    texts = [text for text, _ in stages.texts()]
    called = [[batch.line() for batch in found] for _, found in stages.texts()]
    assert texts == [
        ["x = W[0, l]", "W[9, l] = x", "W[10, l] = p"],
        ["h2 = W[10, l]", "y = W[9, l]", "W[11, l] = y + h2"],
        ["h1 = W[11, l]", "x = W[0, l]", "y = W[9, l]", "z = h1 * x", "W[0, l] = z + y"],
    ]
    assert called == [
        ["W[9 + part, l] = exp(W[9 + part, l])"], ["W[11 + part, l] = exp(W[11 + part, l])"], []
    ]  # fmt: skip
    assert stages.end == 12

"""The width of vectors and the number that a loop works on: chosen as documented, equal bits."""

import ast
import ctypes
import re

import llvmlite.binding as llvm
import numpy as np
import pytest

from driftscape import landscapes, simulate
from driftscape.simulate.backends.cpu import conversion, statements, target
from driftscape.simulate.backends.cpu.backend import CpuBackend, CpuEngine
from driftscape.simulate.backends.cpu.compile import assembly, compile_step
from driftscape.simulate.backends.cpu.copies import copies, operations
from driftscape.simulate.backends.cpu.link import link

SGD = simulate.SGD(learning_rate=0.1)
SETTINGS = {"steps": 70, "trajectories": 70, "seed": 7, "threads": 1}


def registers(monkeypatch, name):
    """Return how often the code for a processor names vectors of 512 and of 256 bits."""
    monkeypatch.setenv("DRIFTSCAPE_CPU", name)
    monkeypatch.delenv("DRIFTSCAPE_CPU_FEATURES", raising=False)
    text = assembly(SGD.step(landscapes.gaussian_fit()))
    return len(re.findall(r"%zmm", text)), len(re.findall(r"%ymm", text))


@pytest.mark.skipif("x86_64" not in target.identity(), reason="the names are of x86 processors")
@pytest.mark.fast_cases("sapphirerapids")
@pytest.mark.parametrize("name", ["skylake-avx512", "icelake-server", "sapphirerapids", "znver4"])
def test_a_processor_with_wide_vectors_uses_them(monkeypatch, name):
    wide, narrow = registers(monkeypatch, name)
    assert wide > 500
    assert narrow < wide / 20


@pytest.mark.skipif("x86_64" not in target.identity(), reason="the names are of x86 processors")
def test_a_processor_that_is_named_has_its_own_features(monkeypatch):
    wide, narrow = registers(monkeypatch, "haswell")
    assert wide == 0
    assert narrow > 500


def test_settings_are_part_of_the_identity_of_a_kernel(monkeypatch):
    before = target.identity()
    monkeypatch.setenv("DRIFTSCAPE_CPU_FEATURES", "+avx2,+fma")
    assert target.identity() != before
    assert target.processor()[1].startswith("+avx2,+fma")


class Copies(CpuBackend):
    """Kernels whose lane loops all work on `number` vectors."""

    number = 1

    def engine(self, step, generator="xoshiro", trajectories=None):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(statements, "copies", lambda *_: self.number)
            code, _ = compile_step(step, self.lanes, generator)
        return CpuEngine(step, link(code), code.rows, self.lanes)


@pytest.mark.fast_cases("4-64")
@pytest.mark.parametrize("lanes", [64, 8])
@pytest.mark.parametrize("number", [1, 2, 3, 4, 8])
def test_no_number_changes_the_bits(monkeypatch, number, lanes):
    monkeypatch.setattr(Copies, "number", number)
    expected = simulate.run(landscapes.archimedes(), SGD, **SETTINGS)
    found = simulate.run(landscapes.archimedes(), SGD, backend=Copies(lanes), **SETTINGS)
    assert np.array_equal(found.final.values.view("u8"), expected.final.values.view("u8"))


def loop(text):
    (node,) = ast.parse("for l in range(64):\n " + text).body
    return node


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("W[0, l] = W[1, l] * f(W[0, l])", 64, 4),
        ("W[0, l] = W[1, l] * f(W[0, l])", 16, 2),
        ("W[0, l] = W[1, l] * f(W[0, l])", 8, 1),
        ("W[0, l] = " + " * ".join(f"W[{i}, l]" for i in range(8)), 64, 4),
        ("W[0, l] = " + " * ".join(f"W[{i}, l]" for i in range(9)), 64, 2),
        ("W[0, l] = " + " * ".join(f"W[{i}, l]" for i in range(17)), 64, 1),
        ("W[0, l] = " + " * ".join(["f(W[0, l])"] * 8), 64, 2),
        ("W[0, l] = " + " * ".join(["f(W[0, l])"] * 16), 64, 1),
        ("W[0, l] = W[1, l]", 64, None),
        ("W[0, l] = state[count + l]", 64, None),
        ("lost += W[0, l] - W[0, l]", 64, None),
    ],
)
def test_loops_with_more_to_do_take_fewer(text, width, expected):
    assert copies(loop(text), width, {"f": 30}) == expected


def test_operations_of_a_text():
    text = "y = horner(x, 1.0, 2.0, 3.0) + from_bits(bits(x) ^ u64(1)) if x < f(x) else sqrt(x)"
    assert operations(ast.parse(text), {"f": 10}) == 2 + 1 + 1 + 1 + 1 + 10 + 1


WORDS = [0, 1, 2**26 - 1, 2**38 - 1, 2**52 - 1, 0x5555555555555]


@pytest.mark.parametrize("way", conversion._WAYS)
def test_both_conversions_of_words_are_exact(way):
    text = conversion._function(way, "to_float").replace("internal ", "")
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(text), target.target_machine())
    convert = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_uint64)(
        engine.get_function_address("to_float")
    )
    assert [convert(word) for word in WORDS] == [float(word) for word in WORDS]


@pytest.mark.skipif("x86_64" not in target.identity(), reason="the names are of x86 processors")
def test_a_processor_without_the_instruction_adds(monkeypatch):
    monkeypatch.setenv("DRIFTSCAPE_CPU", "haswell")
    assert "fsub" in conversion.to_float()
    monkeypatch.setenv("DRIFTSCAPE_CPU", "sapphirerapids")
    assert "uitofp" in conversion.to_float()

"""What the table of speed compares with: the C++ written by hand, and that of the same text."""

import json

import numpy as np
import pytest

from benchmarks import chosen, compilers, limit, narrow, ours, untuned
from benchmarks.timing import Unavailable
from benchmarks.workloads import WORKLOADS, same_physics
from driftscape.simulate.backends.cpp import source

STEPS = 600


@pytest.fixture(scope="module", autouse=True)
def _compiler():
    try:
        compilers.vector_bytes()
    except Unavailable as error:
        pytest.skip(str(error))


@pytest.fixture
def kernel(monkeypatch):
    """Return each form of the limit in turn."""

    def use(group, form):
        monkeypatch.setattr(limit, "FORMS", (form,))
        monkeypatch.setattr(limit, "libraries", lambda: {group: found[group]})

    found = limit.libraries()
    return use, found


@pytest.mark.slow
@pytest.mark.parametrize("name", WORKLOADS)
def test_every_form_of_the_limit_computes_the_same_system(kernel, name):
    use, found = kernel
    work = WORKLOADS[name]
    expected = ours.contender(work, 1024, STEPS).run()
    for group in found:
        for form in limit.FORMS:
            use(group, form)
            final = limit.contender(work, 1024, STEPS).run()
            assert same_physics(work, expected, final) is None
            assert same_physics(work, expected, 1.3 * final)  # another system is noticed


@pytest.mark.slow
def test_vectors_of_half_the_width_compute_the_same_systems():
    for name, (*numbers, note) in narrow.measure(1, quick=True).items():
        assert np.isfinite(numbers).all(), name
        assert "vectors of 256 bits" in note


@pytest.mark.slow
@pytest.mark.parametrize("name", untuned.SYSTEMS)
def test_cpp_of_the_same_text_has_the_same_bits(name):
    us, *others = untuned.contenders(untuned.SYSTEMS[name], quick=True)
    expected = us.run()
    assert np.isfinite(expected).all()
    for other in others:
        assert np.array_equal(other.run().view("u8"), expected.view("u8")), other.name


@pytest.mark.slow
def test_a_rounding_more_would_be_noticed(monkeypatch):
    make = untuned.SYSTEMS["loss of 3 coordinates"]
    monkeypatch.setattr(untuned, "OPTIONS", ("-ffast-math",))
    untuned._compiled.cache_clear()
    try:
        us, other, _ = untuned.contenders(make, quick=True)
        assert (other.run() != us.run()).any()
    finally:
        untuned._compiled.cache_clear()


def test_the_text_has_loops_over_lanes_and_every_function():
    from driftscape.simulate.backends.codegen.kernel import kernel_source

    landscape, dynamics = untuned.loss()
    kernel = kernel_source(dynamics.step(landscape))
    text = untuned.blocks(kernel)
    assert text.count("l < 64") == kernel.text.count("for l in range(64)")
    assert "W[0][l]" in text
    assert "own_normal_pair" in text
    assert len(source.functions(kernel.used)) > 5


def test_the_head_of_the_table_names_what_was_chosen():
    assert chosen.kernels().endswith("bits at a time")


def test_a_missing_compiler_is_said(monkeypatch):
    monkeypatch.setattr(compilers.shutil, "which", lambda name: None)
    with pytest.raises(Unavailable, match="no C\\+\\+ compiler"):
        compilers.compiler.__wrapped__()


def test_the_compiler_that_is_named_comes_first(monkeypatch):
    monkeypatch.setenv("CXX", " ".join(compilers.compiler().command))
    assert compilers.compiler.__wrapped__().command == compilers.compiler().command


@pytest.mark.slow
def test_the_narrow_rows_are_numbers(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["narrow", "1", "1"])
    monkeypatch.setattr(narrow, "WORKLOADS", {"W4": WORKLOADS["W4"]})
    monkeypatch.setattr(narrow, "pin", list)
    narrow.main()
    (numbers,) = json.loads(capsys.readouterr().out).values()
    assert len(numbers) == 4

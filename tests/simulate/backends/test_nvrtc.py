"""Every kernel compiles for a GPU, in registers, without contraction; no GPU is needed."""

import inspect
import re
from dataclasses import replace
from itertools import count

import pytest

from driftscape.simulate.backends.codegen.stepkey import StepKey
from driftscape.simulate.backends.cpp.expressions import NAMES, called
from driftscape.simulate.backends.cpp.source import (
    _library,
    functions,
    prelude,
    source,
    with_constants,
)
from driftscape.simulate.backends.gpu.backend import OPTIONS, text_of
from driftscape.simulate.backends.primitives.table import FUNCTIONS

from .cases import LANDSCAPES, cases_of, plain_step, step_of
from .nvrtc import compile_program, missing

pytestmark = [
    pytest.mark.skipif(bool(missing()), reason=missing()),
    pytest.mark.filterwarnings("ignore"),
]

ARCHITECTURES = ("sm_80", "sm_90")

#: (landscape, mechanism, form) -> bytes that a thread may spill, stores and loads together: kernels
#: that have more numbers at a time than a thread's 255 registers, derivatives of D or of a noise
#: factor that is itself one of D, with more rows for an average or a bridge. A quarter above what
#: NVRTC 12.9 made of them (924, 600, 1596, 688, 24): the next version may order things differently.
SPILLED = {
    ("screw_loop", "Geodesic 0", "average"): 1150,
    ("screw_loop", "GDC 1", "run"): 750,
    ("screw_loop", "Stratonovich 0", "bridged passage"): 2000,
    ("logistic_regression", "Isothermal 4", "bridged passage"): 850,
    ("screw_loop", "Isothermal 5", "run"): 30,
}

#: what the front end writes where the assembler may fuse a product and a sum
_FREE = re.compile(r"\b(?:mul|add|sub)(?:\.ftz)?\.f(?:32|64)\b")

#: what the assembler expands to a call
_CALLED = re.compile(r"\b(?:div|rcp|sqrt)\.rn\.f64\b")


def for_gpu(text, architecture, *more):
    """Compile for a GPU with the options that the backend gives to CuPy, and verbosely."""
    return compile_program(
        text, (f"--gpu-architecture={architecture}", *OPTIONS, *more, "--ptxas-options=-v")
    )


@pytest.mark.fast_cases("van_der_pol", "maier_stein", "uneven")
@pytest.mark.parametrize("landscape", LANDSCAPES)
def test_every_kernel_compiles_and_stays_in_registers(landscape):
    done = set()
    for case in cases_of(landscape):
        text = text_of(StepKey(step_of(case)), case.generator)  # kept from the bits of the host
        if text in done:
            continue
        done.add(text)
        for architecture in ARCHITECTURES:
            result = for_gpu(text, architecture)
            assert result.ok, (case, result.log)
            assert not _FREE.search(result.ptx), case
            used = result.kernels["kernel"]
            allowed = SPILLED.get(case[:3], 0)
            assert used.spill_stores + used.spill_loads <= allowed, (case, architecture, used)


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_kernels_that_count_compile_and_add_for_all_threads(precision):
    step = plain_step("maier_stein", "Ito 0")
    text = source(replace(step, counted=step.state[:2]), precision=precision)
    for architecture in ARCHITECTURES:
        result = for_gpu(text, architecture)
        assert result.ok, result.log
        assert result.kernels["kernel"].stack == 0
        assert re.search(r"\b(?:red|atom)\.\S*add\.u64", result.ptx)


@pytest.mark.fast_cases("cubic_chi", "uneven", "divergence_free_double_well")
@pytest.mark.parametrize("landscape", LANDSCAPES)
def test_single_precision_compiles_too(landscape):
    step = plain_step(landscape, "Ito 0")
    for architecture in ARCHITECTURES:
        result = for_gpu(source(step, precision="float32"), architecture)
        assert result.ok, result.log
        used = result.kernels["kernel"]
        assert used.spill_stores + used.spill_loads == 0, used


def test_random_numbers_need_no_call():
    """A root that may meet any number brings tests and a call, even if it is never made."""
    text = source(plain_step("archimedes", "SGD 0"))
    for architecture in ARCHITECTURES:
        assert not _CALLED.search(for_gpu(text, architecture).ptx)
        general = for_gpu(text.replace("own_tame_sqrt(own", "own_sqrt(own"), architecture)
        assert _CALLED.search(general.ptx)


def test_a_spill_and_a_mistake_are_noticed():
    text = source(plain_step("archimedes", "SGD 0"))
    squeezed = for_gpu(text, ARCHITECTURES[0], "--maxrregcount=24").kernels["kernel"]
    assert squeezed.registers <= 24
    assert min(squeezed.spill_stores, squeezed.spill_loads) > 0
    broken = for_gpu(text.replace("now = start;", "now = begin;"), ARCHITECTURES[0])
    assert not broken.ok
    assert "begin" in broken.log


def test_every_fused_multiply_add_is_one_of_ours():
    """Counted function by function; the compiler's own contraction would add some."""
    result = _library(False)
    text = with_constants([prelude(), *functions(set(FUNCTIONS)), *map(_calling, FUNCTIONS)])
    refined = prelude().split("refined_quotient", 1)[1].split("#if", 1)[0].split("refined_root")
    steps = [part.count("wide_fma(") for part in refined]
    written = dict(zip(("tame_quotient", "tame_sqrt"), steps, strict=True))
    for name in FUNCTIONS:
        body = result[name].text.split("{", 1)[1]
        inside = (len(re.findall(rf"\b{called(n)}\(", body)) * written[n] for n in written)
        written[name] = body.count(f"{called('fma')}(") + sum(inside)
    exact = for_gpu(text, ARCHITECTURES[0])
    assert exact.ok, exact.log
    assert not _FREE.search(exact.ptx)
    written = {name: written[name] for name in FUNCTIONS}
    assert _fused(exact.ptx) == written
    free = for_gpu(text, ARCHITECTURES[0], "--fmad=true")
    assert _FREE.search(free.ptx)
    added = {name for name, count in _fused(free.ptx).items() if count > written[name]}
    assert {"exp", "log", "pow"} <= added


def _calling(name: str) -> str:
    """A kernel that calls one function."""
    kinds = inspect.get_annotations(FUNCTIONS[name])
    kinds.pop("return")
    floats, words = count(), count()
    given = [f"x[{next(floats)}]" if k is float else f"w[{next(words)}]" for k in kinds.values()]
    results = _library(False)[name].results
    out = [f"r{i}" for i in range(len(results))]
    lines = [f"{NAMES[kind]} {r};" for r, kind in zip(out, results, strict=True)]
    if len(out) == 1:
        lines.append(f"r0 = {called(name)}({', '.join(given)});")
    else:
        lines.append(f"{called(name)}({', '.join([*given, *out])});")
    pointers = {"r": "x", "w": "w"}
    lines += [f"{pointers[kind]}[{r[1:]}] = {r};" for r, kind in zip(out, results, strict=True)]
    head = f'extern "C" __global__ void {name}_alone(double *x, word_t *w)'
    return f"{head} {{ {' '.join(lines)} }}\n"


def _fused(ptx: str) -> dict[str, int]:
    """Number of fused multiply-adds of each kernel."""
    parts = re.split(r"\.entry (\w+)_alone", ptx)
    return {n: body.count("fma.rn.f64") for n, body in zip(parts[1::2], parts[2::2], strict=True)}

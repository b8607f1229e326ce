"""Lowering and printing: where expressions are computed, and at what cost."""

import os
import subprocess
import sys

import pytest
import sympy as sp

from driftscape import landscapes, simulate
from driftscape.landscapes import Landscape, Normal
from driftscape.simulate.backends.codegen.kernel import kernel_source
from driftscape.simulate.backends.codegen.lower import PER_RUN, lower, per_lane
from driftscape.simulate.backends.codegen.trigonometry import Sincos
from driftscape.simulate.backends.cpu.compile import assembly, outside_calls
from driftscape.simulate.step import Step

EVERYTHING = Landscape.from_loss(
    "exp(-a**2) + log(2 + sin(a*x)) + cos(a) + tan(a/9) + tanh(a*b) + sinh(a/4) + cosh(b/4)"
    " + sqrt(2 + a**2)"
    " + atan(a - b) + asin(a/(3 + a**2)) + acos(b/(3 + b**2)) + erf(a*x) + abs(a) + sign(b)*a"
    " + min(a, b, x) + max(a, 2*b) + where(a > b and x < 1 or not a < 0, a, b**2)"
    " + (1 + a**2)**0.3 + (1 + a**2)**2.5 + (1 + b**2)**-1.5 + (2 + b**2)**a",
    coordinates="a b",
    samples={"x": Normal()},
    name="everything",
    start=(0.3, -0.2),
)
SGD = simulate.SGD(learning_rate=0.01)


def test_constants_of_a_run_are_computed_outside_the_lanes():
    step = simulate.Ito(beta=1, dt=0.01).step(landscapes.double_well())
    program = lower(step)
    assert any(e.has(sp.sqrt) or e.atoms(sp.Pow) for _, e in program.code[PER_RUN])
    lane = [e for _, e in program.code[per_lane(0)]] + program.update
    assert not any(
        isinstance(n, sp.Pow) and n.exp == sp.S.Half for e in lane for n in sp.preorder_traversal(e)
    )


def test_sine_and_cosine_of_an_angle_and_its_shifts_are_one_call():
    program = lower(SGD.step(landscapes.archimedes()))
    calls = [e for lines in program.code.values() for _, e in lines if isinstance(e, Sincos)]
    assert len(calls) == 1
    assert not any(e.has(sp.sin, sp.cos) for e in program.update)


def test_a_mini_batch_is_a_loop_and_not_unrolled():
    texts = [
        kernel_source(
            simulate.SGD(learning_rate=0.1, batch_size=b).step(landscapes.gaussian_fit())
        ).text
        for b in (2, 500)
    ]
    assert texts[0] == texts[1]


def test_what_does_not_depend_on_the_sample_leaves_the_batch_loop():
    program = lower(simulate.SGD(learning_rate=0.1, batch_size=8).step(landscapes.archimedes()))
    (loop,) = program.loops
    inside = [e for _, e in program.code.get(loop.scope, [])] + [e for _, e in loop.sums]
    assert not any(isinstance(e, Sincos) or e.has(sp.sin, sp.cos) for e in inside)


def test_a_sum_inside_a_sum_and_an_undefined_symbol_are_refused():
    x, y, i = sp.symbols("x y i", real=True)
    table = sp.IndexedBase("w", real=True)
    nested = sp.Sum(sp.Sum(table[i], (i, 0, 2)) * table[i], (i, 0, 2))
    with pytest.raises(ValueError, match="sum inside a sum"):
        lower(Step((x,), (nested,), 1, tables={table: [1, 2, 3]}))
    with pytest.raises(ValueError, match="does not define"):
        lower(Step((x,), (x + y,), 1))


@pytest.mark.slow
def test_every_function_of_the_language_runs_and_agrees_with_the_reference():
    runs = [
        simulate.run(EVERYTHING, SGD, steps=1, trajectories=300, seed=3, backend=b)
        for b in ("cpu", "numpy")
    ]
    assert abs(runs[0].final - runs[1].final).max() < 1e-14


@pytest.mark.fast_cases("4")
@pytest.mark.parametrize("batch", [1, 4])
def test_no_function_of_the_language_calls_out_of_the_lanes(batch):
    code = assembly(simulate.SGD(learning_rate=0.01, batch_size=batch).step(EVERYTHING))
    assert outside_calls(code) == set()
    assert code.count("ymm") + code.count("zmm") > 500


def test_the_check_sees_a_scalar_call():
    """The twin: naive code that calls the scalar exponential."""
    import math

    from numba import njit

    @njit("float64(float64)")
    def naive(x):
        return math.exp(x)

    assert "exp" in outside_calls(next(iter(naive.inspect_asm().values())))


# those that use every function between them; `python -m benchmarks` reads all
SAMPLE = ("archimedes", "gaussian_fit", "ratchet", "two_basins", "mueller_brown", "cosh")


@pytest.mark.fast_cases("cosh", "two_basins")
@pytest.mark.parametrize("name", SAMPLE)
def test_shipped_landscapes_call_nothing_out_of_the_lanes(name):
    landscape = landscapes.ZOO[name]()
    ito = simulate.Ito(beta=1, dt=0.01)
    for dynamics in (SGD, ito) if landscape.kind == "loss" else (ito,):
        assert outside_calls(assembly(dynamics.step(landscape))) == set()


def test_names_that_a_user_typed_do_not_reach_the_code():
    odd = Landscape.from_potential(
        "W**2/2 + kernel**2", coordinates="W kernel", parameters={"state": 1.0}
    )
    text = kernel_source(simulate.Ito(beta=1, dt=0.1).step(odd)).text
    run = simulate.run(odd, simulate.Ito(beta=1, dt=0.1), steps=5, seed=1, trajectories=3)
    assert "s0_W" in text
    assert run.final.notnull().all()


KERNELS = """
from driftscape import landscapes, simulate
from driftscape.simulate.backends.codegen.kernel import kernel_source
from driftscape.simulate.passage.ending import Ending
from driftscape.simulate.points import Points

well, ito = landscapes.double_well(), simulate.Ito(beta=2, dt=0.01)
points = Points.read(well, ito)
for target in ("x1 > 0.5 and x2 > 0.2", "(x1 > 1 and x2 > 0) or (x1 < -1 and x2 < 0)"):
    print(kernel_source(Ending(points, target, [None]).extend(ito.step(well), 0)).text)
"""


def test_the_text_of_a_kernel_does_not_depend_on_the_hash_seed():
    """A text that does would be compiled anew in most processes."""
    texts = {
        subprocess.run(
            [sys.executable, "-c", KERNELS],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("0", "2", "3")
    }  # fmt: skip
    assert len(texts) == 1
    assert texts.pop().count("def kernel") == 2

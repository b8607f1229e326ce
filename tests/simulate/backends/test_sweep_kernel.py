"""Parameters with a value for each trajectory: the same bits on every backend."""

import sys

import numpy as np
import pytest

from driftscape import landscapes, simulate
from driftscape.simulate.backends.codegen.kernel import kernel_source
from driftscape.simulate.backends.codegen.lower import PER_RUN, PER_TRAJECTORY, lower
from driftscape.simulate.backends.gpu import backend as cupy
from driftscape.simulate.backends.gpu.backend import CupyBackend
from driftscape.simulate.step import constant_rows, parameter

from . import fake_cupy
from .host_cpp import COMPILER

FRICTION = simulate.Underdamped(friction=1, beta=5, dt=0.1)

SWEPT = {
    "mini-batch": (
        landscapes.quartic_well,
        simulate.SGD(learning_rate=0.1, batch_size=3),
        {"learning_rate": [0.05, 0.1]},
    ),
    "reshuffled": (
        landscapes.archimedes,
        simulate.SGD(learning_rate=0.1, sampling="reshuffled", train_size=7),
        {"learning_rate": [0.05, 0.1]},
    ),
    "rotation": (
        lambda: landscapes.double_well(rotation=1.5),
        simulate.Ito(beta=1, dt=0.01),
        {"rotation": [0.5, 1.5], "dt": [0.01, 0.02]},
    ),
    "friction": (landscapes.quartic_well, FRICTION, {"friction": [0.1, 1.0, 10.0]}),
    "four kernels": (
        landscapes.quartic_well,
        simulate.SGD(learning_rate=0.1, sampling="reshuffled", train_size=6),
        {"batch_size": [1, 3], "momentum": [0, 0.5]},
    ),
}
SETTINGS = {"steps": 67, "trajectories": 90, "seed": 5, "save_every": 3}


def differing(a, b):
    """Names of the variables of which some bit differs."""
    alike = (
        v
        for v in a.data_vars
        if np.array_equal(a[v].values.view(np.uint64), b[v].values.view(np.uint64))
    )
    return {*a.data_vars, *b.data_vars} - set(alike)


@pytest.mark.fast_cases("mini-batch", "friction")
@pytest.mark.skipif(COMPILER is None, reason="no C++ compiler: neither g++ nor clang++")
@pytest.mark.parametrize("name", SWEPT)
def test_a_card_gives_the_bits_of_the_cpu(name, monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", fake_cupy.make())
    cupy._kernel.cache_clear()
    make, dynamics, over = SWEPT[name]
    swept = simulate.sweep(make(), dynamics, over=over, **SETTINGS)
    for max_bytes in (None, 2e4 * (5 if name == "reshuffled" else 1)):  # whole, and in parts
        gpu = simulate.sweep(
            make(), dynamics, over=over, backend=CupyBackend(max_bytes), **SETTINGS
        )
        assert differing(swept, gpu) == set()
        point = {k: v[-1] for k, v in over.items()}
        other = {k: v[0] for k, v in over.items()}
        assert simulate.rerun(gpu.sel(point)).identical(
            simulate.rerun(swept.sel(point), backend=CupyBackend(max_bytes))
        )
        assert "final" in differing(swept.sel(point), gpu.sel(other))
    cupy._kernel.cache_clear()


def test_held_parameters_are_rows_that_keep_their_symbols():
    step = FRICTION.step(landscapes.quartic_well())
    friction, dt = parameter("friction"), parameter("dt")
    varied = step.with_constant_rows([friction])
    assert constant_rows(step) == ()
    assert constant_rows(varied) == (friction,)
    assert varied.state == (*step.state, friction)
    assert varied.initial[-1] == 1.0
    assert dt in varied.parameters
    assert friction not in varied.parameters


def test_what_a_trajectory_holds_is_computed_with_once_a_burst():
    step = FRICTION.step(landscapes.quartic_well())
    text = kernel_source(step.with_constant_rows([parameter("friction")])).text
    before, _, inside = text.partition("while now < stop")
    assert " exp(" in before
    assert " exp(" not in inside
    assert "sqrt(" not in inside
    assert " exp(" in kernel_source(step).text.partition("for block in")[0]  # once a run


def test_a_constant_row_moves_code_and_changes_none_of_it():
    """The same operations on the same operands: only their scope differs."""
    step = FRICTION.step(landscapes.quartic_well())
    plain, varied = lower(step), lower(step.with_constant_rows([parameter("friction")]))
    assert plain.update == varied.update[:-1]
    moved = varied.code[PER_TRAJECTORY]
    assert sorted(map(str, [*varied.code[PER_RUN], *moved])) == sorted(
        map(str, plain.code[PER_RUN])
    )


def test_a_loop_has_as_many_turns_in_every_lane():
    step = simulate.SGD(learning_rate=0.1, batch_size=3).step(landscapes.quartic_well())
    with pytest.raises(ValueError, match="not one number for all lanes"):
        lower(step.with_constant_rows([parameter("batch_size")]))

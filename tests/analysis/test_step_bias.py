"""The bias of a step size, its error and what the extrapolation leaves, where all are exact."""

import numpy as np
import pytest

from driftscape import analysis, simulate
from driftscape.landscapes import Landscape

BOWL = Landscape.from_potential("x**2/2", coordinates="x", name="bowl")


@pytest.fixture(scope="module")
def runs():
    return simulate.refine(
        BOWL, simulate.Ito(beta=1, dt=0.2), observables="x**2", discard_steps=60, time=200,
        trajectories=8000, seed=6,
    )  # fmt: skip


@pytest.mark.slow
def test_what_is_left_is_stated(runs):
    """E x^2 = 1/(1 - dt/2): beyond the term of order dt there are others."""
    found = analysis.step_bias(runs, "x**2")
    exact = 1 / (1 - runs.dt.values / 2) - 1
    for bias, right in zip(found.bias, exact, strict=True):
        assert abs(bias.value - right) < 4 * bias.stderr + found.truncation
        assert abs(bias.value) > 20 * bias.stderr  # and it is seen
    assert found.truncation < 0.1 * found.bias[-1].value
    assert abs(found.limit.value - 1) < 4 * found.limit.stderr + found.truncation
    # the twin: the two finest levels alone, for each level from its own difference to the finest
    values = runs.average.values[:, :, 0]
    twin = 4 / 3 * (values[0] - values[2])
    assert abs(twin.mean() - exact[0]) > 12 * twin.std() / np.sqrt(8000)


def test_two_levels_tell_nothing_of_the_next_order(runs):
    found = analysis.step_bias(runs.isel(level=[0, 1]), "x**2")
    assert found.truncation == pytest.approx(abs(found.bias[1].value))
    exact = 1 / (1 - 0.1 / 2) - 1
    assert abs(found.bias[1].value - exact) < 4 * found.bias[1].stderr + found.truncation
    assert "truncation" in str(found)


def test_a_thrown_particle_has_one_order_for_all_noise():
    """BAOAB has the right E x^2 of a bowl at any step."""
    thrown = simulate.Underdamped(beta=1, friction=1, dt=0.4)
    result = simulate.refine(
        BOWL, thrown, observables="x**2", discard_steps=50, time=100, trajectories=1000, seed=2
    )
    found = analysis.step_bias(result, "x**2")
    assert abs(found.limit.value - 1) < 4 * found.limit.stderr + found.truncation
    for bias in found.bias:
        assert abs(bias.value) < 4 * bias.stderr + found.truncation


def test_errors_are_the_scatter(runs):
    z = []
    exact = 1 / (1 - 0.2 / 2) - 1
    for k in range(160):
        bias = analysis.step_bias(runs.isel(trajectory=slice(50 * k, 50 * (k + 1))), "x**2").bias[0]
        z.append((bias.value - exact) / bias.stderr)
    assert abs(np.mean(z)) < 4 / np.sqrt(160)
    assert 0.8 < np.std(z) < 1.2


def test_a_run_of_one_step_size_has_no_bias_to_measure():
    run = simulate.run(BOWL, simulate.Ito(beta=1, dt=0.2), steps=1, trajectories=16, seed=1)
    with pytest.raises(ValueError, match=r"one step size; give what simulate\.refine returned"):
        analysis.step_bias(run, "x**2")

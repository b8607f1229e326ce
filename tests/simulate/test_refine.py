"""Step sizes under one Brownian path: the same increments, and a bias read off differences."""

import numpy as np
import pytest

from driftscape import analysis, landscapes, simulate
from driftscape.landscapes import Landscape
from driftscape.simulate.backends.codegen.draws import Draws
from driftscape.simulate.backends.reference.words import draw
from driftscape.simulate.streams import stream_words

BOWL = Landscape.from_potential("x**2/2", coordinates="x", name="bowl")


def normals(seed, steps, trajectories, per_step):
    """The normals of each coarse step, shape (steps, per_step, trajectories)."""
    words = stream_words(seed, np.arange(trajectories, dtype=np.uint64))
    draws = Draws(["normal"] * per_step, paired=True)
    return np.array([draw(words, draws)[:per_step] for _ in range(steps)])


@pytest.mark.slow
def test_every_level_follows_its_own_loop_under_the_summed_increments():
    land = Landscape.from_drift("x - x**3", coordinates="x", noise_factor=["1 + x/4"], start=(0.3,))
    runs = simulate.refine(
        land, simulate.Ito(beta=2, dt=0.2), levels=3, steps=25, trajectories=7, seed=5,
        observables=("x**2",), discard_steps=3,
    )  # fmt: skip
    xi = normals(5, 25, 7, 4)
    for level, count in enumerate((1, 2, 4)):
        dt, x, seen = 0.2 / count, np.full(7, 0.3), []
        increments = xi.reshape(25, count, 4 // count, 7).sum(2) * np.sqrt(0.2 / 4)
        for step in range(25):
            seen.append(x**2)
            for dw in increments[step]:
                x = x + dt * (x - x**3) + (1 + x / 4) * dw
        assert np.abs(x - runs.final.values[level, :, 0]).max() < 1e-12
        assert np.abs(np.mean(seen[3:], axis=0) - runs.average.values[level, :, 0]).max() < 1e-12


def test_the_bias_of_euler_maruyama_on_a_bowl_is_the_exact_one():
    """E x^2 = 1/(1 - dt/2) at every dt."""
    runs = simulate.refine(
        BOWL,
        simulate.Ito(beta=1, dt=0.2),
        observables="x**2",
        discard_steps=50,
        time=400,
        trajectories=2000,
        seed=3,
    )
    exact = 1 / (1 - runs.dt.values / 2)
    found = analysis.step_bias(runs, "x**2")
    for value, expected in zip(found.value, exact, strict=True):
        assert abs(value.value - expected) < 4 * value.stderr
    differences = runs.average.values[:-1, :, 0] - runs.average.values[-1, :, 0]
    error = differences.std(1) / np.sqrt(2000)
    assert (np.abs(differences.mean(1) - (exact[:-1] - exact[-1])) < 4 * error).all()
    assert (np.abs(differences.mean(1)) > 4 * error).all()  # no bias is the twin
    # to next order the observed order is log2 of the exact differences
    expected = np.log2((exact[0] - exact[1]) / (exact[1] - exact[2]))
    assert abs(found.order.value - expected) < 4 * found.order.stderr
    assert abs(found.limit.value - 1) < 4 * found.limit.stderr + 1e-3


def test_coupling_makes_the_error_smaller_than_separate_runs_would():
    runs = simulate.refine(
        BOWL, simulate.Ito(beta=1, dt=0.1), levels=2, time=5, trajectories=2000, seed=4
    )
    found = analysis.step_bias(runs, "x**2")
    apart = np.hypot(found.value[0].stderr, found.value[1].stderr)
    assert found.bias[1].stderr < apart / 5


def test_it_reruns_and_does_not_depend_on_threads():
    def go(threads):
        well, ito = landscapes.double_well(1.0), simulate.Ito(beta=1, dt=0.05)
        return simulate.refine(
            well, ito, steps=40, trajectories=100, seed=2, threads=threads, levels=2
        )

    assert go(1).identical(go(2))


@pytest.mark.parametrize(("dynamics", "words"), [
    (simulate.SGD(learning_rate=0.1), "no dt"),
    (simulate.GD(learning_rate=0.1), "no dt"),
])  # fmt: skip
def test_what_cannot_be_refined_is_refused(dynamics, words):
    with pytest.raises(ValueError, match=words):
        simulate.refine(landscapes.archimedes(), dynamics, steps=5)


@pytest.mark.parametrize("levels", [1, 6, 2.5])
def test_levels_are_two_to_five(levels):
    with pytest.raises((ValueError, TypeError), match="levels"):
        simulate.refine(BOWL, simulate.Ito(beta=1, dt=0.1), levels=levels, steps=5)


def test_too_few_trajectories_carry_the_partial_answer():
    runs = simulate.refine(
        BOWL, simulate.Ito(beta=1, dt=0.1), levels=2, steps=5, trajectories=4, seed=1
    )
    with pytest.raises(analysis.TooFewData) as error:
        analysis.step_bias(runs, "x")
    assert np.isfinite(error.value.estimate.value)

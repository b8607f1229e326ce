"""The mean velocity is the displacement after the transient over the time it took."""

import numpy as np
import pytest

from driftscape import analysis, landscapes, simulate

SGD = simulate.SGD(learning_rate=0.1)


@pytest.fixture(scope="module")
def screw_run():
    return simulate.run(
        landscapes.archimedes(), SGD, steps=430, trajectories=50, seed=2, save_every=30
    )


def test_velocity_is_displacement_over_steps(screw_run):
    z = screw_run["state"].sel(coordinate="z").values
    final = screw_run["final"].sel(coordinate="z").values
    each = (final - z[:, 4]) / (430 - 120)  # first snapshot after 10/learning_rate = 100 steps
    measured = analysis.drift_velocity(screw_run, "z")
    assert measured.value == pytest.approx(each.mean(), rel=1e-12)
    assert measured.stderr == pytest.approx(each.std(ddof=1) / np.sqrt(50), rel=1e-12)
    assert (measured.n_eff, measured.unit) == (50, "per step")
    by_time = analysis.drift_velocity(screw_run, "z", per="time")
    assert by_time.value == pytest.approx(measured.value / 0.1)
    assert by_time.unit == "per time"


def test_discard_zero_is_the_displacement(screw_run):
    whole = analysis.drift_velocity(screw_run, "z", discard_steps=0)
    moved = analysis.displacement(screw_run, "z")
    assert (whole * 430).value == pytest.approx(moved.value)
    assert (whole * 430).stderr == pytest.approx(moved.stderr)
    assert moved.unit == "per 430 steps"


def test_the_end_counts_even_between_snapshots(screw_run):
    z = screw_run["state"].sel(coordinate="z").values
    final = screw_run["final"].sel(coordinate="z").values
    late = analysis.drift_velocity(screw_run, "z", discard_steps=420)
    assert late.value == pytest.approx(((final - z[:, 14]) / 10).mean())


def test_nothing_left_carries_the_velocity_of_the_whole_run(screw_run):
    with pytest.raises(analysis.TooFewData) as error:
        analysis.drift_velocity(screw_run, "z", discard_steps=430)
    whole = analysis.drift_velocity(screw_run, "z", discard_steps=0)
    assert error.value.estimate.value == pytest.approx(whole.value)


def test_refusals_say_what_to_do(screw_run):
    with pytest.raises(ValueError, match="pass discard_steps=0"):
        analysis.drift_velocity(screw_run.drop_vars("state"), "z")
    assert analysis.drift_velocity(screw_run.drop_vars("state"), "z", discard_steps=0).n_eff == 50
    with pytest.raises(ValueError, match="per=.year.; it must be one of 'step', 'time'"):
        analysis.drift_velocity(screw_run, "z", per="year")
    with pytest.raises(ValueError, match="coordinate='w'; it must be one of 'u', 'v', 'z'"):
        analysis.drift_velocity(screw_run, "w")

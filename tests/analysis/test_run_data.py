"""Only an honest ensemble is averaged, and its error bar is right whatever the correlation."""

import numpy as np
import pytest

from driftscape import analysis, landscapes, simulate
from driftscape.analysis.run_data import read_run

from ..sealed import sealed

SGD = simulate.SGD(learning_rate=0.5)


@pytest.fixture(scope="module")
def bowl():
    return simulate.run(
        landscapes.mean_estimation(), SGD, steps=100, trajectories=64, seed=3, save_every=1
    )


def test_diverged_trajectories_are_refused_unless_dropped(bowl):
    run = bowl.copy(deep=True)
    run["diverged"][5] = 17
    run["diverged"][9] = 12
    run["final"][5] = np.inf
    run["state"][5, -1] = np.inf
    run = sealed(run)
    with pytest.raises(
        analysis.Diverged, match="2 of 64 trajectories diverged, the first at step 12"
    ) as e:
        analysis.moment(run, "theta")
    assert (e.value.count, e.value.first) == (2, 12)
    kept = analysis.moment(run, "theta**2", diverged="drop")
    others = [k for k in range(64) if k not in (5, 9)]
    again = analysis.moment(bowl.isel(trajectory=others), "theta**2")
    assert (kept.value, kept.stderr, kept.n_eff) == (again.value, again.stderr, 62)
    assert "2 diverged trajectories dropped" in kept.method
    with pytest.raises(ValueError, match="diverged='ignore'"):
        analysis.moment(run, "theta", diverged="ignore")


def test_too_few_trajectories_carry_the_partial_estimate(bowl):
    with pytest.raises(analysis.TooFewData, match="at least 16") as error:
        analysis.moment(bowl.isel(trajectory=slice(0, 5)), "theta")
    expected = bowl["state"].values[:5, 20:, 0].mean()
    assert error.value.estimate.value == pytest.approx(expected)
    assert error.value.estimate.n_eff == 5
    with pytest.raises(analysis.TooFewData) as error:
        analysis.displacement(bowl.isel(trajectory=[0]), "theta")
    assert error.value.estimate.stderr == np.inf


def test_a_run_shorter_than_its_transient_carries_the_partial_estimate(bowl):
    with pytest.raises(analysis.TooFewData, match="all 100 steps are discarded") as error:
        analysis.moment(bowl, "theta", discard_steps=1000)
    assert error.value.estimate.value == pytest.approx(bowl["final"].values.mean())


def test_default_discard_is_ten_units_of_time(bowl):
    assert read_run(bowl).first_step(None) == 20
    later = bowl["state"].values[:, 20:, 0]
    assert analysis.moment(bowl, "theta").value == pytest.approx(later.mean())
    for wrong in (-1, 2.5, True):
        with pytest.raises((TypeError, ValueError), match="a whole number >= 0"):
            analysis.moment(bowl, "theta", discard_steps=wrong)


def test_refuses_what_no_run_returned(bowl):
    with pytest.raises(ValueError, match="no 'diverged'"):
        analysis.moment(bowl.drop_vars("diverged"), "theta")
    with pytest.raises(ValueError, match="coordinate='tehta'; it must be 'theta'"):
        analysis.displacement(bowl, "tehta")
    with pytest.raises(ValueError, match="phi"):
        analysis.moment(bowl, "phi**2")
    with pytest.raises(ValueError, match="has no snapshots"):
        analysis.moment(bowl.drop_vars("state"), "theta")


def test_error_bars_are_right_for_correlated_times(bowl):
    """z of 400 small ensembles has unit variance; taking times as independent has not."""
    slow = simulate.SGD(learning_rate=0.05)  # correlation time 20 steps
    run = simulate.run(
        landscapes.mean_estimation(), slow, steps=400, trajectories=400 * 32, seed=11, save_every=4
    )
    z, naive = [], []
    for k in range(400):
        part = run.isel(trajectory=slice(32 * k, 32 * (k + 1)))
        estimate = analysis.moment(part, "theta")
        z.append(estimate.compare(0.0).z)
        values = part["state"].values[:, 51:]
        naive.append(values.mean() / (values.std() / np.sqrt(values.size)))
    # a t variable with 31 degrees of freedom has variance 31/29, its sample variance error ~ 8 %
    assert np.var(z) == pytest.approx(31 / 29, abs=4 * 0.08)
    assert np.var(naive) > 3


def test_a_warning_of_skewness_points_to_the_call(bowl):
    with pytest.warns(analysis.SkewnessWarning) as caught:
        analysis.moment(bowl.isel(trajectory=slice(20)), "exp(9*theta)", discard_steps=0)
    assert caught[0].filename == __file__

"""A trajectory that leaves the finite numbers is frozen, counted and reported."""

import numpy as np
import pytest

from driftscape import landscapes, simulate
from driftscape.landscapes import Landscape
from driftscape.simulate.backends.numba import NumbaBackend

CUBIC = Landscape.from_potential("x**3/3 - x**5/20", coordinates="x", name="cubic")
ITO = simulate.Ito(beta=2, dt=0.1)


def blow_up(**changes):
    settings = {"steps": 400, "trajectories": 130, "seed": 3, "start": 0.5, "save_every": 1}
    with pytest.warns(
        simulate.DivergenceWarning, match=r"of 130 trajectories of cubic .* first at step"
    ):
        return simulate.run(CUBIC, ITO, **(settings | changes))


def test_the_step_of_divergence_is_exact_and_the_rest_is_nan():
    run = blow_up()
    lost = run.diverged.values
    assert (lost >= 0).sum() > 10
    for trajectory in np.flatnonzero(lost >= 0):
        path = run.state.values[trajectory, :, 0]
        assert np.isfinite(path[: lost[trajectory]]).all()
        assert np.isnan(path[lost[trajectory] :]).all()


@pytest.mark.parametrize(
    "changes", [{"save_every": 50}, {"backend": NumbaBackend(lanes=16)}, {"threads": 2}]
)
def test_it_does_not_depend_on_how_the_run_was_cut(changes):
    assert (blow_up().diverged == blow_up(**changes).diverged).all()


def test_the_reference_finds_the_same_steps():
    few = {"steps": 100}
    assert (blow_up(**few).diverged == blow_up(backend="numpy", **few).diverged).mean() > 0.97


def test_survivors_are_untouched_by_their_neighbours():
    run = blow_up()
    alive = np.flatnonzero(run.diverged.values < 0)
    if len(alive):
        one = simulate.run(
            CUBIC, ITO, steps=400, trajectories=range(alive[0], alive[0] + 1), seed=3, start=0.5
        )
        assert (one.final.values == run.final.values[alive[:1]]).all()


def test_a_learning_rate_past_the_stability_limit_is_warned_with_the_numbers():
    with pytest.warns(
        simulate.DivergenceWarning, match=r"learning_rate=2.5 .* limit 2 of mean_estimation"
    ):
        simulate.run(
            landscapes.mean_estimation(), simulate.SGD(learning_rate=2.5), steps=10, seed=1
        )

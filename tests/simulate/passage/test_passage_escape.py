"""Escape from a well: the exact times, that crossings inside a step are counted, and SGD's own."""

import numpy as np
import pytest

from driftscape import landscapes, simulate, theory

WELL = landscapes.quartic_well()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("noise", "exact", "count"),
    [(0.2, 7.934, 100_000), (0.1, 30.821, 100_000), (0.05, 361.904, 20_000)],
)
def test_the_quartic_well_is_left_after_the_exact_time(noise, exact, count):
    """From -1 to the saddle at dt = 0.01, where steps' ends alone are 6 to 7 % late."""
    predicted = theory.mean_first_passage_time(WELL, beta=1 / noise, start=-1, target=0).value
    assert abs(predicted - exact) < 1e-3
    ito = simulate.Ito(beta=1 / noise, dt=0.01)
    for bridge in (None, False):
        passages = simulate.first_passage(
            WELL, ito, start=-1, target="x > 0", trajectories=count, seed=7, bridge=bridge,
            max_time=40 * round(exact),
        )  # fmt: skip
        assert not passages.censored.any()
        times = passages.passage_time.values
        difference, error = times.mean() - predicted, times.std() / count**0.5
        if bridge is None:
            assert abs(difference) < 3 * error + 0.005 * predicted
        else:
            assert abs(difference) > 3 * error + 0.005 * predicted
            assert 0.03 < difference / predicted < 0.1


def test_a_discrete_step_is_the_physics_and_is_not_corrected():
    for dynamics in (
        simulate.SGD(learning_rate=0.25),
        simulate.Underdamped(friction=1, beta=5, dt=0.25),
        simulate.Ito(beta=5, dt=0.25, noise="rademacher"),
    ):
        passages = simulate.first_passage(
            WELL, dynamics, start=-1, target="x > 0", trajectories=200, seed=1, max_time=1000
        )
        assert simulate.provenance(passages)["bridge"] is False
        steps = passages.passage_time.values / 0.25
        assert (steps == np.round(steps)).all()  # 1/4 is a binary fraction
        # beyond the boundary, not on it
        assert (passages.exit.values[~passages.censored.values] > 0).all()


def test_a_passage_ends_a_run_and_changes_nothing_before():
    sgd = simulate.SGD(learning_rate=0.25)
    passages = simulate.first_passage(
        WELL, sgd, start=-1, target="x > 0", trajectories=5, seed=1, max_time=1000
    )
    steps = np.round(passages.passage_time.values / 0.25).astype(int)
    paths = simulate.run(
        WELL, sgd, start=-1, steps=max(steps), trajectories=5, seed=1, save_every=1
    ).state.values[..., 0]
    for path, step, out in zip(paths, steps, passages.exit.values[:, 0], strict=True):
        assert (path[:step] <= 0).all()
        assert path[step] == out > 0

"""Mean first-passage times by splitting, against quadrature and against brute force."""

import numpy as np
import pytest

from driftscape import analysis, landscapes, simulate
from driftscape.landscapes import Landscape, Rademacher

WELL = landscapes.quartic_well()
OPTIONS = dict(start=-1, target="x > 0", reaction_coordinate="x")


def test_a_barrier_of_twenty_five():
    """One passage would take 1.6e13 steps."""
    measured = analysis.splitting_mfpt(WELL, simulate.Ito(beta=100, dt=0.01), seed=1, **OPTIONS)
    exact = analysis.exact_mfpt(WELL, beta=100, start=-1, target=0)
    low, high = measured.interval(0.95)
    assert high - measured.value < 0.1 * exact.value
    assert measured.compare(exact).verdict == "agrees"
    assert abs(measured.value / exact.value - 1) < 0.1
    wrong = analysis.exact_mfpt(WELL, beta=103, start=-1, target=0)  # a barrier 3 % higher
    assert measured.compare(wrong).verdict == "rejected"


@pytest.mark.parametrize("beta", [10, 20])
def test_agrees_with_quadrature_and_brute_force(beta):
    ito = simulate.Ito(beta=beta, dt=0.01)
    measured = analysis.splitting_mfpt(WELL, ito, seed=2, replicas=1000, **OPTIONS)
    exact = analysis.exact_mfpt(WELL, beta=beta, start=-1, target=0)
    assert measured.compare(exact).verdict == "agrees"
    hits = simulate.first_passage(
        WELL, ito, start=-1, target="x > 0", trajectories=2000, seed=3,
        max_time=40 * exact.value // 1,
    )  # fmt: skip
    times = hits.passage_time.values
    error = np.hypot(times.std() / np.sqrt(len(times)), measured.stderr)
    assert abs(times.mean() - measured.value) < 4 * error


def test_the_error_is_the_spread():
    """z-scores over seeds are standard normal: their squares sum to chi-square."""
    ito = simulate.Ito(beta=20, dt=0.01)
    exact = analysis.exact_mfpt(WELL, beta=20, start=-1, target=0)
    made = [
        analysis.splitting_mfpt(WELL, ito, seed=seed, replicas=200, **OPTIONS)
        for seed in range(10, 22)
    ]
    z = np.array([(e.value - exact.value) / e.stderr for e in made])
    assert 2.2 < (z**2).sum() < 37.0  # 0.1 and 99.98 % of chi-square with 12 degrees


def test_discrete_sgd_is_split_as_it_is():
    """SGD with two-valued samples: no SDE, no bridge, the same law as brute force."""
    well = Landscape.from_loss(
        "(w**2 - 1)**2/4 + x*w", coordinates="w", samples={"x": Rademacher()}, start=[-1]
    )
    sgd = simulate.SGD(learning_rate=0.2)
    hits = simulate.first_passage(
        well, sgd, start=-1, target="w > 0", trajectories=4000, seed=5, max_time=1e5
    )
    assert not hits.censored.any()
    times = hits.passage_time.values
    rare = simulate.splitting(
        well, sgd, start=-1, target="w > 0", reaction_coordinate="w", seed=6, replicas=1000
    )
    assert not simulate.provenance(rare)["bridge"]
    measured = analysis.hill_mfpt(rare)
    error = np.hypot(times.std() / np.sqrt(len(times)), measured.stderr)
    assert abs(times.mean() - measured.value) < 4 * error


def test_nothing_reached_is_an_error():
    rare = simulate.splitting(
        WELL, simulate.Ito(beta=20, dt=0.01), seed=1, runs=4, replicas=100, **OPTIONS
    )
    empty = rare.assign(probability=rare.probability * 0)
    with pytest.raises(analysis.TooFewData, match="none of 4 runs"):
        analysis.hill_mfpt(empty)
    run = simulate.run(WELL, simulate.Ito(beta=5, dt=0.01), steps=4, seed=1)
    with pytest.raises(ValueError, match="not made by simulate.splitting"):
        analysis.crossing_probability(run)

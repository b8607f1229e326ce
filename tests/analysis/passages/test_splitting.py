"""Mean first-passage times by splitting, against quadrature and against brute force."""

import json

import numpy as np
import pytest
import xarray as xr

from driftscape import analysis, landscapes, simulate, theory
from driftscape.landscapes import Landscape, Rademacher

from ...sealed import sealed

WELL = landscapes.quartic_well()
OPTIONS = dict(start=-1, target="x > 0", reaction_coordinate="x")


@pytest.mark.slow
def test_a_barrier_of_twenty_five():
    """One passage would take 1.6e13 steps."""
    measured = analysis.mean_first_passage_time_by_splitting(
        simulate.splitting(WELL, simulate.Ito(beta=100, dt=0.01), seed=1, **OPTIONS)
    )
    exact = theory.mean_first_passage_time(WELL, beta=100, start=-1, target=0)
    low, high = measured.interval(0.95)
    assert high - measured.value < 0.1 * exact.value
    assert measured.compare(exact).verdict == "agrees"
    assert abs(measured.value / exact.value - 1) < 0.1
    wrong = theory.mean_first_passage_time(
        WELL, beta=103, start=-1, target=0
    )  # a barrier 3 % higher
    assert measured.compare(wrong).verdict == "rejected"


@pytest.mark.parametrize("beta", [10, 20])
def test_agrees_with_quadrature_and_brute_force(beta):
    ito = simulate.Ito(beta=beta, dt=0.01)
    measured = analysis.mean_first_passage_time_by_splitting(
        simulate.splitting(WELL, ito, seed=2, replicas=1000, **OPTIONS)
    )
    exact = theory.mean_first_passage_time(WELL, beta=beta, start=-1, target=0)
    assert measured.compare(exact).verdict == "agrees"
    passages = simulate.first_passage(
        WELL, ito, start=-1, target="x > 0", trajectories=2000, seed=3,
        max_time=40 * exact.value // 1,
    )  # fmt: skip
    times = passages.passage_time.values
    error = np.hypot(times.std() / np.sqrt(len(times)), measured.stderr)
    assert abs(times.mean() - measured.value) < 4 * error


@pytest.mark.slow
def test_the_error_is_the_spread():
    """z-scores over seeds are standard normal: their squares sum to chi-square."""
    ito = simulate.Ito(beta=20, dt=0.01)
    exact = theory.mean_first_passage_time(WELL, beta=20, start=-1, target=0)
    estimates = [
        analysis.mean_first_passage_time_by_splitting(
            simulate.splitting(WELL, ito, seed=seed, replicas=200, **OPTIONS)
        )
        for seed in range(10, 22)
    ]
    z = np.array([(e.value - exact.value) / e.stderr for e in estimates])
    assert 2.2 < (z**2).sum() < 37.0  # 0.1 and 99.98 % of chi-square with 12 degrees


@pytest.mark.slow
def test_discrete_sgd_is_split_as_it_is():
    """SGD with two-valued samples: no SDE, no bridge, the same law as brute force."""
    well = Landscape.from_loss(
        "(w**2 - 1)**2/4 + x*w", coordinates="w", samples={"x": Rademacher()}, start=[-1]
    )
    sgd = simulate.SGD(learning_rate=0.2)
    passages = simulate.first_passage(
        well, sgd, start=-1, target="w > 0", trajectories=4000, seed=5, max_time=1e5
    )
    assert not passages.censored.any()
    times = passages.passage_time.values
    splitting = simulate.splitting(
        well, sgd, start=-1, target="w > 0", reaction_coordinate="w", seed=6, replicas=1000
    )
    assert not simulate.provenance(splitting)["bridge"]
    measured = analysis.mean_first_passage_time_by_splitting(splitting)
    error = np.hypot(times.std() / np.sqrt(len(times)), measured.stderr)
    assert abs(times.mean() - measured.value) < 4 * error


def splitting_of(out, home=0.0, first=0.0, left=1.0, loop=1.0, reached=0, loops=1000):
    """What `simulate.splitting` would return, of numbers of each run."""
    runs = len(out)
    each = {
        "probability": out, "probability_at_home": home, "first_time": first, "survival": left,
        "loop_time": loop, "reached_loops": reached,
    }  # fmt: skip
    provenance = {
        "format": 2, "kind": "splitting", "loops": loops, "seed": "1", "landscape": {},
    }  # fmt: skip
    data = {name: ("run", np.broadcast_to(value, runs)) for name, value in each.items()}
    coords = {"provenance": json.dumps(provenance), "run": np.arange(runs)}
    return sealed(xr.Dataset(data, coords), "run")


def test_errors_have_the_size_of_the_scatter():
    """Runs of a known law: probabilities, and times of which each part scatters."""
    rng = np.random.default_rng(4)
    z = []
    for _ in range(400):
        out = 1e-3 * rng.gamma(50, 1 / 50, 20)
        splitting = splitting_of(
            out, home=2e-3 * rng.gamma(50, 1 / 50, 20), first=rng.normal(200, 60, 20),
            left=rng.normal(0.8, 0.1, 20), loop=rng.normal(2.0, 0.3, 20),
        )  # fmt: skip
        p = 1e-3 + (1 - 1e-3) * 2e-3
        z.append(
            [
                analysis.crossing_probability(splitting).compare(1e-3).z,
                analysis.mean_first_passage_time_by_splitting(splitting)
                .compare(200 + 0.8 * 2.0 / p)
                .z,
            ]
        )
    spread = np.sqrt(19 / 17)  # of Student's law with 19 degrees of freedom
    assert (abs(np.mean(z, axis=0)) < 4 / np.sqrt(400)).all()
    assert (abs(np.std(z, axis=0) / spread - 1) < 4 / np.sqrt(800)).all()


def test_the_times_are_weighed():
    """The mean time of a loop and the probability are of all runs, and not of one at a time."""
    splitting = splitting_of(
        np.array([0.01, 0.03] * 10), loop=np.array([3.0, 1.0] * 10), first=5.0, left=0.5
    )
    truth = 5 + 0.5 * 2.0 / 0.02
    assert analysis.mean_first_passage_time_by_splitting(splitting).value == pytest.approx(
        truth, rel=0.05
    )
    both = splitting_of(np.full(20, 0.2), home=0.5, first=5.0, left=0.5, loop=2.0)
    assert analysis.mean_first_passage_time_by_splitting(both).value == pytest.approx(
        5 + 0.5 * 2.0 / 0.6
    )
    assert analysis.crossing_probability(both).value == pytest.approx(0.2)


def test_walkers_that_know_better_are_heard():
    """Splitting finds one way of two: what the walkers count contradicts it."""
    out = 1e-3 * np.random.default_rng(1).gamma(50, 1 / 50, 20)
    for reached, right in ((1, True), (2, True), (4, False)):
        splitting = splitting_of(
            out, reached=reached, loops=1000
        )  # 20 runs: 20 passages are expected
        if right:
            assert analysis.mean_first_passage_time_by_splitting(splitting).value == pytest.approx(
                1000, rel=0.2
            )
            continue
        for question in (
            analysis.mean_first_passage_time_by_splitting,
            analysis.crossing_probability,
        ):
            with pytest.raises(analysis.TooFewData, match="80 of 20000 loops .* misses a way"):
                question(splitting)


def test_a_target_reached_from_home_only():
    with pytest.raises(analysis.TooFewData, match="it is reached from home"):
        analysis.crossing_probability(splitting_of(np.zeros(20), home=0.01))
    with pytest.raises(ValueError, match="no 'probability_at_home'"):
        analysis.mean_first_passage_time_by_splitting(
            splitting_of(np.full(20, 0.1)).drop_vars("probability_at_home")
        )


def test_nothing_reached_is_an_error():
    splitting = simulate.splitting(
        WELL, simulate.Ito(beta=20, dt=0.01), seed=1, runs=4, replicas=100, **OPTIONS
    )
    empty = sealed(splitting.assign(probability=splitting.probability * 0), "run")
    with pytest.raises(analysis.TooFewData, match="none of 4 runs"):
        analysis.mean_first_passage_time_by_splitting(empty)
    run = simulate.run(WELL, simulate.Ito(beta=5, dt=0.01), steps=4, seed=1)
    with pytest.raises(ValueError, match="not made by simulate.splitting"):
        analysis.crossing_probability(run)

"""Loops of splitting: the mean time is that of the chain, whatever the coordinate and the start."""

from functools import cache

import numpy as np
import pytest
from scipy.special import ndtr

from driftscape import analysis, landscapes, simulate
from driftscape.landscapes import Landscape
from driftscape.simulate.rare import loops

WELL = landscapes.quartic_well()
HOME, LEAVE = -0.95, -0.8


@cache
def chain(beta, home=HOME, leave=LEAVE, dt=0.01, start=-1.0):
    """Of the Euler chain of the quartic well, on a grid: the mean time from `start` past 0.

    And of the law in which loops leave home in the long run: the probability of coming past 0
    before home, the mean time of a loop over the probability that it ends there, and the mean time.
    """
    edges = np.arange(-1300, 1) * 0.002
    x, spread = (edges[1:] + edges[:-1]) / 2, np.sqrt(2 * dt / beta)

    def leads(here):
        cells = ndtr((edges - (here + dt * (here - here**3))[:, None]) / spread)
        return np.diff(cells, axis=1)

    step = leads(x)

    def way(within, to):
        """Where a way within some states ends, and its mean time, from each of them."""
        ends = np.column_stack([step[np.ix_(within, to)], np.full(within.sum(), dt)])
        return np.linalg.solve(np.eye(within.sum()) - step[np.ix_(within, within)], ends)

    far, inside, none = x > leave, x < home, x > 0
    out, back = way(~inside, inside)[far[~inside]], way(~far, far)[inside[~far]]
    law, stays = np.full(far.sum(), 1 / far.sum()), 1.0
    for _ in range(100):
        law = law @ out[:, :-1] @ back[:, :-1]
        stays = law.sum()
        law /= stays
    entered = law @ out[:, :-1]
    loop = law @ out[:, -1] + entered @ back[:, -1]
    times = way(~none, none)[:, 0]
    time = dt + (leads(np.array([start])) @ times)[0]
    return time, 1 - entered.sum(), loop / (1 - stays), law @ times[far]


@pytest.mark.parametrize("beta", [4, 10])
def test_the_time_is_that_of_a_loop_over_its_probability(beta):
    """Wald's identity, on the grid: the formula itself."""
    *_, hill, time = chain(beta)
    assert hill == pytest.approx(time, rel=1e-9)


def split(xi, beta, seed, **options):
    settings = dict(start=-1, target="x > 0", replicas=250, seed=seed, bridge=False) | options
    ito = simulate.Ito(beta=beta, dt=0.01)
    return simulate.splitting(WELL, ito, reaction_coordinate=xi, **settings)


def pooled(found, truth):
    """Standard errors between the mean of independent estimates and the truth."""
    error = np.sqrt(sum(one.stderr**2 for one in found))
    return sum(one.value - truth for one in found) / error


@pytest.mark.fast_cases("(x+1)**2-4-0.05", "x-10-0.05")
@pytest.mark.parametrize(
    ("xi", "beta", "off"),
    [
        ("x", 10, 0.05),
        ("-x", 10, 0.1),
        ("x**2", 10, 0.1),
        ("(x+1)**2", 4, 0.05),
        ("(x**2-1)**2/4", 10, 0.1),
        ("-x", 30, 0.15),  # 4000 units of time: no walker comes to the target
    ],
)
def test_a_bad_coordinate_costs_precision_not_truth(xi, beta, off):
    """The way back leads to the target too: passages on it do not turn on the way out."""
    truth = chain(beta)[0]
    found = [
        analysis.mean_first_passage_time_by_splitting(split(xi, beta, seed)) for seed in range(4)
    ]
    assert abs(pooled(found, truth)) < 4
    assert np.sqrt(np.mean([one.stderr**2 for one in found]) / 4) < off * truth / 2


def test_what_is_not_rare_is_right_too():
    """Half of the loops reach the target: walkers die out in some runs of few."""
    truth = chain(1)[0]
    found = [
        analysis.mean_first_passage_time_by_splitting(split("x", 1, s, home=HOME, leave=LEAVE))
        for s in range(4)
    ]
    assert abs(pooled(found, truth)) < 4
    with pytest.raises(ValueError, match="nothing is rare here"):
        split("x", 1, 1, home=HOME, leave=-0.02, replicas=4)


@pytest.mark.slow
def test_ways_below_the_level_of_leaving_count_once():
    """In the plane some pass the top with x + y < `leave`: x alone is the chain's."""
    plane = Landscape.from_potential("(x**2 - 1)**2/4 + y**2/2", coordinates="x y")
    found = [
        analysis.mean_first_passage_time_by_splitting(simulate.splitting(
            plane, simulate.Ito(beta=10, dt=0.01), start=[-1, 0], target="x > 0", bridge=False,
            reaction_coordinate="x + y", replicas=250, seed=seed,
        ))
        for seed in range(4)
    ]  # fmt: skip
    assert abs(pooled(found, chain(10)[0])) < 4
    assert found[0].stderr < 0.1 * chain(10)[0]


@pytest.mark.slow
def test_crossings_are_those_of_the_chain():
    """At low barriers too, where an eighth of the excursions come over."""
    for beta in (4, 10):
        found = [
            analysis.crossing_probability(split("x", beta, seed, home=HOME, leave=LEAVE))
            for seed in range(4)
        ]
        assert abs(pooled(found, chain(beta)[1])) < 4


SLOW = Landscape.from_drift(
    ["x - x**3 + e", "-e/60"], coordinates="x e", diffusion=[["0.035", "0"], ["0", "0.0006"]],
    name="slow",
)  # fmt: skip
HIDDEN = Landscape.from_drift(
    ["x - x**3 + e", "-e/0.5"], coordinates="x e", diffusion=[["0", "0"], ["0", "0.32"]],
    name="hidden",
)  # fmt: skip


@pytest.mark.slow
def test_loops_go_on_until_what_is_slow_is_forgotten(monkeypatch):
    """e is 0 at first, 0.2 wide after some 25 loops, and passages need it."""
    ito = simulate.Ito(beta=1, dt=0.04)
    settings = dict(start=[-1, 0], target="x > 0")
    many = {"trajectories": 1500, "max_time": 1e5, "seed": 1}
    passages = simulate.first_passage(SLOW, ito, **many, **settings)
    truth = analysis.mean_first_passage_time(passages)

    def off(seeds):
        found = []
        for seed in seeds:
            estimate = simulate.splitting(
                SLOW, ito, reaction_coordinate="x", replicas=500, seed=seed, home=HOME, leave=-0.85,
                **settings,
            )  # fmt: skip
            found.append(analysis.mean_first_passage_time_by_splitting(estimate))
            before.append(simulate.provenance(estimate)["loops_before"])
        error = np.sqrt(sum(one.stderr**2 for one in found)) / len(found)
        off = np.mean([one.value for one in found]) - truth.value
        return off / np.hypot(error, truth.stderr)

    before: list[int] = []
    assert abs(off(range(2))) < 3.5
    assert min(before) >= 30
    monkeypatch.setattr(loops, "_DIFFERENT", np.inf)  # the wrong twin takes the first loops
    assert off(range(6)) > 3.5


@pytest.mark.slow
def test_walkers_that_reach_the_target_leave_no_trace():
    """A tenth of the walkers does before the settled loops; 213.89(39) by first passages."""
    ito = simulate.Ito(beta=1, dt=0.01, scheme="weak-2")
    found = [
        analysis.mean_first_passage_time_by_splitting(
            simulate.splitting(
                HIDDEN, ito, start=[-1, 0], target="x > 0", reaction_coordinate="x", seed=seed
            )
        )
        for seed in range(6)
    ]
    error = np.sqrt(sum(one.stderr**2 for one in found)) / len(found)
    off = np.mean([one.value for one in found]) - 213.89
    assert abs(off) < 4 * np.hypot(error, 0.39)
    assert error < 0.005 * 213.89


@pytest.mark.slow
def test_what_drifts_for_ever_is_said(monkeypatch):
    monkeypatch.setattr(loops, "_LONGEST", 8)
    screw = Landscape.from_drift(
        ["x - x**3", "1"], coordinates="x z", diffusion=[["1", "0"], ["0", "0"]], name="screw"
    )
    with pytest.warns(simulate.UnsettledWarning, match="still drift after 30 loops"):
        simulate.splitting(
            screw, simulate.Ito(beta=20, dt=0.02), start=[-1, 0], target="x > 0", runs=4,
            reaction_coordinate="x", replicas=100, seed=1,
        )  # fmt: skip


def test_halves_that_differ_are_not_alike():
    """A shift of 15 % of the spread among 5000 walkers is seen, chance is not."""
    earlier, later = np.random.default_rng(1).standard_normal((2, 300, 5000))
    assert (
        np.mean([loops._alike(a[None], b[None]) for a, b in zip(earlier, later, strict=True)]) == 1
    )
    shifted = [loops._alike(a[None], b[None] + 0.15) for a, b in zip(earlier, later, strict=True)]
    assert np.mean(shifted) < 0.01


def test_a_coordinate_that_is_low_in_two_basins_is_refused():
    """Home is on both sides of the top: who has crossed it and is home does not forget it."""
    with pytest.raises(ValueError, match="low in a second basin too"):
        split("-x**2", 25, 1, target="x > 1.3")


class NoExcursions:
    """All that selections need."""

    seed, generator = 5, "xoshiro"


def test_walkers_that_have_reached_the_target_are_copies_of_others():
    """Of their own run, and of where these are now: not of where they left home themselves."""
    ids = np.arange(2000, dtype=np.uint64)
    walkers = loops._Walkers(NoExcursions(), ids, 2, HOME, LEAVE)
    walkers.states = -np.ones((1, 2000))
    now = np.arange(2000.0)[None]
    hit = np.random.default_rng(1).random((2, 1000)) < 0.5
    states = walkers.copied(now.copy(), hit)[0].reshape(2, 1000)
    np.testing.assert_array_equal(states[~hit], now[0][~hit.ravel()])
    for m in range(2):
        parents = states[m][hit[m]].astype(int) - 1000 * m
        assert (~hit[m][parents]).all()
        assert len(set(parents)) > 0.5 * hit[m].sum()  # drawn anew for each: 1 - 1/e expected
    with pytest.raises(ValueError, match="nothing is rare here"):
        walkers.copied(now.copy(), np.ones((2, 1000), bool))


def test_starts_are_drawn_without_favour():
    """All that are usable before any twice, and no order among them."""
    ids = np.arange(2000, dtype=np.uint64)
    walkers = loops._Walkers(NoExcursions(), ids, 2, HOME, LEAVE)
    usable = np.random.default_rng(1).random((2, 1000)) < 0.5
    drawn = walkers.drawn(np.arange(2000.0)[None], usable, 400)[0].reshape(2, 400)
    for m in range(2):
        own = drawn[m].astype(int) - 1000 * m
        assert usable[m][own].all()
        assert len(set(own)) == 400
        assert abs(own.mean() - 499.5) < 4 * 1000 / np.sqrt(12 * 400)

"""Exit by one jump of stable noise, against plain NumPy with SciPy's stable numbers."""

import numpy as np
import pytest
from scipy.stats import levy_stable

from driftscape import analysis, landscapes, simulate, theory
from driftscape.landscapes import Landscape
from driftscape.theory.escape.levy_exit import stable_tail

ALPHA, DT = 1.5, 0.1
QUARTIC = landscapes.quartic_well()
BOWL = Landscape.from_potential("x**2/2", coordinates="x")


def flights(beta, alpha=ALPHA, dt=DT):
    return simulate.Ito(beta=beta, dt=dt, noise="stable", alpha=alpha)


def plain_exit(rng, beta, left, right, n=500, alpha=ALPHA, dt=DT):
    """Mean exit time of the bowl and its error: a loop over steps, SciPy's stable numbers."""
    scale = dt ** (1 / alpha) / np.sqrt(beta)
    pool = levy_stable.rvs(alpha, 0, size=2_000_000, random_state=rng)  # many a step at once
    x, time, alive, used = np.zeros(n), np.zeros(n), np.ones(n, bool), 0
    while alive.any():
        count = alive.sum()
        if used + count > len(pool):
            pool, used = levy_stable.rvs(alpha, 0, size=len(pool), random_state=rng), 0
        x[alive] += -dt * x[alive] + scale * pool[used : used + count]
        used += count
        time[alive] += dt
        alive &= (x > left) & (x < right)
    return time.mean(), time.std() / np.sqrt(n)


@pytest.fixture(scope="module")
def measured():
    """Exit times of two noise strengths and two intervals: (beta, left, right) -> mean, error."""
    rng = np.random.default_rng(20211121)
    cases = [(50.0, -1.0, 2.0), (800.0, -1.0, 2.0), (200.0, -2.0, 2.0)]
    return {case: plain_exit(rng, *case) for case in cases}


@pytest.mark.slow
def test_the_law_agrees_with_plain_simulation(measured):
    for (beta, left, right), (mean, error) in measured.items():
        predicted = theory.levy_exit_time(BOWL, flights(beta), start=0, left=left, right=right)
        assert predicted.valid
        assert predicted.truncation < 0.15 * predicted.value
        assert abs(mean - predicted.value) < 4 * error + predicted.truncation
        # wrong twins: one way out only; the other usual scale, E exp(i k xi) = exp(-|k|^alpha/2)
        for twin in (1 + (-right / left) ** -ALPHA, 2):
            assert abs(mean - twin * predicted.value) > 4 * error + twin * predicted.truncation


def test_the_time_is_a_power_of_the_noise_and_not_an_exponential(measured):
    (one, e_one), (two, e_two) = measured[50.0, -1.0, 2.0], measured[800.0, -1.0, 2.0]
    slope = np.log(two / one) / np.log(4)  # the scale is a quarter
    error = np.hypot(e_one / one, e_two / two) / np.log(4)
    assert abs(slope - ALPHA) < 4 * error + 0.1  # 0.1: what the truncation allows
    assert abs(slope - 2) > 4 * error + 0.1
    # Kramers instead: log tau grows like beta times the height, no power of the scale
    gaussian = [
        theory.mean_first_passage_time(BOWL, beta=b, start=0, target=-1).value for b in (20, 80)
    ]
    assert np.log(gaussian[1] / gaussian[0]) / np.log(2) > 20


def test_width_matters_and_height_does_not():
    where = {"start": 0, "left": -1, "right": 1}
    deep = Landscape.from_potential("5*x**2/2", coordinates="x")
    low, high = (theory.levy_exit_time(w, flights(1e4), **where).value for w in (BOWL, deep))
    assert low == high
    wide = theory.levy_exit_time(BOWL, flights(1e4), start=0, left=-2, right=2).value
    assert wide / low == pytest.approx(2**ALPHA, rel=1e-2)
    kramers = [
        theory.mean_first_passage_time(w, beta=5, start=0, target=1).value for w in (BOWL, deep)
    ]
    assert kramers[1] > 100 * kramers[0]


def test_discrete_time_has_its_exact_geometric_law_and_the_limit_forgets_the_step():
    scale = 0.3  # learning rate 1: every step starts from the minimum again
    dynamics = flights(beta=1 / scale**2, dt=1.0)
    tau = theory.levy_exit_time(BOWL, dynamics, start=0, left=-1, right=2)
    chance = levy_stable.sf([1 / scale, 2 / scale], ALPHA, 0).sum()
    assert tau.value == pytest.approx(1 / chance, rel=1e-4)
    times = [
        theory.levy_exit_time(BOWL, flights(1e6, dt=dt), start=0, left=-1, right=2).value
        for dt in (0.1, 0.001)
    ]
    assert times[0] == pytest.approx(times[1], rel=1e-3)


def test_the_mean_of_the_chain_itself_by_a_grid():
    """(1 - K) tau = dt on 1601 cells: what the one-jump law leaves out is within its truncation."""
    beta, left, right = 200.0, -1.0, 2.0
    scale = DT ** (1 / ALPHA) / np.sqrt(beta)
    axis = np.concatenate([-np.geomspace(1e4, 1e-3, 700), [0], np.geomspace(1e-3, 1e4, 700)])
    table = levy_stable.cdf(axis, ALPHA, 0)
    edges = np.linspace(left, right, 1602)
    middles = (edges[1:] + edges[:-1]) / 2
    jumps = (edges[None, :] - (1 - DT) * middles[:, None]) / scale
    kernel = np.diff(np.interp(jumps, axis, table), axis=1)
    tau = np.linalg.solve(np.eye(1601) - kernel, np.full(1601, DT))
    exact = np.interp(0.0, middles, tau)
    predicted = theory.levy_exit_time(BOWL, flights(beta), start=0, left=left, right=right)
    assert abs(exact - predicted.value) < predicted.truncation
    assert predicted.truncation < 0.05 * predicted.value
    assert abs(exact - predicted.value) > predicted.truncation / 4  # not an idle allowance
    assert abs(exact - 1.3 * predicted.value) > 1.3 * predicted.truncation


@pytest.mark.parametrize("alpha", [0.5, 1.0, 1.5, 1.9])
def test_tails_are_scipys(alpha):
    for x in (0.5, 3.0, 20.0, 100.0):
        assert stable_tail(x, alpha) == pytest.approx(levy_stable.sf(x, alpha, 0), rel=2e-4)
    x = np.array([0.5, 3.0, 20.0])
    if alpha == 1:
        found = [stable_tail(v, 1.0) for v in x]
        assert found == pytest.approx(0.5 - np.arctan(x) / np.pi, rel=1e-6)


@pytest.mark.slow
def test_the_package_simulates_it_too():
    dynamics = flights(200.0)
    ends = {"left": "x < -1", "right": "x > 2"}
    settings = {"trajectories": 4000, "max_time": 2000, "seed": 3}
    passages = simulate.first_passage(BOWL, dynamics, start=0, target=ends, **settings)
    predicted = theory.levy_exit_time(BOWL, dynamics, start=0, left=-1, right=2)
    assert analysis.mean_first_passage_time(passages).compare(predicted).verdict == "agrees"
    assert analysis.exponentiality(passages, discard_time=1.0)
    share = analysis.splitting_probability(passages, "left")
    assert share.compare(1 / (1 + 2**-ALPHA)).verdict == "agrees"
    assert share.compare(0.5).verdict == "rejected"


@pytest.mark.parametrize(
    ("dynamics", "where", "words"),
    [
        (simulate.Ito(beta=100, dt=0.1), {}, "makes no jumps"),
        (flights(100.0, alpha=2), {}, "makes no jumps.*eyring_kramers"),
        (simulate.SGD(learning_rate=0.1), {}, "makes no jumps"),
        (flights(100.0), {"start": 3}, "start=3 must lie between"),
        (flights(100.0), {"right": 2}, "drift changes sign at: -1.*end the interval at the saddle"),
        (flights(100.0), {"left": -0.9, "start": -0.5}, "drift changes sign at: none"),
        (flights(100.0, dt=1.5), {}, "is not stable for steps of dt=1.5"),
    ],
)
def test_what_is_no_exit_by_a_jump_is_refused(dynamics, where, words):
    with pytest.raises(ValueError, match=words):
        theory.levy_exit_time(QUARTIC, dynamics, **({"start": -1, "left": -2, "right": 0} | where))


def test_strong_noise_is_outside_the_regime():
    predicted = theory.levy_exit_time(BOWL, flights(2.0), start=0, left=-1, right=1)
    assert not predicted.valid
    assert "here" in predicted.regime

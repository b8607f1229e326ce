"""First passages on the line follow their laws; looking at the ends of steps alone does not."""

import numpy as np
import pytest
from scipy import special, stats

from driftscape import simulate, theory
from driftscape.landscapes import Landscape

COUNT = 20_000
LIKELY = 6e-5  # what four standard errors leave to chance
LINE = Landscape.from_drift(
    "mu - k*x", coordinates="x", parameters={"mu": 0.0, "k": 0.0, "h": 1.0}, name="line"
)
BROWN = simulate.Ito(beta=2, dt=0.01)  # dx = mu dt + dW


def passage(landscape=LINE, dynamics=BROWN, **changes):
    settings = {"start": 0, "target": "x > h", "trajectories": COUNT, "seed": 1, "max_time": 40}
    return simulate.first_passage(landscape, dynamics, **(settings | changes))


def p_value(passages, law):
    """Kolmogorov and Smirnov's, of the times below the one that everything is watched for."""
    times, censored = passages.passage_time.values, passages.censored.values
    known = law(times[censored][0]) if censored.any() else 1.0
    return stats.kstest(times[~censored], lambda t: law(t) / known).pvalue


def levy(t):
    """Brownian motion to the distance 1."""
    return special.erfc(1 / np.sqrt(2 * t))


def inverse_gaussian(t):
    """The same with drift 1."""
    root = np.sqrt(t)
    return special.ndtr((t - 1) / root) + np.exp(2) * special.ndtr(-(t + 1) / root)


def ornstein_uhlenbeck(t):
    """dx = -x dt + dW from -1 to its mean: half of those that crossed are below by reflection."""
    return special.erfc(np.exp(-t) / np.sqrt(1 - np.exp(-2 * t)))


LAWS = {
    "Levy": (LINE, {"max_time": 10}, levy, 1),
    "inverse Gaussian": (LINE.with_parameters(mu=1), {}, inverse_gaussian, 1),
    "Ornstein and Uhlenbeck": (
        LINE.with_parameters(k=1, h=0),
        {"start": -1},
        ornstein_uhlenbeck,
        0,
    ),
}


@pytest.mark.fast_cases("inverse Gaussian")
@pytest.mark.parametrize("name", LAWS)
def test_the_time_of_a_passage_follows_its_law(name):
    landscape, settings, law, boundary = LAWS[name]
    passages, twin = (passage(landscape, **settings, bridge=bridge) for bridge in (None, False))
    assert p_value(passages, law) > LIKELY
    assert p_value(twin, law) < LIKELY
    arrived = ~passages.censored.values
    assert (passages.exit.values[arrived, 0] == boundary).all()
    expected = law(settings.get("max_time", 40.0))
    assert abs(arrived.mean() - expected) <= 4 * np.sqrt(expected * (1 - expected) / COUNT)


@pytest.mark.slow
def test_the_chance_to_have_arrived_is_exact_however_long_the_steps():
    """For Brownian motion the correction is no approximation: dt = 1 to the distance 1."""
    coarse, count = simulate.Ito(beta=2, dt=1.0), 400_000
    settings = {"trajectories": count, "max_time": 6}
    for mu, law in ((0, levy), (1, inverse_gaussian)):
        passages, twin = (
            passage(LINE.with_parameters(mu=mu), coarse, bridge=bridge, **settings)
            for bridge in (None, False)
        )
        for end in (1.0, 2.0, 3.0, 6.0):
            error = np.sqrt(law(end) * (1 - law(end)) / count)
            late, arrived = (
                ((p.passage_time <= end) & ~p.censored).mean() for p in (twin, passages)
            )
            assert abs(arrived - law(end)) < 4 * error
            assert abs(late - law(end)) > 4 * error


@pytest.mark.slow
def test_an_interval_is_left_on_either_side_by_the_linear_law():
    settings = {"start": 0.3, "target": {"left": "x < 0", "right": "x > 1"}}
    passages, twin = passage(**settings), passage(**settings, bridge=False)
    error = np.sqrt(0.3 * 0.7 / COUNT)
    assert abs(passages.target.values.mean() - 0.3) < 4 * error
    assert abs(twin.target.values.mean() - 0.3) > 4 * error
    assert (passages.exit.values[:, 0] == passages.target.values).all()
    times, late = passages.passage_time.values, twin.passage_time.values  # E T = x (1 - x)
    assert abs(times.mean() - 0.21) < 4 * times.std() / COUNT**0.5
    assert abs(late.mean() - 0.21) > 4 * late.std() / COUNT**0.5


@pytest.mark.fast_cases("Isothermal")
@pytest.mark.parametrize("dynamics", [simulate.Ito, simulate.Isothermal])
def test_state_dependent_noise_takes_the_time_of_its_reading(dynamics):
    """D = 1 + x**2 from -1 to 1; the interpretations differ by 3 %."""
    bowl = Landscape.from_potential("x**4/4", coordinates="x", diffusion=["1 + x**2"], name="bowl")
    settings = {"start": -1, "target": "x > 1", "max_time": 1000}
    predicted = {
        name: theory.mean_first_passage_time(
            bowl, beta=2, start=-1, target=1, interpretation=name
        ).value
        for name in ("ito", "isothermal")
    }
    expected = predicted.pop(dynamics.__name__.lower())
    (wrong,) = predicted.values()

    def measured(count, **changes):
        law = dynamics(beta=2, dt=0.0025)
        times = passage(bowl, law, trajectories=count, **settings, **changes).passage_time.values
        return times.mean(), times.std() / count**0.5

    mean, error = measured(60_000)
    assert abs(mean - expected) < 4 * error
    assert abs(mean - wrong) > 4 * error
    if dynamics is simulate.Ito:
        late, error = measured(20_000, bridge=False)
        assert abs(late - expected) > 4 * error


# x takes the noise and y is a clock: y' = 1
CLOCK = Landscape.from_drift(
    ["0", "1"],
    coordinates="x y",
    noise_factor=[["1"], ["0"]],
    parameters={"h": 0.345},
    name="clock",
    start=(0, 0),
)


@pytest.mark.slow
def test_noise_of_deficient_rank_crosses_what_it_can_reach():
    """x + y > 1 is met as by Brownian motion with drift 1."""
    settings = {"start": None, "target": "x + y > 1"}
    passages, twin = (passage(CLOCK, **settings, bridge=bridge) for bridge in (None, False))
    assert p_value(passages, inverse_gaussian) > LIKELY
    assert np.allclose(passages.exit.values.sum(axis=1), 1, atol=1e-12)
    assert p_value(twin, inverse_gaussian) < LIKELY


@pytest.mark.slow
def test_a_boundary_across_a_noiseless_coordinate_has_no_bridge():
    """The time itself is a target: every trajectory is there at h, in the middle of a step."""
    settings = {"start": None, "target": "y > h", "trajectories": 100}
    assert np.allclose(passage(CLOCK, **settings).passage_time, 0.345, atol=1e-12)
    from_the_boundary = passage(CLOCK.with_parameters(h=0), **settings)
    assert (from_the_boundary.passage_time == 0).all()

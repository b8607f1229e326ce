"""Area and turns against the exact torque and the exact winding rate."""

import numpy as np
import pytest

from driftscape import analysis, landscapes, simulate, theory
from driftscape.analysis.passages.skewed import Inverse
from driftscape.analysis.sample_mean import sample_mean
from driftscape.landscapes import Landscape


@pytest.fixture(scope="module")
def turning():
    near = Landscape.from_potential("(x**2 + y**2)/2", coordinates="x y", curl=0.8)
    run = simulate.run(
        near, simulate.Ito(beta=2, dt=0.005, scheme="weak-2"), time=40, trajectories=600, seed=3,
        save_every=4, start=(0, 0),
    )  # fmt: skip
    return near, run


def test_area_rate_at_its_spacing(turning):
    """E[x(0) y(t) - y(0) x(t)]/(2 t) = exp(-t) sin(0.8 t)/(beta t), with the sign of the torque."""
    near, run = turning
    rate = analysis.area_rate(run, discard_steps=1000)
    t, torque = 0.02, theory.torque(near, beta=2).value
    exact = np.sign(torque) * np.exp(-t) * np.sin(0.8 * t) / (2 * t)
    assert torque == pytest.approx(2 * np.sign(torque) * 0.8 / 2)
    assert rate.compare(exact).verdict == "agrees"
    assert rate.compare(-exact).verdict == "rejected"
    assert rate.compare(0.5 * exact).verdict == "rejected"


def test_winding_counts_turns():
    """A noiseless focus of angular velocity 3: its turns, whatever the point inside."""
    spiral = Landscape.from_drift(
        ["x*(1 - x**2 - y**2) - 3*y", "y*(1 - x**2 - y**2) + 3*x"], coordinates="x y", diffusion=1
    )
    run = simulate.run(
        spiral, simulate.Ito(beta=1e5, dt=0.002), time=30, trajectories=24, seed=1, save_every=5,
        start=(1, 0),
    )  # fmt: skip
    for about, tenth in (((0.0, 0.0), 0.01), ((0.3, -0.2), 0.1)):
        result = analysis.winding(run, about=about)
        # off the centre the last turn, which is not finished, counts by another angle
        assert np.abs(result.turns - 20 * 3 / (2 * np.pi)).max() < tenth
        assert result.period.value == pytest.approx(2 * np.pi / 3, rel=tenth / 9)
    outside = analysis.winding(run, about=(5.0, 0.0))
    assert abs(outside.rate.value) < 0.01


def test_no_turning_has_no_period():
    run = simulate.run(
        landscapes.double_well(rotation=0), simulate.Ito(beta=1, dt=0.01), time=40,
        trajectories=64, seed=2, save_every=2,
    )  # fmt: skip
    result = analysis.winding(run)
    assert abs(result.rate.value) < 2 * result.rate.stderr
    assert result.period.value == np.inf
    low, high = result.period.interval()
    assert low == pytest.approx(1 / max(map(abs, result.rate.interval())))
    assert high == np.inf
    assert result.period.compare(low / 10).verdict == "rejected"
    assert result.period.compare(10 * low).verdict == "agrees"


def test_the_error_of_a_period_is_its_scatter(rng):
    rates = [sample_mean(values, "turns") for values in rng.normal(-3, 1, (400, 50))]
    result = [Inverse.of(rate, 2 * np.pi, "2 pi/rate", "units of time") for rate in rates]
    spread = np.std([each.value for each in result], ddof=1)
    assert np.mean([each.stderr for each in result]) == pytest.approx(spread, rel=0.15)
    ends = np.array([each.interval() for each in result])
    covers = (ends[:, 0] < 2 * np.pi / 3) & (2 * np.pi / 3 < ends[:, 1])
    assert abs(covers.mean() - 0.95) < 4 * np.sqrt(0.05 * 0.95 / 400)


def test_bad_input(turning):
    near, run = turning
    with pytest.raises(ValueError, match="name two different ones"):
        analysis.area_rate(run, plane=("x", "x"))
    with pytest.raises(analysis.TooFewData, match="0 snapshots are left"):
        analysis.area_rate(run, discard_steps=10**6)
    coarse = simulate.run(
        near, simulate.Ito(beta=2, dt=0.005), time=400, trajectories=30, seed=3, save_every=4000
    )
    with pytest.raises(ValueError, match="exceed a quarter turn"):
        analysis.winding(coarse.assign_coords(), about=(0.0, 0.0))

"""The mean time of a turn from trajectories: closed forms, grids, and the turns themselves."""

import numpy as np
import pytest
from scipy.special import erfc

from driftscape import analysis, landscapes, simulate, theory
from driftscape.landscapes import Landscape

WEAK = {"dt": 0.01, "scheme": "weak-2"}


def test_a_linear_landscape_with_complex_rates():
    """q sqrt(det U), which is not the imaginary part of its rates."""
    swirl = Landscape.from_drift(
        ["-x + 3*y", "-2*x - 2*y"], coordinates="x y", diffusion=[[1, 0.6], [0.6, 2]]
    )
    exact = theory.linearise(swirl, at=(0, 0))
    (turning,), rate = exact.turning, np.linalg.eigvals(exact.rates).imag.max()
    run = simulate.run(
        swirl, simulate.Ito(beta=2, **WEAK), time=50, trajectories=600, seed=1, save_every=10
    )
    velocity, period = analysis.angular_velocity(run), analysis.circulation_period(run)
    assert velocity.compare(-turning).verdict == "agrees"
    assert velocity.compare(turning).verdict == "rejected"
    assert period.compare(2 * np.pi / turning).verdict == "agrees"
    assert period.compare(2 * np.pi / rate).verdict == "rejected"
    assert period.stderr < 0.005 * period.value
    assert period.stderr == pytest.approx(2 * np.pi * velocity.stderr / velocity.value**2)


@pytest.fixture(scope="module")
def turning():
    well = landscapes.double_well(rotation=1.5)
    return simulate.run(
        well, simulate.Ito(beta=1, **WEAK), time=60, trajectories=600, seed=2, save_every=2
    )


def test_the_double_well_and_its_grid(turning):
    period = analysis.circulation_period(turning)
    assert period.compare(7.623468 / (1.5 * np.sqrt(np.pi) / 2)).verdict == "agrees"
    fp = theory.fokker_planck(landscapes.double_well(rotation=1.5), beta=1, shape=64)
    assert period.compare(fp.circulation().period).verdict == "agrees"
    assert period.compare(2 * np.pi * 1.041797 / (0.82419 * 1.5)).verdict == "rejected"  # by torque
    other = fp.circulation().period.value * 1.5 / 1.6
    assert period.compare(other).verdict == "rejected"


def test_counted_turns_agree_where_snapshots_are_close(turning):
    """Counting is noisier, and loses turns between snapshots; the mean velocity does not."""
    exact = 7.623468 / (1.5 * np.sqrt(np.pi) / 2)
    counted, period = analysis.winding(turning).period, analysis.circulation_period(turning)
    assert counted.compare(exact).verdict == "agrees"
    assert counted.stderr > 2 * period.stderr
    coarse = turning.isel(time=slice(None, None, 10))
    assert analysis.winding(coarse).period.compare(exact).verdict == "rejected"
    assert analysis.circulation_period(coarse).compare(exact).verdict == "agrees"


def test_away_from_the_centre_fewer_turns_are_made(turning):
    """The flux at a distance r from the centre is erfc(r^2/2) of that at the centre."""
    beside = analysis.angular_velocity(turning, about=(0.4, 0.3))
    exact = 1.5 * np.pi**1.5 / 7.623468
    assert beside.compare(exact * erfc(0.125)).verdict == "agrees"
    assert beside.compare(exact).verdict == "rejected"


def test_noise_that_depends_on_the_state():
    """A-type with D(x) and a curl: 3/2 sqrt(det U) = 1.5 radians a time, with the spread of D."""
    uneven = Landscape.from_potential(
        "x**2/2 + y**2/2", coordinates="x y", diffusion=[["1 + x**2/4", "x/4"], ["x/4", "1"]],
        curl=1.5,
    )  # fmt: skip
    dynamics = simulate.AType(beta=2, dt=0.0025)
    run = simulate.run(uneven, dynamics, time=40, trajectories=600, seed=3, save_every=40)
    result = analysis.angular_velocity(run)
    assert result.compare(-1.5).verdict == "agrees"
    assert result.compare(-1.6).verdict == "rejected"


def test_no_turning_has_no_period():
    run = simulate.run(
        landscapes.double_well(), simulate.Ito(beta=1, dt=0.01), time=40, trajectories=64, seed=2,
        save_every=20,
    )  # fmt: skip
    result, velocity = analysis.circulation_period(run), analysis.angular_velocity(run)
    assert abs(velocity.value) < 4 * velocity.stderr
    assert (result.value == np.inf) == (abs(velocity.value) <= 2 * velocity.stderr)


def test_bad_input(turning):
    with pytest.raises(ValueError, match="two finite numbers"):
        analysis.circulation_period(turning, about=(1, 2, 3))
    with pytest.raises(analysis.TooFewData, match="steps are discarded"):
        analysis.circulation_period(turning, discard_steps=10**6)
    dynamics = simulate.Ito(beta=1, dt=0.01)
    line = simulate.run(landscapes.quartic_well(), dynamics, time=1, trajectories=16, seed=1)
    with pytest.raises(ValueError, match="angles are about points of the plane"):
        analysis.circulation_period(line)
    flat = Landscape.from_drift(["v", "-x - v"], coordinates="x v", diffusion=[[0, 0], [0, 1]])
    swing = simulate.run(flat, dynamics, time=1, trajectories=16, seed=1)
    with pytest.raises(ValueError, match=r"singular at \(0.0, 0.0\); count turns with"):
        analysis.circulation_period(swing)
    flow = simulate.run(
        landscapes.van_der_pol(), simulate.GradientFlow(dt=0.01), time=1, trajectories=16, seed=1
    )
    with pytest.raises(ValueError, match="no SDE"):
        analysis.circulation_period(flow)

"""The numbers the package promises: the screw's climb, the double well's moments and torque."""

import numpy as np
import pytest

from driftscape import analysis, landscapes, simulate, theory

pytestmark = pytest.mark.slow


def test_sgd_climbs_the_screw_as_the_series_says_and_not_as_linear_response_does():
    run = simulate.run(
        landscapes.archimedes(), simulate.SGD(learning_rate=0.1), steps=10_000, trajectories=4000,
        seed=7, keep="final",
    )  # fmt: skip
    climb = analysis.displacement(run, "z")
    assert climb.stderr < 0.009
    assert abs(climb.value - 17.772) < 4 * climb.stderr, climb
    # linear response at finite noise, eta^2 T/(6 - 4 eta)
    assert abs(climb.value - 17.857) > 5 * climb.stderr, climb


def averages(rotation, dt, seed, beta=1.0, time=1000, after=20):
    """Time averages of x1^2, x2^2 and the torque, as estimates over 4096 trajectories."""
    well = landscapes.double_well(rotation=rotation)
    ito = simulate.Ito(beta=beta, dt=dt)
    torque = theory.torque_expression(well, ito)
    run = simulate.run(
        well, ito, time=time, trajectories=4096, seed=seed,
        keep=simulate.Average("x1**2", "x2**2", torque, discard_steps=round(after / dt)),
    )  # fmt: skip
    values = run.average.values
    return values.mean(0), values.std(0, ddof=1) / np.sqrt(len(values))


@pytest.mark.parametrize("rotation", [0.0, 0.5, 1.5])
def test_moments_and_torque_of_the_double_well_are_exact_after_extrapolation(rotation):
    (coarse, coarse_error), (fine, fine_error) = (
        averages(rotation, 0.02, 1),
        averages(rotation, 0.01, 2),
    )
    value, error = 2 * fine - coarse, np.sqrt(4 * fine_error**2 + coarse_error**2)
    exact = np.array([1.041797, 1.0, 0.82419 * rotation])
    assert (np.abs(value - exact) < 4 * error).all(), (value - exact) / error
    # the step alone leaves E x2^2 too large by 0.6 to 0.8 %: the twin that must be rejected
    bias, bias_error = fine[1] - 1, fine_error[1]
    assert bias > 4 * bias_error
    assert abs(bias - np.interp(rotation, [0, 1.5], [0.0058, 0.0083])) < 4 * bias_error
    if rotation:
        assert abs(value[2] + exact[2]) > 4 * error[2]  # turning the other way


def test_the_steady_state_is_exp_of_minus_beta_phi_at_beta_two_whatever_the_rotation():
    """Rotation 0.5: at beta = 2 the force grows like exp(x1^4/4); larger ones need a smaller dt."""
    exact = [theory.moment(landscapes.double_well(), f, beta=2.0).value for f in ("x1**2", "x2**2")]
    (coarse, coarse_error), (fine, fine_error) = (
        averages(0.5, dt, seed, beta=2.0, time=300) for dt, seed in ((0.01, 3), (0.005, 4))
    )
    value, error = 2 * fine - coarse, np.sqrt(4 * fine_error**2 + coarse_error**2)
    assert (np.abs(value[:2] - exact) < 4 * error[:2]).all(), (value[:2] - exact) / error[:2]
    assert abs(value[1] - 1.0) > 4 * error[1]  # beta = 1 is rejected

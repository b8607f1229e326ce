"""Torque: definition, identity and measurement say the same."""

import math

import pytest
from scipy.integrate import dblquad

from driftscape import analysis, landscapes, simulate, theory
from driftscape.landscapes import Landscape

CURLED = Landscape.from_potential(
    "x**4/4 + y**2/2 + x*y/3", coordinates="x y", diffusion=[[1, 0], [0, 2]], curl="1.5"
)


@pytest.mark.fast_cases("0.5")
@pytest.mark.parametrize("beta", [0.5, 1, 4])
def test_double_well_turns_at_two_pi_rotation_over_z(beta):
    one = landscapes.double_well(rotation=1.0)
    Z = dblquad(
        lambda y, x: math.exp(-beta * float(one.potential([x, y]))), -6, 6, -12, 12, epsabs=1e-8
    )[0]
    assert theory.torque(one, beta=beta).value == pytest.approx(2 * math.pi / Z, rel=1e-6)
    if beta == 1:
        assert pytest.approx(7.623468, abs=1e-6) == Z
    none = theory.torque(landscapes.double_well(rotation=0.0), beta=beta)
    assert (none.value, str(none.value)) == (0.0, "0.0")


def test_curl_identity_equals_the_definition():
    """-2 E[q]/beta against the integral of (x b_y - y b_x) exp(-beta Phi), with q not constant."""
    field = Landscape.from_potential("x**4/4 + y**2/2", coordinates="x y", curl="1 + x*y/2 + x**2")
    beta = 2.0
    # the A-type drift has div Q/beta: (div Q)_x = -dq/dy, (div Q)_y = dq/dx
    drift, spurious = field.drift(beta), field.spurious_drift

    def turn(y, x):
        b = drift([x, y]) + spurious([x, y]) / beta
        return (x * b[1] - y * b[0]) * math.exp(-beta * float(field.potential([x, y])))

    def weight(y, x):
        return math.exp(-beta * float(field.potential([x, y])))

    options = {"epsabs": 1e-7, "epsrel": 1e-7}
    mean = dblquad(turn, -3, 3, -5, 5, **options)[0] / dblquad(weight, -3, 3, -5, 5, **options)[0]
    assert theory.torque(field, beta=beta).value == pytest.approx(mean, abs=1e-5)


def test_measured_torque_agrees_and_the_other_hand_is_rejected():
    pairs = []
    for seed, dt in enumerate((0.02, 0.01)):
        dynamics = simulate.Ito(beta=2, dt=dt)
        run = simulate.run(CURLED, dynamics, time=60, trajectories=2000, seed=seed, save_every=10)
        pairs.append((dt, analysis.torque(run)))
    limit = analysis.extrapolate(pairs)
    exact = theory.torque(CURLED, beta=2)
    assert exact.value == pytest.approx(-1.5)  # q > 0 turns clockwise
    assert limit.compare(exact).verdict == "agrees", limit.compare(exact)
    assert limit.compare(1.5).verdict == "rejected"
    assert limit.compare(theory.torque(CURLED, beta=1)).verdict == "rejected"


def test_a_loss_has_no_torque():
    sgd = simulate.SGD(learning_rate=0.1)
    run = simulate.run(landscapes.archimedes(), sgd, steps=400, trajectories=64, seed=1)
    assert analysis.torque(run, plane=("u", "v")).n_eff == 64
    with pytest.raises(ValueError, match=r"plane=\(first, second\)"):
        analysis.torque(run)
    with pytest.raises(ValueError, match="two different ones of u, v, z"):
        analysis.torque(run, plane=("u", "w"))


def test_plane_reversed_changes_the_sign():
    dynamics = simulate.Ito(beta=1, dt=0.05)
    run = simulate.run(CURLED, dynamics, steps=400, trajectories=32, seed=1)
    assert analysis.torque(run, plane=("y", "x")).value == pytest.approx(
        -analysis.torque(run).value
    )


def test_refuses_a_line_and_a_loss():
    with pytest.raises(ValueError, match="two coordinates"):
        theory.torque(landscapes.quartic_well())
    with pytest.raises(ValueError, match="does not determine"):
        theory.torque(Landscape.from_drift(["-x", "-y"], coordinates="x y"))


def test_a_scheme_of_second_weak_order_needs_no_extrapolation():
    given = dict(time=60, trajectories=4000, seed=5, save_every=10)
    exact = theory.torque(CURLED, beta=2)
    steep = simulate.run(CURLED, simulate.Ito(beta=2, dt=0.05, scheme="weak-2"), **given)
    assert analysis.torque(steep).compare(exact).verdict == "agrees"
    euler = simulate.run(CURLED, simulate.Ito(beta=2, dt=0.05), **given)
    assert analysis.torque(euler).compare(exact).verdict == "rejected"

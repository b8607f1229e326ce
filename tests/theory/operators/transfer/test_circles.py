"""The transfer operator on circles and cylinders: Fourier's closed forms, and ensembles."""

import json
import math

import numpy as np
import pytest
from scipy.special import jv

from driftscape import analysis, landscapes, simulate, theory
from driftscape.landscapes import Landscape, Normal, Uniform
from driftscape.simulate import SGD
from driftscape.theory import transfer_operator

ROUND = {"box": (-math.pi, math.pi), "sides": "periodic"}


def walk(law, drift=0.0):
    """theta' = theta + eta (drift - s): every wave is an eigenfunction."""
    return Landscape.from_loss(
        f"s*theta - ({drift})*theta", coordinates="theta", samples={"s": law}
    )


def kicked(drift, height):
    """theta' = theta + eta (drift + height sin(theta) - s): the noisy map of a circle."""
    return Landscape.from_loss(
        f"{height}*cos(theta) - {drift}*theta + s*theta",
        coordinates="theta",
        samples={"s": Normal()},
    )


def waves(drift, height, eta, most=50):
    """E exp(i k theta') as a sum over exp(i m theta), after Jacobi and Anger."""
    k = np.arange(-most, most + 1)
    each = np.exp(-(k**2) * eta**2 / 2 + 1j * k * eta * drift)
    return each[:, None] * jv(k[None, :] - k[:, None], k[:, None] * eta * height)


def in_order(multipliers):
    return sorted(multipliers, key=lambda z: (-round(abs(z), 7), -z.imag))


@pytest.mark.parametrize(("low", "period"), [(-math.pi, 2 * math.pi), (0.0, 1.0)])
@pytest.mark.parametrize("batch", [1, 3])
def test_a_walk_on_a_circle_forgets_its_waves_one_by_one(low, period, batch):
    """Multipliers exp(-k^2 sigma^2/2 + i k eta drift), k = 2 pi n/period."""
    eta, drift = 0.2 * period, 0.3
    op = transfer_operator(
        walk(Normal(), drift), SGD(learning_rate=eta, batch_size=batch), box=(low, low + period),
        sides="periodic", shape=128,
    )  # fmt: skip
    k = 2 * np.pi / period * np.array([1, -1, 2, -2])
    exact = np.exp(-(k**2) * eta**2 / (2 * batch) + 1j * k * eta * drift)
    np.testing.assert_allclose(op.spectrum(4), exact, atol=1e-8)
    np.testing.assert_allclose(op.steady_state(), 1 / period, rtol=1e-9)
    assert op.drift_velocity("theta").value == pytest.approx(eta * drift, rel=1e-12)
    assert op.lost == 0


def test_bounded_steps_forget_as_their_characteristic_function():
    eta = 0.7
    op = transfer_operator(walk(Uniform(-2, 2)), SGD(learning_rate=eta), shape=256, **ROUND)
    exact = np.sinc(np.arange(1, 20).repeat(2) * 2 * eta / np.pi)
    np.testing.assert_allclose(op.spectrum(4), in_order(exact)[:4], atol=1e-8)


@pytest.mark.parametrize(("drift", "height", "eta"), [(0.25, 0.5, 0.5), (0.6, 1.2, 0.9)])
def test_the_noisy_map_of_a_circle(drift, height, eta):
    """Stationary waves, spectrum and velocity beside the same map between Fourier's waves."""
    op = transfer_operator(kicked(drift, height), SGD(learning_rate=eta), **ROUND)
    matrix = waves(drift, height, eta)
    values, vectors = np.linalg.eig(matrix)
    middle = len(matrix) // 2
    steady = vectors[:, np.argmin(np.abs(values - 1))]
    steady = steady / steady[middle]
    for n in (1, 2, 3):
        found = [op.expectation(f"{f}({n}*theta)").value for f in ("cos", "sin")]
        np.testing.assert_allclose(
            found, [steady[middle + n].real, steady[middle + n].imag], atol=1e-10
        )
    velocity = eta * (drift + height * steady[middle + 1].imag)
    found = op.drift_velocity("theta")
    assert found.value == pytest.approx(velocity, rel=1e-9)
    assert found.truncation < 1e-9
    assert op.drift_velocity("theta", per="time").value == pytest.approx(velocity / eta, rel=1e-9)
    exact = in_order(values[np.abs(values - 1) > 1e-6])[:4]
    np.testing.assert_allclose(in_order(op.spectrum(4)), exact, atol=1e-7)


def test_turns_of_sgd_and_of_its_sde():
    """An ensemble counts turns as the operator says; the SDE turns at another rate."""
    landscape, sgd = kicked(0.6, 1.2), SGD(learning_rate=0.9)
    predicted = transfer_operator(landscape, sgd, **ROUND).drift_velocity("theta")
    run = simulate.run(landscape, sgd, steps=2000, trajectories=4000, seed=2, save_every=200)
    measured = analysis.drift_velocity(run, "theta")
    assert abs(measured.value - predicted.value) < 4 * measured.stderr
    sde = theory.fokker_planck(landscape, sgd.as_sde(), **ROUND)
    wrong = 0.9 * (0.6 + 1.2 * sde.expectation("sin(theta)").value)
    assert abs(measured.value - wrong) > 8 * measured.stderr


@pytest.mark.slow
def test_the_ratchet_goes_round_as_fast_as_an_ensemble():
    """Where noise vanishes the law is steep; the truncation says what the grid makes of it."""
    landscape, sgd = landscapes.ratchet(), SGD(learning_rate=1.0)
    op = transfer_operator(landscape, sgd, shape=1024, **ROUND)
    predicted = op.drift_velocity("theta")
    run = simulate.run(landscape, sgd, steps=20_000, trajectories=1000, seed=4, save_every=2000)
    measured = analysis.drift_velocity(run, "theta", discard_steps=4000)
    assert abs(measured.value - predicted.value) < 4 * measured.stderr + predicted.truncation
    assert predicted.truncation < 4 * measured.stderr
    # minus the mean slope of its expected loss, tilt cos(theta): of x, E x = 0
    mean_slope = op.expectation("cos(theta)").value
    assert predicted.value == pytest.approx(-0.02 * mean_slope, rel=1e-9)
    slower = transfer_operator(landscape, SGD(learning_rate=0.8), shape=1024, **ROUND)
    wrong = slower.drift_velocity("theta")
    assert abs(measured.value - wrong.value) > 4 * measured.stderr + wrong.truncation


@pytest.mark.slow
def test_a_shear_flow_round_a_cylinder():
    """theta' = theta + eta (c + b y), y' = (1 - eta) y + eta m, m = c b/D, each with noise.

    f = exp(i k theta + i k b y) is an eigenfunction, and so is f times a polynomial of y.
    """
    eta, c, b, D = 0.5, 0.4, 0.8, 0.36
    m = c * b / D
    shear = Landscape.from_potential(
        f"y**2/2 - {c}/{D}*theta", coordinates="theta y", diffusion=[[D, 0], [0, 1]],
        curl=[[0, -b], [b, 0]],
    )  # fmt: skip
    np.testing.assert_allclose(shear.drift(1)([0.3, 0.2]), [c + 0.2 * b, m - 0.2])
    op = transfer_operator(
        shear, SGD(learning_rate=eta), box={"theta": (0, 2 * math.pi)}, sides={"theta": "periodic"},
        shape=(24, 48), tail=1e-8,
    )  # fmt: skip
    assert op.grid.periodic == (True, False)
    low, high = op.grid.box[1]
    assert m - 4.5 < low < m - 3  # 5.7 standard deviations of 0.58
    assert m + 3 < high < m + 4.5
    velocity = op.drift_velocity("theta")
    assert velocity.value == pytest.approx(eta * (c + b * m), rel=1e-8)
    damping = eta**2 * (D + b**2) / 2
    k, n = np.arange(-3, 4)[:, None], np.arange(3)
    exact = np.exp(-(k**2) * damping + 1j * k * velocity.value) * (1 - eta) ** n
    exact = in_order(exact[np.abs(exact - 1) > 1e-6])[:5]
    np.testing.assert_allclose(in_order(op.spectrum(5)), exact, atol=2e-4)
    variance = op.expectation("y**2").value - m**2
    assert variance == pytest.approx(eta / (2 - eta), rel=1e-6)
    rho = op.steady_state()
    assert rho.dims == ("y", "theta")
    np.testing.assert_allclose(
        rho, rho.mean("theta").expand_dims(theta=rho.theta, axis=1), atol=1e-9
    )
    with pytest.raises(ValueError, match="y is open and has a stationary law"):
        op.drift_velocity("y")


def test_times_on_a_circle_agree_with_the_integral_equation():
    """A walk into an arc is a walk between two ends that absorb, and every jump over it."""
    eta, half = 0.6, 0.4
    op = transfer_operator(walk(Normal()), SGD(learning_rate=eta), **ROUND)
    target = f"cos(theta) < -cos({half})"
    found = op.mean_first_passage_time(target, start=0.0)
    x, w = np.polynomial.legendre.leggauss(200)
    ends = math.pi - half
    x, w = x * ends, w * ends
    turns = 2 * math.pi * np.arange(-3, 4)
    gaps = x[None, :, None] - np.append(x, 0.0)[:, None, None] + turns
    density = np.exp(-(gaps**2) / (2 * eta**2)).sum(axis=2) / (eta * np.sqrt(2 * np.pi)) * w
    times = np.linalg.solve(np.eye(len(x)) - density[:-1], np.ones(len(x)))
    assert found.value == pytest.approx(eta * (1 + density[-1] @ times), rel=1e-8)
    # one turn on it is the same position
    again = op.mean_first_passage_time(target, start=2 * math.pi)
    assert again.value == pytest.approx(found.value, rel=1e-12)
    survivors = op.quasi_stationary(target)
    slowest = np.abs(np.linalg.eigvals(density[:-1])).max()
    assert float(survivors.rate_per_step) == pytest.approx(1 - slowest, rel=1e-7)


@pytest.mark.slow
def test_a_passage_on_the_circle_is_that_of_trajectories():
    landscape, sgd, target = kicked(0.25, 0.5), SGD(learning_rate=0.5), "sin(theta) > 0.9"
    op = transfer_operator(landscape, sgd, **ROUND)
    predicted = op.mean_first_passage_time(target, start=-1.0)
    passages = simulate.first_passage(
        landscape, sgd, start=-1.0, target=target, trajectories=8000, seed=6, max_steps=100_000
    )
    measured = analysis.mean_first_passage_time(passages)
    assert measured.compare(predicted).verdict == "agrees"
    other = transfer_operator(landscape, SGD(learning_rate=0.45), **ROUND)
    wrong = other.mean_first_passage_time(target, start=-1.0)
    assert measured.compare(wrong).verdict == "rejected"


def test_densities_evolve_round_the_circle():
    eta, drift = 0.5, 3.0
    op = transfer_operator(walk(Normal(), drift), SGD(learning_rate=eta), shape=128, **ROUND)
    rho = op.evolve(3.0, [0, 1, 4])
    wave = (rho * np.exp(1j * rho.theta)).sum("theta") * op.grid.volume
    steps = np.array([0, 1, 4])
    exact = np.exp(1j * (3 + steps * eta * drift) - steps * eta**2 / 2)
    np.testing.assert_allclose(wave, exact, atol=1e-8)
    np.testing.assert_allclose(rho.sum("theta") * op.grid.volume, 1, atol=1e-12)


def test_it_says_that_it_is_a_circle():
    op = transfer_operator(walk(Normal()), SGD(learning_rate=0.5), shape=64, **ROUND)
    assert "64 nodes, periodic" in repr(op)
    problem = json.loads(op.steady_state().attrs["driftscape"])
    assert problem["sides"] == {"theta": "periodic"}


REFUSED = {
    "a wall": ({"box": (-1, 1), "sides": "reflecting"}, "no walls"),
    "no period": ({"sides": "periodic"}, "one period as box="),
    "no period by name": ({"box": {}, "sides": {"theta": "periodic"}}, "one period as box="),
    "a wrong period": ({"box": (-3, 3), "sides": "periodic"}, "differs after one period"),
    "another word": ({"box": (-3, 3), "sides": "round"}, "open, reflecting, absorbing, periodic"),
    "another name": ({"box": (-3, 3), "sides": {"phi": "periodic"}}, "coordinates are theta"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    settings, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        transfer_operator(kicked(0.25, 0.5), SGD(learning_rate=0.5), **settings)


def test_on_a_line_what_goes_round_has_no_steady_state():
    with pytest.raises(theory.NoSteadyState, match="the period 6.28319 in theta.*'theta'"):
        transfer_operator(landscapes.ratchet(), SGD(learning_rate=0.5))
    for loss, period in (("cos(k*w)/8 - w/5 + s*w", "1"), ("s*w", "6.28319")):
        endless = Landscape.from_loss(
            loss, coordinates="w", samples={"s": Normal()}, parameters={"k": 2 * math.pi}
        )
        with pytest.raises(theory.NoSteadyState, match=f"the period {period} in w"):
            transfer_operator(endless, SGD(learning_rate=0.5))
    # a step at the end of the box is shorter than half a cell there, and has no noise
    op = transfer_operator(landscapes.ratchet(), SGD(learning_rate=1.0), box=(-9, 9), shape=256)
    with pytest.raises(theory.BoxTooSmall, match="sides='periodic'"):
        op.steady_state()


def test_on_a_line_a_turn_is_a_passage():
    """The time of a turn, from the foot of the slope to one period on; nothing is modulo there."""
    landscape, sgd = kicked(0.25, 0.5), SGD(learning_rate=0.5)
    op = transfer_operator(landscape, sgd, box=(-30, 8), shape=512)
    predicted = op.mean_first_passage_time("theta > 2*pi", start=0)
    passages = simulate.first_passage(
        landscape, sgd, start=0, target="theta > 2*pi", trajectories=4000, seed=8,
        max_steps=100_000,
    )  # fmt: skip
    assert analysis.mean_first_passage_time(passages).compare(predicted).verdict == "agrees"


def test_what_has_another_period_is_refused():
    op = transfer_operator(kicked(0.25, 0.5), SGD(learning_rate=0.5), shape=64, **ROUND)
    for ask in (
        lambda: op.expectation("theta**2"),
        lambda: op.expectation("cos(theta/2)"),
        lambda: op.mean_first_passage_times("theta > 3"),
        lambda: op.quasi_stationary("theta > 3"),
        lambda: op.evolve("exp(-theta**2)", 1),
    ):
        with pytest.raises(ValueError, match=r"sin\(theta\)"):
            ask()
    with pytest.raises(ValueError, match="coordinate='phi'"):
        op.drift_velocity("phi")
    with pytest.raises(ValueError, match="per='hour'"):
        op.drift_velocity("theta", per="hour")

"""Entropy production from trajectories, in closed form and on the grid."""

import numpy as np
import pytest

from driftscape import analysis, landscapes, simulate, theory
from driftscape.landscapes import Landscape
from driftscape.theory import Theory
from driftscape.theory.one_step import drift_of


def told_by_its_drift(rotation):
    """The rotating double well, whose potential is not given."""
    drift = [str(entry) for entry in drift_of(WELLS[rotation], simulate.Ito(beta=1, dt=1)).entries]
    return Landscape.from_drift(drift, coordinates="x1 x2", diffusion=1, start=(1, 0))


WELLS = {rotation: landscapes.double_well(rotation=rotation) for rotation in (0.0, 0.5, 1.0, 1.5)}


def produced(landscape, dt, scheme="euler-maruyama", trajectories=2048, seed=1):
    dynamics = simulate.Ito(beta=1, dt=dt, scheme=scheme)
    text = theory.entropy_production_expression(landscape, dynamics)
    run = simulate.run(
        landscape, dynamics, time=60, trajectories=trajectories, seed=seed,
        keep=["final", simulate.Average(text, discard_steps=round(10 / dt))],
    )  # fmt: skip
    return analysis.entropy_production(run)


@pytest.mark.fast_cases("0.0")
@pytest.mark.parametrize("rotation", [0.0, 0.5, 1.5])
def test_the_published_example(rotation):
    """0.68138 rotation^2; rotation 0 is zero, and the neighbour is rejected."""
    exact = theory.entropy_production(WELLS[rotation]).value
    assert exact == pytest.approx(0.68138 * rotation**2, abs=2e-5)
    estimate = produced(WELLS[rotation], 0.02, "weak-2", 1024)
    assert estimate.compare(Theory(exact, 1e-12)).verdict == "agrees"
    assert abs(estimate.value - exact) <= 5e-3 * exact + 1e-12
    assert estimate.compare(0.68138 * (rotation + 0.5) ** 2).verdict == "rejected"


@pytest.mark.slow
def test_what_a_step_does_is_as_stated():
    """A potential that is known takes away the part of mean zero, and what dt does to that."""
    euler = produced(WELLS[1.5], 0.02).compare(0.68138 * 1.5**2).relative
    assert 0.001 < euler < 0.007
    unknown = produced(told_by_its_drift(1.5), 0.02).compare(0.68138 * 1.5**2).relative
    assert 0.095 < unknown < 0.125
    there = told_by_its_drift(1.0)
    dynamics = simulate.Ito(beta=1, dt=0.04, scheme="heun")
    text = theory.entropy_production_expression(there, dynamics)
    runs = simulate.refine(
        there, dynamics, observables=text, discard_steps=250, time=60, trajectories=2000, seed=1
    )
    found = analysis.step_bias(runs, text)
    for dt, bias in zip(found.dt, found.bias, strict=True):
        assert bias.compare(Theory(-0.018 * (dt / 0.02) ** 2, found.truncation)).verdict == "agrees"
    assert found.bias[1].compare(Theory(0, found.truncation)).verdict == "rejected"
    assert found.limit.compare(Theory(0.68138, found.truncation)).verdict == "agrees"


def test_a_linear_current_in_closed_form():
    """Q = q [[0, -1], [1, 0]] on x^2/2 + y^2: sigma = q^2 tr(U D^-1 ...) = 3 q^2 for D = 1."""
    q = 0.7
    near = Landscape.from_potential("x**2/2 + y**2", coordinates="x y", curl=q)
    # E|Q grad Phi|^2 beta = q^2 beta E[x^2 + 4 y^2] = q^2 (1 + 2)
    for beta in (1.0, 2.5):
        assert theory.entropy_production(near, beta=beta).value == pytest.approx(3 * q**2)


def test_state_dependent_noise_in_equilibrium_produces_none():
    """A-type with D(x): no current, no entropy."""
    uneven = Landscape.from_potential(
        "x**2/2 + y**2/2", coordinates="x y", diffusion=[["1 + x**2/4", 0], [0, 1]]
    )
    run = simulate.run(
        uneven, simulate.AType(beta=2, dt=0.005), time=60, trajectories=600, seed=3,
        save_every=20,
    )  # fmt: skip
    result = analysis.entropy_production(run)
    assert abs(result.value) <= 4 * result.stderr + 1e-12
    assert theory.entropy_production(uneven, beta=2).value == pytest.approx(0, abs=1e-12)


def test_refused_by_name():
    flat = Landscape.from_potential("x**2/2 + y**2/2", coordinates="x y", diffusion=[1, 0])
    run = simulate.run(flat, simulate.Ito(beta=1, dt=0.01), time=1, trajectories=32, seed=1)
    with pytest.raises(ValueError, match="D of .* is singular"):
        analysis.entropy_production(run)
    run = simulate.run(
        landscapes.mean_estimation(), simulate.SGD(learning_rate=0.1), steps=10, trajectories=32,
        seed=1,
    )  # fmt: skip
    with pytest.raises(ValueError, match="no SDE"):
        analysis.entropy_production(run)


@pytest.mark.parametrize("rotation", [0.0, 1.5, 3.0])
def test_the_free_energy_only_falls(rotation):
    """Whatever the rotation, although div j is not zero; energy and entropy alone need not."""
    well = landscapes.double_well(rotation=rotation)
    fp = theory.fokker_planck(well, beta=1, shape=64)
    rho = fp.evolve("exp(-4*(x1 - 1)**2 - 4*(x2 - 0.5)**2)", np.linspace(0, 3, 13))
    result = theory.free_energy(fp, rho)
    assert (result.free_energy.diff("time") < 0).all()
    np.testing.assert_allclose(result.free_energy, result.energy - result.entropy, atol=1e-12)
    steady = theory.free_energy(fp, fp.steady_state())
    assert float(steady.free_energy) == pytest.approx(0, abs=1e-9)
    # the slowest mode decides in the end: F falls as exp(-2 Re(lambda) t)
    rate = float(fp.eigenvalues(1)[0].real)
    late = fp.evolve(rho.isel(time=-1, drop=True), [0.0, 1.0])
    fall = np.log(theory.free_energy(fp, late).free_energy.values)
    assert fall[0] - fall[1] == pytest.approx(2 * rate, rel=0.35)


def test_free_energy_of_gaussians():
    """Ornstein-Uhlenbeck: KL of two Gaussians in closed form."""
    fp = theory.fokker_planck(landscapes.mean_estimation(), beta=2, shape=512)
    times = np.array([0.0, 0.3, 1.0])
    rho = fp.evolve("exp(-(theta - 1)**2/0.2)", times)
    mean, variance = np.exp(-times), 0.1 * np.exp(-2 * times) + 0.5 * (1 - np.exp(-2 * times))
    kl = 0.5 * (variance / 0.5 + mean**2 / 0.5 - 1 - np.log(variance / 0.5))
    np.testing.assert_allclose(theory.free_energy(fp, rho).free_energy, kl / 2, rtol=2e-4)


def test_jko_is_the_minimum_and_converges():
    from scipy.optimize import minimize_scalar

    s, k, beta, tau = 1.3, 0.8, 1.7, 0.2
    found = minimize_scalar(
        lambda v: (v - s) ** 2 / (2 * tau) + k * v**2 / 2 - np.log(v) / beta, bounds=(0.01, 5),
        method="bounded", options={"xatol": 1e-12},
    )  # fmt: skip
    result = theory.jko_step(s**2, curvature=k, beta=beta, tau=tau)
    assert result == pytest.approx(found.x**2, rel=1e-6)
    errors = []
    for steps in (50, 100, 200):
        v = s**2
        for _ in range(steps):
            v = theory.jko_step(v, curvature=k, beta=beta, tau=1 / steps)
        errors.append(v - (s**2 * np.exp(-2 * k) + (1 - np.exp(-2 * k)) / (beta * k)))
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.05)
    assert errors[1] / errors[2] == pytest.approx(2, rel=0.05)
    with pytest.raises(ValueError, match="tau=0"):
        theory.jko_step(1.0, curvature=1.0, beta=1.0, tau=0)

"""Currents by displacements over any time: closed forms, chains, and the error of a scheme."""

import numpy as np
import pytest
from scipy.linalg import expm

from driftscape import landscapes, simulate, theory
from driftscape.analysis.comparison import displaced
from driftscape.analysis.comparison.hat_functions import HatAxis, HatFunctions
from driftscape.landscapes import Landscape

TURN = np.array([[1.0, -1.5], [1.5, 1.0]])  # dx = -TURN x dt + sqrt(2) dW: covariance 1
ROTATING = Landscape.from_drift(["-x + 3*y/2", "-3*x/2 - y"], coordinates="x y")
HATS = HatFunctions((HatAxis(np.array([-1.0, 0.0, 1.0])), HatAxis(np.array([-0.5, 0.5]))))


def linear(hats, tau, decay):
    """F of a stationary Gaussian pair of covariance 1, E[x_tau x_0^T] = decay."""
    axis = np.linspace(-8, 8, 641)
    x = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)
    mass = np.exp(-(x**2).sum(axis=1) / 2)
    mass /= mass.sum()
    # E[x_tau | x_0 = x] = decay x, and E[x_0 | x_tau = x] = decay^T x
    phi = hats.values(x) * mass[:, None]
    return (phi.T @ (x @ decay.T - x @ decay) / (2 * tau)).ravel()


@pytest.mark.fast_cases("0.02")
@pytest.mark.parametrize("tau", [0.02, 0.3, 2.0])
def test_a_rotating_gaussian_is_exact(tau):
    fp = theory.fokker_planck(ROTATING, beta=1, shape=96, box=[(-6, 6), (-6, 6)])
    found = fp.extrapolate(lambda level: displaced.of_grid(level, HATS, tau))
    exact = linear(HATS, tau, expm(-TURN * tau))
    assert np.abs(exact).max() > 1e-3
    assert found.value == pytest.approx(exact, abs=2e-3 * np.abs(exact).max())
    if tau > 1:  # the wrong twin: the current itself, which the snapshots do not resolve
        current = linear(HATS, 1e-6, expm(-TURN * 1e-6))
        assert np.abs(found.value - current).max() > 10 * np.abs(found.value).max()


def test_on_a_circle_turns_are_counted():
    """Drift 1 on a circle of length 2: displacements go on, whatever the time."""
    ring = Landscape.from_drift("1", coordinates="x")
    fp = theory.fokker_planck(ring, beta=1, box=(0, 2), sides="periodic", shape=64)
    hats = HatFunctions((HatAxis.around(0.0, 2.0, 4),))
    for tau in (0.1, 5.0):
        assert displaced.of_grid(fp, hats, tau) == pytest.approx(np.full(4, 1 / 4), abs=1e-6)


def test_of_a_chain_that_turns_time_round():
    """SGD in one dimension has a current if its noise is skewed; over k steps, as an ensemble."""
    fit, sgd = landscapes.gaussian_fit(), simulate.SGD(learning_rate=0.2)
    op = theory.transfer_operator(fit, sgd)
    hats = HatFunctions((HatAxis(np.array([-0.4, 0.0, 0.4])),))
    run = simulate.run(fit, sgd, steps=550, trajectories=1000, seed=3, save_every=5)
    values = displaced.of_paths(hats, run.state.values[:, 10:], 1.0)
    stderr = values.std(axis=0) / np.sqrt(1000)
    expected = displaced.of_chain(op, hats, 5)
    assert np.abs((values.mean(axis=0) - expected) / stderr).max() < 4
    assert np.abs(expected / stderr).min() > 10
    assert np.abs(displaced.of_chain(op, hats, 1) - expected).max() > 10 * stderr.max()


@pytest.mark.fast_cases("euler-maruyama-1")
@pytest.mark.parametrize(("scheme", "order"), [("euler-maruyama", 1), ("weak-2", 2)])
def test_the_error_of_a_scheme_is_that_of_its_matrix(scheme, order):
    """x' = R x + noise: displaced over m steps its decay is R^m, its covariance known."""
    fp = theory.fokker_planck(ROTATING, beta=1, shape=64, box=[(-6, 6), (-6, 6)])
    steps, errors = 4, []
    for dt in (0.05, 0.025):
        ito = simulate.Ito(beta=1, dt=dt, scheme=scheme)
        found = displaced.step_error(fp, ito, HATS, steps)
        errors.append(np.abs(found).max())
        if scheme == "euler-maruyama":
            R = np.eye(2) - dt * TURN  # normal: the covariance is that of one direction, times 1
            size = np.sqrt(2 * dt / (1 - (R @ R.T)[0, 0]))
            scaled = HatFunctions(tuple(HatAxis(axis.nodes / size) for axis in HATS.axes))
            exact = size * linear(scaled, steps * dt, np.linalg.matrix_power(R, steps))
            change = exact - linear(HATS, steps * dt, expm(-TURN * steps * dt))
            assert found == pytest.approx(change, abs=4 * dt * np.abs(change).max())
    assert errors[0] / errors[1] == pytest.approx(2**order, rel=0.35)

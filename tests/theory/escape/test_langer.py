"""Escape with inertia: the spectrum of the phase-space operator, hand formulas, a simulation."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import eigs

from driftscape import analysis, landscapes, simulate, theory
from driftscape.landscapes import Landscape
from driftscape.theory.escape.langer import depletion

QUARTIC = landscapes.quartic_well()


def law(beta, friction):
    return theory.langer(QUARTIC, beta=beta, friction=friction, minimum=-1, saddle=0)


def spectral_rate(beta, friction, nodes=180, modes=30):
    """k of the quartic well: half the lowest decay rate of the Klein-Kramers operator.

    Symmetrised, in Hermite functions of v: coefficients c_n(x) with
    c_n' = -sqrt(n) up c_(n-1) - sqrt(n+1) down c_(n+1) - n friction c_n,
    up, down = (d/dx +- beta Phi'/2)/sqrt(beta).
    """
    x = np.linspace(-2.1, 2.1, nodes)
    stencil = np.array([1, -8, 0, 8, -1]) / 12 / (x[1] - x[0])
    slope = sp.diags(list(stencil), [-2, -1, 0, 1, 2], shape=(nodes, nodes))
    force = sp.diags(beta * (x**3 - x) / 2)
    up, down = (slope + force) / np.sqrt(beta), (slope - force) / np.sqrt(beta)
    root, n = np.sqrt(np.arange(1, modes)), np.arange(modes, dtype=float)
    operator = -sp.kron(sp.diags(root, -1), up) - sp.kron(sp.diags(root, 1), down)
    operator = operator - friction * sp.kron(sp.diags(n), sp.eye(nodes))
    rates = np.sort(-eigs(operator.tocsc(), k=3, sigma=1e-7, return_eigenvectors=False).real)
    assert abs(rates[0]) < 1e-9  # the steady state
    return rates[1] / 2


@pytest.mark.parametrize("friction", [3.0, 1.0])
def test_the_spectrum_approaches_the_law(friction):
    """And not transition-state theory, which leaves recrossings out, nor the overdamped law."""
    shares = []
    for beta in (20, 40):
        k, predicted = spectral_rate(beta, friction), law(beta, friction)
        assert predicted.valid
        assert abs(1 / k - predicted.value) < predicted.truncation
        shares.append(k * predicted.value)
    limit = 2 * shares[1] - shares[0]  # the correction is O(1/beta)
    assert limit == pytest.approx(1, abs=5e-3)
    for rate in (1.0, 1 / friction):  # of transition states, overdamped
        twin = 2 * np.pi / rate / np.sqrt(2) * np.exp(40 / 4)
        assert abs(limit * twin / predicted.value - 1) > 0.05


def test_weak_friction_is_refused_and_rightly_so():
    """There the rate is what energy diffusion leaves: Melnikov and Meshkov's factor."""
    beta, friction = 30, 0.03
    predicted = law(beta, friction)
    share = spectral_rate(beta, friction, nodes=120, modes=40) * predicted.value
    assert not predicted.valid
    assert share < 0.5
    loss = beta * friction * 4 / 3  # 4/3: int |v| dx round the orbit through the saddle
    assert share == pytest.approx(depletion(loss, loss), rel=0.2)
    assert f"(here {loss:.3g}," in predicted.regime


def test_the_factor_has_its_limits():
    assert depletion(1e-3) == pytest.approx(1e-3, rel=0.05)  # A(d) = d + O(d^1.5)
    assert depletion(60.0) == pytest.approx(1, abs=1e-6)
    assert depletion(0.5, 1e4) == pytest.approx(depletion(0.5))


def test_strong_friction_slows_the_overdamped_law():
    kramers = theory.eyring_kramers(QUARTIC, beta=20, minimum=-1, saddle=0).value
    assert law(20, 1e3).value / 1e3 == pytest.approx(kramers, rel=1e-5)
    # by hand: lambda = sqrt(1/4 + 1) - 1/2
    by_hand = 2 * np.pi / ((np.sqrt(5) - 1) / 2) / np.sqrt(2) * np.exp(5)
    assert law(20, 1.0).value == pytest.approx(by_hand, rel=1e-12)


@pytest.mark.parametrize("friction", [3.0, 0.5])
def test_it_is_the_law_of_phase_space(friction):
    """Phi + v^2/2 with D = diag(0, friction) and a curl of 1 is the same SDE."""
    phase_space = Landscape.from_potential(
        "(x**2 - 1)**2/4 + v**2/2", coordinates="x v", diffusion=[[0, 0], [0, "g"]], curl="1",
        parameters={"g": friction},
    )  # fmt: skip
    other = theory.eyring_kramers(phase_space, beta=20, minimum=(-1, 0), saddle=(0, 0))
    assert law(20, friction).value == pytest.approx(other.value, rel=1e-12)


def test_in_the_plane_the_flow_at_the_saddle_gives_the_rate():
    land = Landscape.from_potential("(x**2 - 1)**2/4 + y**2 + x*y/2", coordinates="x y")
    left, right = land_minima()
    passage = theory.saddles_between(land, left, right)
    top = passage.saddles[0]
    friction, beta = 0.7, 30.0
    flow = np.block([[np.zeros((2, 2)), np.eye(2)], [-top.hessian, -friction * np.eye(2)]])
    rate = np.linalg.eigvals(flow).real.max()
    ratio = abs(np.linalg.det(top.hessian)) / np.linalg.det(land.hessian(left))
    expected = 2 * np.pi / rate * np.sqrt(ratio) * np.exp(beta * passage.barrier)
    found = theory.langer(land, beta=beta, friction=friction, minimum=left, saddle=top.at)
    assert found.value == pytest.approx(expected, rel=1e-9)
    assert found.valid


def land_minima():
    """y = -x/4 on the valley floor, x^3 - x + y/2 = 0."""
    x = np.sqrt(9 / 8)
    return np.array([-x, x / 4]), np.array([x, -x / 4])


def test_a_simulation_agrees():
    """At time t a share (1 - exp(-2 k t))/2 has changed sides."""
    beta, friction, time, n = 12.0, 1.0, 60.0, 4000
    dynamics = simulate.Underdamped(friction=friction, beta=beta, dt=0.1)
    run = simulate.run(
        QUARTIC, dynamics, time=time, trajectories=n, seed=5, start=(-1,), keep="final"
    )
    share = float((run["final"] > 0).mean())
    error = np.sqrt(share * (1 - share) / n)
    k = -np.log(1 - 2 * share) / (2 * time)
    k_error = error / (1 - 2 * share) / time
    exact = spectral_rate(beta, friction)
    wait = 4 / 60  # the first escapes are late by a few rounds in the well
    assert abs(k - exact) < 4 * k_error + wait * exact
    estimate = analysis.Estimate(1 / k, k_error / k**2, n, "sides changed")
    assert estimate.compare(law(beta, friction)).verdict == "agrees"
    twin = friction * theory.eyring_kramers(QUARTIC, beta=beta, minimum=-1, saddle=0).value
    assert abs(k * twin - 1) > 4 * k_error / k + wait


@pytest.mark.parametrize(("land", "change", "words"), [
    (QUARTIC, {"saddle": 1}, "one negative"),
    (QUARTIC, {"minimum": -0.9}, "nearby: \\[-1.0\\]"),
    (QUARTIC, {"friction": 0}, "friction"),
    (QUARTIC, {"beta": -1}, "beta"),
    (landscapes.gaussian_fit(), {}, "loss landscape"),
    (Landscape.from_potential("(x**2 - 1)**2/4", coordinates="x", diffusion=2), {}, "has D = 2"),
])  # fmt: skip
def test_wrong_requests_are_refused(land, change, words):
    request = {"beta": 20, "friction": 1, "minimum": -1, "saddle": 0} | change
    with pytest.raises(ValueError, match=words):
        theory.langer(land, **request)


def test_a_saddle_of_another_valley_is_refused():
    land = landscapes.mueller_brown()
    deep, right, _ = land.facts.minima
    with pytest.raises(ValueError, match="saddles_between finds"):
        theory.langer(land, beta=0.1, friction=1, minimum=deep, saddle=land.facts.saddles[1])

"""Least actions: closed forms, another functional, another method."""

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp
from scipy.linalg import solve_continuous_lyapunov
from scipy.optimize import minimize_scalar

from driftscape import landscapes, theory
from driftscape.landscapes import Landscape, Normal

LEFT, SADDLE = (-1, 0), (0, 0)


def barrier(landscape, minimum=LEFT, saddle=SADDLE):
    return theory.quasipotential_barrier(landscape, minimum=minimum, saddle=saddle)


def agrees(predicted, value):
    return abs(predicted.value - value) <= predicted.truncation + 1e-8


@pytest.fixture(scope="module")
def bent():
    """Maier and Stein beyond the bifurcation at coupling = 4."""
    return theory.minimum_action_path(landscapes.maier_stein(coupling=6.67), LEFT, SADDLE)


@pytest.mark.parametrize(("coupling", "contraction"), [(2.0, 2.0), (1.0, 1.0), (3.0, 1.0)])
def test_on_the_axis_the_barrier_is_a_quarter(coupling, contraction):
    """A gradient where both are equal; up to coupling = 4 the path stays on the axis."""
    found = barrier(landscapes.maier_stein(coupling=coupling, contraction=contraction))
    assert agrees(found, 0.25)
    assert found.truncation < 1e-6


def shot(coupling, angle):
    """Hamilton's equations from a small circle round the left point, written out by hand.

    There V = |x - a|^2; the action is continued from the closest approach to the saddle by p.
    """

    def motion(_, y):
        (x, z, p, q), s = y[:4], y[2] ** 2 + y[3] ** 2
        return [
            x - x**3 - coupling * x * z**2 + 2 * p,
            -(1 + x**2) * z + 2 * q,
            -(1 - 3 * x**2 - coupling * z**2) * p + 2 * x * z * q,
            2 * coupling * x * z * p + (1 + x**2) * q,
            s,
        ]

    def far(_, y):
        return y[0] ** 2 + y[1] ** 2 - 4

    far.terminal = True
    r = 1e-3 * np.array([np.cos(angle), np.sin(angle)])
    run = solve_ivp(
        motion, (0, 12), [*(r + LEFT), *(2 * r), r @ r], events=far, rtol=1e-10, atol=1e-13,
        max_step=0.05,
    )  # fmt: skip
    k = np.argmin((run.y[:2] ** 2).sum(0))
    x, p = run.y[:2, k], run.y[2:4, k]
    return float(np.hypot(*x)), float(run.y[4, k] - p @ x)


def test_the_bent_path_agrees_with_shooting(bent):
    """Another method: one angle to be found, no boundary conditions, no collocation."""
    angles = np.arange(0.9, 1.3, 0.02)  # at angle 0 it runs along the axis
    first = angles[int(np.argmin([shot(6.67, t)[0] for t in angles]))]
    best = minimize_scalar(
        lambda t: shot(6.67, t)[0], bounds=(first - 0.02, first + 0.02), method="bounded",
        options={"xatol": 1e-10},
    )  # fmt: skip
    distance, action = shot(6.67, best.x)
    assert distance < 1e-3
    assert bent.action == pytest.approx(action, abs=1e-6)
    assert bent.action < 0.25 - 0.03  # the path along the axis is not the least
    assert np.abs(bent.path[:, 1]).max() > 0.3


def geometric_action(landscape, path):
    """(1/2) int (|b| |dx| - <b, dx>), for D = 1: no time and no momenta in it."""
    middle, dx = (path[1:] + path[:-1]) / 2, np.diff(path, axis=0)
    b = landscape.drift()(middle)
    length = np.linalg.norm(b, axis=1) * np.linalg.norm(dx, axis=1)
    return float((length - (b * dx).sum(1)).sum() / 2)


def test_the_bent_path_is_least_in_the_geometric_action(bent, rng):
    land = landscapes.maier_stein(coupling=6.67)
    path = np.concatenate([[bent.start], bent.path, [bent.target]])
    least = geometric_action(land, path)
    assert least == pytest.approx(bent.action, rel=2e-4)
    share = np.linspace(0, 1, len(path))[:, None]
    for _ in range(20):
        wave = sum(rng.normal(size=2) * np.sin(np.pi * k * share) / k for k in (1, 2, 3))
        assert geometric_action(land, path + 0.02 * wave) > least


def test_along_the_path_energy_vanishes_and_momentum_is_the_slope_of_the_action(bent):
    land = landscapes.maier_stein(coupling=6.67)
    b, p = land.drift()(bent.path), bent.momentum
    assert np.abs((b * p).sum(1) + (p**2).sum(1)).max() < 1e-5
    middle = (p[1:] + p[:-1]) / 2
    assert (middle * np.diff(bent.path, axis=0)).sum() == pytest.approx(bent.action, abs=1e-4)
    assert abs(bent.unfold) < 1e-6
    assert str(bent).startswith("path in (x, y) (-1, 0) -> (0, 0), ")


@pytest.mark.parametrize("friction", [5.0, 1.0])
def test_inertia_puts_noise_on_the_velocity_only(friction):
    """D = diag(0, friction): the barrier is that of the energy, at every friction."""
    particle = Landscape.from_drift(
        ["v", "x - x**3 - g*v"], coordinates="x v", diffusion=[[0, 0], [0, "g"]],
        parameters={"g": friction},
    )  # fmt: skip
    assert agrees(barrier(particle), 0.25)
    elsewhere = theory.minimum_action_path(particle, LEFT, (-0.5, 0.5))
    energy = 0.5**2 / 2 + (0.5**2 - 1) ** 2 / 4
    assert elsewhere.action == pytest.approx(energy, rel=1e-6)


def test_one_noise_that_reaches_three_coordinates():
    """Linear drift: V(x) = <x, S^-1 x>/2 with A S + S A^T = -2 D, D of rank one."""
    chain = Landscape.from_drift(
        ["-x + 2*y", "-2*x - y + z", "-y - z"], coordinates="x y z",
        noise_factor=[["0"], ["0"], ["1"]],
    )  # fmt: skip
    slope = np.array([[-1, 2, 0], [-2, -1, 1], [0, -1, -1.0]])
    spread = solve_continuous_lyapunov(slope, -2 * np.diag([0, 0, 1.0]))
    end = np.array([0.3, -0.4, 0.7])
    expected = end @ np.linalg.solve(spread, end) / 2
    found = theory.minimum_action_path(chain, (0, 0, 0), end)
    assert found.action == pytest.approx(expected, rel=1e-7)
    assert not np.isclose(expected, end @ end / 2, rtol=0.5)  # what D = 1 would cost


def test_noise_that_depends_on_the_state():
    loss = Landscape.from_loss(
        "(x**2 - 1)**2/4 + s*(x + x**3/5)", coordinates="x", samples={"s": Normal()}
    )
    expected = quad(lambda x: (x**3 - x) / (1 + 3 * x**2 / 5) ** 2, -1, 0)[0]
    assert agrees(barrier(loss, -1, 0), expected)
    turned = Landscape.from_potential(
        "(x**2 - 1)**2/4 + y**2/2", coordinates="x y", curl="1 + x*y",
        diffusion=[["1 + y**2", "x*y/4"], ["x*y/4", "1/2 + x**2/4"]],
    )  # fmt: skip
    assert agrees(barrier(turned), 0.25)  # whatever D and Q


def test_a_stiff_and_winding_valley_is_followed():
    """Rates of 72 and 0.14 at the saddle."""
    valley = Landscape.from_potential("(x**2 - 1)**2/4 + 5*(y - sin(5*x/2))**2", coordinates="x y")
    assert agrees(barrier(valley, (-1, -np.sin(2.5))), 0.25)


@pytest.mark.parametrize(("start", "end", "words"), [
    ((0, 0), (1, 0), "not stable"),
    ((-0.9, 0), (0, 0), "not a fixed point"),
    ((-1, 0), (-1, 0), "are both"),
    ((-1, 0), (0, 0, 1), "give 2 finite numbers"),
])  # fmt: skip
def test_wrong_ends_are_refused(start, end, words):
    with pytest.raises(ValueError, match=words):
        theory.minimum_action_path(landscapes.maier_stein(), start, end)


def test_what_has_no_barrier_of_its_own_is_refused():
    with pytest.raises(ValueError, match="one positive rate"):
        barrier(landscapes.maier_stein(), LEFT, (1, 0))
    with pytest.raises(ValueError, match="no limit for beta"):
        barrier(landscapes.double_well(rotation=1.0))
    still = Landscape.from_drift(["-x", "-y"], coordinates="x y", noise_factor=[["1"], ["0"]])
    with pytest.raises(ValueError, match="does not reach every direction"):
        theory.minimum_action_path(still, (0, 0), (1, 1))
    with pytest.raises(ValueError, match="passes another fixed point"):
        theory.minimum_action_path(landscapes.quartic_well(), -1, 1)

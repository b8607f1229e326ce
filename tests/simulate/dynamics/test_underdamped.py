"""Langevin dynamics with momentum: its steady state, its order, its overdamped limit."""

import numpy as np
import pytest
import sympy as sp
from scipy.linalg import expm

from driftscape import landscapes, simulate, theory
from driftscape.landscapes import Landscape
from driftscape.simulate.backends.cpu.compile import assembly, outside_calls

BOWL = Landscape.from_potential("x**2/2", coordinates="x", name="bowl")


def linear_map(dt, friction=0.7, beta=1.0):
    """The matrix and the noise vector of one step on the bowl."""
    step = simulate.Underdamped(friction=friction, beta=beta, dt=dt).step(BOWL)
    assignments = dict(step.assignments)
    values = dict(zip(step.parameters, map(float, step.values), strict=True))
    update = sp.Matrix([e.xreplace(assignments).subs(values) for e in step.update])
    (xi,) = step.noise
    return (
        np.array(update.jacobian(sp.Matrix(step.state)), float),
        np.array(update.diff(xi), float)[:, 0],
    )


def steady_covariance(dt):
    a, b = linear_map(dt)
    s = np.linalg.solve(np.eye(4) - np.kron(a, a), np.outer(b, b).ravel())
    return s.reshape(2, 2)


@pytest.mark.parametrize("dt", [0.1, 0.5, 1.5])
def test_the_variance_of_a_harmonic_position_is_exact_at_every_step(dt):
    s = steady_covariance(dt)
    assert abs(s[0, 0] - 1) < 1e-12
    assert abs(s[1, 1] - (1 - dt**2 / 4)) < 1e-12  # momenta are not: the twin
    assert abs(s[0, 1]) < 1e-12


def test_weak_order_two():
    """First and second moments of the linear equation at time 1, over six dyadic steps."""
    friction = 0.7
    force = np.array([[0.0, 1.0], [-1.0, -friction]])
    both = np.kron(force, np.eye(2)) + np.kron(np.eye(2), force)
    noise = np.array([0, 0, 0, 2 * friction])
    exact = np.linalg.solve(both, (expm(both) - np.eye(4)) @ noise)
    sizes, errors = 2.0 ** -np.arange(1, 7), []
    for dt in sizes:
        a, b = linear_map(dt)
        moment = np.zeros(4)
        for _ in range(round(1 / dt)):
            moment = np.kron(a, a) @ moment + np.outer(b, b).ravel()
        mean = np.linalg.matrix_power(a, round(1 / dt)) - expm(force)
        errors.append([np.abs(moment - exact).max(), np.abs(mean).max()])
    for column in np.array(errors).T:
        fit, cov = np.polyfit(np.log(sizes), np.log(column), 1, cov=True)
        assert abs(fit[0] - simulate.Underdamped.weak_order) < 4 * np.sqrt(cov[0, 0]) + 0.05
        assert abs(fit[0] - 1) > 0.5


def test_positions_and_momenta_follow_their_law():
    well = landscapes.quartic_well()
    langevin = simulate.Underdamped(friction=1.0, beta=3.0, dt=0.2)
    keep = simulate.Average("x**2", "x**4", discard_steps=100)
    run = simulate.run(well, langevin, steps=2000, trajectories=2000, seed=1, keep=keep)
    for k, text in enumerate(("x**2", "x**4")):
        values = run.average.values[:, k]
        error = values.std() / np.sqrt(len(values))
        exact = theory.moment(well, text, beta=3.0).value
        bias = 0.2**2 * 0.05  # second order, with the constant of this well
        assert abs(values.mean() - exact) < 4 * error + bias
        assert abs(values.mean() - theory.moment(well, text, beta=3.5).value) > (4 * error + bias)
    v = run.hidden.values[:, 0]
    assert abs(v.var() * 3.0 / (1 - 0.2**2 / 4) - 1) < 4 * np.sqrt(2 / len(v)) + 0.01
    assert abs(v.mean()) < 4 * v.std() / np.sqrt(len(v))


def test_large_friction_is_the_overdamped_equation():
    """x at time friction*t follows Ito: the decay of the mean."""
    friction = 20.0
    slow = simulate.Underdamped(friction=friction, beta=50.0, dt=0.01)
    run = simulate.run(BOWL, slow, time=20.0, trajectories=4000, seed=3, start=1.0)
    mean = run.final.values.mean()
    error = run.final.values.std() / np.sqrt(4000)
    assert abs(mean - np.exp(-1)) < 4 * error + 2 / friction**2
    assert abs(mean - np.exp(-1 / 2)) > 4 * error + 2 / friction**2  # half as fast


@pytest.mark.parametrize(
    ("landscape", "message"),
    [
        (landscapes.mean_estimation(), "is a loss landscape"),
        (Landscape.from_drift("-x", coordinates="x"), "is a drift landscape"),
        (Landscape.from_potential("x**2", coordinates="x", diffusion=2), "has D = 2"),
        (Landscape.from_potential("x**2 + y**2", coordinates="x y", curl="1"), "circulation"),
        (landscapes.double_well(rotation=1.5), "circulation"),
    ],
)
def test_what_it_would_leave_out_is_refused(landscape, message):
    with pytest.raises(ValueError, match=message):
        simulate.Underdamped(friction=1, beta=1, dt=0.1).step(landscape)


def test_a_well_without_rotation_is_taken():
    simulate.Underdamped(friction=1, beta=1, dt=0.1).step(landscapes.double_well())


@pytest.mark.parametrize("name", ["friction", "beta", "dt"])
def test_numbers_must_be_positive(name):
    numbers = {"friction": 1.0, "beta": 1.0, "dt": 0.1, name: 0.0}
    with pytest.raises(ValueError, match=f"{name}=0.0"):
        simulate.Underdamped(**numbers)


def test_no_scalar_function_is_called():
    langevin = simulate.Underdamped(friction=1, beta=1, dt=0.1)
    assert outside_calls(assembly(langevin.step(landscapes.double_well()))) == set()

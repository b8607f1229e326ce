"""The SDE that follows SGD to second order in the learning rate."""

import numpy as np
import pytest
import sympy as sp

from driftscape import landscapes, simulate

POINTS = np.random.default_rng(0).normal(size=(20, 3))


@pytest.mark.parametrize("make", [landscapes.gaussian_fit, landscapes.archimedes])
def test_the_drift_descends_the_modified_loss(make):
    land, eta = make(), 0.2
    f, x = land.expected_loss.expression, land.symbols
    gradient = [sp.diff(f, s) for s in x]
    modified = f + sp.Rational(1, 20) * sum(g**2 for g in gradient)
    expected = land.field("expected", sp.Matrix([-sp.diff(modified, s) for s in x]))
    sde = simulate.SGD(learning_rate=eta).as_sde(order=2)
    found = sde.ito_drift(land, sde.beta)
    points = POINTS[:, : land.dim]
    assert np.abs(found(points) - expected(points)).max() < 1e-12
    assert np.abs(land.drift()(points) - expected(points)).max() > 1e-2


def moments_of_the_linear_equation(sde, time, start):
    """Mean and variance at a time, exactly: the update is linear in the state and the noise."""
    step = sde.step(landscapes.mean_estimation())
    values = dict(zip(step.parameters, map(float, step.values), strict=True))
    assignments = {}
    for symbol, expression in step.assignments:
        assignments[symbol] = expression.xreplace(assignments)
    update = sp.expand(step.update[0].xreplace(assignments).subs(values))
    (xi,) = step.noise
    factor, kick = float(update.diff(step.state[0])), float(update.diff(xi))
    steps = round(time / sde.dt)
    return np.array(
        [
            start * factor**steps,
            kick**2 * sum(factor ** (2 * k) for k in range(steps)),
        ]
    )


@pytest.mark.parametrize("order", [1, 2])
def test_the_weak_order_in_the_learning_rate(order):
    """Mean and variance of the quadratic loss at time 2: six dyadic learning rates."""
    rates, errors = 2.0 ** -np.arange(2, 8), []
    for eta in rates:
        steps = round(2 / eta)
        r = 1 - eta
        sgd = np.array([r**steps, eta**2 * (1 - r ** (2 * steps)) / (1 - r**2)])
        sde = simulate.SGD(learning_rate=eta).as_sde(order=order)
        # order 1: the equation itself, since one Euler step of it is SGD
        if order == 1:
            sde = simulate.Ito(beta=sde.beta, dt=sde.dt / 8, scheme="weak-2")
        errors.append(np.abs(moments_of_the_linear_equation(sde, 2, 1.0) - sgd))
    errors = np.array(errors)
    fit, cov = np.polyfit(np.log(rates), np.log(errors.max(1)), 1, cov=True)
    print(f"order {order}: slope {fit[0]:.3f} +- {np.sqrt(cov[0, 0]):.3f}")
    assert abs(fit[0] - order) < 4 * np.sqrt(cov[0, 0]) + 0.1
    assert abs(fit[0] - (3 - order)) > 0.5


@pytest.mark.slow
def test_skewed_noise_and_a_curved_loss_are_followed():
    """gaussian_fit: SGD - SDE = -(T/2) eta**2 G H G of order 1, nothing at order 2."""
    fit, eta, steps, n = landscapes.gaussian_fit(), 0.1, 10, 400_000
    sgd = simulate.SGD(learning_rate=eta)
    first = simulate.Ito(beta=sgd.beta, dt=eta / 2, scheme="weak-2")
    found = []
    for seed, sde in enumerate((sgd, first, sgd.as_sde(order=2))):
        run = simulate.run(
            fit, sde, time=eta * steps, trajectories=n, seed=seed, start=0.5, keep="final"
        )
        loss = fit.expected_loss(run.final.values)
        found.append((loss.mean(), loss.var() / n))
    (m0, v0), (m1, v1), (m2, v2) = found
    z1, z2 = (m0 - m1) / np.sqrt(v0 + v1), (m0 - m2) / np.sqrt(v0 + v2)
    print(f"order 1: z = {z1:.1f}, order 2: {z2:.1f}")
    assert abs(m0 - m1) > 6 * np.sqrt(v0 + v1)
    # what is left is of order eta**3: S J/6 and C H H/2 of one step, ten times
    assert abs(m0 - m2) < 4 * np.sqrt(v0 + v2) + 0.1 * abs(m0 - m1)


def test_what_is_not_known_is_refused():
    with pytest.raises(ValueError, match="order=3.*1 to 2"):
        simulate.SGD(learning_rate=0.1).as_sde(order=3)
    with pytest.raises(ValueError, match="order=2 with momentum=0.5"):
        simulate.SGD(learning_rate=0.1, momentum=0.5).as_sde(order=2)
    sde = simulate.SGD(learning_rate=0.1, batch_size=4).as_sde(order=2, substeps=2)
    assert sde == simulate.Ito(beta=80.0, dt=0.05, scheme="weak-2", modified=0.1)
    assert simulate.dynamics.dynamics_from_dict(sde.to_dict()) == sde

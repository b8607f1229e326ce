"""Momentum, schedules and matrix learning rates: exact recursions and stationary laws."""

import numpy as np
import pytest
from scipy.linalg import solve_continuous_lyapunov, solve_discrete_lyapunov

from driftscape import landscapes, simulate, theory
from driftscape.landscapes import Landscape, Normal

SGD = simulate.SGD


def noiseless(sgd, steps, start=2.0, curvature=3.0):
    still = landscapes.mean_estimation(curvature=curvature, noise=0.0)
    return simulate.run(still, sgd, steps=steps, start=start).final.item()


@pytest.mark.fast_cases("True")
@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum_is_its_recursion(nesterov):
    eta, mu, h = 0.05, 0.8, 3.0
    theta, v, twin, twin_v = 2.0, 0.0, 2.0, 0.0
    for _ in range(30):
        v = mu * v - eta * h * (theta + mu * v * nesterov)
        theta += v
        twin_v = mu * twin_v - eta * h * (twin + mu * twin_v * (not nesterov))
        twin += twin_v
    ours = noiseless(SGD(learning_rate=eta, momentum=mu, nesterov=nesterov), 30)
    assert ours == pytest.approx(theta, rel=1e-12)
    assert ours != pytest.approx(twin, rel=1e-3)


def test_a_schedule_is_its_product():
    ours = noiseless(SGD(learning_rate="0.2/(1 + step/10)"), 40)
    rates = 0.2 / (1 + np.arange(40) / 10)
    assert ours == pytest.approx(2 * np.prod(1 - 3 * rates), rel=1e-12)
    late = 0.2 / (1 + np.arange(1, 41) / 10)  # the twin that counts steps from 1
    assert ours != pytest.approx(2 * np.prod(1 - 3 * late), rel=1e-3)


def test_a_schedule_goes_on_where_it_stopped():
    sgd = SGD(learning_rate="0.2/(1 + step/10)", momentum=0.5)
    fit = landscapes.gaussian_fit()
    part = simulate.run(fit, sgd, steps=17, trajectories=5, seed=1, save_every=8)
    whole = simulate.run(fit, sgd, steps=40, trajectories=5, seed=1, save_every=8)
    assert simulate.run(resume=part, steps=23).identical(whole)


def test_time_counts_updates_where_the_rate_is_not_one_number():
    assert SGD(learning_rate=0.1).time_step == 0.1
    assert SGD(learning_rate="0.1/(1 + step)").time_step == 1.0
    assert SGD(learning_rate=[[0.1, 0], [0, 0.2]]).time_step == 1.0


def quadratic():
    """l = theta.H theta/2 + theta.noise with H, C that do not commute."""
    return Landscape.from_loss(
        "a**2 + a*b/2 + b**2/2 + a*x + b*(x/2 + y)",
        coordinates="a b", samples={"x": Normal(), "y": Normal(0, 2)},
    ), np.array([[2, 0.5], [0.5, 1]]), np.array([[1, 0.5], [0.5, 4.25]])  # fmt: skip


def second_moments(landscape, sgd, seed=1, steps=600, trajectories=4000):
    """Stationary second moments of the coordinates with their standard errors."""
    names = landscape.coordinates
    texts = [f"{p}*{q}" for i, p in enumerate(names) for q in names[i:]]
    keep = ["final", simulate.Average(*texts, discard_steps=100)]
    run = simulate.run(landscape, sgd, steps=steps, trajectories=trajectories, seed=seed, keep=keep)
    values = run.average.values
    return values.mean(axis=0), values.std(axis=0) / np.sqrt(trajectories)


@pytest.mark.fast_cases("0.0-3", "0.6-3")
@pytest.mark.parametrize("batch_size", [1, 3])
@pytest.mark.parametrize("momentum", [0.0, 0.6])
def test_the_stationary_variance_in_one_dimension(momentum, batch_size):
    """S = eta C (1 + mu)/[b h (1 - mu)(2(1 + mu) - eta h)]."""
    h, c, eta, mu, b = 1.5, 0.49, 0.2, momentum, batch_size
    mean = landscapes.mean_estimation(curvature=h, noise=0.7)
    sgd = SGD(learning_rate=eta, momentum=mu, batch_size=b)
    (value,), (error,) = second_moments(mean, sgd)
    predicted = eta * c * (1 + mu) / (b * h * (1 - mu) * (2 * (1 + mu) - eta * h))
    assert abs(value - predicted) < 4 * error
    assert abs(value - c / (sgd.beta * h)) > 4 * error  # the SDE: equal to first order only
    assert sgd.beta == pytest.approx(2 * b * (1 - mu) / eta)


@pytest.mark.fast_cases("matrix")
@pytest.mark.parametrize("rate", [0.2, [[0.2, 0.05], [-0.05, 0.1]]], ids=["number", "matrix"])
def test_the_stationary_covariance_is_the_discrete_one(rate):
    """S = (1 - M H) S (1 - M H)^T + M C M^T/b; for a number F S + S F - eta F S F = eta C/b."""
    landscape, h, c = quadratic()
    value, error = second_moments(landscape, SGD(learning_rate=rate, batch_size=2))
    m = np.array(rate) if np.ndim(rate) else rate * np.eye(2)
    exact = solve_discrete_lyapunov(np.eye(2) - m @ h, m @ c @ m.T / 2)
    entries = exact[np.triu_indices(2)]
    assert (np.abs(value - entries) < 4 * error).all()
    twin = solve_discrete_lyapunov(np.eye(2) - m.T @ h, m.T @ c @ m / 2)[np.triu_indices(2)]
    if np.ndim(rate):
        assert (np.abs(value - twin) > 4 * error).any()  # the matrix transposed
    else:
        assert np.allclose(h @ exact + exact @ h - rate * h @ exact @ h, rate * c / 2)
        continuous = solve_continuous_lyapunov(h, rate * c / 2)[np.triu_indices(2)]
        assert (np.abs(value - continuous) > 4 * error).any()  # what the SDE has


def test_momentum_in_two_dimensions_is_the_recursion_of_position_and_velocity():
    landscape, h, c = quadratic()
    eta, mu = 0.1, 0.7
    value, error = second_moments(landscape, SGD(learning_rate=eta, momentum=mu))
    kick = np.hstack([-eta * h, mu * np.eye(2)])
    a = np.vstack([np.hstack([np.eye(2), np.zeros((2, 2))]) + kick, kick])
    noise = np.kron(np.ones((2, 2)), eta**2 * c)
    exact = solve_discrete_lyapunov(a, noise)[:2, :2][np.triu_indices(2)]
    assert (np.abs(value - exact) < 4 * error).all()
    plain = solve_discrete_lyapunov(np.eye(2) - eta * h, eta**2 * c)[np.triu_indices(2)]
    assert (np.abs(value - plain) > 4 * error).all()


def tail_exponent(eta, seed=1, trajectories=1_000_000, top=1000):
    """Hill's estimate from the `top` largest of many stationary |theta|, and its error."""
    line = Landscape.from_loss(
        "(theta*x - y)**2/2", coordinates="theta", samples={"x": Normal(), "y": Normal()}
    )
    run = simulate.run(
        line, SGD(learning_rate=eta), steps=60, trajectories=trajectories, seed=seed, keep="final"
    )
    sizes = np.sort(np.abs(run.final.values.ravel()))[-top - 1 :]
    exponent = 1 / np.log(sizes[1:] / sizes[0]).mean()
    return exponent, exponent / np.sqrt(top)


@pytest.mark.slow
def test_regression_has_kestens_heavy_tail():
    """E |1 - eta x^2|^alpha = 1 at eta = 1/2: alpha = 2.904, so that kurtosis does not exist."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(180)
    growth = (weights * np.abs(1 - nodes**2 / 2) ** 2.904).sum() / np.sqrt(2 * np.pi)
    assert growth == pytest.approx(1, abs=2e-3)
    alpha, error = tail_exponent(0.5)
    assert abs(alpha - 2.904) < 4 * error
    other, error = tail_exponent(0.4)  # a smaller rate has another tail
    assert abs(other - 2.904) > 4 * error


def test_the_matching_sde_slows_time_by_the_momentum():
    sgd = SGD(learning_rate=0.1, momentum=0.9, batch_size=4)
    sde = sgd.as_sde(substeps=2)
    assert (sde.beta, sde.dt) == (pytest.approx(8.0), pytest.approx(0.5))


@pytest.mark.parametrize(
    ("sgd", "message"),
    [
        (SGD(learning_rate="0.1/(1 + step)"), "schedule"),
        (SGD(learning_rate=[[0.1, 0], [0, 0.2]]), "matrix"),
        (SGD(learning_rate=0.1, sampling="iid", train_size=5), "training loss"),
    ],
)
def test_there_is_no_sde_where_temperature_is_not_one_number(sgd, message):
    with pytest.raises(ValueError, match=message):
        sgd.as_sde()


@pytest.mark.parametrize(
    "fields",
    [
        {"momentum": 0.5},
        {"learning_rate": "0.1/(1 + step)"},
        {"sampling": "fixed", "train_size": 10},
    ],
)
def test_theories_of_plain_sgd_refuse_what_is_not(fields):
    sgd = SGD(**({"learning_rate": 0.1} | fields))
    screw = landscapes.archimedes()
    with pytest.raises(ValueError, match="fresh samples and one constant"):
        theory.drift_velocity(screw, sgd, "z")
    with pytest.raises(ValueError, match="fresh samples and one constant"):
        theory.entropic_drift(screw, sgd, coordinate="z")

"""Each dynamics follows its definition: exact recursions, orders, independent integrators."""

import numpy as np
import pytest
import sympy as sp

from driftscape import landscapes, simulate
from driftscape.landscapes import Landscape
from driftscape.simulate.backends.codegen.draws import Draws
from driftscape.simulate.backends.reference.words import draw
from driftscape.simulate.streams import stream_words


def normals(seed, steps, trajectories, columns):
    """The normals that a run with this seed uses, shape (steps, columns, trajectories)."""
    words = stream_words(seed, np.arange(trajectories, dtype=np.uint64))
    draws = Draws(["normal"] * columns, paired=True)
    out = []
    while len(out) < steps:
        numbers = draw(words, draws)
        out += [[numbers[row] for row in rows] for rows in draws.rows]
    return np.array(out[:steps])


def test_gd_on_a_quadratic_is_the_geometric_recursion():
    mean = landscapes.mean_estimation(curvature=3.0)
    run = simulate.run(mean, simulate.GD(learning_rate=0.1), steps=40, start=2.0)
    assert run.final.item() == pytest.approx(2 * 0.7**40, rel=1e-13)


def test_the_mean_and_variance_of_sgd_on_a_quadratic_are_exact():
    h, c, eta, b, steps, n = 1.5, 0.7, 0.2, 3, 25, 40_000
    sgd = simulate.SGD(learning_rate=eta, batch_size=b)
    mean = landscapes.mean_estimation(curvature=h, noise=c)
    final = simulate.run(
        mean, sgd, steps=steps, trajectories=n, seed=2, start=1.0, keep="final"
    ).final.values
    r = 1 - eta * h
    variance = eta**2 * c**2 / b * (1 - r ** (2 * steps)) / (1 - r**2)
    assert abs(final.mean() - r**steps) < 4 * np.sqrt(variance / n)
    assert abs(final.var() - variance) < 4 * variance * np.sqrt(2 / n)
    # the wrong twin, a batch of one sample fewer, must be rejected
    assert abs(final.var() - variance * b / (b - 1)) > 4 * variance * np.sqrt(2 / n)


def test_the_flow_converges_at_fourth_order():
    well = landscapes.double_well(rotation=1.5)
    start, ends = [0.8, 0.3], []
    for n in (8, 16, 32, 64, 128, 1024):
        flow = simulate.GradientFlow(dt=2.0 / n, beta=1)
        ends.append(simulate.run(well, flow, start=start, steps=n).final.values[0])
    errors = [np.linalg.norm(e - ends[-1]) for e in ends[:-1]]
    slope = np.polyfit(np.log([2.0 / n for n in (8, 16, 32, 64, 128)]), np.log(errors), 1)[0]
    assert abs(slope - simulate.GradientFlow.order) < 0.2


def test_the_flow_agrees_with_scipy():
    from scipy.integrate import solve_ivp

    well = landscapes.double_well(rotation=0.5)
    exact = solve_ivp(lambda _, x: well.drift(1)(x), (0, 5), [0.3, -0.2], rtol=1e-11, atol=1e-12).y[
        :, -1
    ]
    ours = simulate.run(
        well, simulate.GradientFlow(dt=0.01, beta=1), start=[0.3, -0.2], time=5
    ).final.values[0]
    assert np.abs(ours - exact).max() < 1e-8


def multiplicative():
    """A two-dimensional SDE with non-commuting, state-dependent noise."""
    return Landscape.from_drift(
        ["-x + y/2", "-y - sin(x)"],
        coordinates="x y",
        noise_factor=[["1 + x**2/8", "y/4"], ["x/4", "1"]],
        start=(0.5, -0.5),
    )


def test_euler_maruyama_agrees_with_sdeint_on_the_same_increments():
    sdeint = pytest.importorskip("sdeint")
    land, steps, dt, beta = multiplicative(), 50, 0.02, 4.0
    run = simulate.run(
        land, simulate.Ito(beta=beta, dt=dt), steps=steps, trajectories=3, seed=8, save_every=1
    )
    increments = np.sqrt(dt) * normals(8, steps, 3, 2)
    drift, factor = land.drift(), land.noise_factor
    for trajectory in range(3):
        path = sdeint.itoEuler(
            lambda x, _: drift(x), lambda x, _: np.sqrt(2 / beta) * factor(x),
            np.array([0.5, -0.5]),
            np.arange(steps + 1) * dt, dW=increments[:, :, trajectory],
        )  # fmt: skip
        assert np.abs(path - run.state.values[trajectory]).max() < 1e-12


def test_sdeint_with_the_noise_transposed_is_rejected():
    sdeint = pytest.importorskip("sdeint")
    land = multiplicative()
    run = simulate.run(land, simulate.Ito(beta=4.0, dt=0.02), steps=50, trajectories=1, seed=8)
    path = sdeint.itoEuler(
        lambda x, _: land.drift()(x), lambda x, _: np.sqrt(0.5) * land.noise_factor(x).T,
        np.array([0.5, -0.5]),
        np.arange(51) * 0.02, dW=np.sqrt(0.02) * normals(8, 50, 1, 2)[:, :, 0],
    )  # fmt: skip
    assert np.abs(path[-1] - run.final.values[0]).max() > 1e-3


def geometric_errors(power):
    """Strong errors of Euler-Maruyama for dx = sqrt(2/beta) x dW over five dyadic steps."""
    brown = Landscape.from_drift("0", coordinates="x", noise_factor=["x"], start=(1,))
    beta, finest, n = 4.0, 512, 20_000
    sigma = np.sqrt(2 / beta)
    fine = normals(3, finest, n, 1)[:, 0] / np.sqrt(finest)
    exact = np.exp(-(sigma**2) / 2 + sigma * fine.sum(0))
    step = simulate.Ito(beta=beta, dt=1.0).step(brown)
    (xi,) = step.noise
    errors, sizes = [], []
    for m in (32, 64, 128, 256, 512):
        dw = fine.reshape(m, -1, n).sum(1)
        x = np.ones(n)
        values = {s: float(v) for s, v in zip(step.parameters, step.values, strict=True)}
        dt_symbol = next(s for s in step.parameters if s.name.endswith("dt"))
        update = sp.lambdify([step.state[0], xi], step.update[0].subs(values | {dt_symbol: 1 / m}))
        for k in range(m):
            x = update(x, dw[k] * np.sqrt(m))
        errors.append(np.mean(np.abs(x - exact) ** power) ** (1 / power))
        sizes.append(1 / m)
    return np.array(sizes), np.array(errors)


def test_euler_maruyama_has_strong_order_one_half_under_multiplicative_noise():
    sizes, errors = geometric_errors(2)
    slope = np.polyfit(np.log(sizes), np.log(errors), 1)[0]
    assert abs(slope - simulate.Ito(beta=4.0, dt=1.0).strong_order["general"]) < 0.1


@pytest.mark.slow
def test_the_weak_error_of_euler_maruyama_halves_with_the_step():
    """E x1^2 of the quadratic SDE: the stationary variance is 1/(1 - dt/2) too large, exactly."""
    well = Landscape.from_potential("x**2/2", coordinates="x")
    for dt in (0.4, 0.2, 0.1):
        n, steps = 4000, 4000
        keep = simulate.Average("x**2", discard_steps=200)
        run = simulate.run(
            well, simulate.Ito(beta=1, dt=dt), steps=steps, trajectories=n, seed=4, keep=keep
        )
        mean, error = run.average.mean().item(), run.average.std().item() / np.sqrt(n)
        assert abs(mean - 1 / (1 - dt / 2)) < 4 * error
        assert abs(mean - 1) > 4 * error  # the twin without the step's bias


def test_the_sde_of_sgd_has_its_mean_and_covariance_per_step():
    fit, sgd = landscapes.gaussian_fit(), simulate.SGD(learning_rate=0.3, batch_size=2)
    sde, n = sgd.as_sde(), 200_000
    assert sde == simulate.Ito(beta=2 * 2 / 0.3, dt=0.3)
    a = simulate.run(fit, sgd, steps=1, trajectories=n, seed=1, start=0.4).final.values
    b = simulate.run(fit, sde, steps=1, trajectories=n, seed=2, start=0.4).final.values
    variance = 0.3**2 / 2 * fit.covariance([0.4]).item()
    for sample in (a, b):
        assert abs(sample.mean() - 0.4 + 0.3 * fit.gradient([0.4]).item()) < 4 * np.sqrt(
            variance / n
        )
        assert abs(sample.var() / variance - 1) < 4 * np.sqrt(10 / n)
    assert abs(a.var() / (2 * variance) - 1) > 4 * np.sqrt(10 / n)


def test_noise_of_lower_rank_stays_in_its_range():
    screw = landscapes.archimedes()
    run = simulate.run(
        screw,
        simulate.Ito(beta=20, dt=0.1),
        steps=1,
        trajectories=500,
        seed=1,
        start=(0.2, 0.1, 0.5),
    )
    kicks = run.final.values - np.array([0.2, 0.1, 0.5]) - 0.1 * screw.drift()([0.2, 0.1, 0.5])
    assert np.linalg.svd(kicks, compute_uv=False)[1] < 1e-13


def test_the_name_of_a_parameter_is_an_identifier():
    assert simulate.parameter("dt") == simulate.parameter("dt")
    with pytest.raises(ValueError, match="must be an identifier"):
        simulate.parameter("dt/2")

"""Every shipped landscape under the dynamics it determines, and what its page says they do."""

from functools import cache

import numpy as np
import pytest
import sympy as sp

from driftscape import landscapes, simulate, theory
from driftscape.landscapes import ZOO, Landscape, Normal, NotAvailable

STEPS, COUNT = 3, 5
every_landscape = pytest.mark.parametrize("name", ZOO)


@cache
def landscape_named(name):
    return ZOO[name]()


def step_size(landscape):
    return 1e-5 if landscape.name == "mueller_brown" else 1e-3


def path(landscape, dynamics):
    """States (COUNT, STEPS + 1, dim) on the backend that compiles nothing."""
    run = simulate.run(
        landscape, dynamics, steps=STEPS, trajectories=COUNT, seed=3, save_every=1, backend="numpy"
    )
    assert run.final.notnull().all()
    return run.state.values


@cache
def samples_drawn(name):
    """What is drawn, shape (COUNT, STEPS, samples): the gradients of a loss linear in it."""
    landscape = landscape_named(name)
    if landscape.kind == "loss":
        laws = dict(landscape.samples)
    else:
        laws = {f"xi{k}": Normal() for k in range(landscape.noise_factor.shape[1])}
    recorder = Landscape.from_loss(
        " + ".join(f"row_{x}*{x}" for x in laws),
        coordinates=[f"row_{x}" for x in laws],
        samples=laws,
        parameters=landscape.parameters,
    )
    return -np.diff(path(recorder, simulate.SGD(learning_rate=1.0)), axis=1)


@every_landscape
def test_gd_is_one_subtraction_of_the_gradient(name):
    landscape = landscape_named(name)
    eta = step_size(landscape)
    if landscape.kind == "drift":
        with pytest.raises(NotAvailable, match="gradient"):
            path(landscape, simulate.GD(learning_rate=eta))
        return
    states = path(landscape, simulate.GD(learning_rate=eta))
    wanted = states[:, :-1] - eta * landscape.gradient(states[:, :-1])
    assert np.allclose(states[:, 1:], wanted, rtol=1e-12, atol=1e-14)


@every_landscape
def test_gradient_flow_is_the_classical_step_of_the_drift(name):
    landscape = landscape_named(name)
    dt, beta = step_size(landscape), 1.0
    states = path(landscape, simulate.GradientFlow(dt=dt, beta=beta))
    x, b = states[:, :-1], landscape.drift(beta)
    k1 = b(x)
    k2 = b(x + dt / 2 * k1)
    k3 = b(x + dt / 2 * k2)
    wanted = x + dt / 6 * (k1 + 2 * k2 + 2 * k3 + b(x + dt * k3))
    assert np.allclose(states[:, 1:], wanted, rtol=1e-12, atol=1e-14)


@every_landscape
def test_sgd_subtracts_the_gradient_at_the_samples_drawn(name):
    landscape = landscape_named(name)
    if landscape.data is not None:
        return  # the path says which row was drawn: test_data
    eta = step_size(landscape)
    sgd = simulate.SGD(learning_rate=eta)
    if landscape.kind == "drift":
        with pytest.raises(NotAvailable, match="per-sample"):
            path(landscape, sgd)
        return
    states, samples = path(landscape, sgd), samples_drawn(name)
    x = states[:, :-1]
    if landscape.kind == "potential":
        kicks = np.einsum("...ij,...j->...i", landscape.noise_factor(x), samples)
        gradients = kicks - landscape.drift(sgd.beta)(x)
    else:  # differences of the loss as it was typed, at the samples as their laws give them
        symbols = [*landscape.symbols, *(sp.Symbol(s, real=True) for s in landscape.samples)]
        loss = landscape.parse(landscape.formulas["loss"], *landscape.samples)
        loss = sp.lambdify(symbols, loss.subs(landscape.parameter_symbols), "numpy")
        gradients = np.empty_like(x)
        for i in range(landscape.dim):
            shift = 1e-5 * np.eye(landscape.dim)[i]
            ends = [
                loss(*np.moveaxis(np.concatenate([x + side, samples], axis=-1), -1, 0))
                for side in (shift, -shift)
            ]
            gradients[..., i] = (ends[0] - ends[1]) / 2e-5
    assert np.allclose(states[:, 1:], x - eta * gradients, rtol=0, atol=eta * 1e-6)


@every_landscape
def test_ito_adds_the_noise_factor_times_the_normals_drawn(name):
    landscape = landscape_named(name)
    dt, beta = step_size(landscape), 4.0
    states = path(landscape, simulate.Ito(beta=beta, dt=dt))
    x = states[:, :-1]
    kick = states[:, 1:] - x - dt * landscape.drift(beta)(x)
    factor = landscape.noise_factor(x)
    if landscape.kind == "potential":
        wanted = np.sqrt(2 * dt / beta) * np.einsum("...ij,...j->...i", factor, samples_drawn(name))
        assert np.allclose(kick, wanted, rtol=1e-9, atol=1e-14)
    # of whatever the noise is, the kick lies in the image of the factor, and B B^T is D
    drawn = np.einsum("...ij,...j->...i", np.linalg.pinv(factor), kick)
    assert np.allclose(np.einsum("...ij,...j->...i", factor, drawn), kick, rtol=1e-6, atol=1e-12)
    squared = np.einsum("...ik,...jk->...ij", factor, factor)
    assert np.allclose(squared, landscape.diffusion(x), rtol=1e-9, atol=1e-12)


# -- what the pages say --------------------------------------------------------------------------


def mean_and_error(values):
    return values.mean(), values.std(ddof=1) / np.sqrt(len(values))


@pytest.mark.parametrize(("tilt", "climbs"), [(0.012, True), (0.022, False)])
def test_the_tilted_screw_climbs_iff_the_tilt_is_below_a_sixth_of_the_learning_rate(tilt, climbs):
    sgd, steps = simulate.SGD(learning_rate=0.1), 2000
    screw = landscapes.tilted_screw(tilt)
    run = simulate.run(screw, sgd, steps=steps, trajectories=512, seed=1, keep="final")
    mean, error = mean_and_error(run.final.sel(coordinate="z").values / steps)
    assert abs(mean) > 8 * error
    assert (mean > 0) == climbs == (tilt < 0.1 / 6)
    # 1% of the slope's part: the frame turns with z, and the response is linear in it
    predicted = theory.drift_velocity(landscapes.archimedes(), sgd, "z").value - 0.1 * tilt
    start_up = 4 / steps * 0.1**2 / 6  # it takes about 4 steps to gather speed
    assert abs(mean - predicted) < 4 * error + 0.01 * 0.1 * tilt + start_up
    assert abs(mean - predicted - 0.1 * tilt) > 8 * error  # the level screw


@pytest.mark.parametrize(("width", "circulates"), [(1.0, True), (0.4, False)])
def test_the_ratchet_circulates_where_its_valves_open_forward(width, circulates):
    run = simulate.run(
        landscapes.ratchet(width=width),
        simulate.SGD(learning_rate=0.3),
        steps=20_000,
        trajectories=128,
        seed=1,
        keep="final",
    )
    turns, error = mean_and_error((run.final.values[:, 0] + np.pi / 2) / (2 * np.pi))
    assert (turns > 1) == circulates
    assert turns > 8 * error if circulates else turns < 0.1


def angle(run):
    p, q = (run.state.sel(coordinate=c).values for c in ("p", "q"))
    return np.unwrap(np.arctan2(q, p), axis=1)[:, -1]


@pytest.mark.slow
def test_screws_bent_into_a_loop_turn_and_isotropic_noise_does_not():
    loop, eta, steps = landscapes.screw_loop(), 0.1, 4000
    leading = eta**2 * 2 / (6 * 2**2)
    sizes = dict(steps=steps, trajectories=256, seed=1, save_every=25)
    turned, error = mean_and_error(
        angle(simulate.run(loop, simulate.SGD(learning_rate=eta), **sizes))
    )
    # relative corrections are of the order of the learning rate
    assert abs(turned - steps * leading) < 4 * error + eta * steps * leading
    assert turned > 20 * error
    same_loss = Landscape.from_potential(
        2 * loop.expected_loss.entries[0],  # D grad Phi is the gradient of the loss
        coordinates="p q h",
        diffusion=0.5,
        parameters=loop.parameters,
        start=(2, 0, 0),
        name="same_loss",
    )
    twin = simulate.run(same_loss, simulate.SGD(learning_rate=eta), **sizes)
    still, error = mean_and_error(angle(twin))
    assert abs(still) < 4 * error
    assert abs(still - steps * leading) > 8 * error


def test_noise_of_the_shape_of_the_loss_leaves_the_sharp_basin_and_isotropic_noise_stays():
    shaped = landscapes.two_basins(noise=0.0953)
    strength = 0.0953**2 * 22_000  # half the trace of D in the sharp minimum
    isotropic = Landscape.from_potential(
        shaped.expected_loss.entries[0] / sp.nsimplify(strength),
        coordinates="w0 w1",
        diffusion=strength,
        parameters=shaped.parameters,
        start=(1, 1),
        name="isotropic",
    )
    sgd = simulate.SGD(learning_rate=0.005)
    escaped = [
        (simulate.run(page, sgd, steps=500, trajectories=256, seed=1, keep="final").final < -0.5)
        .all("coordinate")
        .mean()
        for page in (shaped, isotropic)
    ]
    # what the docstring of the landscape states; the errors are binomial
    assert escaped[0] == pytest.approx(0.97, abs=4 * (0.97 * 0.03 / 256) ** 0.5)
    assert escaped[1] == pytest.approx(0.10, abs=4 * (0.10 * 0.90 / 256) ** 0.5)


def test_a_minimum_made_flat_wants_a_learning_rate_as_much_larger():
    sharp = landscapes.mean_estimation(curvature=100.0)
    flat = landscapes.change_coordinates(sharp, new="phi", old={"theta": "phi/20"})
    states = [
        path(page, simulate.SGD(learning_rate=rate))
        for page, rate in ((sharp, 0.01), (flat, 4.0), (flat, 0.01))
    ]
    assert np.allclose(states[0], states[1] / 20, rtol=1e-12)
    assert not np.allclose(states[0], states[2] / 20, rtol=0.1)  # SGD is not covariant


def test_linear_has_its_discrete_covariance_and_turns_the_way_it_says():
    page = landscapes.linear()
    sgd = simulate.SGD(learning_rate=0.3)
    expressions = ("x1**2", "x1*x2", "x2**2")
    keep = simulate.Average(*expressions, discard_steps=200)
    run = simulate.run(page, sgd, steps=4000, trajectories=256, seed=1, keep=keep)
    place = {sp.Symbol("learning_rate", real=True): 0.3, sp.Symbol("batch_size", real=True): 1}
    beta = {sp.Symbol("beta", real=True): sgd.beta}
    for expression, averages in zip(expressions, run.average.values.T, strict=True):
        stated = {
            fact.dynamics: float(
                page.parse(fact.value, "learning_rate", "batch_size", "beta").subs(place | beta)
            )
            for fact in page.facts.moments
            if page.parse(fact.expression) == page.parse(expression)
        }
        mean, error = mean_and_error(averages)
        assert abs(mean - stated["sgd"]) < 4 * error
        if expression != "x1*x2":
            assert abs(mean - stated["ito"]) > 8 * error  # the SDE's covariance is another


@pytest.mark.fast_cases("True")
@pytest.mark.parametrize("reversed_noise", [False, True])
def test_linear_circulates_clockwise_for_positive_q(reversed_noise):
    sign = -1 if reversed_noise else 1
    page = landscapes.linear(D=[[1, 0.5 * sign], [0.5 * sign, 1]])
    ito = simulate.Ito(beta=2, dt=0.02)
    keep = simulate.Average(theory.torque_expression(page, ito), discard_steps=500)
    run = simulate.run(page, ito, steps=5000, trajectories=256, seed=1, keep=keep)
    mean, error = mean_and_error(run.average.values[:, 0])
    warned = -2 * (0.25 * sign) / 2
    assert abs(mean - warned) < 4 * error + 0.05 * abs(warned)  # Euler-Maruyama: dt tr F/2 of it
    assert abs(mean + warned) > 8 * error  # the other way round
    assert abs(mean) > 8 * error  # equilibrium


@pytest.mark.fast_cases("0.0")
@pytest.mark.parametrize("decay", [0.0, 1.0])
def test_the_divergence_free_double_well_has_the_stated_torque(decay):
    page = landscapes.divergence_free_double_well(decay=decay)
    ito = simulate.Ito(beta=1, dt=0.005)
    keep = simulate.Average(theory.torque_expression(page, ito), "x2**2", discard_steps=1000)
    run = simulate.run(page, ito, steps=6000, trajectories=1024, seed=1, keep=keep)
    axis = np.linspace(-6, 6, 601)
    energy = page.potential(np.stack(np.meshgrid(axis, axis), axis=-1))
    ratio = np.exp(-(1 + decay) * energy).sum() / np.exp(-energy).sum()
    warned = -2 * ratio / (1 + decay)
    mean, error = mean_and_error(run.average.values[:, 0])
    bias = 0.01 * abs(warned)  # of Euler-Maruyama at this dt; twice that at 2 dt
    assert abs(mean - warned) < 4 * error + bias
    square, error2 = mean_and_error(run.average.values[:, 1])
    assert abs(square - 1) < 4 * error2 + 0.01
    twin = -2 * ratio if decay else -warned  # the A-type interpretation; the other direction
    assert abs(mean - twin) > 8 * error + bias

"""The exact law of linear dynamics at any step size."""

import itertools
import tracemalloc

import numpy as np
import pytest

from driftscape import analysis, landscapes, simulate, theory
from driftscape.landscapes import Landscape, Normal, Rademacher
from driftscape.theory.linear.lyapunov import Lyapunov


def test_one_dimensional_sgd_has_its_closed_form():
    for eta, batch, h, s in [(0.1, 1, 1.0, 1.0), (0.7, 3, 2.5, 0.4)]:
        sgd = simulate.SGD(learning_rate=eta, batch_size=batch)
        steady = theory.linear_law(landscapes.mean_estimation(curvature=h, noise=s), sgd)
        expected = eta * s**2 / (batch * h * (2 - eta * h))
        assert steady.moment("theta", "theta").value == pytest.approx(expected, rel=1e-13)
        assert steady.moment("theta").value == pytest.approx(0)


def test_euler_maruyama_is_off_by_a_known_factor():
    bowl = landscapes.mean_estimation(curvature=2.0)
    sde = simulate.Ito(beta=5, dt=0.1)
    limit = theory.linear_law(bowl, sde, continuum=True).covariance[0, 0]
    assert limit == pytest.approx(1 / (5 * 2))
    assert theory.linear_law(bowl, sde).covariance[0, 0] == pytest.approx(limit / (1 - 0.1 * 2 / 2))


def test_matrix_equation_is_solved_by_iterating_the_covariance():
    drift = ["-2*x + y", "-y - x/2 + 3"]
    spiral = Landscape.from_drift(drift, coordinates="x y", diffusion=[[2, 1], [1, 1]])
    sde = simulate.Ito(beta=2, dt=0.3)
    steady = theory.linear_law(spiral, sde)
    F, D = np.array([[2, -1], [0.5, 1]]), np.array([[2.0, 1], [1, 1]])
    mean, S = np.zeros(2), np.zeros((2, 2))
    A = np.eye(2) - 0.3 * F
    for _ in range(400):
        mean = A @ mean + 0.3 * np.array([0, 3])
        S = A @ S @ A.T + 0.3 * D
    np.testing.assert_allclose(steady.covariance, S, rtol=1e-12)
    np.testing.assert_allclose(steady.mean, mean, rtol=1e-12)
    assert steady.moment("x", "y").value == pytest.approx(S[0, 1] + mean[0] * mean[1])


def test_constant_curl_keeps_the_gibbs_covariance_in_the_limit():
    # (D + Q) U is not symmetric, yet exp(-beta Phi) is the law: S = U^-1/beta
    bowl = Landscape.from_potential("x**2 + x*y + y**2", coordinates="x y", curl="3")
    steady = theory.linear_law(bowl, simulate.Ito(beta=4, dt=0.01), continuum=True)
    np.testing.assert_allclose(steady.covariance, np.linalg.inv([[2, 1], [1, 2]]) / 4, rtol=1e-12)


def test_measured_covariance_is_the_discrete_one_not_the_continuous():
    formula = "(2*x**2 + 2*x*y + 3*y**2)/2 + a*x - a*y/2 + b*y"
    bowl = Landscape.from_loss(
        formula, coordinates="x y", samples={"a": Rademacher(), "b": Normal()}
    )
    sgd = simulate.SGD(learning_rate=0.2, batch_size=2)
    steady = theory.linear_law(bowl, sgd)
    limit = theory.linear_law(bowl, sgd.as_sde(), continuum=True)
    run = simulate.run(bowl, sgd, steps=2000, trajectories=2000, seed=8, save_every=5)
    for pair in (("x", "x"), ("x", "y"), ("y", "y")):
        measured = analysis.moment(run, "*".join(pair))
        assert measured.compare(steady.moment(*pair)).verdict == "agrees", pair
        assert measured.compare(limit.moment(*pair)).verdict == "rejected", pair


def test_refuses_nonlinear_and_unstable():
    sgd = simulate.SGD(learning_rate=0.1)
    with pytest.raises(ValueError, match="drift is not linear"):
        theory.linear_law(landscapes.quartic_well(), sgd.as_sde())
    cubic = Landscape.from_drift("-x", coordinates="x", diffusion="1 + x**4")
    with pytest.raises(ValueError, match="more than a quadratic D"):
        theory.linear_law(cubic, sgd.as_sde())
    shrinking = simulate.SGD(learning_rate="0.1/(1 + step)")
    with pytest.raises(ValueError, match="changes with the step"):
        theory.linear_law(landscapes.mean_estimation(), shrinking)
    own = simulate.SGD(learning_rate=0.1, sampling="iid", train_size=5)
    with pytest.raises(ValueError, match="a training set for each trajectory"):
        theory.linear_law(landscapes.mean_estimation(), own)
    with pytest.raises(ValueError, match="scheme='heun'"):
        theory.linear_law(landscapes.mean_estimation(), simulate.Ito(beta=1, dt=0.1, scheme="heun"))
    with pytest.raises(ValueError, match="no steady state"):
        theory.linear_law(landscapes.mean_estimation(), simulate.SGD(learning_rate=2.0))
    unstable = Landscape.from_drift("x", coordinates="x")
    with pytest.raises(ValueError, match="no steady state"):
        theory.linear_law(unstable, simulate.Ito(beta=1, dt=0.1))
    with pytest.raises(ValueError, match="continuum=True is for an SDE"):
        theory.linear_law(landscapes.mean_estimation(), sgd, continuum=True)
    with pytest.raises(ValueError, match="no coordinate 'x'"):
        theory.linear_law(landscapes.mean_estimation(), sgd).moment("x")


# -- noise that grows with the state: data sets, and whatever a sample multiplies ------------------


def iterated(maps, weights):
    """Moments (mean, second moment) of x' = A x + a drawn at random, iterated until they stay.

    In coordinates (1, x) the second moment M moves by M' = sum_k w_k T_k M T_k^T; the matrix of
    that map on M is squared until nothing changes.
    """
    d = len(maps[0][1])
    each = [np.block([[np.ones((1, 1)), np.zeros((1, d))], [a[:, None], A]]) for A, a in maps]
    K = sum(w * np.kron(T, T) for w, T in zip(weights, each, strict=True))
    for _ in range(13):  # 8192 steps; one more would add rounding, not accuracy
        K = K @ K
    M = K[:, 0].reshape(d + 1, d + 1)  # from x = 0
    return M[1:, 0], M[1:, 1:]


def batch_maps(X, y, rate, size, sampling):
    """The step of each batch of linear regression, equally likely."""
    rows = range(len(y))
    if sampling == "without-replacement":
        batches = list(itertools.combinations(rows, size))
    else:
        batches = list(itertools.product(rows, repeat=size))
    maps = []
    for batch in batches:
        x, answers = X[list(batch)], y[list(batch)]
        maps.append((np.eye(X.shape[1]) - rate * x.T @ x / size, rate * x.T @ answers / size))
    return maps, [1 / len(batches)] * len(batches)


X, Y = np.array([[1.0], [2.0], [-1.0]]), np.array([1.0, 1.0, 0.5])


@pytest.mark.parametrize(
    ("sampling", "size", "square"),
    [("iid", 2, 0.18796296), ("without-replacement", 2, 0.18055556),
     ("without-replacement", 3, 0.17361111), ("fresh", 2, 0.18796296)],
)  # fmt: skip
def test_batches_of_a_data_set(sampling, size, square):
    sgd = simulate.SGD(learning_rate=0.2, sampling=sampling, batch_size=size)
    steady = theory.linear_law(landscapes.linear_regression(X, Y), sgd)
    predicted = steady.moment("w0", "w0")
    assert predicted.value == pytest.approx(square, abs=5e-9)
    _, second = iterated(*batch_maps(X, Y, 0.2, size, sampling))
    assert predicted.value == pytest.approx(second[0, 0], rel=1e-11)
    assert predicted.truncation < 1e-14


@pytest.mark.parametrize("sampling", ["fixed", "reshuffled"])
def test_a_full_batch_has_no_noise_however_it_is_dealt_and_epochs_are_refused(sampling):
    page = landscapes.linear_regression(X, Y)
    full = simulate.SGD(learning_rate=0.2, sampling=sampling, batch_size="full")
    steady = theory.linear_law(page, full)
    assert steady.covariance[0, 0] == 0
    assert steady.mean[0] == pytest.approx(2.5 / 6, rel=1e-14)
    with pytest.raises(ValueError, match="batches of one epoch depend on each other"):
        theory.linear_law(page, simulate.SGD(learning_rate=0.2, sampling=sampling))


def test_several_features_and_the_edge_of_the_second_moment(rng):
    X, y = rng.normal(size=(6, 3)), rng.normal(size=6)
    page = landscapes.linear_regression(X, y)
    for sampling, size, rate in [("iid", 2, 0.1), ("without-replacement", 4, 0.3)]:
        sgd = simulate.SGD(learning_rate=rate, sampling=sampling, batch_size=size)
        steady = theory.linear_law(page, sgd)
        mean, second = iterated(*batch_maps(X, y, rate, size, sampling))
        np.testing.assert_allclose(steady.mean, mean, rtol=1e-11)
        np.testing.assert_allclose(
            steady.covariance + np.outer(steady.mean, steady.mean), second, rtol=1e-11
        )

    def radius(rate):
        maps, weights = batch_maps(X, y, rate, 1, "iid")
        return np.abs(
            np.linalg.eigvals(
                sum(w * np.kron(A, A) for w, (A, _) in zip(weights, maps, strict=True))
            )
        ).max()

    low, high = 0.01, 2.0  # the rate from which on the second moment grows
    while high - low > 1e-6:
        low, high = (
            ((low + high) / 2, high) if radius((low + high) / 2) < 1 else (low, (low + high) / 2)
        )
    theory.linear_law(page, simulate.SGD(learning_rate=0.999 * low))
    with pytest.raises(ValueError, match="no finite second moment"):
        theory.linear_law(page, simulate.SGD(learning_rate=1.001 * low))


def test_samples_of_a_law_may_multiply():
    """(a w - b)^2/2: E a^2 w = E a b and E (1 - eta a^2)^2 by the moments of the normal law."""
    page = Landscape.from_loss(
        "(a*w - b)**2/2", coordinates="w", samples={"a": Normal(1, 0.5), "b": Normal(2, 1)}
    )
    eta, mean = 0.1, 2 / 1.25
    a2, a4 = 1 + 0.25, 1 + 6 * 0.25 + 3 * 0.0625
    a3b = (1 + 3 * 0.25) * 2
    right = 2 * eta * mean * (2 - eta * a3b) + eta**2 * a2 * 5
    assert 2 - eta * a3b == pytest.approx(1.65)
    second = right / (2 * eta * a2 - eta**2 * a4)
    steady = theory.linear_law(page, simulate.SGD(learning_rate=eta))
    assert steady.moment("w").value == pytest.approx(mean, rel=1e-13)
    assert steady.moment("w", "w").value == pytest.approx(second, rel=1e-12)
    with pytest.raises(ValueError, match="no finite second moment"):
        theory.linear_law(page, simulate.SGD(learning_rate=1.0))


def test_an_equation_whose_noise_grows_has_a_variance_only_where_it_is_cold_enough():
    """dx = -x dt + sqrt(2 (1 + x^2)/beta) dW: E x^2 = 1/(beta - 1); by Euler 1/(beta - 1 - ...)."""
    wide = Landscape.from_drift("-x", coordinates="x", diffusion="1 + x**2")
    for beta in (1.5, 8):
        sde = simulate.Ito(beta=beta, dt=0.1)
        limit = theory.linear_law(wide, sde, continuum=True).moment("x", "x")
        assert limit.value == pytest.approx(1 / (beta - 1), rel=1e-13)
        euler = theory.linear_law(wide, sde).moment("x", "x")
        assert euler.value == pytest.approx(2 / (2 * beta - 0.1 * beta - 2), rel=1e-13)
        # of other interpretations, whose drift is linear too
        inward = theory.linear_law(
            Landscape.from_drift("-3*x", coordinates="x", diffusion="1 + x**2"),
            simulate.Isothermal(beta=beta, dt=0.1), continuum=True,
        )  # fmt: skip
        rate = 3 - 2 / beta
        assert inward.covariance[0, 0] == pytest.approx(1 / (beta * rate - 1), rel=1e-12)
    with pytest.raises(ValueError, match="no finite second moment"):
        theory.linear_law(wide, simulate.Ito(beta=0.9, dt=0.1), continuum=True)


@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum_and_a_matrix_of_rates(nesterov, rng):
    X, y, mu = rng.normal(size=(5, 2)), rng.normal(size=5), 0.6
    rate = np.array([[0.1, 0.03], [-0.02, 0.15]])
    sgd = simulate.SGD(learning_rate=rate, batch_size=1, momentum=mu, nesterov=nesterov)
    steady = theory.linear_law(landscapes.linear_regression(X, y), sgd)
    maps = []
    for x, answer in zip(X, y, strict=True):
        H, pull = rate @ np.outer(x, x), rate @ x * answer
        look = mu if nesterov else 0.0
        velocity = np.hstack([-H, mu * np.eye(2) - look * H])
        place = np.hstack([np.eye(2), np.zeros((2, 2))])
        maps.append((np.vstack([place + velocity, velocity]), np.concatenate([pull, pull])))
    mean, second = iterated(maps, [0.2] * 5)
    np.testing.assert_allclose(steady.mean, mean[:2], rtol=1e-11)
    np.testing.assert_allclose(
        steady.covariance + np.outer(steady.mean, steady.mean), second[:2, :2], rtol=1e-10
    )


def test_momentum_has_its_closed_form():
    """1.5 (w - y)^2/2, y ~ N(0, 1), rate .1, momentum .9: variance .780822."""
    bowl = Landscape.from_loss("1.5*(w - y)**2/2", coordinates="w", samples={"y": Normal()})
    steady = theory.linear_law(bowl, simulate.SGD(learning_rate=0.1, momentum=0.9))
    assert steady.moment("w", "w").value == pytest.approx(0.780822, abs=5e-7)


def test_two_hundred_coordinates_need_no_matrix_of_their_square(rng):
    F = 2 * np.eye(200) + rng.normal(size=(200, 200)) / 20
    N = np.eye(200) + np.ones((200, 200))
    tracemalloc.start()
    S, error = Lyapunov(F / 50, map=True).solve(N / 50)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50 * S.nbytes
    np.testing.assert_allclose(F @ S + S @ F.T - F @ S @ F.T / 50, N, atol=1e-11)
    assert error.max() < 1e-13


def test_many_coordinates_of_a_ring():
    """dx_i = (x_{i+1} - 2 x_i) dt + dW: by Fourier's modes, the sum over k of 1/(2 Re rate)/d."""
    d = 60
    drift = [f"-2*x{i} + x{(i + 1) % d}" for i in range(d)]
    ring = Landscape.from_drift(drift, coordinates=[f"x{i}" for i in range(d)], diffusion=0.5)
    steady = theory.linear_law(ring, simulate.Ito(beta=1, dt=0.1), continuum=True)
    rates = 2 - np.exp(2j * np.pi * np.arange(d) / d)
    np.testing.assert_allclose(np.diag(steady.covariance), (0.5 / rates.real).mean(), rtol=1e-12)

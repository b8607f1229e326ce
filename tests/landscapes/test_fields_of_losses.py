"""Fields of losses against averages of the loss that plain NumPy evaluates."""

import numpy as np
import pytest
import sympy as sp

from driftscape.landscapes import (
    Exponential,
    FormulaError,
    Landscape,
    Normal,
    NotAvailable,
    Rademacher,
    Uniform,
)

from ..tiers import tiered
from .differences import check_derivative, check_row_divergence

LOSSES = {
    "quadratic": ("(a*w**2 - y)**2/2", "w", {"y": Normal(1, 0.5)}, None),
    "screw": (
        "(u**2 + v**2 + (u*cos(z) + v*sin(z))**2)/2 + x*(u*cos(z - pi/4) + v*sin(z - pi/4))",
        "u v z",
        {"x": Normal()},
        None,
    ),
    "cubic in a uniform sample": ("x**3*u + x*u**2*v + v**2", "u v", {"x": Uniform(-1, 2)}, None),
    "exponential sample": ("x*u**2/2 - x**2*sin(v)*u + v**2", "u v", {"x": Exponential(0.5)}, None),
    "signs": (
        "exp(s*u/2) + s*t*v**2 + tanh(t*u)",
        "u v",
        {"s": Rademacher(), "t": Rademacher()},
        None,
    ),
    "three laws": (
        "(x*u - y)**2/2 + s*u*v + v**4",
        "u v",
        {"x": Normal(0.5, 2), "y": Uniform(0, 1), "s": Rademacher()},
        None,
    ),
    "more columns than coordinates": (
        "x*w + x**2*w**2 + y*sin(w)",
        "w",
        {"x": Normal(), "y": Normal()},
        None,
    ),
    "more columns than two coordinates": (
        "x*u + x**2*u*v + y*sin(v) + x*y*u",
        "u v",
        {"x": Normal(), "y": Uniform()},
        None,
    ),
    "rank one of two": ("(x + x**2)*(u + 2*v) + u**2", "u v", {"x": Normal()}, None),
    "logistic": (
        "log(1 + exp(-(u*x + v*y))) + (u**2 + v**2)/10",
        "u v",
        {"x": Normal(1, 1), "y": Normal()},
        1.5,
    ),
    "tanh of a normal sample": (
        "(tanh(a*u*x + v) - y)**2/2",
        "u v",
        {"x": Normal(), "y": Uniform(-1, 1)},
        1.0,
    ),
    "exponential of a normal sample": ("exp(u*x)*v**2 + u**2", "u v", {"x": Normal(0, 0.5)}, 1.0),
    "log of an exponential sample": (
        "log(1 + u**2 + x)*v + v**2",
        "u v",
        {"x": Exponential(2)},
        1.0,
    ),
    "cosine of a uniform sample": ("cos(3*x + u)*v + u**2", "u v", {"x": Uniform(0, 2)}, 1.0),
    "rank one by quadrature": ("tanh(x)*(u + 2*v) + u**2 + v**2", "u v", {"x": Normal()}, 1.0),
}
A = 1.3  # the parameter a
every_loss = pytest.mark.parametrize("case", tiered(LOSSES, set(LOSSES) - {"logistic"}))

NUMPY = {n: getattr(np, n) for n in ("exp", "log", "sin", "cos", "tanh", "pi")} | {"a": A}


def make(case):
    text, coordinates, samples, reach = case
    domain = {c: (-reach, reach) for c in coordinates.split()} if reach else None
    parameters = {"a": A} if "a*" in text.replace("tanh", "") else {}
    return Landscape.from_loss(
        text, coordinates=coordinates, samples=samples, parameters=parameters, domain=domain
    )


def grid_of(law):
    """Nodes and weights of a law: Gauss rules, which the package has for uniform samples only."""
    if isinstance(law, Normal):
        nodes, weights = np.polynomial.hermite_e.hermegauss(100)
        nodes = law.mean + law.std * nodes
    elif isinstance(law, Uniform):
        nodes, weights = np.polynomial.legendre.leggauss(60)
        nodes = (law.low + law.high) / 2 + (law.high - law.low) / 2 * nodes
    elif isinstance(law, Exponential):
        nodes, weights = np.polynomial.laguerre.laggauss(100)
        nodes = law.scale * nodes
    else:
        nodes, weights = np.array([-1.0, 1.0]), np.ones(2)
    return nodes, weights / weights.sum()


def sampled_gradients(case, point):
    """Per-sample gradients (samples, d) at a point by differences of the typed loss; weights."""
    text, coordinates, samples, _ = case
    grids = [grid_of(law) for law in samples.values()]
    nodes = [n.ravel() for n in np.meshgrid(*(g[0] for g in grids), indexing="ij")]
    weights = np.prod(np.meshgrid(*(g[1] for g in grids), indexing="ij"), axis=0).ravel()
    known = NUMPY | dict(zip(samples, nodes, strict=True))

    def loss(at):
        return eval(text, known | dict(zip(coordinates.split(), at, strict=True)))

    step = 1e-3
    columns = []
    for e in np.eye(len(point)) * step:
        wide, narrow = loss(point + 2 * e) - loss(point - 2 * e), loss(point + e) - loss(point - e)
        columns.append((8 * narrow - wide) / (12 * step))
    shape = weights.shape
    return np.stack([np.broadcast_to(c, shape) for c in columns], axis=-1), weights, loss(point)


@pytest.mark.fast_cases("quadratic", "signs", "screw")
@every_loss
def test_gradient_covariance_and_cumulant_are_averages_over_the_samples(case):
    landscape = make(case)
    exactly = case[3] is None
    for point in np.random.default_rng(1).uniform(-0.9, 0.9, (3, landscape.dim)):
        g, weights, loss = sampled_gradients(case, point)
        mean = weights @ g
        c = g - mean
        assert landscape.expected_loss(point) == pytest.approx(
            weights @ np.broadcast_to(loss, weights.shape)
        )
        np.testing.assert_allclose(landscape.gradient(point), mean, rtol=1e-7, atol=1e-8)
        covariance = np.einsum("n,ni,nj->ij", weights, c, c)
        np.testing.assert_allclose(landscape.diffusion(point), covariance, rtol=1e-7, atol=1e-8)
        if abs(mean).max() > 0.1:  # the second moment is no covariance
            assert not np.allclose(
                landscape.diffusion(point), covariance + np.outer(mean, mean), rtol=1e-4
            )
        if exactly:
            third = np.einsum("n,ni,nj,nk->ijk", weights, c, c, c)
            np.testing.assert_allclose(landscape.third_cumulant(point), third, rtol=1e-6, atol=1e-7)


@pytest.mark.fast_cases("quadratic", "rank one of two", "signs")
@every_loss
def test_the_noise_factor_squares_to_the_diffusion_matrix(case):
    landscape = make(case)
    points = np.random.default_rng(2).uniform(-1, 1, (40, landscape.dim))
    points[0] = 0  # where noise may vanish
    b, d = landscape.noise_factor(points), landscape.diffusion(points)
    assert b.shape[1] == landscape.dim
    assert b.shape[2] <= landscape.dim
    np.testing.assert_allclose(b @ b.swapaxes(-1, -2), d, atol=1e-10 * (1 + abs(d).max()))


def test_the_columns_of_the_factor_are_as_many_as_the_noises():
    assert make(LOSSES["screw"]).noise_factor.shape == (3, 1)
    assert make(LOSSES["rank one of two"]).noise_factor.shape == (2, 2)  # x and x^2 of one sample
    assert make(LOSSES["more columns than coordinates"]).noise_factor.shape == (1, 1)


def test_samples_drawn_at_random_have_the_covariance_and_not_one_a_tenth_larger(rng):
    landscape = make(LOSSES["three laws"])
    point, draws = np.array([0.4, -0.7]), 200_000
    x, y, s = rng.normal(0.5, 2, draws), rng.uniform(0, 1, draws), rng.choice([-1, 1], draws)
    u, v = point
    g = np.stack([(x * u - y) * x + s * v, s * u + 4 * v**3], axis=-1)
    c = g - landscape.gradient(point)
    products = np.stack([c[:, 0] ** 2, c[:, 0] * c[:, 1]], axis=-1)  # c_v = +-u has no spread
    stderr = products.std(axis=0) / draws**0.5
    d = landscape.diffusion(point)[0]
    z = (products.mean(axis=0) - d) / stderr
    twin = (products.mean(axis=0) - 1.1 * d) / stderr
    assert np.all(np.abs(z) < 4), z
    assert np.any(np.abs(twin) > 4), twin


@pytest.mark.fast_cases("quadratic", "rank one of two", "more columns than coordinates")
@every_loss
def test_higher_fields_of_a_loss_are_derivatives_of_the_lower(case):
    landscape = make(case)
    check_derivative(landscape, landscape.expected_loss, landscape.gradient, 0.8)
    check_derivative(landscape, landscape.gradient, landscape.hessian, 0.8)
    check_derivative(landscape, landscape.hessian, landscape.third_derivative, 0.8)
    check_row_divergence(landscape, landscape.diffusion, landscape.diffusion_divergence, 0.8)


def test_expectations_of_polynomials_are_exact():
    x, w = sp.symbols("x w", real=True)
    moments = {
        Normal(1, 2): 1 + 3 * 4,  # E x^3 = mu^3 + 3 mu sigma^2
        Uniform(-1, 2): sp.Rational(15, 12),
        Rademacher(): 0,
        Exponential(2): 6 * 8,
    }
    for law, third in moments.items():
        landscape = Landscape.from_loss("w*x**3/3 + w**2*x**2", coordinates="w", samples={"x": law})
        found = landscape.gradient.at((0,))
        assert found == sp.Array([sp.Rational(third) / 3]), law
        assert not landscape.gradient.tables


def test_a_law_s_parameters_stay_symbols():
    landscape = Landscape.from_loss(
        "w*x",
        coordinates="w",
        samples={"x": Normal("mu", "sigma")},
        parameters={"mu": 1, "sigma": 3},
    )
    mu, sigma = sp.symbols("mu sigma", real=True)
    assert landscape.gradient.expression == sp.Array([mu])
    assert landscape.diffusion.expression == sp.Array([[sigma**2]])
    assert landscape.with_parameters(sigma=2).diffusion.at((0,)) == sp.Array([[4]])


def test_decimals_of_a_uniform_law_are_exact():
    landscape = Landscape.from_loss("w*x", coordinates="w", samples={"x": Uniform(0.1, 0.3)})
    assert landscape.gradient.at((0,)) == sp.Array([sp.Rational(1, 5)])
    assert landscape.diffusion.at((0,)) == sp.Array([[sp.Rational(1, 300)]])


def test_quadrature_needs_a_domain_and_all_of_it():
    text, samples = "tanh(x*u) + v**2", {"x": Normal()}
    with pytest.raises(NotAvailable, match="domain="):
        _ = Landscape.from_loss(text, coordinates="u v", samples=samples).gradient
    with pytest.raises(FormulaError, match="lacks v"):
        _ = Landscape.from_loss(
            text, coordinates="u v", samples=samples, domain={"u": (-1, 1)}
        ).gradient


@pytest.mark.parametrize(
    "loss",
    [
        "max(x - u*y, 0)",
        "abs(x - u)**3*tanh(y*w)",
        "1/(0.0000001 + (x - u)**2)",
        "log(x)*u",
        "tanh(x*y*z*u)*w",
    ],
)
def test_quadrature_that_does_not_settle_is_refused(loss):
    landscape = Landscape.from_loss(
        loss,
        coordinates="u w",
        samples={"x": Normal(), "y": Normal(), "z": Normal()},
        domain={"u": (-1, 1), "w": (-1, 1)},
    )
    with pytest.raises(NotAvailable, match=r"did not settle.*SGD itself"):
        _ = landscape.gradient
    assert landscape.sample_gradient.shape == (2,)


def test_a_quadrature_has_no_exact_value_and_says_so():
    landscape = make(LOSSES["tanh of a normal sample"])
    with pytest.raises(FormulaError, match="quadrature"):
        landscape.gradient.at((0, 0))
    with pytest.raises(NotAvailable, match="S in closed form"):
        _ = landscape.third_cumulant


def test_a_loss_that_is_no_polynomial_where_no_coordinate_enters_has_exact_fields():
    landscape = Landscape.from_loss(
        "exp(x/2) + x*w", coordinates="w", samples={"x": Normal()}, domain={"w": (-1, 1)}
    )
    assert not landscape.diffusion.tables
    assert landscape.expected_loss([0.3]) == pytest.approx(np.exp(1 / 8), abs=1e-10)


def test_noise_that_vanishes_at_a_point_leaves_no_nan():
    landscape = Landscape.from_loss(
        "tanh(x)*(w - 1)**2", coordinates="w", samples={"x": Normal()}, domain={"w": (-2, 2)}
    )
    for w in (1.0, 1.0 + 1e-9, 1.0 - 1e-8):
        assert np.isfinite(landscape.noise_factor([w])).all()
        assert abs(landscape.noise_factor([w])).max() < 1e-7

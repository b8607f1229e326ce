"""Every derived field against an independent method: differences, quadrature, identities."""

import itertools

import numpy as np
import pytest
import sympy as sp

from driftscape import landscapes
from driftscape.landscapes import (
    Exponential,
    FormulaError,
    Landscape,
    Normal,
    NotAvailable,
    Rademacher,
    Uniform,
)
from driftscape.landscapes.fields import evaluate_at

from ..tiers import tiered

# -- losses: fields against the averages of a loss that plain NumPy evaluates ---------------------

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


def derivative_by_differences(field, points):
    """d field/d x_j along a new last axis."""
    d, step = points.shape[-1], 1e-3
    columns = []
    for e in np.eye(d) * step:
        wide, narrow = (
            field(points + 2 * e) - field(points - 2 * e),
            field(points + e) - field(points - e),
        )
        columns.append((8 * narrow - wide) / (12 * step))
    return np.stack(columns, axis=-1)


def check_derivative(landscape, lower, higher, reach):
    points = np.random.default_rng(3).uniform(-reach, reach, (5, landscape.dim))
    wanted = derivative_by_differences(lower, points)
    np.testing.assert_allclose(higher(points), wanted, rtol=1e-6, atol=1e-7)


def check_row_divergence(landscape, matrix, divergence, reach):
    points = np.random.default_rng(4).uniform(-reach, reach, (5, landscape.dim))
    wanted = np.einsum("...ijj->...i", derivative_by_differences(matrix, points))
    np.testing.assert_allclose(divergence(points), wanted, rtol=1e-6, atol=1e-7)


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


# -- potentials and drifts -------------------------------------------------------------------

PHI = "x**4/4 + x*y**2/3 + y**2 + sin(z)*x + z**2"
D = [["2 + x**2", "x*y/3", 0], ["x*y/3", "2 + y**2 + sin(z)", "1/2"], [0, "1/2", "1 + exp(-x**2)"]]
Q = [[0, "x*z", "-sin(y)"], ["-x*z", 0, "y**2"], ["sin(y)", "-y**2", 0]]
POTENTIALS = {
    "no circulation": dict(potential=PHI, coordinates="x y z"),
    "curl": dict(potential=PHI, coordinates="x y z", diffusion=D, curl=Q),
    "one curl in the plane": dict(
        potential="x**4/4 + x*y + y**2",
        coordinates="x y",
        diffusion=["1 + y**2", 2],
        curl="x*y + a",
        parameters={"a": 0.7},
    ),
    "current": dict(
        potential="x**4/4 + y**2/2 + x*y/4",
        coordinates="x y",
        diffusion=0.5,
        current=["-2*y*exp(-(x**2 + y**2)**2)", "2*x*exp(-(x**2 + y**2)**2)"],
    ),
    "rank one": dict(
        potential="x**4/4 + y**2/2",
        coordinates="x y",
        diffusion=[["x**2", "x*y"], ["x*y", "y**2"]],
        curl=1,
    ),
}
every_potential = pytest.mark.parametrize("given", POTENTIALS.values(), ids=POTENTIALS.keys())


@every_potential
def test_fields_of_a_potential_are_derivatives(given):
    landscape = Landscape.from_potential(**given)
    check_derivative(landscape, landscape.potential, landscape.gradient, 1.5)
    check_derivative(landscape, landscape.gradient, landscape.hessian, 1.5)
    check_derivative(landscape, landscape.hessian, landscape.third_derivative, 1.5)
    check_row_divergence(landscape, landscape.diffusion, landscape.diffusion_divergence, 1.5)


@every_potential
def test_the_drift_is_made_of_potential_diffusion_and_circulation(given):
    landscape = Landscape.from_potential(**given)
    points = np.random.default_rng(5).normal(size=(6, landscape.dim))
    for beta in (1, 2.5):
        d, g = landscape.diffusion(points), landscape.gradient(points)
        if given.get("current"):
            j = landscape.current(points) * np.exp(beta * landscape.potential(points))[:, None]
        else:
            j = -np.einsum("nij,nj->ni", landscape.curl(points), g)
        wanted = j - np.einsum("nij,nj->ni", d, g)
        np.testing.assert_allclose(landscape.drift(beta)(points), wanted, rtol=1e-12, atol=1e-12)


@every_potential
def test_the_noise_factor_of_a_potential_squares_to_d(given):
    landscape = Landscape.from_potential(**given)
    points = np.random.default_rng(6).normal(size=(20, landscape.dim))
    b = landscape.noise_factor(points)
    np.testing.assert_allclose(b @ b.swapaxes(-1, -2), landscape.diffusion(points), atol=1e-12)


def steady_state_residual(landscape, beta, spurious):
    """div(b rho) - (1/beta) sum d_i d_j D_ij rho, relative to its terms; rho = exp(-beta Phi)."""
    symbols, position = landscape.symbols, landscape.parameter_symbols
    phi, d = landscape.potential.expression, landscape.diffusion.matrix
    b = landscape.drift(sp.Rational(beta)).matrix + spurious / sp.Rational(beta)
    rho = sp.exp(-beta * phi)
    terms = [sp.diff(b[i] * rho, s) for i, s in enumerate(symbols)]
    terms += [
        -sp.diff(d[i, j] * rho, s, t) / beta
        for (i, s), (j, t) in itertools.product(enumerate(symbols), repeat=2)
    ]
    evaluate = sp.lambdify(symbols, [(t / rho).subs(position) for t in terms], "numpy")
    points = np.random.default_rng(7).normal(size=(len(symbols), 12))
    parts = np.array([np.broadcast_to(p, 12) for p in evaluate(*points)])
    return abs(parts.sum(axis=0)).max() / abs(parts).sum(axis=0).max()


@every_potential
def test_the_a_type_drift_keeps_the_steady_state(given):
    landscape = Landscape.from_potential(**given)
    for beta in (1, 2):
        assert steady_state_residual(landscape, beta, landscape.spurious_drift.matrix) < 1e-11


@pytest.mark.parametrize("name", ["curl", "one curl in the plane"])
def test_the_column_divergence_does_not_keep_the_steady_state(name):
    """The papers leave open which; with state-dependent Q only the row divergence is right."""
    landscape = Landscape.from_potential(**POTENTIALS[name])
    m = landscape.diffusion.matrix + landscape.curl.matrix
    column = sp.Matrix(
        [
            sum(sp.diff(m[j, i], s) for j, s in enumerate(landscape.symbols))
            for i in range(landscape.dim)
        ]
    )
    assert steady_state_residual(landscape, 1, column) > 1e-3
    nothing = sp.zeros(landscape.dim, 1)  # the Ito interpretation without it
    assert steady_state_residual(landscape, 1, nothing) > 1e-3


def test_the_double_well_keeps_its_steady_state_at_every_beta():
    for rotation, beta in itertools.product((0, 1.5), (1, 2)):
        well = landscapes.double_well(rotation=rotation)
        assert steady_state_residual(well, beta, well.spurious_drift.matrix) < 1e-11
    phi, d = well.potential.expression, well.diffusion.matrix
    frozen = -d * well.gradient.matrix + well.current.matrix * sp.exp(
        phi
    )  # the paper's, for beta = 1
    twin = frozen - well.drift(2).matrix
    assert steady_state_residual(well, 2, 2 * twin) > 1e-3


def test_row_divergence_by_hand():
    """M = [[1 + x, -y^2], [y^2, 1]]: rows (1 - 2 y, 0), columns (1 + 2 y, 0)."""
    landscape = Landscape.from_potential(
        "x**2 + y**2",
        coordinates="x y",
        diffusion=["1 + x", 1],
        curl="y**2",
        domain={"x": (0, 1), "y": (-1, 1)},
    )
    np.testing.assert_allclose(landscape.spurious_drift([0.3, 0.25]), [0.5, 0.0])
    np.testing.assert_allclose(landscape.diffusion_divergence([0.3, 0.25]), [1.0, 0.0])


def test_a_number_as_curl_turns_clockwise_and_the_rotation_of_the_double_well_anticlockwise():
    turning = Landscape.from_potential("(x**2 + y**2)/2", coordinates="x y", curl=1)
    assert turning.drift()([1.0, 0.0])[1] < 0
    assert landscapes.double_well(rotation=1.0).drift(1)([1.0, 0.0])[1] > 0


def test_a_drift_landscape_gives_back_what_was_given():
    given = Landscape.from_drift(
        ["y", "(1 - x**2)*y - x"], coordinates="x y", noise_factor=[["x", 1, 0], [0, "y", 2]]
    )
    points = np.random.default_rng(8).normal(size=(4, 2))
    x, y = points.T
    np.testing.assert_allclose(given.drift()(points), np.stack([y, (1 - x**2) * y - x], axis=-1))
    assert given.noise_factor.shape == (2, 3)
    b = given.noise_factor(points)
    np.testing.assert_allclose(given.diffusion(points), b @ b.swapaxes(-1, -2))
    check_row_divergence(given, given.diffusion, given.diffusion_divergence, 1.5)


@pytest.mark.parametrize("rank", [1, 2, 3, 5])
def test_a_constant_d_of_any_rank_is_factored(rank, rng):
    root = rng.normal(size=(5, rank))
    d = root @ root.T
    b = Landscape.from_drift(
        ["-x"] + ["0"] * 4, coordinates="x y z u v", diffusion=(d + d.T) / 2
    ).noise_factor
    assert b.shape == (5, b.shape[1])
    found = b(np.zeros(5))
    np.testing.assert_allclose(found @ found.T, d, atol=1e-10 * abs(d).max())


@pytest.mark.parametrize("correlation", [1, -1, 0.5, 0])
def test_correlated_noise_is_factored(correlation):
    b = Landscape.from_drift(
        ["0", "0"],
        coordinates="x y",
        diffusion=[["x**2", f"{correlation}*x*y"], [f"{correlation}*x*y", "y**2"]],
    ).noise_factor([2.0, -3.0])
    np.testing.assert_allclose(b @ b.T, [[4, -6 * correlation], [-6 * correlation, 9]], atol=1e-12)


# -- shapes and non-smooth formulas ----------------------------------------------------------------


@pytest.mark.parametrize("dim", [1, 2, 8])
def test_shapes_follow_points_and_coordinates(dim):
    names = [f"w{i}" for i in range(dim)]
    potential = Landscape.from_potential("+".join(f"{n}**4" for n in names), coordinates=names)
    loss = Landscape.from_loss(
        "+".join(f"{n}**2*x" for n in names), coordinates=names, samples={"x": Normal()}
    )
    shapes = {
        "gradient": (dim,),
        "hessian": (dim, dim),
        "third_derivative": (dim,) * 3,
        "diffusion": (dim, dim),
        "covariance": (dim, dim),
        "diffusion_divergence": (dim,),
    }
    for landscape in (potential, loss):
        more = {"potential": (), "curl": (dim, dim), "current": (dim,), "spurious_drift": (dim,)}
        if landscape is loss:
            more = {"expected_loss": (), "third_cumulant": (dim,) * 3, "noise_factor": (dim, 1)}
        for name, shape in (shapes | more).items():
            field = getattr(landscape, name)
            assert field.shape == shape, name
            for lead in ((), (1,), (4,), (2, 3), (0,)):
                value = field(np.full((*lead, dim), 0.5))
                assert value.shape == (*lead, *shape), name
                assert value.dtype == np.float64
            assert np.shape(field.at([0] * dim)) == shape
        assert landscape.drift(1)(np.ones((3, dim))).shape == (3, dim)


def test_points_of_a_wrong_shape_are_refused():
    gradient = Landscape.from_potential("x**2 + y**2", coordinates="x y").gradient
    for points in (1.0, [1.0], [1.0, 2.0, 3.0], np.ones((2, 3))):
        with pytest.raises(ValueError, match="x, y"):
            gradient(points)
    for point in ([1], [1, 2, 3], {"x": 1}, {"x": 1, "y": 2, "z": 3}):
        with pytest.raises(ValueError, match="x, y"):
            gradient.at(point)


@pytest.mark.parametrize(
    "formula",
    [
        "sqrt(x**2)",
        "abs(x)**1.5 + abs(x*y)",
        "(x**2)**(1/3)",
        "(x**2 + y**2)**0.25",
        "max(x, y, x*y)**2",
        "min(x, 0)**3 + max(y, 0)**3",
        "max(min(x, 1), -1)**2",
        "max(abs(x), where(y > 0, x*y, 0))",
        "sign(x)*x**2",
        "log(x**2 + 1)*sign(y)",
        "abs(log(2 + x))",
        "abs((3 + x)**1.5 - 3)",
        "sign(log(2 + x))*x**2",
        "max(log(2 + x), sqrt(3 + y))",
        "where(x > 0, x**2, x**4)*y",
        "where(x**2 + y**2 < 1, x*y, x + y**3)",
        "where(x > 0 and y > 0 or x < -1, x**2, y**2)",
        "where(x > 0, log(x), x**3)",
        "abs(abs(x) - 1)**3",
        "erf(x)*atan(y) + asin(x/3)*acos(y/3)",
        "(3 + x)**y",
        "abs(x)**y",
    ],
)
def test_derivatives_of_kinked_formulas_are_right_almost_everywhere(formula):
    landscape = Landscape.from_potential(formula, coordinates="x y")
    points = np.array([[0.3, 0.7], [-0.4, 0.6], [1.3, -0.2], [1.7, 1.9], [-1.2, -1.7]])
    for lower, higher in (
        ("potential", "gradient"),
        ("gradient", "hessian"),
        ("hessian", "third_derivative"),
    ):
        wanted = derivative_by_differences(getattr(landscape, lower), points)
        np.testing.assert_allclose(getattr(landscape, higher)(points), wanted, rtol=1e-6, atol=1e-6)


def test_the_hessian_is_symmetric_and_prints_few_distinct_entries():
    hessian = Landscape.from_potential(PHI, coordinates="x y z").hessian.expression
    assert hessian == sp.permutedims(hessian, (1, 0))


def test_eight_coordinates_and_three_samples_take_seconds():
    """No clock: before the cumulant was built from the factor this never ended."""
    names = [f"w{i}" for i in range(8)]
    ring = "+".join(f"{a}*{b}*x" for a, b in zip(names, names[1:] + names[:1], strict=True))
    landscape = Landscape.from_loss(
        f"({ring} - y)**2/2 + z*w0*w1*w2",
        coordinates=names,
        samples={"x": Normal(), "y": Uniform(-1, 1), "z": Rademacher()},
    )
    point = np.linspace(-0.5, 0.6, 8)
    s = landscape.third_cumulant(point)
    np.testing.assert_allclose(s, s.transpose(2, 0, 1), atol=1e-12)
    assert landscape.noise_factor(point).shape == (8, 3)


@pytest.mark.parametrize("ask", [
    lambda landscape: landscape.sample_names,
    lambda landscape: landscape.sample_loss,
    lambda landscape: landscape.sample_derivative((0,)),
    lambda landscape: landscape.expected_loss,
    lambda landscape: landscape.third_cumulant,
])  # fmt: skip
def test_a_landscape_without_samples_refuses_their_fields_by_name(ask):
    for landscape in (landscapes.quartic_well(), landscapes.van_der_pol()):
        with pytest.raises(NotAvailable, match=f"{landscape.name} .* does not determine"):
            ask(landscape)
    assert ask(landscapes.archimedes()) is not None


def test_expressions_are_evaluated_at_states():
    landscape = landscapes.maier_stein(coupling=2.0)
    states = np.array([[0.5, -1.0], [1.0, 2.0]])
    values = evaluate_at(landscape, [*landscape.drift().entries, sp.Integer(3)], states)
    np.testing.assert_array_equal(values[:2], landscape.drift()(states.T).T)
    assert values[2].tolist() == [3, 3]

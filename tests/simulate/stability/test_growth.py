"""The growth of the second moment in a step, against closed forms and enumeration."""

import itertools

import numpy as np
import pytest

from driftscape import landscapes, simulate
from driftscape.landscapes import Landscape, Normal, Rademacher, Uniform
from driftscape.simulate.stability import Moments, bounded, growth, largest_stable, resting_points

SGD, Ito = simulate.SGD, simulate.Ito
LINE = Landscape.from_loss(
    "(w*x - y)**2/2", coordinates="w", samples={"x": Normal(), "y": Normal()}, name="line"
)
BOWL = Landscape.from_potential("x**2/2", coordinates="x", name="bowl")
#: dx = -x dt + sqrt(2 (1 + x^2)/beta) dW
SPREAD = Landscape.from_potential("x**2/2", coordinates="x", diffusion="1 + x**2")


def of(landscape, dynamics):
    """Moments of a step and the first point where the drift rests."""
    moments = Moments(dynamics.bound(landscape).step(landscape))
    start = np.array([[float(v) for v in landscape.start]])
    with np.errstate(all="ignore"):
        return moments, resting_points([landscape], moments, [start])[0]


def factor(landscape, dynamics):
    moments, points = of(landscape, dynamics)
    with np.errstate(all="ignore"):
        return growth(moments, points[0])


def limit(landscape, dynamics):
    moments, points = of(landscape, dynamics)
    with np.errstate(all="ignore"):
        return moments.size * largest_stable(moments, points[0])


# -- SGD -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch", [1, 4])
def test_regression_on_gaussian_inputs_is_stable_below_its_limit(batch):
    """(1 - eta)^2 + 2 eta^2/b < 1, that is eta < 2/(1 + 2/b): 2/3 for one sample, not 2."""
    sgd = SGD(learning_rate=0.5, batch_size=batch)
    assert factor(LINE, sgd) == pytest.approx(0.25 + 0.5 / batch, rel=1e-7)
    above = SGD(learning_rate=3.0, batch_size=batch)
    assert limit(LINE, above) == pytest.approx(2 / (1 + 2 / batch), rel=1e-5)


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("batch", [1, 3])
def test_momentum_has_the_spectral_radius_of_the_mean_kronecker_square(batch, nesterov):
    """z' = A(x) z with the mean of A over the batch: E A (x) A has these entries exactly."""
    eta, mu = 0.2, 0.8
    kick = np.array([[1, mu * nesterov], [1, mu * nesterov]])
    still = np.array([[1, mu], [0, mu]])
    mean = still - eta * kick
    second = np.kron(mean, mean) + eta**2 * 2 / batch * np.kron(kick, kick)  # Var x^2 = 2
    wanted = np.abs(np.linalg.eigvals(second)).max()
    sgd = SGD(learning_rate=eta, momentum=mu, batch_size=batch, nesterov=nesterov)
    assert factor(LINE, sgd) == pytest.approx(wanted, rel=1e-7)


@pytest.mark.parametrize(
    ("sampling", "batches"),
    [
        ("iid", list(itertools.product(range(3), repeat=2))),
        ("without-replacement", list(itertools.combinations(range(3), 2))),
    ],
)
def test_batches_of_data_by_enumeration(sampling, batches):
    x, y = np.array([1.0, 2.0, -1.0]), np.array([1.0, 1.0, 0.5])
    page = landscapes.linear_regression(x[:, None], y)
    sgd = SGD(learning_rate=0.9, batch_size=2, sampling=sampling)
    wanted = np.mean([(1 - 0.9 * (x[list(b)] ** 2).mean()) ** 2 for b in batches])
    assert factor(page, sgd) == pytest.approx(wanted, rel=1e-7)


def test_a_full_batch_is_gradient_descent():
    page = landscapes.linear_regression()
    sgd = SGD(learning_rate=3.0, batch_size="full", sampling="fixed")
    assert limit(page, sgd) == pytest.approx(2, rel=1e-5)  # curvatures 1, 1
    assert factor(page, sgd) == pytest.approx(factor(page, simulate.GD(learning_rate=3.0)))


@pytest.mark.parametrize("name", ["archimedes", "linear", "mean_estimation", "two_basins"])
def test_the_limits_that_pages_state(name):
    page = getattr(landscapes, name)()
    stated = float(page.parse(page.facts.max_learning_rate).subs(page.parameter_symbols))
    assert limit(page, SGD(learning_rate=3 * stated)) == pytest.approx(stated, rel=1e-5)


def test_noise_that_grows_along_the_floor_of_a_valley_lowers_the_limit():
    """Of 2000 screw loops at rate 0.95 nine in ten diverge, at 0.7 one in a hundred."""
    found = limit(landscapes.screw_loop(), SGD(learning_rate=0.95))
    assert 0.7 < found < 0.75


def test_a_matrix_of_rates_is_scaled_as_a_whole():
    page = landscapes.linear_regression()
    moments, points = of(page, SGD(learning_rate=[[3.0, 0.0], [0.0, 1.0]], batch_size=1000))
    assert len(moments.sizes) == 4
    assert largest_stable(moments, points[0]) == pytest.approx(2 / 3, rel=5e-3)


# -- equations -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scheme", "wanted"),
    [
        ("euler-maruyama", lambda h, e: (1 - h) ** 2 + 2 * h * e),
        ("milstein", lambda h, e: (1 - h) ** 2 + 2 * h * e + 2 * (h * e) ** 2),
    ],
)
@pytest.mark.parametrize("h", [0.1, 0.5, 1.7])
def test_noise_that_grows_with_the_distance(scheme, wanted, h):
    assert factor(SPREAD, Ito(beta=4, dt=h, scheme=scheme)) == pytest.approx(
        wanted(h, 0.25), rel=1e-6
    )


@pytest.mark.parametrize("interpretation", ["Ito", "AType", "Stratonovich", "Isothermal"])
@pytest.mark.parametrize("scheme", ["euler-maruyama", "heun", "milstein", "weak-2"])
def test_small_steps_grow_as_the_equation_does(scheme, interpretation):
    """E x^2 of dx = -(1 - 2 a/beta) x dt + sqrt(2 (1 + x^2)/beta) dW: rate -2 + (4 a + 2)/beta."""
    a = {"Ito": 0, "AType": 1, "Stratonovich": 0.5, "Isothermal": 1}[interpretation]
    sde = getattr(simulate, interpretation)(beta=8, dt=1e-4, scheme=scheme)
    rate = np.log(factor(SPREAD, sde)) / 1e-4
    assert rate == pytest.approx(-2 + (4 * a + 2) / 8, rel=1e-3)


@pytest.mark.parametrize(
    ("dynamics", "wanted"),
    [
        (Ito(beta=1, dt=3.0), 2.0),
        (Ito(beta=1, dt=3.0, scheme="heun"), 2.0),
        (Ito(beta=1, dt=3.0, noise="rademacher"), 2.0),
        (Ito(beta=1, dt=3.0, noise="stable", alpha=1.5), 2.0),
        (simulate.GradientFlow(dt=3.0), 2.785293563405),
        (simulate.Underdamped(beta=1, friction=1, dt=3.0), 2.0),
        (simulate.GD(learning_rate=3.0), 2.0),
        (simulate.dynamics.Refined(dynamics=Ito(beta=1, dt=3.0), levels=2), 2.0),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_limits_of_a_parabola(dynamics, wanted):
    assert limit(BOWL, dynamics) == pytest.approx(wanted, rel=1e-4)


def test_many_coordinates_are_looked_at_without_their_noise():
    names = [f"x{i}" for i in range(60)]
    wide = Landscape.from_potential("+".join(f"{n}**2/2" for n in names), coordinates=names)
    assert factor(wide, Ito(beta=1, dt=0.5)) == pytest.approx(0.25)
    assert limit(wide, Ito(beta=1, dt=3.0)) == pytest.approx(2, rel=1e-4)


def test_growth_that_is_the_equations_own_has_no_stable_step():
    """dx = -x dt + sqrt(3) x dW: E x^2 grows at the rate 1, whatever dt is."""
    brown = Landscape.from_drift("-x", coordinates="x", noise_factor=["sqrt(3/2)*x"])
    moments, points = of(brown, Ito(beta=1, dt=0.1))
    assert growth(moments, points[0]) == pytest.approx(0.81 + 0.3)
    assert largest_stable(moments, points[0]) is None


def test_what_has_a_corner_has_no_growth():
    roof = Landscape.from_loss(
        "abs(w - y/1000) ", coordinates="w", samples={"y": Rademacher()}, start=(0.0,)
    )
    moments, _ = of(roof, SGD(learning_rate=0.1))
    assert not growth(moments, np.array([0.0])) > 1


def test_a_map_that_saturates_is_bounded_and_regression_is_not():
    for landscape, rate, wanted in ((landscapes.ratchet(width=0.4), 0.3, True), (LINE, 0.8, False)):
        moments, points = of(landscape, SGD(learning_rate=rate))
        assert growth(moments, points[0]) > 1
        assert bounded(moments, points[0]) is wanted


# -- where it is looked ----------------------------------------------------------------------------


def test_both_wells_are_found_from_the_saddle_between_them():
    well = Landscape.from_potential("(x**2 - 1)**2/4 + y**2/2", coordinates="x y")
    _, points = of(well, Ito(beta=4, dt=0.01))
    assert np.allclose(sorted(p.tolist() for p in points), [[-1, 0], [1, 0]], atol=1e-6)


def test_a_far_minimum_is_found():
    far = Landscape.from_potential("(x - 300)**2/2 + cosh(y/5)", coordinates="x y")
    _, points = of(far, Ito(beta=4, dt=0.01))
    assert np.allclose(points, [[300, 0]], atol=1e-3)


@pytest.mark.parametrize(
    "drift",
    [["y", "(1 - x**2)*y - x"], ["x", "y"], ["-x**3 - y", "x - y**3"]],
    ids=["limit cycle", "source", "weak focus"],
)
def test_where_nothing_rests_nothing_is_found(drift):
    flow = Landscape.from_drift(drift, coordinates="x y", start=(0.1, 0.2))
    assert of(flow, Ito(beta=4, dt=0.01))[1] == []


def test_a_valley_along_which_the_drift_goes_on_is_looked_at_across():
    moments, (point, *_) = of(
        Landscape.from_drift(["1", "-y"], coordinates="x y", start=(0.1, 0.2)), Ito(beta=4, dt=3.0)
    )
    assert point[1] == pytest.approx(0, abs=1e-6)
    assert growth(moments, point) == pytest.approx(4)


def test_schedules_and_whole_training_sets_are_not_looked_at():
    assert not Moments(SGD(learning_rate="0.1/(1 + step)").step(LINE)).known
    gdc = simulate.GDC(learning_rate=0.1, train_size=10)
    assert not Moments(gdc.step(landscapes.gaussian_fit())).known


@pytest.mark.parametrize("samples", [1, 2, 3, 5, 8, 12])
def test_however_many_samples_the_mean_and_the_covariance_are_exact(samples):
    """l = (w + x_1 + ... + x_n)^2/2 + w x_1^2: C = n + 2 for standard normals."""
    names = [f"x{i}" for i in range(samples)]
    loss = Landscape.from_loss(
        f"(w + {'+'.join(names)})**2/2 + w*x0**2",
        coordinates="w", samples=dict.fromkeys(names, Normal()),
    )  # fmt: skip
    moments, here = Moments(SGD(learning_rate=0.1).step(loss)), np.array([[2.0]])
    assert moments.mean(here).item() == pytest.approx(2 - 0.1 * 3)
    assert moments.covariance(here).item() == pytest.approx(0.01 * (samples + 2))


def test_twelve_uniform_samples_have_no_rule_and_are_left_alone():
    names = [f"x{i}" for i in range(12)]
    loss = Landscape.from_loss(
        f"(w + {'+'.join(names)})**2/2", coordinates="w", samples=dict.fromkeys(names, Uniform())
    )
    assert not Moments(SGD(learning_rate=0.1).step(loss)).known

"""All facts of all shipped landscapes: critical points, barriers, tensors, steady means."""

import numpy as np
import pytest
import scipy.linalg
import sympy as sp

from driftscape import landscapes
from driftscape.landscapes import ZOO, StationaryMoment
from driftscape.landscapes.formulas.language import exact
from driftscape.landscapes.formulas.parse import parse_expression

CASES = {name: maker() for name, maker in ZOO.items()} | {
    "double well, anticlockwise": landscapes.double_well(rotation=1.5),
    "double well, clockwise": landscapes.double_well(rotation=-0.3),
    "divergence-free, decaying": landscapes.divergence_free_double_well(-2.0, decay=0.5),
    "mean estimation, stiff": landscapes.mean_estimation(curvature=2.5, noise=0.25),
    "mean estimation, noisy": landscapes.mean_estimation(curvature=0.3, noise=-2.0),
    "cosh, 3 coordinates": landscapes.cosh(dim=3),
    "linear, 1 coordinate": landscapes.linear([[2]], [[3]]),
    "linear, not normal": landscapes.linear([[1, 2], [-0.5, 0.7]], [[0.4, 0.1], [0.1, 0.3]]),
    "linear, noise on one of three": landscapes.linear(
        [[1, -1, 0], [1, 2, -1], [0, 1, 1]], [[0, 0, 0], [0, 0, 0], [0, 0, 1]]
    ),
    "linear network, another teacher": landscapes.linear_network(target=2.25, noise=2.0),
    "maier stein, a gradient": landscapes.maier_stein(coupling=2.0, contraction=2.0),
    "ratchet, steep and narrow": landscapes.ratchet(tilt=0.5, width=0.25),
    "screw loop, another": landscapes.screw_loop(radius=1.5, turns=3),
    "screw loop, once": landscapes.screw_loop(radius=1.0, turns=1),
    "styblinski-tang, 1 coordinate": landscapes.styblinski_tang(dim=1),
    "tilted screw, steep": landscapes.tilted_screw(tilt=-0.25),
    "two basins, noisy": landscapes.two_basins(noise=0.1),
    "van der pol, stiff": landscapes.van_der_pol(stiffness=3.0),
}
every_landscape = pytest.mark.parametrize("landscape", CASES.values(), ids=CASES.keys())

MOMENTS = [(name, fact) for name, case in CASES.items() for fact in case.facts.moments]
every_moment = pytest.mark.parametrize(
    ("name", "fact"),
    MOMENTS,
    ids=[f"{name}, {fact.dynamics} {fact.expression}" for name, fact in MOMENTS],
)

LEARNING_RATE, BATCH_SIZE, BETA = (
    parse_expression(name, {name: sp.Symbol(name, positive=True)})
    for name in ("learning_rate", "batch_size", "beta")
)


def value_of(landscape, formula, **more):
    """A formula of the parameters (and of `more`) as an exact expression."""
    symbols = {s.name: s for s in landscape.parameter_symbols} | {s.name: s for s in more.values()}
    position = {s: exact(v) for s, v in landscape.parameter_symbols.items()}
    return parse_expression(formula, symbols).subs(position)


def located(landscape, point):
    """A point whose coordinates may be formulas of the parameters, as exact numbers."""
    return [value_of(landscape, c) for c in point]


def is_rounded(point):
    return any(isinstance(c, float) for c in point)


def is_zero(numbers, rounded):
    """Whether exact numbers are zero (to 18 digits: to simplify takes seconds)."""
    return all(e == 0 or abs(e.evalf(20)) < (1e-9 if rounded else 1e-18) for e in numbers)


def field_at(field, position):
    """A field's exact tensor at a point; averages over data are rounded."""
    if not field.tables:
        return field.at(position)
    return sp.Array(field(np.array(position, dtype=float)).tolist())


def energy(landscape):
    return landscape.potential if landscape.kind == "potential" else landscape.expected_loss


def test_every_shipped_landscape_is_tested_and_says_something():
    assert {case.name for case in CASES.values()} == set(ZOO)
    for case in CASES.values():
        assert any([case.facts.minima, case.facts.fixed_points, case.facts.tensors]), case.name


@every_landscape
def test_the_gradient_vanishes_at_minima_and_saddles(landscape):
    facts = landscape.facts
    for point in (*facts.minima, *facts.saddles):
        gradient = field_at(landscape.gradient, located(landscape, point))
        assert is_zero(gradient, is_rounded(point))
    if facts.minima:
        elsewhere = [c + sp.Rational(1, 3) for c in located(landscape, facts.minima[0])]
        assert not is_zero(field_at(landscape.gradient, elsewhere), True)


@every_landscape
def test_the_hessian_has_the_signature_of_a_minimum_or_saddle(landscape):
    facts = landscape.facts
    for point in facts.minima:
        position = np.array(located(landscape, point), dtype=float)
        curvatures = np.linalg.eigvalsh(landscape.hessian(position))
        flat = 1 if facts.valley else 0
        assert np.all(np.abs(curvatures[:flat]) < 1e-12)  # degenerate along the valley
        assert np.all(curvatures[flat:] > 1e-3)
    for point in facts.saddles:
        curvatures = np.linalg.eigvalsh(
            landscape.hessian(np.array(located(landscape, point), float))
        )
        assert curvatures[0] < -1e-3
        assert np.all(np.abs(curvatures) > 1e-3)


@every_landscape
def test_a_valley_is_a_curve_of_minima_and_its_tangent_is_flat(landscape):
    facts, s = landscape.facts, sp.Symbol("s", real=True)
    if not facts.valley:
        return
    curve = sp.Matrix([value_of(landscape, c, s=s) for c in facts.valley])
    assert is_zero(curve.subs(s, 0) - sp.Matrix(located(landscape, facts.minima[0])), False)
    for step in (-1.3, 0.4, 2.0):
        position, tangent = (
            np.array(c.subs(s, step).evalf(), dtype=float)[:, 0] for c in (curve, curve.diff(s))
        )
        curvatures, axes = np.linalg.eigh(landscape.hessian(position))
        assert np.allclose(landscape.gradient(position), 0, atol=1e-12)
        assert curvatures[1] > 1e-3
        assert abs(axes[:, 0] @ tangent) == pytest.approx(np.linalg.norm(tangent))


@every_landscape
def test_the_barrier_is_the_height_of_the_saddle(landscape):
    facts = landscape.facts
    assert (facts.barrier is None) == (not facts.saddles)
    if facts.saddles:
        top, bottom = facts.saddles[0], facts.minima[0]
        of = energy(landscape)
        height = of.at(located(landscape, top)) - of.at(located(landscape, bottom))
        assert is_zero([height - value_of(landscape, facts.barrier)], is_rounded(top))
        assert height > 0


@every_landscape
def test_fixed_points_are_zeros_of_the_drift_with_the_stated_jacobian(landscape):
    drift = landscape.drift(1)
    jacobian = sp.Matrix([[sp.diff(b, s) for s in landscape.symbols] for b in drift.entries])
    for fixed in landscape.facts.fixed_points:
        position = located(landscape, fixed.at)
        assert is_zero(drift.at(position), is_rounded(fixed.at))
        found = (
            landscape.field("jacobian", jacobian, matrix=True).at(position).tomatrix().charpoly()
        )
        stated = [value_of(landscape, c) for c in fixed.characteristic]
        assert is_zero((a - b for a, b in zip(found.all_coeffs(), stated, strict=True)), False)
        elsewhere = [c + sp.Rational(1, 7) for c in position]
        assert not is_zero(drift.at(elsewhere), True)


def at_samples(landscape):
    """The loss at every sample, or the potential, and the points and samples to compare at."""
    what = landscape._loss if landscape.kind == "loss" else landscape.potential.entries[0]
    laws = list(landscape.sample_laws) if landscape.kind == "loss" else []
    position = {s: exact(v) for s, v in landscape.parameter_symbols.items()}
    rng = np.random.default_rng(3)
    numbers = rng.standard_normal((8, landscape.dim + len(laws) + 1))
    return what.subs(position), [*landscape.symbols, *laws, sp.Symbol("s", real=True)], numbers


@every_landscape
def test_symmetries_leave_the_loss_of_every_sample_as_it_is(landscape):
    if not landscape.facts.symmetries:
        return
    loss, symbols, numbers = at_samples(landscape)
    for symmetry in landscape.facts.symmetries:
        change = {
            c: landscape.parse(symmetry.get(c.name, c.name), "s").subs(landscape.parameter_symbols)
            for c in landscape.symbols
        }
        image = loss.xreplace(change)
        pair = sp.lambdify(symbols, [loss, image])
        for row in numbers:
            before, after = pair(*row)
            assert after == pytest.approx(before, rel=1e-10)
        for c in landscape.symbols:  # half of it is no symmetry
            twin = sp.lambdify(symbols, loss.xreplace({c: change[c]}))
            if change[c] != c:
                assert twin(*numbers[0]) != pytest.approx(pair(*numbers[0])[0], rel=1e-6)


@every_landscape
def test_conserved_quantities_are_conserved_at_every_sample(landscape):
    for formula in landscape.facts.conserved:
        loss, symbols, numbers = at_samples(landscape)
        for text, still in ((formula, True), (f"({formula})*({landscape.coordinates[0]})", False)):
            quantity = landscape.parse(text)
            rate = sum(quantity.diff(c) * loss.diff(c) for c in landscape.symbols)
            values = [abs(sp.lambdify(symbols, rate)(*row)) for row in numbers]
            assert (max(values) < 1e-10) == still


@pytest.mark.fast_cases("maier_stein", "logistic_regression", "divergence-free, decaying")
@every_landscape
def test_tensors_are_exact(landscape):
    for tensors in landscape.facts.tensors:
        for name, values in tensors.values.items():
            found = getattr(landscape, name).at(located(landscape, tensors.at))
            wanted = np.array(values, dtype=object)
            assert found.shape == wanted.shape, name
            for entry, formula in zip(sp.flatten(found), wanted.ravel(), strict=True):
                assert is_zero([entry - value_of(landscape, str(formula))], False), name


@every_landscape
def test_gradient_descent_is_stable_up_to_the_stated_learning_rate(landscape):
    facts = landscape.facts
    if facts.max_learning_rate is not None:
        rates = -np.linalg.eigvals(
            jacobian_of_drift(landscape, located(landscape, facts.minima[0]))
        )
        rates = rates[np.abs(rates) > 1e-9]
        stated = float(value_of(landscape, facts.max_learning_rate))
        assert stated == pytest.approx(min(2 * rates.real / np.abs(rates) ** 2))


# -- steady states -------------------------------------------------------------------------------


def jacobian_of_drift(landscape, point=None):
    entries = landscape.drift(1).matrix.jacobian(list(landscape.symbols))
    position = np.array([0] * landscape.dim if point is None else point, dtype=float)
    return landscape.field("jacobian", entries, matrix=True)(position)


def mean_under_ito(landscape, expression, beta):
    """Mean in the steady state, by quadrature: of exp(-beta Phi), or of (1/D) exp(int beta b/D)."""
    if landscape.name == "linear":
        i, j = (landscape.coordinates.index(name) for name in expression.split("*"))
        minus_f, zero = jacobian_of_drift(landscape), np.zeros(landscape.dim)
        noise = -2 / beta * landscape.diffusion(zero)
        return scipy.linalg.solve_continuous_lyapunov(minus_f, noise)[i, j]
    if landscape.kind == "potential":
        axes = [np.linspace(-7, 7, 561)] * landscape.dim
        points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
        log_density = -beta * landscape.potential(points)
    else:
        assert landscape.dim == 1
        points = np.linspace(-30, 30, 200_001)[:, None]
        drift, diffusion = landscape.drift(beta)(points)[:, 0], landscape.diffusion(points)[:, 0, 0]
        force = beta * drift / diffusion
        steps = np.diff(points[:, 0]) * (force[1:] + force[:-1]) / 2
        log_density = np.concatenate([[0], np.cumsum(steps)]) - np.log(diffusion)
    density = np.exp(log_density - log_density.max())
    function = landscape.field("function", landscape.parse(expression))
    return (density * function(points)).sum() / density.sum()


def mean_under_linear_sgd(landscape, expression, rate, batch):
    """Second moment in the steady state of a linear drift: all past kicks, added up."""
    growth = np.eye(landscape.dim) + rate * jacobian_of_drift(landscape)
    kick = rate**2 / batch * landscape.diffusion(np.zeros(landscape.dim))
    total = np.zeros_like(kick)
    for _ in range(5000):
        total, kick = total + kick, growth @ kick @ growth.T
    i, j = (landscape.coordinates.index(name) for name in expression.split("*"))
    return total[i, j]


def mean_under_sgd(landscape, expression):
    """Mean in the steady state, by algebra: the one-step mean of some function does not change."""
    (theta,), (g,), (c,) = (
        landscape.symbols,
        landscape.gradient.entries,
        landscape.diffusion.entries,
    )
    wanted, mean = landscape.parse(expression), sp.Symbol("mean")
    for function in (theta, theta**2):
        first, second = sp.diff(function, theta), sp.diff(function, theta, 2)
        variance = c / BATCH_SIZE
        change = -LEARNING_RATE * first * g + LEARNING_RATE**2 * second / 2 * (g**2 + variance)
        change = sp.expand(change).subs(wanted, mean)
        slope = sp.diff(change, mean)
        if (
            slope != 0 and not slope.has(mean) and not change.has(theta)
        ):  # E of e^-2h is not (E e^-h)^2
            (solution,) = sp.solve(change, mean)
            return value_of(landscape, str(solution), a=LEARNING_RATE, b=BATCH_SIZE)
    raise AssertionError(f"the recursion does not close on {expression}")


def agrees(landscape, fact, value):
    if fact.dynamics == "sgd":
        stated = value_of(landscape, value, a=LEARNING_RATE, b=BATCH_SIZE)
        if landscape.name == "linear":
            for rate, batch in ((0.05, 1), (0.3, 4)):
                number = stated.subs({LEARNING_RATE: rate, BATCH_SIZE: batch})
                wanted = mean_under_linear_sgd(landscape, fact.expression, rate, batch)
                if abs(float(number) - wanted) > 1e-9:
                    return False
            return True
        return sp.simplify(stated - mean_under_sgd(landscape, fact.expression)) == 0
    for beta in (1.0, 2.0):
        stated = float(value_of(landscape, value, a=BETA).subs(BETA, beta))
        if abs(stated - mean_under_ito(landscape, fact.expression, beta)) > 1e-6:
            return False
    return True


@every_moment
def test_steady_state_means_are_exact(name, fact):
    landscape = CASES[name]
    assert agrees(landscape, fact, fact.value)
    wrong = [f"({fact.value}) + 1/1000", f"({fact.value})*1001/1000 + 1/10**5"]
    # a temperature off by a factor of two
    wrong += [fact.value.replace("beta", "(2*beta)")] if "beta" in fact.value else []
    wrong += (
        [fact.value.replace("batch_size", "(2*batch_size)")] if "batch_size" in fact.value else []
    )
    for twin in wrong:
        assert not agrees(landscape, fact, twin), twin


def test_the_sde_of_the_variance_fit_has_the_density_w_exp_of_minus_beta_w_minus_1_squared_over_2():
    fit = landscapes.gaussian_fit()
    w = np.linspace(0, 12, 400_001)[1:]
    for beta in (1.0, 2.0, 8.0):
        density = w * np.exp(-beta * (w - 1) ** 2 / 2)
        for expression, function in (("exp(-h)", 1 / w), ("h", np.log(w)), ("exp(h)", w)):
            wanted = (density * function).sum() / density.sum()
            assert mean_under_ito(fit, expression, beta) == pytest.approx(wanted, abs=2e-5)


def test_under_the_sde_of_the_variance_fit_the_mean_gradient_does_not_vanish():
    """Near w = 0, log w is a strict local martingale; under SGD the mean gradient does vanish."""
    fit = landscapes.gaussian_fit()
    assert mean_under_ito(fit, "exp(-h)", 1.0) == pytest.approx(0.776639, abs=1e-6)
    assert not agrees(fit, StationaryMoment("ito", "exp(-h)", "1"), "1")
    assert agrees(fit, StationaryMoment("sgd", "exp(-h)", "1"), "1")


def test_the_rotation_does_not_enter_the_moments_of_the_double_well():
    assert (
        landscapes.double_well(rotation=1.5).facts.moments == landscapes.double_well().facts.moments
    )


def test_notes_of_the_double_well_are_its_numbers():
    well = landscapes.double_well(rotation=1.0)
    grid = np.linspace(-6, 6, 1201)
    points = np.stack(np.meshgrid(grid, grid, indexing="ij"), axis=-1)
    density = np.exp(-well.potential(points))
    total = density.sum()
    assert total * 0.01**2 == pytest.approx(7.623468, abs=1e-6)
    assert (points[..., 0] ** 2 * density).sum() / total == pytest.approx(1.041797, abs=1e-6)
    drift = well.drift(1)(points[300:901, 300:901])
    inner = points[300:901, 300:901]
    torque = inner[..., 0] * drift[..., 1] - inner[..., 1] * drift[..., 0]
    assert (torque * density[300:901, 300:901]).sum() / total == pytest.approx(0.82419, abs=1e-5)


def test_mean_estimation_without_a_minimum_is_refused():
    for curvature in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="positive"):
            landscapes.mean_estimation(curvature=curvature)

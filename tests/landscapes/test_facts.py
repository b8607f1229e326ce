"""Every fact of every shipped landscape: critical points, barriers, tensors, steady-state means."""

import numpy as np
import pytest
import sympy as sp

from driftscape import landscapes
from driftscape.landscapes import ZOO, StationaryMoment
from driftscape.landscapes.parse import exact, parse_expression

CASES = {
    "archimedes": landscapes.archimedes(),
    "double well": landscapes.double_well(),
    "double well, anticlockwise": landscapes.double_well(rotation=1.5),
    "double well, clockwise": landscapes.double_well(rotation=-0.3),
    "gaussian fit": landscapes.gaussian_fit(),
    "mean estimation": landscapes.mean_estimation(),
    "mean estimation, stiff": landscapes.mean_estimation(curvature=2.5, noise=0.25),
    "mean estimation, noisy": landscapes.mean_estimation(curvature=0.3, noise=-2.0),
    "quartic well": landscapes.quartic_well(),
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
    place = {s: exact(v) for s, v in landscape.parameter_symbols.items()}
    return parse_expression(formula, symbols).subs(place)


def test_every_shipped_landscape_is_tested():
    assert {case.name for case in CASES.values()} == set(ZOO)


@every_landscape
def test_the_gradient_vanishes_at_minima_and_saddles(landscape):
    facts = landscape.facts
    assert facts.minima
    for point in (*facts.minima, *facts.saddles):
        assert set(landscape.gradient.at(point)) == {0}
    elsewhere = [exact(c) + sp.Rational(1, 3) for c in facts.minima[0]]
    assert set(landscape.gradient.at(elsewhere)) != {0}


@every_landscape
def test_the_hessian_has_the_signature_of_a_minimum_or_saddle(landscape):
    facts = landscape.facts
    flat = [landscape.coordinates.index(name) for name in facts.flat]
    for point in facts.minima:
        hessian = landscape.hessian.at(point).tomatrix()
        assert not any(hessian[:, flat])  # degenerate along what is flat
        rest = [i for i in range(landscape.dim) if i not in flat]
        assert hessian.extract(rest, rest).is_positive_definite
    for point in facts.saddles:
        hessian = landscape.hessian.at(point).tomatrix()
        assert hessian.det() != 0
        assert not hessian.is_positive_semidefinite


@every_landscape
def test_flat_directions_are_flat(landscape):
    for name in landscape.facts.flat:
        place = dict(zip(landscape.coordinates, landscape.facts.minima[0], strict=True))
        for step in (sp.Rational(1, 3), 2):
            assert set(landscape.gradient.at(place | {name: step})) == {0}


@every_landscape
def test_the_barrier_is_the_height_of_the_saddle(landscape):
    facts = landscape.facts
    assert (facts.barrier is None) == (not facts.saddles)
    if facts.saddles:
        energy = landscape.potential if landscape.kind == "potential" else landscape.expected_loss
        height = energy.at(facts.saddles[0]) - energy.at(facts.minima[0])
        assert height == value_of(landscape, facts.barrier)
        assert height > 0


@every_landscape
def test_tensors_are_exact(landscape):
    for tensors in landscape.facts.tensors:
        for name, values in tensors.values.items():
            found = getattr(landscape, name).at(tensors.at)
            wanted = np.array(values, dtype=object)
            assert found.shape == wanted.shape, name
            for entry, formula in zip(sp.flatten(found), wanted.ravel(), strict=True):
                assert entry == value_of(landscape, str(formula)), name


@every_landscape
def test_gradient_descent_is_stable_up_to_the_stated_learning_rate(landscape):
    facts = landscape.facts
    if facts.max_learning_rate is not None:
        largest = max(np.linalg.eigvalsh(landscape.hessian([float(c) for c in facts.minima[0]])))
        assert float(value_of(landscape, str(facts.max_learning_rate))) == pytest.approx(
            2 / largest
        )


# -- steady states -------------------------------------------------------------------------------


def mean_under_ito(landscape, expression, beta):
    """Mean in the steady state, by quadrature: of exp(-beta Phi), or of (1/D) exp(int beta b/D)."""
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

"""RGD: descent in the metric I + epsilon D, its order in epsilon, and where it stops descending."""

import warnings

import numpy as np
import pytest
import sympy as sp

from driftscape import landscapes, simulate
from driftscape.landscapes import Landscape, Normal
from driftscape.simulate.backends.cpu.compile import assembly, outside_calls
from driftscape.simulate.dynamics.linear_solve import solve
from driftscape.simulate.dynamics.metric.diffusion_metric import Metric

RGD, Flow = simulate.RGD, simulate.RGDFlow


def bent():
    """A loss with a full D that varies with the state; neither diagonal nor of rank one."""
    return Landscape.from_loss(
        "(a**2 + 2*b**2)/2 + a**2*b/5 + x*(a + a*b/2) + y*(b + a**2/4)/2",
        coordinates="a b",
        samples={"x": Normal(), "y": Normal()},
        start=(0.8, -0.6),
        name="bent",
    )


def end(landscape, dynamics, **settings):
    """Final point by the reference backend: nothing to compile, and the kernels agree with it."""
    return simulate.run(landscape, dynamics, backend="numpy", **settings).final.values[0]


def slope(sizes, errors):
    return np.polyfit(np.log(sizes), np.log(errors), 1)[0]


EPSILONS = 0.05 / 2.0 ** np.arange(6)


@pytest.mark.parametrize("make", [RGD, Flow])
def test_the_inverses_differ_by_the_square_of_epsilon(make):
    land, step = bent(), {"learning_rate": 0.05} if make is RGD else {"dt": 0.05}
    plain = simulate.GD(learning_rate=0.05) if make is RGD else simulate.GradientFlow(dt=0.05)
    first, exact = (
        np.array([end(land, make(**step, epsilon=e, inverse=i), steps=30) for e in EPSILONS])
        for i in ("first-order", "exact")
    )
    between = np.abs(first - exact).max(axis=1)
    assert abs(slope(EPSILONS, between) - 2) < 0.02
    assert np.allclose(between[:-1] / between[1:], 4, atol=0.1)
    # the twin: without the metric the difference is of first order
    assert abs(slope(EPSILONS, np.abs(first - end(land, plain, steps=30)).max(axis=1)) - 1) < 0.05


@pytest.mark.parametrize("inverse", ["first-order", "exact"])
def test_without_noise_rgd_is_gd(inverse):
    silent = Landscape.from_loss(
        "a**4/4 + (a - b)**2/2 + x", coordinates="a b", samples={"x": Normal()}, start=(1, 0)
    )
    rgd = RGD(learning_rate=0.1, epsilon=0.5, inverse=inverse)
    assert (
        end(silent, rgd, steps=50) == end(silent, simulate.GD(learning_rate=0.1), steps=50)
    ).all()
    # D vanishes on the line b = 0 only
    quiet = Landscape.from_loss(
        "a**4/4 + b**2 + x*b**2", coordinates="a b", samples={"x": Normal()}
    )
    for b, equal in ((0.0, True), (0.1, False)):
        ends = [
            end(quiet, d, start=(1, b), steps=50) for d in (rgd, simulate.GD(learning_rate=0.1))
        ]
        assert (np.abs(ends[0] - ends[1]).max() < 1e-15) == equal


def test_the_metric_slows_descent_along_noisy_directions():
    """D = I on a quadratic: exp(-(1 - epsilon) t) and exp(-t/(1 + epsilon)), exactly."""
    mean = landscapes.mean_estimation()
    flows = [end(mean, Flow(dt=0.01, epsilon=0.3, inverse=i), start=1.0, time=2).item()
             for i in ("first-order", "exact")]  # fmt: skip
    assert flows == pytest.approx([np.exp(-1.4), np.exp(-2 / 1.3)], abs=1e-10)


def test_rgd_and_gd_share_critical_points():
    for name in ("archimedes", "gaussian_fit", "mean_estimation"):
        land = getattr(landscapes, name)()
        for point in land.facts.minima:
            ends = end(
                land, RGD(learning_rate=0.1, epsilon=0.2), start=[float(p) for p in point], steps=5
            )
            assert (ends == np.array(point, float)).all()


def test_below_one_the_loss_falls_everywhere(rng):
    land = bent()
    start = rng.uniform(-1, 1, (200, 2))
    largest = np.linalg.eigvalsh(land.diffusion(start))[:, -1].max()
    flow = Flow(dt=0.02, epsilon=0.9 / largest)
    path = simulate.run(
        land, flow, start=start, trajectories=200, steps=100, save_every=1
    ).state.values
    loss = land.expected_loss(path)
    assert (np.linalg.eigvalsh(land.diffusion(path))[..., -1] * flow.epsilon < 1).all()
    assert (np.diff(loss, axis=1) <= 1e-15).all()


def test_above_one_the_loss_rises_along_the_top_eigenvector():
    """D = diag(4, 0): epsilon lambda_max = 2, and the flow runs away from the minimum in a."""
    land = Landscape.from_loss(
        "(a**2 + b**2)/2 + 2*x*a", coordinates="a b", samples={"x": Normal()}
    )

    def losses(flow, start):
        with pytest.warns(simulate.MetricWarning, match=r"reached 2 .*epsilon < 0.25"):
            run = simulate.run(land, flow, start=start, time=1)
        return land.expected_loss(run.state.values[0])

    flow = Flow(dt=0.01, epsilon=0.5)
    assert (np.diff(losses(flow, (1, 0))) > 0).all()
    # the twins: the gradient along the other eigenvector, and the exact inverse, which never climbs
    assert (np.diff(losses(flow, (0, 1))) < 0).all()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = simulate.run(land, Flow(dt=0.01, epsilon=0.5, inverse="exact"), start=(1, 0), time=1)
    assert (np.diff(land.expected_loss(run.state.values[0])) < 0).all()


def test_the_flow_is_of_fourth_order_and_agrees_with_scipy():
    from scipy.integrate import solve_ivp

    land, epsilon = bent(), 0.3

    def velocity(_, x):
        return -np.linalg.solve(np.eye(2) + epsilon * land.diffusion(x), land.gradient(x))

    exact = solve_ivp(velocity, (0, 2), [0.8, -0.6], rtol=1e-12, atol=1e-13).y[:, -1]
    counts = np.array([8, 16, 32, 64, 128])
    errors = [
        np.abs(
            end(land, Flow(dt=2 / n, epsilon=epsilon, inverse="exact"), steps=int(n)) - exact
        ).max()
        for n in counts
    ]
    assert abs(slope(2 / counts, errors) - Flow.order) < 0.2
    assert errors[-1] < 1e-8


def bound(matrix):
    d = len(matrix)
    metric = Metric(
        [], [], sp.Matrix(d, d, [sp.Float(float(e), 17) for e in matrix.ravel()]), sp.S.One, {}
    )
    return float(metric.bound)


def test_the_watched_bound_is_the_eigenvalue_where_it_says_so(rng):
    for d in range(1, 7):
        column = rng.standard_normal(d)
        full = rng.standard_normal((d, d))
        full = full @ full.T
        assert bound(np.outer(column, column)) == pytest.approx(column @ column)
        assert bound(3 * np.eye(d)) == pytest.approx(3)
        top = np.linalg.eigvalsh(full)[-1]
        assert bound(full) >= top * (1 - 1e-12)
        assert bound(full) <= np.sqrt(d) * np.linalg.norm(full) * (1 + 1e-12)
        if d <= 2:
            assert bound(full) == pytest.approx(top)


@pytest.mark.parametrize("d", [1, 2, 5, 8])
def test_the_solve_agrees_with_lapack(rng, d):
    names = [[sp.Symbol(f"m{max(i, j)}{min(i, j)}") for j in range(d)] for i in range(d)]
    right = [sp.Symbol(f"b{i}") for i in range(d)]
    for rank in {d, max(1, d // 2)}:
        factor = rng.standard_normal((d, rank))
        matrix = factor @ factor.T
        side = factor @ rng.standard_normal(rank)
        assignments = []
        (y,) = solve(sp.Matrix(names), [right], assignments, guarded=rank < d)
        values = {names[i][j]: matrix[i, j] for i in range(d) for j in range(d)}
        values |= dict(zip(right, side, strict=True))
        for symbol, expression in assignments:
            values[symbol] = float(
                expression.xreplace({k: sp.Float(v, 17) for k, v in values.items()})
            )
        found = np.array([values.get(e, e) for e in y], float)
        assert np.allclose(matrix @ found, side, atol=1e-9 * np.abs(side).max())
        if rank == d:
            assert np.allclose(found, np.linalg.solve(matrix, side), rtol=1e-6)


@pytest.mark.slow
def test_a_run_of_rgd_is_repeated_and_resumed():
    rgd = RGD(learning_rate=0.05, epsilon=0.1, inverse="exact")
    whole = simulate.run(bent(), rgd, steps=20, save_every=1, seed=1)
    assert simulate.rerun(whole).identical(whole)
    half = simulate.run(bent(), rgd, steps=10, save_every=1, seed=1)
    assert simulate.run(resume=half, steps=10).identical(whole)
    assert simulate.dynamics_of(whole) == rgd


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"learning_rate": 0.1, "epsilon": 0}, "epsilon=0; it must be a positive"),
        ({"learning_rate": 0.1, "epsilon": -1}, "epsilon=-1; it must be a positive"),
        ({"learning_rate": 0, "epsilon": 1}, "learning_rate=0; it must be a positive"),
        (
            {"learning_rate": 0.1, "epsilon": 1, "inverse": "second"},
            "one of 'first-order', 'exact'",
        ),
    ],
)
def test_wrong_numbers_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        RGD(**settings)
    settings["dt"] = settings.pop("learning_rate")
    with pytest.raises(ValueError, match=message.replace("learning_rate", "dt")):
        Flow(**settings)


def nine():
    names = [f"c{i}" for i in range(9)]
    return Landscape.from_potential(" + ".join(f"{n}**2" for n in names), coordinates=names)


def test_landscapes_that_have_no_metric_are_refused():
    drift = Landscape.from_drift("-x", coordinates="x")
    with pytest.raises(landscapes.NotAvailable, match="does not determine a gradient"):
        simulate.run(drift, RGD(learning_rate=0.1, epsilon=1), steps=1)
    with pytest.raises(ValueError, match=r"9 coordinates: .* up to 8"):
        simulate.run(nine(), RGD(learning_rate=0.1, epsilon=0.1, inverse="exact"), steps=1)
    start = np.ones(9)
    ends = end(nine(), RGD(learning_rate=0.1, epsilon=0.5), start=start, steps=1)
    assert np.allclose(ends, 1 - 0.1 * 0.5 * 2)  # D = I, nothing inverted


@pytest.mark.fast_cases("NaturalGradient", "RGD")
@pytest.mark.parametrize(
    "dynamics",
    [
        RGD(learning_rate=0.1, epsilon=0.1, inverse="exact"),
        simulate.Geodesic(dt=0.1, epsilon=0.1, form="literal"),
        simulate.NaturalGradient(learning_rate=0.1),
        simulate.GDC(learning_rate=0.1, train_size=4, covariance="unbiased"),
    ],
    ids=lambda dynamics: type(dynamics).__name__,
)
def test_metric_dynamics_call_nothing_out_of_the_lanes(dynamics):
    fit = Landscape.from_loss(
        "(h + (x - m)**2*exp(-h))/2", coordinates="m h", samples={"x": Normal()}, name="fit of two"
    )
    assert outside_calls(assembly(dynamics.step(fit))) == set()

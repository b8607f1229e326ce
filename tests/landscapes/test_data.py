"""Landscapes of finite data: exact averages over rows, exact text, refused input."""

import json
import math

import numpy as np
import pytest
import scipy.optimize

from driftscape import landscapes
from driftscape.landscapes import FormulaError, Landscape, Normal, NotAvailable

RNG = np.random.default_rng(4)
ROWS = {"x": RNG.standard_normal(17), "y": RNG.exponential(size=17)}
POINTS = RNG.standard_normal((6, 2))


def curved(**more):
    """A loss that is not linear in its gradient, so that no cumulant vanishes."""
    settings = {"coordinates": "a b", "data": ROWS, "parameters": {"k": 0.7}} | more
    return Landscape.from_loss("exp(a*x)/3 + k*(b - y)**2*(1 + a**2)/2 + log(1 + b**2)", **settings)


def gradients(points, rows=ROWS, k=0.7):
    """Gradient at every row, (points, rows, 2), by hand."""
    a, b = points[:, 0, None], points[:, 1, None]
    x, y = rows["x"], rows["y"]
    first = x * np.exp(a * x) / 3 + k * (b - y) ** 2 * a
    return np.stack([first, k * (b - y) * (1 + a**2) + 2 * b / (1 + b**2)], axis=-1)


def test_fields_are_exact_averages_over_the_rows():
    landscape, g = curved(), gradients(POINTS)
    centred = g - g.mean(axis=1, keepdims=True)
    assert np.allclose(landscape.gradient(POINTS), g.mean(axis=1), rtol=1e-13)
    wanted = np.einsum("pni,pnj->pij", centred, centred) / 17
    assert np.allclose(landscape.covariance(POINTS), wanted, rtol=1e-11)
    assert not np.allclose(landscape.covariance(POINTS), wanted * 17 / 16, rtol=1e-3)  # not N - 1
    third = np.einsum("pni,pnj,pnk->pijk", centred, centred, centred) / 17
    assert np.allclose(landscape.third_cumulant(POINTS), third, rtol=1e-9, atol=1e-12)
    factor = landscape.noise_factor(POINTS)
    assert np.allclose(np.einsum("pik,pjk->pij", factor, factor), wanted, rtol=1e-10)
    loss = np.exp(POINTS[:, :1] * ROWS["x"]).mean(axis=1) / 3 + np.log(1 + POINTS[:, 1] ** 2)
    loss += 0.35 * ((POINTS[:, 1:] - ROWS["y"]) ** 2).mean(axis=1) * (1 + POINTS[:, 0] ** 2)
    assert np.allclose(landscape.expected_loss(POINTS), loss, rtol=1e-13)


def test_derivatives_are_those_of_the_gradient():
    landscape, reach = curved(), 1e-5
    for field, derived in (("gradient", "hessian"), ("hessian", "third_derivative")):
        for i in range(2):
            shift = reach * np.eye(2)[i]
            slope = getattr(landscape, field)(POINTS + shift) - getattr(landscape, field)(
                POINTS - shift
            )
            found = getattr(landscape, derived)(POINTS)[..., i]
            assert np.allclose(found, slope / (2 * reach), rtol=1e-7, atol=1e-8)


def test_parameters_and_rows_are_run_time_values():
    landscape = curved()
    twin = landscape.with_parameters(k=2.0)
    assert np.allclose(twin.gradient(POINTS), gradients(POINTS, k=2.0).mean(axis=1))
    half = {name: column[:8] for name, column in ROWS.items()}
    assert curved(data=half).gradient.entries == landscape.gradient.entries
    assert not np.allclose(curved(data=half).gradient(POINTS), landscape.gradient(POINTS))


def test_a_law_of_two_points_is_the_data_of_those_points():
    law = Landscape.from_loss(
        "(h + (1 + r/2)**2*exp(-h))/2", coordinates="h", samples={"r": landscapes.Rademacher()}
    )
    data = Landscape.from_loss("(h + (1 + r/2)**2*exp(-h))/2", coordinates="h", data={"r": [-1, 1]})
    for name in (
        "expected_loss", "gradient", "hessian", "diffusion", "third_cumulant", "third_derivative",
    ):  # fmt: skip
        for h in (-0.5, 0.0, 1.3):
            assert np.allclose(getattr(law, name)([h]), getattr(data, name)([h]), rtol=1e-12), name


def test_text_keeps_every_bit_of_the_data():
    odd = {"x": [0.1, -0.0, 5e-324, 1 / 3], "y": [1.7976931348623157e308, 1, 2, 3]}
    landscape = Landscape.from_loss("a*x + a*y/10", coordinates="a", data=odd, name="odd")
    copy = Landscape.from_dict(json.loads(json.dumps(landscape.to_dict())))
    assert copy == landscape
    assert hash(copy) == hash(landscape)
    for name, column in odd.items():
        assert (copy.data[name].view(np.uint64) == np.array(column, float).view(np.uint64)).all()
    nearly = odd | {"x": [math.nextafter(0.1, 1), *odd["x"][1:]]}
    assert (
        Landscape.from_loss("a*x + a*y/10", coordinates="a", data=nearly, name="odd") != landscape
    )
    assert "4 rows of data" in str(landscape)


def test_the_data_belong_to_the_landscape():
    mine = np.arange(3.0)
    landscape = Landscape.from_loss("a*x", coordinates="a", data={"x": mine})
    mine[0] = 99
    assert landscape.gradient([0.0]) == [1.0]
    with pytest.raises(ValueError, match="read-only"):
        landscape.data["x"][0] = 1


def test_many_points_and_rows_are_summed_in_blocks(monkeypatch):
    from driftscape.landscapes.formulas import evaluate

    landscape = curved()
    whole = landscape.covariance(POINTS)
    monkeypatch.setattr(evaluate, "_BLOCK", 32)
    monkeypatch.setattr(evaluate, "_KEPT", 64)
    assert np.allclose(landscape.covariance(POINTS), whole, rtol=1e-12)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"x": [1, 2], "y": [1, 2, 3]}, "x: 2, y: 3"),
        ({"x": [], "y": []}, "is empty"),
        ({}, "names no column"),
        ({"x": [1, math.nan], "y": [1, 2]}, "nan at row 1"),
        ({"x": [1, 2], "y": [-math.inf, 2]}, "-inf at row 0"),
        ({"x": [[1, 2]], "y": [[1, 2]]}, r"shape \(1, 2\)"),
        ({"x": 3.0, "y": 2.0}, r"shape \(\)"),
        ({"x": [1j, 2], "y": [1, 2]}, "give real numbers"),
        ({"x": ["p", "q"], "y": [1, 2]}, "give real numbers"),
        ({"x": "nonsense", "y": [1, 2]}, "does not encode doubles"),
        ({"x": "AAAA", "y": [1, 2]}, "does not encode doubles"),
        ({"x": [1, 2], "a": [1, 2]}, "also a coordinate"),
        ({"x": [1, 2], "k": [1, 2]}, "also a coordinate or parameter"),
        ({"x": [1, 2], "exp": [1, 2]}, "function of the formula language"),
        ({"x": [1, 2], "data.rows": [1, 2]}, "cannot name one of the columns"),
        ({"x": [1, 2]}, "unknown name 'y'"),
    ],
)
def test_bad_data_have_their_sentence(data, message):
    with pytest.raises(FormulaError, match=message):
        curved(data=data)


def test_samples_and_data_together_or_neither_are_refused():
    with pytest.raises(FormulaError, match="both given"):
        curved(samples={"n": Normal()})
    with pytest.raises(FormulaError, match="samples=.*or data="):
        Landscape.from_loss("a**2", coordinates="a")
    with pytest.raises(TypeError, match="name -> column"):
        curved(data=[1, 2, 3])
    with pytest.raises(FormulaError, match="average over data"):
        curved().gradient.at((0, 0))


def test_other_coordinates_of_the_same_data():
    landscape = curved()
    twin = landscapes.change_coordinates(
        landscape, new="p q", old={"a": "p + q", "b": "p - q"}, start=(0, 0)
    )
    a, b = POINTS.T
    at = np.stack([(a + b) / 2, (a - b) / 2], axis=-1)
    g = landscape.gradient(POINTS)
    assert np.allclose(twin.expected_loss(at), landscape.expected_loss(POINTS), rtol=1e-13)
    assert np.allclose(twin.gradient(at), np.stack([g[:, 0] + g[:, 1], g[:, 0] - g[:, 1]], -1))


# -- regressions -----------------------------------------------------------------------------------


def drawn(rows, features, seed=1):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((rows, features)) + 0.3
    return X, X @ rng.standard_normal(features) + rng.standard_normal(rows)


@pytest.mark.parametrize("intercept", [False, True])
def test_linear_regression_is_least_squares(intercept):
    X, y = drawn(40, 4)
    landscape = landscapes.linear_regression(X, y, intercept=intercept)
    A = np.column_stack([np.ones(40), X]) if intercept else X
    best, (rest,), *_ = np.linalg.lstsq(A, y, rcond=None)
    assert landscape.facts.minima[0] == pytest.approx(best)
    assert np.abs(landscape.gradient(best)).max() < 1e-13
    assert landscape.expected_loss(best) == pytest.approx(rest / 80)
    w = np.arange(1.0, A.shape[1] + 1)
    assert np.allclose(landscape.hessian(w), A.T @ A / 40, rtol=1e-12)
    assert np.allclose(landscape.gradient(w), A.T @ (A @ w - y) / 40, rtol=1e-12)
    assert np.allclose(
        landscape.covariance(w), np.cov(((A @ w - y)[:, None] * A).T, bias=True), rtol=1e-10
    )
    assert (landscape.third_derivative(w) == 0).all()
    assert landscape.coordinates[0] == ("b" if intercept else "w0")


@pytest.mark.parametrize(("intercept", "penalty"), [(False, 0.0), (True, 0.0), (True, 0.3)])
def test_logistic_regression_is_maximum_likelihood(intercept, penalty):
    X, y = drawn(60, 3)
    landscape = landscapes.logistic_regression(X, y > 0.4, intercept=intercept, penalty=penalty)
    A = np.column_stack([np.ones(60), X]) if intercept else X
    signs, held = np.where(y > 0.4, 1, -1), penalty * np.array([0, 1, 1, 1])[-A.shape[1] :]

    def loss(w):
        return np.logaddexp(0, -signs * (A @ w)).mean() + (held * w**2).sum() / 2

    found = scipy.optimize.minimize(loss, np.zeros(A.shape[1]), tol=1e-12)
    assert landscape.facts.minima[0] == pytest.approx(found.x, abs=1e-5)
    assert np.abs(landscape.gradient(landscape.facts.minima[0])).max() < 1e-14
    w = np.linspace(-1, 1, A.shape[1])
    p = 1 / (1 + np.exp(signs * (A @ w)))
    g = -(signs * p)[:, None] * A + held * w
    assert landscape.expected_loss(w) == pytest.approx(loss(w))
    assert np.allclose(landscape.gradient(w), g.mean(axis=0), rtol=1e-12)
    assert np.allclose(
        landscape.hessian(w), (A.T * (p * (1 - p))) @ A / 60 + np.diag(held), rtol=1e-12
    )
    assert np.allclose(landscape.covariance(w), np.cov(g.T, bias=True), rtol=1e-10)


def test_the_pages_own_data_give_the_published_fits():
    level, slope = landscapes.linear_regression().facts.minima[0]
    assert (level - 9 * slope / 5, slope / 5) == pytest.approx((3.0001, 0.5001), abs=5e-5)
    level, slope = landscapes.logistic_regression().facts.minima[0]
    assert (level - 7 * slope, slope / 10) == pytest.approx((15.0429, -0.2322), abs=5e-5)


@pytest.mark.slow
def test_fifty_features_are_as_exact_as_two():
    X, y = drawn(300, 50)
    w = np.linspace(-0.5, 0.5, 50)
    line = landscapes.linear_regression(X, y)
    assert np.allclose(line.hessian(w), X.T @ X / 300, rtol=1e-11, atol=1e-13)
    g = (X @ w - y)[:, None] * X
    assert np.allclose(line.covariance(w), np.cov(g.T, bias=True), rtol=1e-9, atol=1e-11)
    s = np.where(y + 20 * np.random.default_rng(2).standard_normal(300) > 0, 1, -1)
    logistic = landscapes.logistic_regression(X, s)
    p = 1 / (1 + np.exp(s * (X @ w)))
    assert np.allclose(logistic.gradient(w), -(s * p) @ X / 300, rtol=1e-11, atol=1e-14)
    assert np.allclose(logistic.hessian(w), (X.T * (p * (1 - p))) @ X / 300, atol=1e-13)
    with pytest.raises(NotAvailable, match="up to 8 coordinates"):
        line.noise_factor  # noqa: B018


def test_classes_that_a_plane_separates_have_no_minimum():
    X = np.array([[-2.0], [-1.0], [0.5], [3.0]])
    with pytest.warns(landscapes.SeparableWarning, match="penalty="):
        landscape = landscapes.logistic_regression(X, [0, 0, 1, 1])
    assert landscape.facts.minima == ()
    held = landscapes.logistic_regression(X, [0, 0, 1, 1], penalty=0.01)
    assert np.abs(held.gradient(held.facts.minima[0])).max() < 1e-14
    mixed = landscapes.logistic_regression(X, [0, 1, 0, 1])
    assert len(mixed.facts.minima) == 1


def test_features_that_depend_on_each_other_have_no_single_minimum():
    X, y = drawn(20, 2)
    X = np.column_stack([X, X.sum(axis=1)])
    line = landscapes.linear_regression(X, y)
    assert line.facts.minima == ()
    assert "rank 2" in line.facts.notes["rank"]
    assert "depend" in landscapes.logistic_regression(X, y > 0.4).facts.notes["minimum"]


@pytest.mark.parametrize("make", [landscapes.linear_regression, landscapes.logistic_regression])
@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        ([1.0, 2.0], [0, 1], r"X\[:, None\]"),
        ([[1.0], [2.0]], [0, 1, 1], "each of the 2 rows"),
        ([[1.0], [2.0]], [[0], [1]], "each of the 2 rows"),
        ([[1.0], [math.nan]], [0, 1], r"X contains nan at \[1, 0\]"),
        ([[1.0], [2.0]], [0, math.inf], r"y contains inf at \[1\]"),
        (np.zeros((0, 2)), [], "0 rows"),
        (np.zeros((3, 0)), [0, 1, 1], "0 features"),
        (np.zeros((3, 51)), [0, 1, 1], "1 to 50"),
        ([["a"], ["b"]], [0, 1], "not an array of real numbers"),
        ([[1.0], [2.0]], None, "y is missing"),
        (None, [0, 1], "X is missing"),
    ],
)
def test_what_is_no_regression_is_refused(make, X, y, message):
    with pytest.raises(FormulaError, match=message):
        make(X, y)


def test_classes_and_penalties_that_are_none_are_refused():
    X = [[1.0], [2.0], [3.0]]
    with pytest.raises(FormulaError, match="classes must be 0 and 1, or -1 and 1"):
        landscapes.logistic_regression(X, [0, 1, 2])
    with pytest.raises(ValueError, match="number >= 0"):
        landscapes.logistic_regression(X, [0, 1, 0], penalty=-1)
    with pytest.raises(TypeError, match="True or False"):
        landscapes.linear_regression(X, [0, 1, 0], intercept=1)

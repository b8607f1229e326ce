"""Bounds are right at every point of a box, and tight on small boxes."""

import numpy as np
import pytest
import sympy as sp

from driftscape.landscapes.formulas.calculus import derivative
from driftscape.landscapes.formulas.evaluate import evaluate
from driftscape.landscapes.formulas.parse import parse_expression
from driftscape.landscapes.integration.bounds import Bounds, bounds
from driftscape.landscapes.integration.exponentials import log_sum_exp
from driftscape.landscapes.integration.kinks import corners
from driftscape.landscapes.integration.rewriting import slopes

X, Y = sp.symbols("x y", real=True)
FORMULAS = (
    "(x**2 - 400)**2/4 + x/10", "min((x - 40)**2, (x + 3)**2)", "x*y - y**3 + abs(x - y)",
    "-log(exp(-(x - 12)**2) + 2*exp(-(x + 3)**2))", "sin(3*x)*cos(y) + tan(x/5)", "1/x", "x**-3",
    "1/(1 + x**2)", "sqrt(x + 5)", "log(cosh(x - y))", "atan(x)*erf(y)", "x**2.5", "exp(x*y)",
    "acos(x/10)", "asin(y/7)", "sinh(x) - cosh(y)", "tanh(4*x)**2", "max(x, y, 0)*sign(x)",
    "where(x > 0 and y > 0, x*y, sin(x))", "where(not (x < y or x > 2), x, -1)", "x**y",
    "log(x + y)", "sqrt(x*y)", "x/(x - y)", "log(abs(x))", "abs(log(x))", "(x*y - 1)**2/2",
)  # fmt: skip


def boxes(rng, count=400):
    centre = rng.normal(size=(count, 2)) * 10 ** rng.uniform(-1, 1, (count, 1))
    width = 10 ** rng.uniform(-6, 1, (count, 2))
    return centre - width / 2, centre + width / 2


def values(expression, low, high, rng):
    points = np.clip(low + rng.random(low.shape) * (high - low), low, high)
    with np.errstate(all="ignore"):
        found = evaluate([expression], {X: points[:, 0], Y: points[:, 1]})[0]
    return np.broadcast_to(found, len(low))


@pytest.mark.parametrize("text", FORMULAS)
def test_no_point_lies_outside_its_bounds(text):
    rng = np.random.default_rng(1)
    expression = parse_expression(text, {"x": X, "y": Y})
    low, high = boxes(rng)
    least, most, _, _ = Bounds(expression, [X, Y])(low, high)
    for _ in range(30):
        found = values(expression, low, high, rng)
        assert (~np.isfinite(found) | ((least <= found) & (found <= most))).all()
    small = (high - low).max(axis=1) < 1e-4  # and they are not just everything
    narrow = (most - least)[small] < 1
    assert narrow.mean() > 0.2


@pytest.mark.parametrize("text", FORMULAS)
def test_slopes_bound_the_derivative(text):
    rng = np.random.default_rng(2)
    expression = parse_expression(text, {"x": X, "y": Y})
    low, high = boxes(rng)
    given = {X: (low[:, 0], high[:, 0]), Y: (low[:, 1], high[:, 1])}
    for least, most in bounds(slopes(expression, X), given):
        for _ in range(10):
            found = values(derivative(expression, X), low, high, rng)
            inside = (least <= found) & (found <= most)
            assert (~np.isfinite(found) | np.isnan(least) | inside).all()


def test_a_box_without_values_says_so():
    least, most, _, _ = Bounds(sp.log(X), [X])(np.array([[-2.0]]), np.array([[-1.0]]))
    assert np.isnan([least[0], most[0]]).all()


def test_terms_that_cancel_far_away_are_bounded_there():
    far = Bounds(X**4 / 2 - (X**2 - 1) ** 2 / 4, [X])
    least, *_ = far(np.array([[1e6]]), np.array([[1e12]]))
    assert least[0] > 1e20
    # as are the slopes of kinks and of log(exp + exp) on both sides of what is undecided
    for text in ("min((x - 40)**2, (x + 3)**2)", "-log(exp(-(x - 12)**2) + 2*exp(-(x + 3)**2))"):
        formulas = slopes(parse_expression(text, {"x": X}), X)
        assert (
            max(low[0] for low, _ in bounds(formulas, {X: (np.array([1e3]), np.array([1e9]))})) > 0
        )


def test_sums_over_tables_are_bounded():
    node = sp.Symbol("node", integer=True)
    base = sp.IndexedBase("t", real=True)
    table = np.linspace(-1, 2, 7)
    formula = sp.Sum(sp.tanh(X - base[node]), (node, 0, 6))
    least, most, _, _ = Bounds(formula, [X], {base: table})(np.array([[0.3]]), np.array([[0.4]]))
    ends = [np.tanh(x - table).sum() for x in (0.3, 0.4)]
    assert ends == pytest.approx([least[0], most[0]], rel=1e-12)
    assert least[0] <= ends[0] < ends[1] <= most[0]


def test_log_of_exponentials_neither_overflows_nor_underflows():
    formula = log_sum_exp(parse_expression("log(exp(-x**2) + 3*exp(x))", {"x": X}))
    (value,) = evaluate([formula], {X: np.array([-100.0, 2000.0])})
    assert value == pytest.approx([np.log(3) - 100, np.log(3) + 2000], rel=1e-12)


def test_places_that_are_not_analytic_are_named():
    formula = parse_expression(
        "where(x > 1, sqrt(y), abs(x)**3) + tan(y) + x**-2", {"x": X, "y": Y}
    )
    assert set(corners(formula)) == {X - 1, Y, X, sp.cos(Y)}
    assert not corners(parse_expression("log(1 + exp(x)) + exp(-x**2)*sin(x)", {"x": X}))

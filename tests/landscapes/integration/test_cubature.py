"""Integrals over all of space against closed forms; the errors name what has no integral."""

import math

import numpy as np
import pytest
import sympy as sp

from driftscape.landscapes.formulas.parse import parse_expression
from driftscape.landscapes.integration.cubature import integrate

X, Y = sp.symbols("x y", real=True)


def found(potential, function, names="x", beta=1, **more):
    symbols = {name: sp.Symbol(name, real=True) for name in names.split()}
    phi, f = (parse_expression(text, symbols) for text in (potential, function))
    return integrate(-beta * phi, [(f, True)], list(symbols.values()), **more)


def agrees(result, exact):
    value, error = result.ratios[0, 0], result.errors[0, 0]
    return abs(value - exact) <= error + 1e-14 * abs(exact) and result.doubt[0] == 0


@pytest.mark.parametrize("centre", [0.0, 7.0, -1e4, 1e9])
@pytest.mark.parametrize("width", [1e-3, 1.0, 1e5])
def test_one_gaussian_anywhere_of_any_width(centre, width):
    result = found(f"(x - ({centre}))**2/2/{width}**2", f"(x - ({centre}))**2")
    assert agrees(result, width**2)
    blur = 1e-5 + 1e-14 * abs(centre) / width  # positions are rounded
    assert result.errors[0, 0] < blur * width**2
    assert result.logarithm[0] == pytest.approx(math.log(2 * math.pi * width**2) / 2, abs=blur)


@pytest.mark.parametrize("position", [0.3, 0.301, 0.297, 0.511, 1.234567])
def test_jumps_and_kinks_between_the_nodes_of_both_rules(position):
    tail = math.erfc(position / math.sqrt(2)) / 2
    density = math.exp(-(position**2) / 2) / math.sqrt(2 * math.pi)
    jump = found("x**2/2", f"where(x > {position}, 1, 0)")
    kink = found("x**2/2", f"max(x - {position}, 0)")
    assert agrees(jump, tail)
    assert agrees(kink, density - position * tail)
    assert max(jump.errors[0, 0], kink.errors[0, 0]) < 1e-11


def test_kinks_along_curves():
    slope = math.sqrt(2 / math.pi) * math.sqrt(1 + 1 / 9)
    assert agrees(found("x**2/2 + y**2/2", "abs(x - y/3)", "x y"), slope)
    half = found("x**2/2 + y**2/2", "where(x > y/3, 1, 0)", "x y")
    assert agrees(half, 0.5)
    assert half.errors[0, 0] < 1e-3


def test_a_function_far_narrower_than_the_weight_is_seen():
    exact = math.exp(-3) / 2 * math.sqrt(math.pi) * 1e-4
    assert agrees(found("abs(x)", "exp(-(x - 3)**2*100000000)"), exact * (1 + 1 / 4e8))


def test_a_narrow_oblique_valley():
    result = found("40*(x - 30 - y/2)**2/2 + (y + 5)**2/200", "(y + 5)**2", "x y", most=2**17)
    assert result.ratios[0, 0] == pytest.approx(100, abs=result.errors[0, 0])
    assert result.errors[0, 0] < 1e-7


def test_problems_are_solved_side_by_side():
    a = sp.Symbol("a", real=True)
    result = integrate(
        -(X**2) / 2, [(sp.tanh(40 * (a - X)), True)], [X], fixed={a: [-0.5, 0.0, 3.0]}
    )
    (one,) = integrate(-(X**2) / 2, [(sp.tanh(40 * (3 - X)), True)], [X]).ratios
    assert result.ratios[0, 2] == pytest.approx(one[0], abs=1e-12)
    assert result.ratios[0, 1] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("text", ["-x**2", "log(1 + x**2)*3/5", "0"])
def test_what_does_not_fall_off_is_named(text):
    assert found(text, "1").endless[0, 0]


def test_a_mean_that_is_infinite_is_named_and_the_law_is_not():
    heavy = found("log(1 + x**2)", "abs(x)")
    assert heavy.endless[:, 0].tolist() == [False, True]


def test_cells_that_are_given_up_are_counted():
    result = found("40*(x - 30 - y/2)**2/2 + (y + 5)**2/200", "x", "x y", most=2000)
    assert result.doubt[0] > 1e-3
    assert result.errors[0, 0] >= result.doubt[0] * abs(result.ratios[0, 0])


def test_nothing_is_counted_where_there_is_no_value():
    gamma = found("x - log(x)", "x")
    assert gamma.undefined[0]
    assert agrees(gamma, 2)


def test_rules_alone_would_miss_the_jump(monkeypatch):
    """The check of the check: without bounds the stated error is wrong."""
    monkeypatch.setattr(
        "driftscape.landscapes.integration.integrand.Integrand.at_corners",
        lambda self, cells, errors: np.zeros(errors.shape[:2], bool),
    )
    missed = [
        not agrees(found("x**2/2", f"where(x > {a}, 1, 0)"), math.erfc(a / math.sqrt(2)) / 2)
        for a in (0.3, 0.301, 0.297, 0.511, 1.234567)
    ]
    assert any(missed)


@pytest.mark.parametrize("position", [0.17449997, 0.3, 0.123, 0.5, 0.77])
def test_the_tail_of_a_bump_that_only_just_reaches_into_a_cell(position):
    """Beyond the outermost nodes of both rules it rises by powers of ten: 2e-10 was missed."""
    x = sp.Symbol("x", real=True)
    function = sp.exp(-500 * (x - position) ** 2 * 36)
    bump = integrate(sp.S.Zero, [(function, True)], [x], box=[(0, 1)], floor=1.0)
    root = math.sqrt(500) * 6
    sides = math.erf(root * (1 - position)) + math.erf(root * position)
    exact = math.sqrt(math.pi) / 2 / root * sides
    assert agrees(bump, exact)
    assert bump.errors[0, 0] < 1e-11


def test_a_square_that_vanishes_along_a_line_needs_no_bounds_there():
    """Neither it nor its slope is of one sign: its factors are seen by any rule."""
    from scipy.integrate import quad

    x, y = sp.symbols("x y", real=True)
    got = integrate(-(x**2 + y**2) / 2, [(sp.tanh(x - y) ** 2, True)], [x, y], most=2**13)
    exact = quad(
        lambda z: math.tanh(z) ** 2 * math.exp(-z * z / 4) / math.sqrt(4 * math.pi), -20, 20,
        epsabs=1e-14, points=[0],
    )[0]  # fmt: skip
    assert got.errors[0, 0] < 1e-11
    assert got.ratios[0, 0] == pytest.approx(exact, abs=1e-11)


def test_factors_that_are_logarithms_of_exponentials_have_bounds():
    """softplus**2 vanishes far out, where its factors are asked for."""
    from scipy.integrate import quad

    for text, value in (
        ("log(1 + exp(x))**2", lambda x: math.log1p(math.exp(x)) ** 2),
        ("(x - 1)**2*log(1 + exp(x))**2*tanh(x)",
         lambda x: (x - 1) ** 2 * math.log1p(math.exp(x)) ** 2 * math.tanh(x)),
    ):  # fmt: skip
        mean = quad(
            lambda x, f=value: f(x) * math.exp(-x * x / 2) / math.sqrt(2 * math.pi), -30, 30,
            epsabs=1e-14, points=[0, 1],
        )[0]  # fmt: skip
        assert agrees(found("x**2/2", text), mean)

"""All zeros of a field in a box or in all of space."""

import numpy as np
import pytest
import sympy as sp

from driftscape.landscapes.formulas.parse import parse_expression
from driftscape.landscapes.integration.rewriting import slopes
from driftscape.landscapes.integration.zeros import zeros

X, Y = sp.symbols("x y", real=True)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e7])
def test_random_polynomials_with_known_roots(scale):
    rng = np.random.default_rng(3)
    for _ in range(5):
        roots = np.sort(rng.choice(np.arange(-40, 41), 5, replace=False)) * scale
        found = zeros([sp.Mul(*(X - sp.Float(float(r)) for r in roots))], [X])
        assert found.complete
        middle = (found.low + found.high).ravel() / 2
        assert middle == pytest.approx(roots, rel=1e-6, abs=1e-3 * scale)


@pytest.mark.parametrize(("text", "positions"), [
    ("min((x - 40)**2, (x + 3)**2)", [-3, 18.5, 40]),
    ("-log(exp(-(x - 12)**2) + 2*exp(-(x + 3)**2))", [-3, 4.523312, 12]),
    ("(x**2 - 400)**2/4 + x/10", [-20.000125, 0.00025, 19.999875]),
    ("abs(x - 2)", [2]),
])  # fmt: skip
def test_minima_and_barriers_with_kinks_too(text, positions):
    found = zeros([slopes(parse_expression(text, {"x": X}), X)], [X])
    assert found.complete
    for low, high, position in zip(found.low[:, 0], found.high[:, 0], positions, strict=True):
        assert low - 1e-4 <= position <= high + 1e-4


def test_two_coordinates():
    found = zeros([Y, (1 - X**2) * Y - X], [X, Y])  # a nullcline that approaches the other
    assert found.complete
    assert (found.low + found.high) / 2 == pytest.approx(np.zeros((1, 2)), abs=1e-6)
    assert zeros([X - 3, X - 4], [X, Y]).complete  # none at all, though one component has many
    assert not len(zeros([X - 3, X - 4], [X, Y]).low)


def test_a_search_that_has_no_end_is_given_up():
    assert not zeros([sp.sin(X)], [X]).complete
    within = zeros([sp.sin(X)], [X], box=[(-4, 7)])
    assert within.complete
    assert (within.low + within.high).ravel() / 2 == pytest.approx(
        [-np.pi, 0, np.pi, 2 * np.pi], abs=1e-6
    )
    assert not zeros([X * Y - 1, (X * Y - 1) * X], [X, Y]).complete

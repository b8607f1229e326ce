"""Statements in the docstrings of the shipped landscapes, and refused arguments."""

import numpy as np
import pytest
import scipy.integrate
import scipy.optimize
import sympy as sp

from driftscape import landscapes
from driftscape.landscapes import FormulaError
from driftscape.landscapes.formulas.calculus import divergence


def test_cosh_has_the_stated_density_under_ito():
    """No current on the line: b p = (D p)'/beta, here with beta = 3."""
    loss = landscapes.cosh()
    (w,), (b,), (d,) = loss.symbols, loss.drift().entries, loss.diffusion.entries
    for tail, expected in ((2, True), (1, False)):
        density = sp.exp(3 / sp.cosh(w)) / sp.cosh(w) ** tail
        current = b * density - sp.diff(d * density, w) / 3
        assert all(abs(current.subs(w, at).evalf()) < 1e-12 for at in (-2, 0.3, 1.5)) == expected


def test_cubic_chi_loses_eight_eta_cubed_in_one_step():
    x, eta = sp.Symbol("x"), sp.Symbol("eta")
    after = sp.expand((eta * (x**2 - 1)) ** 3)  # theta' = -eta g, g = -(x^2 - 1) at w = 0
    moments = {0: 1, 2: 1, 4: 3, 6: 15}
    mean = sum(c * moments[k] for (k,), c in sp.Poly(after, x).terms())
    assert sp.expand(mean) == 8 * eta**3


def test_van_der_pol_turns_with_its_stated_period_and_width():
    flow = landscapes.van_der_pol().drift()
    crossing = lambda t, x: x[1]  # noqa: E731  at the largest and smallest x
    path = scipy.integrate.solve_ivp(
        lambda t, x: flow(x), (0, 45), [2.0, 0.0], events=crossing, rtol=1e-9, atol=1e-9
    )
    times, states = path.t_events[0], path.y_events[0]
    assert times[-1] - times[-3] == pytest.approx(6.6632869, abs=1e-5)
    assert max(abs(states[-2:, 0])) == pytest.approx(2.0086199, abs=1e-5)


def action(path, drift):
    """Geometric action of a path with dx = b dt + sqrt(2/beta) dW, over 2: the barrier."""
    middle, step = (path[1:] + path[:-1]) / 2, np.diff(path, axis=0)
    b = drift(middle)
    return (
        np.sum(np.linalg.norm(step, axis=1) * np.linalg.norm(b, axis=1) - np.sum(step * b, axis=1))
        / 2
    )


@pytest.mark.parametrize(("coupling", "on_axis"), [(1.0, True), (3.0, True), (10.0, False)])
def test_the_barrier_of_maier_and_stein_is_a_quarter_until_the_path_leaves_the_axis(
    coupling, on_axis
):
    drift = landscapes.maier_stein(coupling=coupling).drift()
    x = np.linspace(-1, 0, 41)
    shapes = np.stack([np.sin(k * np.pi * -x) for k in range(1, 7)])
    path = lambda heights: np.stack([x, heights @ shapes], axis=1)  # noqa: E731
    assert action(path(np.zeros(6)), drift) == pytest.approx(0.25, abs=1e-3)
    best = scipy.optimize.minimize(lambda c: action(path(c), drift), [0.2, 0, 0, 0, 0, 0])
    assert (abs(best.fun - 0.25) < 1e-3) == on_axis
    if not on_axis:
        assert best.fun < 0.2


def test_maier_and_stein_have_the_stated_potential_where_coupling_is_contraction():
    x, y = sp.symbols("x y", real=True)
    phi = -(x**2) / 2 + x**4 / 4 + y**2 * (1 + x**2) / 2
    for coupling, expected in ((1.0, True), (2.0, False)):
        landscape = landscapes.maier_stein(coupling=coupling)
        drift = landscape.drift().matrix.subs(landscape.parameter_symbols)
        rest = drift + sp.Matrix([phi.diff(x), phi.diff(y)])
        assert all(abs(e) < 1e-12 for e in rest.subs({x: 0.3, y: 0.7})) == expected


def test_the_current_of_the_divergence_free_double_well_is_as_documented():
    landscape = landscapes.divergence_free_double_well(circulation=1.5, decay=0.25)
    j = landscape.drift().matrix + landscape.gradient.matrix
    phi, symbols = landscape.potential.entries[0], landscape.symbols
    assert sp.simplify(sum(a * b for a, b in zip(j, landscape.gradient.entries, strict=True))) == 0
    assert sp.simplify(sum(a.diff(s) for a, s in zip(j, symbols, strict=True))) == 0
    decay, beta = sp.Symbol("decay", real=True), sp.Symbol("beta", positive=True)
    added = landscape.spurious_drift.matrix / beta
    assert sp.simplify(added - decay / beta * j) == sp.zeros(2, 1)
    # both interpretations keep exp(-beta Phi): no Ito correction is needed with D = I
    for current in (j, j + added):
        flux = (current * sp.exp(-beta * phi)).T
        assert sp.simplify(divergence(flux, symbols)[0]) == 0
    rotated = landscapes.double_well(rotation=1.5)  # the published example is neither
    j = rotated.drift(1).matrix + rotated.gradient.matrix
    assert abs(sum(a.diff(s) for a, s in zip(j, symbols, strict=True)).subs(
        {symbols[0]: 0.5, symbols[1]: 0.5, sp.Symbol("rotation", real=True): 1.5}
    )) > 0.1  # fmt: skip


def test_the_noise_of_the_ratchet_vanishes_at_its_valves_and_outside_its_arc():
    for width in (0.4, 1.0):
        reach = np.pi / 2 + width
        valve = (np.sqrt(2 + 4 * reach**2) - np.sqrt(2)) / 2
        noise = landscapes.ratchet(width=width).diffusion
        turns = np.array([[0.0], [2 * np.pi], [-6 * np.pi]])
        assert noise(valve + turns) == pytest.approx(0, abs=1e-20)
        assert noise(-valve + turns) == pytest.approx(0, abs=1e-20)
        assert noise(valve - 0.1 + turns).min() > 1e-3
        assert np.all(noise(reach + 1e-4 + turns) == 0)
        assert (valve > np.pi / 2) == (width > 0.594464)


def test_the_ridge_of_two_basins_is_as_high_as_stated():
    landscape = landscapes.two_basins(noise=1e-6)
    along = 1 - np.linspace(0, 2, 200_001)[:, None] * np.ones(2)  # from one minimum to the other
    assert landscape.expected_loss(along).max() == pytest.approx(800 / 121, abs=1e-2)


def test_linear_refuses_what_has_no_steady_state():
    with pytest.raises(FormulaError, match="Re > 0"):
        landscapes.linear([[1, 0], [0, -1]], [[1, 0], [0, 1]])
    with pytest.raises(FormulaError, match="every direction"):
        landscapes.linear([[1, 0], [0, 2]], [[1, 0], [0, 0]])
    with pytest.raises(FormulaError, match="square matrix"):
        landscapes.linear([[1, 0, 0], [0, 2, 0]], [[1, 0], [0, 1]])
    with pytest.raises(FormulaError, match="2 x 2, D is 1 x 1"):
        landscapes.linear([[1, 0], [0, 2]], [[1]])
    with pytest.raises(FormulaError, match="not symmetric"):
        landscapes.linear([[1, 0], [0, 2]], [[1, 0.5], [0, 1]])
    with pytest.raises(FormulaError, match="semidefinite"):
        landscapes.linear([[1, 0], [0, 2]], [[1, 2], [2, 1]])


def test_linear_has_the_drift_and_noise_that_it_was_given():
    F, D = np.array([[1, 2], [-0.5, 0.7]]), np.array([[0.4, 0.1], [0.1, 0.3]])
    landscape, x = landscapes.linear(F, D), np.array([0.3, -1.2])
    assert landscape.drift()(x) == pytest.approx(-F @ x, rel=1e-14)
    assert landscape.diffusion(x) == pytest.approx(D)
    assert landscape.spurious_drift(x) == pytest.approx([0, 0])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: landscapes.cosh(dim=0), "whole number from 1"),
        (lambda: landscapes.styblinski_tang(dim=2.0), "whole number from 1"),
        (lambda: landscapes.ratchet(width=2.0), "pi/2"),
        (lambda: landscapes.ratchet(width=float("nan")), "pi/2"),
        (lambda: landscapes.linear_network(target=0.0), "positive"),
        (lambda: landscapes.screw_loop(turns=1.5), "1 to 8"),
        (lambda: landscapes.screw_loop(turns=9), "1 to 8"),
        (lambda: landscapes.screw_loop(radius=-1.0), "positive"),
        (lambda: landscapes.two_basins(noise=-0.1), "negative"),
    ],
)
def test_arguments_outside_the_documented_range_are_refused(make, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make()

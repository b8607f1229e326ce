"""Fields of potentials and drifts against differences and identities of the steady state."""

import itertools

import numpy as np
import pytest
import sympy as sp

from driftscape import landscapes
from driftscape.landscapes import (
    Landscape,
)

from .differences import check_derivative, check_row_divergence

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

"""Fields as functions: shapes, formulas with kinks, refusals."""

import numpy as np
import pytest
import sympy as sp

from driftscape import landscapes
from driftscape.landscapes import (
    Landscape,
    Normal,
    NotAvailable,
    Rademacher,
    Uniform,
)
from driftscape.landscapes.fields import evaluate_at

from .differences import derivative_by_differences


@pytest.mark.parametrize("dim", [1, 2, 8])
def test_shapes_follow_points_and_coordinates(dim):
    names = [f"w{i}" for i in range(dim)]
    potential = Landscape.from_potential("+".join(f"{n}**4" for n in names), coordinates=names)
    loss = Landscape.from_loss(
        "+".join(f"{n}**2*x" for n in names), coordinates=names, samples={"x": Normal()}
    )
    shapes = {
        "gradient": (dim,),
        "hessian": (dim, dim),
        "third_derivative": (dim,) * 3,
        "diffusion": (dim, dim),
        "covariance": (dim, dim),
        "diffusion_divergence": (dim,),
    }
    for landscape in (potential, loss):
        more = {"potential": (), "curl": (dim, dim), "current": (dim,), "spurious_drift": (dim,)}
        if landscape is loss:
            more = {"expected_loss": (), "third_cumulant": (dim,) * 3, "noise_factor": (dim, 1)}
        for name, shape in (shapes | more).items():
            field = getattr(landscape, name)
            assert field.shape == shape, name
            for lead in ((), (1,), (4,), (2, 3), (0,)):
                value = field(np.full((*lead, dim), 0.5))
                assert value.shape == (*lead, *shape), name
                assert value.dtype == np.float64
            assert np.shape(field.at([0] * dim)) == shape
        assert landscape.drift(1)(np.ones((3, dim))).shape == (3, dim)


def test_points_of_a_wrong_shape_are_refused():
    gradient = Landscape.from_potential("x**2 + y**2", coordinates="x y").gradient
    for points in (1.0, [1.0], [1.0, 2.0, 3.0], np.ones((2, 3))):
        with pytest.raises(ValueError, match="x, y"):
            gradient(points)
    for point in ([1], [1, 2, 3], {"x": 1}, {"x": 1, "y": 2, "z": 3}):
        with pytest.raises(ValueError, match="x, y"):
            gradient.at(point)


@pytest.mark.parametrize(
    "formula",
    [
        "sqrt(x**2)",
        "abs(x)**1.5 + abs(x*y)",
        "(x**2)**(1/3)",
        "(x**2 + y**2)**0.25",
        "max(x, y, x*y)**2",
        "min(x, 0)**3 + max(y, 0)**3",
        "max(min(x, 1), -1)**2",
        "max(abs(x), where(y > 0, x*y, 0))",
        "sign(x)*x**2",
        "log(x**2 + 1)*sign(y)",
        "abs(log(2 + x))",
        "abs((3 + x)**1.5 - 3)",
        "sign(log(2 + x))*x**2",
        "max(log(2 + x), sqrt(3 + y))",
        "where(x > 0, x**2, x**4)*y",
        "where(x**2 + y**2 < 1, x*y, x + y**3)",
        "where(x > 0 and y > 0 or x < -1, x**2, y**2)",
        "where(x > 0, log(x), x**3)",
        "abs(abs(x) - 1)**3",
        "erf(x)*atan(y) + asin(x/3)*acos(y/3)",
        "(3 + x)**y",
        "abs(x)**y",
    ],
)
def test_derivatives_of_kinked_formulas_are_right_almost_everywhere(formula):
    landscape = Landscape.from_potential(formula, coordinates="x y")
    points = np.array([[0.3, 0.7], [-0.4, 0.6], [1.3, -0.2], [1.7, 1.9], [-1.2, -1.7]])
    for lower, higher in (
        ("potential", "gradient"),
        ("gradient", "hessian"),
        ("hessian", "third_derivative"),
    ):
        wanted = derivative_by_differences(getattr(landscape, lower), points)
        np.testing.assert_allclose(getattr(landscape, higher)(points), wanted, rtol=1e-6, atol=1e-6)


def test_the_hessian_is_symmetric_and_prints_few_distinct_entries():
    hessian = Landscape.from_potential(
        "x**4/4 + x*y**2/3 + y**2 + sin(z)*x + z**2", coordinates="x y z"
    ).hessian.expression
    assert hessian == sp.permutedims(hessian, (1, 0))


def test_eight_coordinates_and_three_samples_take_seconds():
    """No clock: before the cumulant was built from the factor this never ended."""
    names = [f"w{i}" for i in range(8)]
    ring = "+".join(f"{a}*{b}*x" for a, b in zip(names, names[1:] + names[:1], strict=True))
    landscape = Landscape.from_loss(
        f"({ring} - y)**2/2 + z*w0*w1*w2",
        coordinates=names,
        samples={"x": Normal(), "y": Uniform(-1, 1), "z": Rademacher()},
    )
    point = np.linspace(-0.5, 0.6, 8)
    s = landscape.third_cumulant(point)
    np.testing.assert_allclose(s, s.transpose(2, 0, 1), atol=1e-12)
    assert landscape.noise_factor(point).shape == (8, 3)


@pytest.mark.parametrize("ask", [
    lambda landscape: landscape.sample_names,
    lambda landscape: landscape.sample_loss,
    lambda landscape: landscape.sample_derivative((0,)),
    lambda landscape: landscape.expected_loss,
    lambda landscape: landscape.third_cumulant,
])  # fmt: skip
def test_a_landscape_without_samples_refuses_their_fields_by_name(ask):
    for landscape in (landscapes.quartic_well(), landscapes.van_der_pol()):
        with pytest.raises(NotAvailable, match=f"{landscape.name} .* does not determine"):
            ask(landscape)
    assert ask(landscapes.archimedes()) is not None


def test_expressions_are_evaluated_at_states():
    landscape = landscapes.maier_stein(coupling=2.0)
    states = np.array([[0.5, -1.0], [1.0, 2.0]])
    values = evaluate_at(landscape, [*landscape.drift().entries, sp.Integer(3)], states)
    np.testing.assert_array_equal(values[:2], landscape.drift()(states.T).T)
    assert values[2].tolist() == [3, 3]

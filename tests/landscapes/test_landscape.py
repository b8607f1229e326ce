"""Construction of landscapes: accepted and refused arguments, text round trips, equality."""

import json
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from driftscape import landscapes
from driftscape.landscapes import (
    ZOO,
    Exponential,
    FormulaError,
    Landscape,
    Normal,
    NotAvailable,
    Rademacher,
    Uniform,
)

X, Y = sp.symbols("x y")
WELL = "(x**2 - 1)**2/4 + y**2/2"


def loss(formula="w*x", coordinates="w", samples=None, **more):
    samples = {"x": Normal()} if samples is None else samples
    return Landscape.from_loss(formula, coordinates=coordinates, samples=samples, **more)


def potential(formula=WELL, coordinates="x y", **more):
    return Landscape.from_potential(formula, coordinates=coordinates, **more)


def drift(formulas=("y", "-x"), coordinates="x y", **more):
    return Landscape.from_drift(formulas, coordinates=coordinates, **more)


def _everything():
    """One landscape for each way of giving something."""
    yield from (make() for make in ZOO.values())
    yield landscapes.double_well(rotation=-1.5)
    yield loss("(a*w**2 - y)**2/2", samples={"y": Normal(1, 0.5)}, parameters={"a": 2}, name="mine")
    yield loss(samples={"x": Normal("mu", "sigma")}, parameters={"mu": 1, "sigma": 0.1})
    yield loss(
        "w*x + z*w**2 + s*w",
        samples={"x": Uniform(-1, 0.3), "z": Exponential(2), "s": Rademacher()},
    )
    yield loss("tanh(w*x)", domain={"w": (-1, 2)}, start=[0.1])
    yield potential(
        diffusion=[[1, 0], [0, "1 + x**2"]], curl="x*y", start={"y": 0.5, "x": Fraction(1, 3)}
    )
    yield potential(diffusion=["1 + y**2", 0.1], domain={"x": (0, 1)})
    yield potential(sp.Piecewise((0.1 * X**2, (X > 0) & (Y > 0)), (sp.E * sp.Abs(X * Y), True)))
    yield potential(diffusion=np.diag([0.1, 2]), curl=np.array([[0, 1], [-1, 0]]))
    yield potential(
        diffusion=sp.Matrix([[2, X / (1 + X**2)], [X / (1 + X**2), 1]]), current=sp.Matrix([-Y, X])
    )
    yield potential("x**2", "x", start=(sp.sqrt(2),))
    yield drift()
    yield drift(sp.Array([Y, (1 - X**2) * Y - X]), (X, Y), diffusion=0.1)
    yield drift(noise_factor=[["x", 1, 0], [0, "y", "a"]], parameters={"a": 1e-5})
    yield drift(noise_factor=["x", "y"])
    yield drift("-x", "x", noise_factor="1 + x**2")
    yield drift(-1, "x", diffusion="exp(x)")


every_landscape = pytest.mark.parametrize(
    "landscape", list(_everything()), ids=lambda landscape: str(landscape)[:60]
)


@every_landscape
def test_every_landscape_comes_back_from_its_text(landscape):
    text = json.dumps(landscape.to_dict())
    again = Landscape.from_dict(json.loads(text))
    assert again == landscape
    assert hash(again) == hash(landscape)
    assert str(again) == str(landscape)
    assert again.to_dict() == landscape.to_dict()
    points = np.random.default_rng(1).uniform(0.1, 0.9, (3, landscape.dim))
    np.testing.assert_array_equal(again.drift(1)(points), landscape.drift(1)(points))
    np.testing.assert_array_equal(again.diffusion(points), landscape.diffusion(points))


@every_landscape
def test_every_landscape_prints_its_formula(landscape):
    assert landscape.name in str(landscape)
    assert all(name in str(landscape) for name in landscape.coordinates)
    assert str(landscape) in repr(landscape)
    latex = landscape._repr_latex_()
    assert latex.startswith("$")
    assert latex.endswith("$")
    for field in (landscape.diffusion, landscape.drift(1)):
        assert field.name in repr(field)
        assert field._repr_latex_().startswith("$")


def test_from_dict_refuses_what_is_no_landscape():
    with pytest.raises(ValueError, match="kind='loss3'; it must be one of 'loss'"):
        Landscape.from_dict(landscapes.archimedes().to_dict() | {"kind": "loss3"})
    with pytest.raises(ValueError, match="law='Cauchy'"):
        Landscape.from_dict(landscapes.archimedes().to_dict() | {"samples": [["x", "Cauchy", "0"]]})
    with pytest.raises(FormulaError):
        Landscape.from_dict(
            landscapes.archimedes().to_dict() | {"start": ["__import__('os')", "0", "0"]}
        )
    with pytest.raises(ValueError, match="a loss landscape has no 'colour'"):
        Landscape.from_dict(landscapes.archimedes().to_dict() | {"colour": "red"})


def test_equality_is_that_of_what_was_given():
    assert landscapes.double_well() == landscapes.double_well()
    assert landscapes.double_well() != landscapes.double_well(rotation=1)
    assert landscapes.double_well(rotation=1) == landscapes.double_well(rotation=1.0)
    assert hash(landscapes.double_well(rotation=1)) == hash(landscapes.double_well(rotation=1.0))
    assert len({landscapes.archimedes(), landscapes.archimedes(), landscapes.quartic_well()}) == 2
    assert potential() != drift()
    assert potential() != "a potential"
    one, other = ({"a": 1, "b": 2.0}, {"b": 2, "a": 1.0})
    assert hash(potential("a*b*x", parameters=one)) == hash(potential("a*b*x", parameters=other))


def test_parameters_are_values_and_not_part_of_the_formula():
    well = landscapes.double_well(rotation=1.0)
    other = well.with_parameters(rotation=2)
    assert (well.parameters["rotation"], other.parameters["rotation"]) == (1.0, 2.0)
    assert other == landscapes.double_well(rotation=2)
    assert other.facts == well.facts
    assert other.current.expression == well.current.expression
    assert other.current([1.0, 0.0])[1] == 2 * well.current([1.0, 0.0])[1]
    with pytest.raises(ValueError, match="no parameter rotatoin; known: rotation"):
        well.with_parameters(rotatoin=1)
    with pytest.raises(FormulaError):
        well.with_parameters(rotation=float("nan"))


def test_with_parameters_verifies_again():
    noisy = potential(diffusion="1 + a", parameters={"a": 1})
    with pytest.raises(FormulaError, match="not positive semidefinite"):
        noisy.with_parameters(a=-2)
    turning = potential(current=["a*x", "b*y"], parameters={"a": 0, "b": 0})
    assert turning.with_parameters(a=1, b=-1).current([2.0, 3.0]).tolist() == [2.0, -3.0]
    with pytest.raises(FormulaError, match="div J"):
        turning.with_parameters(a=1)
    wide = loss(samples={"x": Normal(0, "s")}, parameters={"s": 1})
    with pytest.raises(FormulaError, match="must not be negative"):
        wide.with_parameters(s=-1)


@pytest.mark.parametrize(
    "value",
    [2, 2.0, np.float64(2), np.float32(2), np.int64(2), Fraction(2), sp.Integer(2), sp.Float(2.0)],
)
def test_parameters_are_numbers_of_any_type(value):
    landscape = potential("a*x**2", parameters={"a": value}, start=(value, 0))
    assert landscape.parameters == {"a": 2.0}
    assert type(landscape.parameters["a"]) is float
    assert landscape.start == (2, 0)
    assert landscape == potential("a*x**2", parameters={"a": 2}, start=(2, 0))


@pytest.mark.parametrize(
    "value",
    [
        True,
        np.bool_(False),
        None,
        "2",
        float("nan"),
        float("inf"),
        -np.inf,
        10**400,
        1j,
        [1],
        np.ones(2),
        X,
        sp.nan,
        sp.oo,
        sp.I,
    ],
)
def test_what_is_no_finite_number_is_refused_as_a_parameter(value):
    with pytest.raises(FormulaError, match="parameter a=.* is not a finite number"):
        potential("a*x**2", parameters={"a": value})


@pytest.mark.parametrize(
    "value", [True, None, "1/2", float("nan"), float("inf"), X, sp.nan, sp.oo, sp.zoo, sp.I, [1]]
)
def test_what_is_no_finite_number_is_refused_in_a_start(value):
    with pytest.raises((ValueError, TypeError)):
        potential(start=(value, 0))


NAMES = {
    "a coordinate that is also a parameter": lambda: potential("x*a", "x a", parameters={"a": 1}),
    "a coordinate that is also a sample": lambda: loss("w*x", "w x"),
    "a parameter that is also a sample": lambda: loss("w*x", parameters={"x": 1}),
    "a coordinate twice": lambda: potential("x", "x x"),
    "no coordinate": lambda: potential("1", ""),
    "a function as a coordinate": lambda: potential("1", "x sin"),
    "a keyword as a coordinate": lambda: potential("1", "lambda"),
    "pi as a parameter": lambda: potential("x", "x", parameters={"pi": 3}),
    "a function as a sample": lambda: loss("w", samples={"exp": Normal()}),
    "a Greek letter": lambda: potential("1", "\u03b8"),
    "a space in a parameter": lambda: potential("x", "x", parameters={"a b": 1}),
    "an undeclared name": lambda: potential("x*z"),
    "an undeclared name in D": lambda: potential(diffusion="z"),
    "an undeclared name in a law": lambda: loss(samples={"x": Normal("m", 1)}),
    "a coordinate in a law": lambda: loss(samples={"x": Normal("w", 1)}),
    "a sample in another's law": lambda: loss(
        "w*x*z", samples={"x": Normal(), "z": Normal("x", 1)}
    ),
    "an unknown coordinate in the start": lambda: potential(start={"x": 1, "z": 2}),
    "a start too short": lambda: potential(start=(1,)),
    "a start in two dimensions": lambda: potential(start=[[1, 2]]),
    "an unknown coordinate in the domain": lambda: potential(domain={"z": (0, 1)}),
    "a reversed domain": lambda: potential(domain={"x": (1, 0)}),
    "half a domain": lambda: potential(domain={"x": (1,)}),
    "an unbounded domain": lambda: potential(domain={"x": (0, float("inf"))}),
    "a domain of NaN": lambda: potential(domain={"x": (0, float("nan"))}),
    "no samples": lambda: loss("w", samples={}),
    "a law that is a class": lambda: loss(samples={"x": Normal}),
    "a law that is a number": lambda: loss(samples={"x": 1}),
    "samples by name only": lambda: loss(samples="x"),
    "parameters by name only": lambda: potential(parameters=["a"]),
    "a negative standard deviation": lambda: loss(samples={"x": Normal(0, -1)}),
    "a reversed interval": lambda: loss(samples={"x": Uniform(1, 0)}),
    "a negative mean of an exponential": lambda: loss(samples={"x": Exponential(-2)}),
    "a standard deviation of NaN": lambda: loss(samples={"x": Normal(0, float("nan"))}),
    "an unknown keyword": lambda: potential(diffusoin=1),
}


@pytest.mark.parametrize("attempt", NAMES.values(), ids=NAMES.keys())
def test_names_and_numbers_that_do_not_fit_are_refused(attempt):
    with pytest.raises((ValueError, TypeError)):
        attempt()


@pytest.mark.parametrize(
    "name",
    [
        "E",
        "I",
        "N",
        "S",
        "oo",
        "beta",
        "dt",
        "step",
        "learning_rate",
        "lambda_",
        "node",
        "D00",
        "xi0",
        "_",
    ],
)
def test_any_other_name_is_only_a_name(name):
    named = potential(f"({name}**2 - 1)**2/4 + a*{name}", name, parameters={"a": 0.5})
    plain = potential("(x**2 - 1)**2/4 + a*x", "x", parameters={"a": 0.5})
    for field in ("gradient", "hessian"):
        assert getattr(named, field)([1.7]) == pytest.approx(
            getattr(plain, field)([1.7]), rel=1e-14
        )
    swapped = potential(f"{name}*x**2", "x", parameters={name: 3})
    assert swapped.gradient([1.0]) == [6.0]


MATRICES = {
    "a negative number": (dict(diffusion=-1), "not positive semidefinite: eigenvalue -1"),
    "a negative entry": (dict(diffusion=[1, -0.1]), "not positive semidefinite"),
    "an indefinite matrix": (dict(diffusion=[[1, 2], [2, 1]]), "eigenvalue -1"),
    "an indefinite small matrix": (
        dict(diffusion=[[1e-9, 2e-9], [2e-9, 1e-9]]),
        "eigenvalue -1e-09",
    ),
    "a matrix that turns negative": (dict(diffusion=[["1 - x**2", 0], [0, 1]]), "domain="),
    "a matrix that turns complex": (dict(diffusion="log(x)"), "not finite.*domain="),
    "a parameter that makes it negative": (
        dict(diffusion="a", parameters={"a": -1}),
        "semidefinite",
    ),
    "an asymmetric matrix": (dict(diffusion=[[1, 0.2], [0.1, 1]]), "not symmetric"),
    "an asymmetric field": (
        dict(diffusion=[[9, "x/(9 + x**2)"], ["y/(9 + y**2)", 9]]),
        "not symmetric",
    ),
    "a matrix of another size": (dict(diffusion=np.eye(3)), "2 x 2 matrix for x, y"),
    "a ragged matrix": (dict(diffusion=[[1, 0], [0]]), "2 x 2 matrix"),
    "three diagonal entries": (dict(diffusion=[1, 1, 1]), "2 x 2 matrix"),
    "a symmetric curl": (dict(curl=[[0, 1], [1, 0]]), "not skew"),
    "a curl with a diagonal": (dict(curl=[[1, 1], [-1, 0]]), "not skew"),
    "a current with sources": (dict(current=["x", "y"]), "div J = 2"),
    "a current with sources where it is finite": (dict(current=["x*log(x)", "y"]), "div J ="),
    "a current too short": (dict(current=["x"]), "one formula for each of x, y"),
    "curl and current": (dict(curl=1, current=["-y", "x"]), "not both"),
}


@pytest.mark.parametrize(("given", "reason"), MATRICES.values(), ids=MATRICES.keys())
def test_wrong_physics_is_refused(given, reason):
    with pytest.raises(FormulaError, match=reason):
        potential(**given)


def test_a_curl_in_one_formula_needs_the_plane():
    with pytest.raises(FormulaError, match="two coordinates"):
        potential("x + y + z", "x y z", curl="x")


def test_what_is_symmetric_skew_or_free_of_sources_only_after_algebra_is_accepted():
    d = [[9, "x*(x + 1)/(1 + x**4)"], ["(x**2 + x)/(1 + x**4)", 9]]
    assert potential(diffusion=d, curl=[[0, "(x - 1)*(x + 1)"], ["1 - x**2", 0]]).dim == 2
    current = ["-x*exp(-x**2)*(cos(y)**2 + sin(y)**2)", "y*(1 - 2*x**2)*exp(-x**2)"]
    assert potential(current=current).dim == 2


def test_d_may_be_positive_on_the_domain_only():
    assert potential(diffusion=["x", 1], domain={"x": (0, 3)}).noise_factor([4.0, 0.0])[0, 0] == 2


def test_the_diffusion_matrix_may_vanish():
    still = potential(diffusion=0)
    assert still.noise_factor.shape == (2, 0)
    assert still.noise_factor(np.ones((5, 2))).shape == (5, 2, 0)
    assert loss("x", samples={"x": Normal()}).noise_factor.shape == (1, 0)


DRIFTS = {
    "too few": (dict(formulas=["x"]), "one formula for each of x, y"),
    "too many": (dict(formulas=["x", "y", "x"]), "one formula for each"),
    "both D and B": (dict(diffusion=1, noise_factor=["x", "y"]), "not both"),
    "B of another size": (dict(noise_factor=[["x"]]), "2 rows"),
    "a ragged B": (dict(noise_factor=[["x"], ["x", "y"]]), "different lengths"),
    "D not positive semidefinite": (dict(diffusion=[[0, 1], [1, 0]]), "not positive semidefinite"),
    "a list in a list": (dict(formulas=[["x", "y"], ["x", "y"]]), "not a formula"),
    "an unknown function in B": (dict(noise_factor=["gamma(x)", 1]), "no function 'gamma'"),
}


@pytest.mark.parametrize(("given", "reason"), DRIFTS.values(), ids=DRIFTS.keys())
def test_a_drift_that_does_not_fit_is_refused(given, reason):
    with pytest.raises(FormulaError, match=reason):
        drift(**given)


MISSING = {
    "Phi of a loss": (landscapes.archimedes, "potential", "Phi"),
    "Q of a loss": (landscapes.archimedes, "curl", "Q"),
    "J of a loss": (landscapes.archimedes, "current", "J"),
    "the A-type drift of a loss": (landscapes.archimedes, "spurious_drift", "the A-type drift"),
    "S of a potential": (landscapes.double_well, "third_cumulant", "third cumulant"),
    "the loss of a potential": (landscapes.double_well, "expected_loss", "expected loss"),
    "Q of a current": (lambda: landscapes.double_well(rotation=1), "curl", "given as a current"),
    "J of a curl": (lambda: potential(curl=1), "current", "depends on beta"),
    "Phi of a drift": (drift, "potential", "Phi"),
    "the gradient of a drift": (drift, "gradient", "a gradient"),
    "the Hessian of a drift": (drift, "hessian", "a gradient"),
    "samples of a drift": (drift, "sample_gradient", "per-sample gradients"),
    "S of a drift": (drift, "third_cumulant", "third cumulant"),
    "the A-type drift of a drift": (drift, "spurious_drift", "the A-type drift"),
}


@pytest.mark.parametrize(("make", "field", "reason"), MISSING.values(), ids=MISSING.keys())
def test_what_a_landscape_cannot_give_is_refused_by_name(make, field, reason):
    landscape = make()
    with pytest.raises(NotAvailable, match=reason) as refusal:
        getattr(landscape, field)
    assert landscape.name in str(refusal.value)


def test_a_current_needs_beta_for_a_drift():
    well = landscapes.double_well(rotation=1)
    with pytest.raises(ValueError, match="give beta="):
        well.drift()
    for beta in ("__import__('os').getcwd()", float("nan"), True):
        with pytest.raises((TypeError, ValueError), match="^beta=.*; it must be a positive"):
            well.drift(beta)
    assert landscapes.double_well(rotation=1).drift(0.1)([1.0, 0.0]).shape == (2,)


def test_a_landscape_is_frozen():
    with pytest.raises(AttributeError):
        landscapes.archimedes().name = "other"


def test_one_and_eight_and_twenty_coordinates():
    one = Landscape.from_loss("(x*w - 1)**2/2", coordinates="w", samples={"x": Normal()})
    assert one.hessian([0.0]).shape == one.diffusion([0.0]).shape == (1, 1)
    names = [f"w{i}" for i in range(20)]
    chain = "+".join(
        f"({a}**2 - 1)**2/4 + {a}*{b}" for a, b in zip(names, names[1:] + names[:1], strict=True)
    )
    twenty = potential(chain, names)
    assert twenty.third_derivative(np.ones(20))[3].diagonal().tolist() == [0, 0, 0, 6, *[0] * 16]
    assert twenty.noise_factor.shape == (20, 20)


@pytest.mark.slow
def test_more_than_eight_coordinates_have_a_factor_only_where_it_is_exact():
    names = [f"w{i}" for i in range(9)]
    exact = loss("x*(" + "+".join(names) + ")", names)
    assert exact.noise_factor.shape == (9, 1)
    # x^11 and x^12 project on twelve polynomials
    many = loss("(x*w0)**11 + (x*w1)**12 + " + "+".join(f"{n}**2" for n in names), names)
    with pytest.raises(NotAvailable, match="up to 8 coordinates"):
        _ = many.noise_factor

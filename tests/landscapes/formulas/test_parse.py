"""The formula language: accepted and refused text, and the precedence of operators."""

import random
import signal
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from driftscape.landscapes import FormulaError, Landscape
from driftscape.landscapes.formulas.evaluate import evaluate
from driftscape.landscapes.formulas.language import exact, names
from driftscape.landscapes.formulas.parse import parse_condition, parse_expression
from driftscape.landscapes.formulas.write import text_of

X, Y = sp.symbols("x y", real=True)
SYMBOLS = {"x": X, "y": Y}

HOSTILE = {
    "an import": "__import__('os').system('id')",
    "an attribute": "x.__class__.__bases__",
    "a method": "x.subs(x, y)",
    "a lambda": "lambda x: x",
    "a lambda called": "(lambda: 1)()",
    "a comprehension": "[x for x in (1, 2)]",
    "a generator": "max(x for x in (1, 2))",
    "a string": "'x'",
    "bytes": "b'x'",
    "an f-string": "f'{x}'",
    "a subscript": "x[0]",
    "a tuple": "x, y",
    "a walrus": "(x := 1)",
    "a ternary": "1 if x > 0 else 2",
    "two statements": "x; y",
    "a starred argument": "sin(*x)",
    "a keyword argument": "sin(x=1)",
    "a keyword": "lambda",
    "a bare function": "sin",
    "a call of a call": "sin(x)(y)",
    "nothing": "",
    "blanks": " \t ",
    "a null byte": "x\0",
    "a half surrogate": "\ud800",
    "a Cyrillic x": "\u0445 + 1",
    "a superscript": "x\u00b2",
    "a huge power": "9**9**8",
    "a huge power of a power": "(9**99)**99",
    "a huge power of a root": "sqrt(2)**9**8",
    "a huge power of x": "((x**99)**99)**99",
    "a long exponent": "x**(9**(9**0.5*3))",
    "a tower of exponentials": "exp(exp(exp(exp(exp(10)))))",
    "a tower inside max": "max(1, exp(exp(exp(exp(10)))))",
    "a tower inside a condition": "where(exp(exp(exp(99))) > x, 1, 2)",
    "a thousand digits": "*".join(["123456789.123456789"] * 300),
    "five thousand digits": "1" * 5000,
    "brackets": "(" * 10_000 + "x" + ")" * 10_000,
    "brackets within the length": "(" * 9_000 + "x" + ")" * 9_000,
    "minus signs": "-" * 10_000 + "x",
    "powers": "x**" * 10_000 + "x",
    "powers within the length": "x**" * 6_000 + "x",
    "calls": "sin(" * 10_000 + "x" + ")" * 10_000,
    "calls within the length": "sin(" * 3_900 + "x" + ")" * 3_900,
    "calls within Python's grammar": "+sin(" * 90 + "-" * 300 + "x" + ")" * 90,
    "a long sum": "x+" * 50_000 + "x",
    "a sum of many parts": "x+" * 9_000 + "x",
    "many maxima": "max(" + ",".join(f"x**{k}*y" for k in range(90)) + ")",
    "a complex number": "1j*x",
    "a root of a negative number": "sqrt(-1)*x",
    "an odd root of a negative number": "(-8)**(1/3)",
    "a root of what is negative everywhere": "abs(sqrt(-1 - x**2))",
    "an arcsine of 2": "asin(2)*x",
    "a logarithm of zero": "log(0)",
    "a logarithm of a negative number": "log(-2)",
    "a pole": "tan(pi/2)",
    "1/0": "1/0",
    "x/(x - x)": "x/(x - x)",
    "0**-1": "0**-1",
    "0**0": "0**0",
    "an infinity": "1e999",
    "a product beyond all numbers": "1e308*1e308*x",
    "True": "True*x",
    "None": "None",
    "floor division": "x//2",
    "a remainder": "x % 2",
    "a bitwise operator": "~x",
    "a boolean as a number": "x and y",
    "a comparison as a number": "(x > 0)*x",
    "a number as a condition": "where(x, 1, 2)",
    "an equality": "where(x == 0, 1, 2)",
    "where without an otherwise": "where(x > 0, 1)",
    "max of nothing": "max()",
    "two arguments of one": "sin(x, y)",
    "an unknown function": "gamma(x)",
    "an unknown symbol": "x + zz",
}


@pytest.fixture(autouse=True)
def _a_hang_is_a_failure() -> Iterator[None]:
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def fail(*_: object) -> None:
        raise TimeoutError("not answered in 10 s")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(10)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_formula_is_refused_at_once(text):
    with pytest.raises(FormulaError) as refusal:
        parse_expression(text, SYMBOLS)
    assert len(str(refusal.value)) < 500  # a hostile text is not thrown back whole


@pytest.mark.parametrize(
    "text", ["__import__('os').system('id')", "9**9**8", "(" * 10_000, "x + zz"]
)
def test_a_landscape_refuses_what_the_parser_refuses(text):
    with pytest.raises(FormulaError):
        Landscape.from_potential(text, coordinates="x")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("sinn(x)", "Did you mean 'sin'"),
        ("alpha*x + alpa", "unknown name 'alpa'.*Did you mean 'alpha'"),
        ("x^2", r"Write \*\* for a power"),
        ("where(x > 0, 1)", "condition, value, otherwise"),
        ("exp*x", "needs its argument"),
        ("x + (y", "never closed"),
        ("-" * 5000 + "x", "nested too deeply|nested deeper"),
    ],
)
def test_a_refusal_says_what_to_do(text, hint):
    with pytest.raises(FormulaError, match=hint):
        parse_expression(text, SYMBOLS | {"alpha": sp.Symbol("alpha", real=True)})


@pytest.mark.parametrize(
    "name", ["lambda", "sin", "where", "pi", "2x", "x y", "", "\u03b8", "\u00b5", "x" * 99, 3]
)
def test_a_name_that_cannot_be_typed_in_a_formula_is_refused(name):
    with pytest.raises(FormulaError):
        names([name])


def test_repeated_and_missing_names_are_refused():
    with pytest.raises(FormulaError, match="repeats"):
        names("u v u")
    with pytest.raises(FormulaError, match="at least one"):
        names("  ")


def test_names_come_as_text_or_sequence_or_symbols():
    assert (
        names("u, v z") == names(["u", "v", "z"]) == names(sp.symbols("u v z")) == ("u", "v", "z")
    )


def test_decimals_are_exact():
    assert parse_expression("0.1*x + 1e-3 + 2.50", SYMBOLS) == X / 10 + sp.Rational(2501, 1000)
    assert (
        parse_expression(0.1, {})
        == exact(np.float64(0.1))
        == exact(Fraction(1, 10))
        == sp.Rational(1, 10)
    )
    assert exact(sp.Float(0.3)) == sp.Rational(3, 10)


@pytest.mark.parametrize(
    "value", [True, np.bool_(True), None, "1", float("nan"), float("inf"), 1j, [1], np.ones(2)]
)
def test_what_is_no_real_number_is_refused(value):
    with pytest.raises(FormulaError):
        exact(value)


def _random_formula(rng: random.Random, depth: int) -> tuple[str, str]:
    """A formula, and the same text with its integers as exact fractions."""
    kind = rng.random()
    if depth == 0 or kind < 0.2:
        token = rng.choice(["x", "y", "1", "2", "3", "7"])
        return token, token if token in "xy" else f"F({token})"
    a, b = _random_formula(rng, depth - 1), _random_formula(rng, depth - 1)
    if kind < 0.3:
        return f"-{a[0]}", f"-{a[1]}"
    if kind < 0.4:
        return f"({a[0]})", f"({a[1]})"
    if kind < 0.5:
        power = rng.choice(["2", "3", "-1", "-2"])
        return f"{a[0]}**{power}", f"{a[1]}**{power}"
    operator = rng.choice(["+", "-", "*", "/", " - ", " / "])
    return a[0] + operator + b[0], a[1] + operator + b[1]


def test_operators_bind_as_they_do_in_python():
    """Texts without brackets are joined blindly, so that every pair of operators meets."""
    rng = random.Random(5)
    point = {"x": Fraction(5, 3), "y": Fraction(-7, 2)}
    position = {X: sp.Rational(5, 3), Y: sp.Rational(-7, 2)}
    compared = 0
    while compared < 600:
        text, fractions = _random_formula(rng, rng.randint(1, 5))
        try:
            wanted = eval(fractions, {"F": Fraction}, point)
        except (ZeroDivisionError, OverflowError):
            continue
        if not isinstance(wanted, Fraction) or not 0 < abs(wanted) < 10**12:
            continue  # a root, which Python rounds
        result = parse_expression(text, SYMBOLS).subs(position)
        assert result == sp.Rational(wanted.numerator, wanted.denominator), text
        compared += 1


@pytest.mark.parametrize(
    "chain", ["8 - 4 - 2", "8/4/2", "2**3**2", "-2**2", "2 - 3*4 - 5", "2*3 - 4*5/6 - 7"]
)
def test_chains_are_read_as_python_reads_them(chain):
    assert float(parse_expression(chain, {})) == pytest.approx(eval(chain), rel=1e-14)


@pytest.mark.parametrize(
    ("text", "function"),
    [
        ("abs(x)", np.abs),
        ("Abs(x) + sign(x)", lambda x: np.abs(x) + np.sign(x)),
        ("min(x, 1, x**2)", lambda x: np.minimum(np.minimum(x, 1), x**2)),
        ("Max(x, -x/2)", lambda x: np.maximum(x, -x / 2)),
        ("where(x > 0, x, x**2)", lambda x: np.where(x > 0, x, x**2)),
        (
            "where(x > 0 and not x > 1 or x <= -1, 1, 2)",
            lambda x: np.where(((x > 0) & ~(x > 1)) | (x <= -1), 1, 2),
        ),
        ("where(-1 < x < 1, 1, 2)", lambda x: np.where((-1 < x) & (x < 1), 1, 2)),
        (
            "where(where(x > 0, x, 2) > 1, 3, 4)",
            lambda x: np.where(np.where(x > 0, x, 2) > 1, 3, 4),
        ),
        (
            "where(x > 0, where(x > 1, 1, 2), 3)",
            lambda x: np.where(x > 0, np.where(x > 1, 1, 2), 3),
        ),
        ("sqrt(x**2)", np.abs),
        ("(x**2)**(1/4)", lambda x: np.sqrt(np.abs(x))),
        ("abs(x)**1.5", lambda x: np.abs(x) ** 1.5),
        ("E**x + pi", lambda x: np.exp(x) + np.pi),
        ("atan(x) + tanh(x) - sinh(x)/cosh(x)", np.arctan),
    ],
)
def test_values_are_those_of_numpy(text, function):
    points = np.array([-2.5, -1.0, -0.3, 0.2, 0.9, 1.5, 3.0])
    (values,) = evaluate([parse_expression(text, SYMBOLS)], {X: points})
    np.testing.assert_allclose(values, function(points), rtol=1e-13)


def test_a_branch_that_is_not_taken_neither_warns_nor_spoils():
    (values,) = evaluate(
        [parse_expression("where(x > 0, log(x), 0)", SYMBOLS)], {X: np.array([-1.0, 1.0])}
    )
    np.testing.assert_array_equal(values, [0, 0])


def test_conditions_are_predicates():
    inside = parse_condition("x > 0 and (x - 1)**2 + y**2 < 0.01", SYMBOLS)
    (values,) = evaluate([inside], {X: np.array([1.0, 1.2, -1.0]), Y: np.zeros(3)})
    assert values.tolist() == [True, False, False]
    with pytest.raises(FormulaError, match="compares"):
        parse_condition("x + 1", SYMBOLS)


@pytest.mark.parametrize(
    "expression",
    [
        0.1 * X**2 + X**2.0,
        sp.sqrt(2) * sp.pi * X / 3 - 1 / (1 + Y**2),
        sp.E * X + sp.exp(-X * Y) ** 2,
        sp.Piecewise((X, X > 0), (Y, Y <= X), (sp.Max(X, Y, 1), True)),
        sp.Piecewise((1, (X > 0) & (Y > 0) | (X < -1)), (2, ~(X * Y < 1)), (3, True)),
        sp.Abs(X) ** sp.Rational(3, 2) * sp.sign(Y) + sp.Min(X, Y),
        sp.sin(X - sp.pi / 4) * sp.erf(Y) + sp.cbrt(X**2),
        -((-X) ** 2) - (-(Y**2)) + X ** (-Y),
    ],
)
def test_a_sympy_expression_is_read_from_its_own_text(expression):
    read = parse_expression(text_of(expression), SYMBOLS)
    assert read == parse_expression(expression, SYMBOLS)
    assert not read.atoms(sp.Float)
    for x, y in [(0.7, -1.3), (-2.1, 0.4), (1.6, 1.2)]:
        position = {X: exact(x), Y: exact(y)}
        assert abs(complex(read.subs(position).evalf() - expression.subs(position).evalf())) < 1e-12


def test_symbols_of_other_assumptions_become_the_landscape_s():
    positive, plain = sp.Symbol("x", positive=True), sp.Symbol("y")
    assert parse_expression(positive**2 + plain, SYMBOLS) == X**2 + Y


def test_euler_s_number_is_not_the_coordinate_e():
    well = Landscape.from_potential(sp.E * sp.Symbol("E") ** 2, coordinates="E")
    np.testing.assert_allclose(well.gradient([1.0]), [2 * np.e])
    assert Landscape.from_dict(well.to_dict()) == well


@pytest.mark.parametrize(
    "expression",
    [
        sp.gamma(X),
        sp.Derivative(sp.Function("f")(X), X),
        sp.Function("f")(X),
        sp.Integral(X, X),
        sp.I * X,
        sp.oo,
        sp.zoo * X,
        sp.Symbol("z"),
        sp.Symbol("x + y"),
        sp.Symbol("pi"),
        sp.EulerGamma * X,
        sp.Piecewise((X, X > 0)),
        sp.Piecewise((X, sp.Eq(Y, 0)), (0, True)),
        sp.Heaviside(X),
        sp.Matrix([X]),
    ],
)
def test_a_sympy_expression_outside_the_language_is_refused(expression):
    symbols = SYMBOLS | {
        name: sp.Symbol(name, real=True) for name in ("I", "oo", "zoo", "EulerGamma")
    }
    with pytest.raises((FormulaError, TypeError)):
        parse_expression(expression, symbols)

"""Calculating with estimates: trajectories of one noise are paired, all others independent."""

import math

import numpy as np
import pytest

from driftscape import analysis, landscapes, simulate
from driftscape.analysis import Contributions, Estimate, Undecided, Unpaired
from driftscape.analysis.estimate.functions import FUNCTIONS, expansion
from driftscape.analysis.sample_mean import sample_mean

WELL = landscapes.quartic_well()


def mean_of(values, noise="seed 1", numbers=None, **more):
    return sample_mean(np.asarray(values), "mean", noise=noise, numbers=numbers, quiet=True, **more)


def same(one, other):
    """Value, error, degrees of freedom and skewness are equal up to rounding."""
    ours = (one.value, one.stderr, one.n_eff, one.skewness)
    theirs = (other.value, other.stderr, other.n_eff, other.skewness)
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12)
    assert one.interval() == pytest.approx(other.interval(), rel=1e-9, abs=1e-12)


def test_what_depends_on_nothing_has_no_error(rng):
    values = rng.exponential(size=50)
    for m in (mean_of(values), Estimate(1.0, 0.1, 20, "m"), Estimate(2.0, 0.1, 1, "known")):
        assert (m - m).value == (m - m).stderr == (0 * m).stderr == 0
        assert ((m / m).value, (m / m).stderr) == (1, 0)
        assert (m**0).value == 1
        assert (m**0).stderr == 0
        assert (2 * m - m - m).stderr < 1e-15
        assert m.compare(m).verdict == "agrees"
        assert m.compare(m).z == 0
        same(m * m, m**2)
        same(np.exp(np.log(m)), m)
        same(m + m, 2 * m)


def test_trajectories_of_one_noise_are_paired_exactly(rng):
    """Mean(x) - mean(y) is the mean of x - y: value, error, freedom and skewness."""
    x = rng.exponential(size=60)
    y = x + 0.1 * rng.exponential(size=60)
    numbers = np.arange(100, 160)
    one, other = mean_of(x, numbers=numbers), mean_of(y, numbers=numbers)
    same(one - other, mean_of(x - y))
    same(2 * one + 3 * other, mean_of(2 * x + 3 * y))
    shuffled = rng.permutation(60)
    same(one - mean_of(y[shuffled], numbers=numbers[shuffled]), mean_of(x - y))
    apart = one - mean_of(y, noise="seed 2", numbers=numbers)
    assert apart.stderr == pytest.approx(math.hypot(one.stderr, other.stderr))
    assert apart.stderr > 5 * (one - other).stderr  # the twin: errors taken as independent
    own = one - sample_mean(y, "no noise is named")
    assert own.stderr == pytest.approx(apart.stderr)


def test_trajectories_that_only_one_has_are_independent(rng):
    x, y = rng.standard_normal((2, 100))
    one = mean_of(x[:60], numbers=np.arange(60))
    other = mean_of(y, numbers=np.arange(100)[::-1])
    a, b = (x[:60] - x[:60].mean()) / np.sqrt(60 * 59), (y - y.mean()) / np.sqrt(100 * 99)
    b = b[::-1]  # by number
    for sign in (1, -1):
        total = one + sign * other
        expected = np.sum((a + sign * b[:60]) ** 2) + np.sum(b[60:] ** 2)
        assert total.stderr == pytest.approx(np.sqrt(expected))
        assert len(total.contributions.blocks) == 2
    assert (one + other - one).stderr == pytest.approx(other.stderr)
    assert (one + other - one).n_eff == pytest.approx(100, abs=1)  # 59 of 60 and 40 of 40
    assert one.contributions.covariance(other.contributions) == pytest.approx(a @ b[:60])


def test_degrees_of_freedom_are_those_of_disjoint_noises(rng):
    one, other = mean_of(rng.standard_normal(20)), mean_of(rng.standard_normal(50), "seed 2")
    whole = one.stderr**2 + other.stderr**2
    expected = whole**2 / (one.stderr**4 / 19 + other.stderr**4 / 49)
    assert (one - other).n_eff - 1 == pytest.approx(expected)
    assert (one * 2 - one).n_eff == one.n_eff == 20


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_derivatives_are_those_of_sympy(name):
    import sympy as sp

    special = {
        "add": lambda x, y: x + y, "subtract": lambda x, y: x - y, "power": lambda x, y: x**y,
        "multiply": lambda x, y: x * y, "divide": lambda x, y: x / y, "arctan2": sp.atan2,
        "hypot": lambda x, y: sp.sqrt(x**2 + y**2), "negative": lambda x: -x, "cbrt": sp.cbrt,
        "positive": lambda x: x, "absolute": sp.Abs, "square": lambda x: x**2,
        "reciprocal": lambda x: 1 / x, "exp2": lambda x: 2**x, "expm1": lambda x: sp.exp(x) - 1,
        "log2": lambda x: sp.log(x, 2), "log10": lambda x: sp.log(x, 10),
        "log1p": lambda x: sp.log(1 + x), "deg2rad": sp.rad, "rad2deg": sp.deg,
    }  # fmt: skip
    short = name.replace("arc", "a")
    function = special[name] if name in special else getattr(sp, short)
    symbols = sp.symbols("x y", positive=True)
    arguments = (1.3, 0.7) if name == "arccosh" else (0.37, 1.9)
    count = function.__code__.co_argcount if hasattr(function, "__code__") else 1
    count = 2 if name == "arctan2" else 1 if name in ("sqrt", "cbrt") else count
    at = dict(zip(symbols[:count], arguments, strict=False))
    expression = sp.sympify(function(*symbols[:count]))
    found = expansion(name, arguments[:count])
    assert found.value == pytest.approx(float(expression.subs(at)))
    assert found.value == pytest.approx(float(getattr(np, name)(*arguments[:count])))
    for i, x in enumerate(symbols[:count]):
        slope = expression.diff(x)
        assert found.slopes[i] == pytest.approx(float(slope.subs(at).doit()))
        for j, y in enumerate(symbols[:count]):
            assert found.second[i][j] == pytest.approx(float(slope.diff(y).subs(at).doit()))


def test_functions_of_numpy_and_reflected_operations(rng):
    x = rng.normal(3, 1, 40)
    m = mean_of(x)
    slope = {
        "sqrt": 0.5 / np.sqrt(m.value), "exp": np.exp(m.value), "log": 1 / m.value,
        "sin": np.cos(m.value), "log10": 1 / (m.value * np.log(10)),
    }  # fmt: skip
    for name, derivative in slope.items():
        got = getattr(np, name)(m)
        assert got.value == pytest.approx(getattr(np, name)(m.value), rel=1e-15)
        assert got.stderr == pytest.approx(abs(derivative) * m.stderr)
    for made, value, stderr in [
        (2 / m, 2 / m.value, 2 * m.stderr / m.value**2),
        (2**m, 2**m.value, np.log(2) * 2**m.value * m.stderr),
        (m**3, m.value**3, 3 * m.value**2 * m.stderr),
        (abs(-m), m.value, m.stderr),
        (np.float64(2) * m, 2 * m.value, 2 * m.stderr),
        (np.array(2.0) - m, 2 - m.value, m.stderr),
        (sum([m, m]), 2 * m.value, 2 * m.stderr),
    ]:
        assert (made.value, made.stderr) == pytest.approx((value, stderr))
    assert float(m) == m.value
    assert np.asarray([m, m], float).tolist() == [m.value] * 2
    many = np.array([1.0, 2.0]) * m
    assert [each.value for each in many] == [m.value, 2 * m.value]
    assert all(each.stderr == 0 for each in many - many)


def test_a_ratio_of_paired_means_has_the_error_of_the_delta_method(rng):
    x = rng.gamma(4, size=500)
    y = x * rng.normal(1, 0.05, 500)
    ratio = mean_of(x) / mean_of(y)
    linear = (x - ratio.value * y) / y.mean()
    assert ratio.stderr == pytest.approx(linear.std(ddof=1) / np.sqrt(500))


def test_outside_its_domain_a_function_is_refused():
    m = Estimate(-1.0, 0.1, 20, "m")
    for call in (lambda: np.log(m), lambda: np.sqrt(m), lambda: m**0.5, lambda: 1 / (m - m)):
        with pytest.raises(ValueError, match="no finite value and derivative"):
            call()
    with pytest.raises(ValueError, match="base has to be positive"):
        m**m
    with pytest.raises(TypeError):
        m + "1"
    with pytest.raises(TypeError):
        m * None
    assert math.isnan((Estimate(math.nan, 0.1, 5, "") * 2).value)
    nothing = Estimate(math.inf, math.inf, 5, "")
    assert (nothing / 2).value == math.inf
    assert math.isnan((nothing - nothing).stderr)
    assert (Estimate(1.0, math.inf, 5, "") + m).stderr == math.inf


def test_order_is_decided_only_beyond_the_threshold(rng):
    m = mean_of(rng.normal(1, 0.5, 100))
    assert m > 0
    assert 0 < m
    assert not m <= 0.1
    assert m < 2
    assert bool(m)
    assert np.greater(m, 0)
    for undecided in (lambda: m > 1, lambda: m < 1.01, lambda: bool(m - 1), lambda: m > m + m - 1):
        with pytest.raises(Undecided, match="run more trajectories"):
            undecided()
    assert not m > m
    assert not 3 * m / 3 > m  # equal up to rounding
    assert m >= m
    assert m + 1e-9 > m  # their errors cancel
    assert m == mean_of(rng.normal(1, 0.5, 100)) or m != 1.0
    with pytest.raises(Undecided):
        assert Estimate(math.nan, 0.1, 5, "") > 0


def test_pieces_are_paired_with_the_same_pieces_only(rng):
    x = rng.standard_normal(24)
    one = sample_mean(x, "x", noise="seed 1", numbers=[3, 5, 9], pieces=8)
    other = sample_mean(x**2, "x**2", noise="seed 1", numbers=[3, 5, 9], pieces=8)
    same(one - other, sample_mean(x - x**2, "difference"))
    for cut in ({"pieces": 4}, {"pieces": 8, "cut": "from step 5"}):
        values = rng.standard_normal(3 * cut["pieces"])
        with pytest.raises(Unpaired, match="share 3 trajectories of seed 1"):
            one - sample_mean(values, "x", noise="seed 1", numbers=[3, 5, 9], **cut)
    elsewhere = sample_mean(
        rng.standard_normal(12), "x", noise="seed 1", numbers=[1, 2, 4], pieces=4
    )
    assert (one - elsewhere).stderr == pytest.approx(math.hypot(one.stderr, elsewhere.stderr))
    with pytest.raises(ValueError, match="trajectory 5 occurs twice"):
        mean_of(x[:3], numbers=[5, 3, 5])


def test_stated_errors_scale_the_contributions(rng):
    from dataclasses import replace

    m = mean_of(rng.standard_normal(30))
    wider = replace(m, stderr=3 * m.stderr)
    assert wider.contributions.stderr == pytest.approx(wider.stderr)
    assert (wider - 3 * m).stderr < 1e-14
    assert Contributions().stderr == 0


@pytest.mark.parametrize("law", ["normal", "exponential"])
def test_difference_of_two_points_of_a_sweep_scatters_as_stated(law, rng):
    """400 experiments with common noise: z has unit variance; with errors added it has not."""
    z, naive = [], []
    for _ in range(400):
        x = rng.exponential(size=64) if law == "exponential" else rng.standard_normal(64)
        y = 1.05 * x + 0.02 * rng.standard_normal(64)
        one, other = mean_of(x), mean_of(y)
        mean = 1.0 if law == "exponential" else 0.0
        gap = other - one - 0.05 * mean
        z.append(gap.value / gap.stderr)
        naive.append(gap.value / math.hypot(one.stderr, other.stderr))
    assert np.var(z) == pytest.approx(63 / 61, abs=4 * 0.08)
    assert np.var(naive) < 0.1


def test_runs_of_one_seed_are_paired_whatever_the_dynamics():
    settings = {"steps": 300, "trajectories": 64, "save_every": 10}

    def moment(beta, seed):
        run = simulate.run(WELL, simulate.Ito(beta=beta, dt=0.05), seed=seed, **settings)
        return analysis.moment(run, "x**2", discard_steps=100)

    one, near, apart = moment(2.0, 1), moment(2.02, 1), moment(2.02, 2)
    assert (one - near).stderr < 0.5 * (one - apart).stderr
    assert (one - apart).stderr == pytest.approx(math.hypot(one.stderr, apart.stderr))
    run = simulate.run(WELL, simulate.Ito(beta=2.0, dt=0.05), seed=1, **settings)
    half = analysis.moment(run.isel(trajectory=slice(32)), "x**2", discard_steps=100)
    other = analysis.moment(run.isel(trajectory=slice(32, None)), "x**2", discard_steps=100)
    assert (half - other).stderr == pytest.approx(math.hypot(half.stderr, other.stderr))
    assert ((half + other) / 2 - one).stderr < 1e-2 * one.stderr + abs(half.stderr - other.stderr)


INVERTIBLE = {
    "exp": np.exp, "log": np.log, "square": np.square, "inverse": np.reciprocal, "sqrt": np.sqrt,
    "tanh": np.tanh,
}  # fmt: skip


@pytest.mark.parametrize("name", INVERTIBLE)
def test_the_interval_of_a_function_is_that_of_its_ends(name):
    """To second order: the interval of f(m) has the ends f(low) and f(high)."""
    function = INVERTIBLE[name]
    gaps, straight = [], []
    for error in (0.04, 0.02):
        m = Estimate(1.2, error, 1, "known")
        ends = sorted(map(function, m.interval()))
        gaps.append(np.abs(np.array(function(m).interval()) - ends).max())
        linear = function(m)
        plain = Estimate(linear.value, linear.stderr, 1, "")
        straight.append(np.abs(np.array(plain.interval()) - ends).max())
    assert gaps[1] < 0.2 * gaps[0]  # of third order in the error
    assert straight[1] > 0.2 * straight[0]  # the twin without curvature is wrong at second order


def test_the_square_of_what_may_be_zero_may_be_far_above_and_not_below():
    """A first-order error of m**2 vanishes at m = 0; the interval knows the second order."""
    low, high = (Estimate(0.01, 0.1, 1, "m") ** 2).interval()
    assert -0.01 < low <= 0
    assert high == pytest.approx((0.01 + 1.96 * 0.1) ** 2, rel=0.01)
    linear = Estimate(1e-4, 2e-3, 1, "first order alone").interval()
    assert linear.high < 0.2 * high


def test_curvature_is_carried_through_several_operations():
    a, b = Estimate(2.0, 0.1, 1, "a"), Estimate(3.0, 0.2, 1, "b")
    for one, other in [
        (np.log(a) - np.log(b), np.log(a / b)),
        (a**2 * 4, (2 * a) ** 2),
        (np.exp(np.log(a) + np.log(b)), a * b),
        (1 / (1 / a), a),
    ]:
        assert one.interval() == pytest.approx(other.interval(), rel=2e-3)
    assert (a + b).contributions.curvature == 0
    assert (a * b).contributions.curvature == pytest.approx(
        2 * (3 * 0.1**2) * (2 * 0.2**2) / (a * b).stderr ** 3
    )
    assert (-(a**2)).contributions.curvature == pytest.approx(-(a**2).contributions.curvature)


def test_verdicts_on_a_curved_function_are_as_rare_as_they_should(rng):
    """200 values of relative error 0.1: without the curvature 1/m is rejected far too often."""
    rare = 2.7e-3  # beyond three standard errors of a normal law
    missed = naive = 0
    for _ in range(4000):
        value = 1 + 0.1 * rng.standard_normal()
        error = 0.1 * np.sqrt(rng.chisquare(199) / 199)
        inverse = 1 / Estimate(value, error, 200, "m")
        missed += inverse.compare(1.0, threshold=3).verdict == "rejected"
        plain = Estimate(inverse.value, inverse.stderr, 200, "m")
        naive += plain.compare(1.0, threshold=3).verdict == "rejected"
    spread = math.sqrt(4000 * rare)
    assert missed < 4000 * rare + 3 * spread
    assert naive > 4000 * rare + 4 * spread

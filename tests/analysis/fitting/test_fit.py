"""Fits are those of the closed formulas, and their errors those of the trajectories."""

import numpy as np
import pytest
import xarray as xr

from driftscape import analysis, landscapes, simulate
from driftscape.analysis import Estimate, fit
from driftscape.analysis.estimate.sources import Source
from driftscape.analysis.fitting.inference import RIDGE, infer, whitening
from driftscape.analysis.sample_mean import sample_mean
from driftscape.landscapes.errors import FormulaError

WELL, ITO = landscapes.quartic_well(), simulate.Ito(beta=2, dt=0.02)


@pytest.fixture(scope="module")
def points():
    """Moments at four temperatures, of common noise."""
    over = {"beta": [2.0, 3.0, 4.0, 6.0]}
    sweep = simulate.sweep(WELL, ITO, over=over, steps=1500, trajectories=60, seed=1, save_every=10)
    return analysis.moment(sweep, "x**2")


def drawn(rng, count, values, *, common, correlation=0.9, size=0.3):
    """Means of correlated normal values of the same trajectories, or of others at each point."""
    n = len(values)
    mixed = np.sqrt(1 - correlation) * rng.standard_normal((n, count))
    mixed += np.sqrt(correlation) * rng.standard_normal(count if common else (n, count))
    return [
        sample_mean(v + size * e, "mean", noise="one" if common else f"noise {i}", quiet=True)
        for i, (v, e) in enumerate(zip(values, mixed, strict=True))
    ]


def gls(slopes, values, covariance):
    """Closed form: parameters, G, and the minimum, with the variances raised for the weights."""
    weights = np.linalg.inv(covariance + RIDGE * np.diag(np.diag(covariance)))
    gain = np.linalg.inv(slopes.T @ weights @ slopes) @ slopes.T @ weights
    rest = values - slopes @ gain @ values
    return gain @ values, gain, rest @ weights @ rest


def test_a_linear_formula_has_the_closed_form(points):
    x, y, V = points.beta.values, points.value.values, points.covariance.values
    slopes = np.stack([np.ones(4), x, 1 / x], -1)
    expected, gain, minimum = gls(slopes, y, V)
    found = fit(points, "a + b*beta + c/beta")
    assert list(found.parameters) == ["a", "b", "c"]
    assert [e.value for e in found.parameters.values()] == pytest.approx(expected, rel=1e-8)
    white = whitening(V)
    said = infer(
        slopes, white, white @ (slopes @ expected - y), [Source("", np.arange(4), V, 59.0)]
    )
    assert np.allclose(said.gain, gain, rtol=1e-8)
    whole = gain @ V @ gain.T + said.extra
    assert np.allclose(found.covariance, whole, rtol=1e-7)
    errors = [e.stderr for e in found.parameters.values()]
    assert errors == pytest.approx(np.sqrt(np.diag(whole)), rel=1e-7)
    assert found.freedom == pytest.approx(1)
    assert 0 < found.p_value < 1
    assert found.residuals.values == pytest.approx(y - slopes @ expected, rel=1e-6, abs=1e-12)
    assert (found.points.fit + found.residuals).values == pytest.approx(y, rel=1e-14)


def test_independent_points_have_the_weights_of_their_variances(rng):
    x, errors = np.arange(5.0), np.array([0.1, 0.2, 0.1, 0.4, 0.3])
    y = 1 + 2 * x + errors * rng.standard_normal(5)
    found = fit({k: Estimate(v, e, 1, "") for k, v, e in zip(x, y, errors, strict=True)}, "a + b*x")
    expected, matrix = np.polyfit(x, y, 1, w=1 / errors, cov="unscaled")
    assert [found["b"].value, found["a"].value] == pytest.approx(expected, rel=1e-12)
    assert np.allclose(found.covariance.values[::-1, ::-1], matrix, rtol=1e-12)
    rest = (y - np.polyval(expected, x)) / errors
    assert found.chi2 == pytest.approx(rest @ rest, rel=1e-12)
    from scipy.stats import chi2

    assert found.freedom == pytest.approx(3, rel=1e-12)
    assert found.p_value == pytest.approx(chi2.sf(rest @ rest, 3), rel=1e-10)


def test_with_one_noise_the_factor_is_rao_s_and_the_test_is_hotelling_s(rng):
    """Exact for normal values, where the weights are the inverse of the covariance itself."""
    n, q, nu = 6, 2, 24.0
    x = np.arange(n)
    slopes = np.stack([np.ones(n), x], -1)
    values = rng.standard_normal((n, 25)) + rng.standard_normal(25)
    V = np.cov(values) / 25
    white = whitening(V, 0.0)
    y = values.mean(axis=1)
    phi = np.linalg.inv(slopes.T @ np.linalg.inv(V) @ slopes)
    rest = y - slopes @ phi @ slopes.T @ np.linalg.inv(V) @ y
    said = infer(slopes, white, white @ rest, [Source("", np.arange(n), V, nu)])
    m = n - q
    factor = nu * (nu - 1) / ((nu - m) * (nu - m - 1))
    assert np.allclose(phi + said.extra, factor * phi, rtol=1e-9)
    assert said.remaining == pytest.approx((nu - m,))
    t2 = rest @ np.linalg.inv(V) @ rest
    assert (said.chi2, said.freedom) == pytest.approx((t2, m))
    from scipy.stats import f

    exact = f.sf(t2 * (nu - m + 1) / (nu * m), m, nu - m + 1)
    assert said.p_value == pytest.approx(exact, rel=1e-6)


def test_a_formula_that_is_exact_is_found_exactly():
    x = np.array([0.5, 1.0, 2.0, 4.0, 7.0])
    law = 3.0 * np.exp(-0.7 * x) + 0.25
    exact = fit({k: Estimate(v, 0.01, 100, "") for k, v in zip(x, law, strict=True)},
                "a*exp(-b*x) + c")  # fmt: skip
    values = [e.value for e in exact.parameters.values()]
    assert values == pytest.approx([3.0, 0.7, 0.25], rel=1e-9)
    assert exact.chi2 < 1e-15
    assert exact.p_value == pytest.approx(1)
    power = fit({k: Estimate(5 * k**1.7, 0.1, 100, "") for k in x}, "a*x**p")
    assert [e.value for e in power.parameters.values()] == pytest.approx([5, 1.7], rel=1e-9)


def test_errors_of_parameters_pair_the_trajectories(rng):
    x = np.array([1.0, 2.0, 3.0])
    means = drawn(rng, 40, 1 + 2 * x, common=True)
    found = fit(dict(zip(x, means, strict=True)), "level + slope*x")
    exact = fit(dict(zip(x[:2], means[:2], strict=True)), "level + slope*x")
    by_hand = means[1] - means[0]
    assert exact["slope"].value == pytest.approx(by_hand.value, rel=1e-12)
    assert exact["slope"].stderr == pytest.approx(by_hand.stderr, rel=1e-12)
    assert (exact["slope"] - by_hand).stderr < 1e-6 * by_hand.stderr
    assert exact.freedom == 0
    assert np.isnan(exact.p_value)
    at_two = found["level"] + 2 * found["slope"]
    predicted = found.predict(2.0)
    assert predicted.stderr == pytest.approx(at_two.stderr, rel=1e-9)
    assert (predicted - at_two).stderr < 1e-6 * predicted.stderr
    forgetful = fit({k: Estimate(m.value, m.stderr, m.n_eff, "") for k, m in
                     zip(x, means, strict=True)}, "level + slope*x")  # fmt: skip
    assert forgetful["slope"].stderr > 2 * found["slope"].stderr
    assert forgetful["level"].stderr > 1.2 * found["level"].stderr


def test_points_without_a_result_are_left_out(points):
    holes = points.copy(deep=True)
    for name in ("value", "stderr", "low", "high"):
        holes[name][1] = np.nan
    holes["sources"][1] = ""
    found, rest = fit(holes, "a + b*beta"), fit(points.isel(beta=[0, 2, 3]), "a + b*beta")
    assert found.left_out == 1
    assert "1 points without a result left out" in str(found)
    assert found["b"].value == pytest.approx(rest["b"].value, rel=1e-12)
    assert found["b"].stderr == pytest.approx(rest["b"].stderr, rel=1e-12)
    assert np.isnan(found.residuals.values).tolist() == [False, True, False, False]


def test_a_file_and_a_bare_covariance_give_the_same_fit(points, tmp_path):
    found = fit(points, "a + b*beta")
    points.to_netcdf(tmp_path / "points.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "points.nc") as back:
        again = fit(back, "a + b*beta")
    bare = fit(points[["value", "stderr", "n_eff", "covariance"]], "a + b*beta")
    for other in (again, bare):
        assert other["b"].value == pytest.approx(found["b"].value, rel=1e-10)
        assert other["b"].stderr == pytest.approx(found["b"].stderr, rel=1e-8)
        assert other.p_value == pytest.approx(found.p_value, rel=1e-8)
    assert again["b"].contributions.blocks[0].noise == found["b"].contributions.blocks[0].noise


def test_x_and_several_dimensions():
    over = {"beta": [2.0, 3.0, 4.0], "dt": [0.02, 0.04]}
    sweep = simulate.sweep(WELL, ITO, over=over, steps=1500, trajectories=60, seed=1, keep="final")
    points = analysis.moment(sweep, "x**2", at="final")
    found = fit(points, "a + b*beta + c*dt")
    assert found.points.fit.dims == ("beta", "dt")
    x = fit(points, "a + b*x + c*dt", x="1/beta")
    assert x.predict(beta=2.5, dt=0.03).value == pytest.approx(
        x["a"].value + x["b"].value / 2.5 + 0.03 * x["c"].value, rel=1e-12
    )
    given = fit(points, "a + b*x", x=1 / points.beta.broadcast_like(points.value))
    named = fit(points, "a + b/beta")
    assert given["b"].value == pytest.approx(named["b"].value, rel=1e-9)
    assert given.predict(0.5).value == pytest.approx(named.predict(beta=2).value, rel=1e-9)
    one = points.sel(dt=0.02)  # a coordinate that all points have in common may stand in it
    assert fit(one, "a*dt + b*beta")["b"].value == pytest.approx(
        fit(one, "a + b*x")["b"].value, rel=1e-9
    )
    with pytest.raises(ValueError, match="x in 'a . b.x' could be any of beta, dt; write the name"):
        fit(points, "a + b*x")
    mean = fit(points.drop_vars(["beta", "dt"]), "a")
    assert mean.points.fit.shape == (3, 2)
    assert mean.predict(beta=1, dt=1).value == mean["a"].value
    with pytest.raises(ValueError, match="the points lie along beta, dt; name the coordinates"):
        found.predict(2.0)
    with pytest.raises(ValueError, match="needs dt; give dt=..., for example"):
        found.predict(beta=2.0)


def test_a_curve_is_a_dataset_of_estimates(points):
    found = fit(points, "a + b*beta")
    band = found.curve(np.linspace(2, 6, 9))
    assert band.value.dims == ("beta",)
    for i in (0, 5):
        alone = found.predict(float(band.beta[i]))
        assert band.value[i].item() == pytest.approx(alone.value, rel=1e-14)
        assert (band.low[i].item(), band.high[i].item()) == pytest.approx(alone.interval())
        assert analysis.estimate_of(band.isel(beta=i)).stderr == pytest.approx(alone.stderr)
    assert (band.high > band.value).all()
    grid = found.curve(beta=[2.0, 3.0])
    assert grid.value.values.tolist() == pytest.approx(found.points.fit.values[:2].tolist())


def test_it_is_readable(points):
    found = fit(points, "a + b*beta")
    assert str(found).startswith("a + b*beta: a = ")
    assert "chi2 = " in str(found)
    assert repr(found).startswith("<Fit a + b*beta: a = ")
    assert found._repr_html_().count("<tr>") == 2
    with pytest.raises(KeyError, match="no parameter 'c'; 'a \\+ b\\*beta' has a, b"):
        found["c"]


@pytest.mark.parametrize(
    ("formula", "options", "error", "words"),
    [
        ("a + b*x + c*x**2 + d*x**3 + e*x**4", {}, ValueError, "5 parameters .* 4 points"),
        ("a + b + c*x", {}, ValueError, "the points do not determine a, b of"),
        ("a + b*0 + x", {}, ValueError, "do not determine b"),
        ("2*x", {}, FormulaError, "has no parameter; give one a name"),
        ("a +* x", {}, FormulaError, "is not a formula"),
        ("__import__('os')", {}, FormulaError, "no function '__import__'"),
        ("a.b*x", {}, FormulaError, "Attribute is not part of the formula language"),
        (lambda x: x, {}, TypeError, "give text such as"),
        ("a*exp(b*x)", {"start": {"c": 1}}, ValueError, "start= has c; .* parameters a, b"),
        ("sqrt(a - 1e6 - x**2)", {}, ValueError, "is not finite at the points for parameters of"),
        ("a + b*x", {"x": "1/gamma"}, ValueError, "x='1/gamma' has gamma; .* coordinates beta"),
        ("a + b*x", {"x": [1, 2]}, ValueError, r"x= has the shape \(2,\), and the points \(4,\)"),
    ],
)
def test_wrong_formulas_are_refused_in_a_sentence(points, formula, options, error, words):
    with pytest.raises(error, match=words):
        fit(points, formula, **options)


def test_wrong_points_are_refused_in_a_sentence(points, rng):
    for wrong, error, words in (
        (None, TypeError, "the points are a NoneType; give what an analysis of a sweep returns"),
        (points.drop_vars("stderr"), TypeError, "the points have no stderr"),
        ({1.0: 2.0}, TypeError, "the point at 1.0 is 2.0, which is no Estimate"),
        (points.isel(beta=0), ValueError, "no point has a result"),
        ({1.0: Estimate(1, 0.1, 9, "", "per step"), 2.0: Estimate(1, 0.1, 9, "", "per time")},
         ValueError, "the values are in 'per step' and in 'per time'"),
        ({1.0: Estimate(1, 0.0, 9, ""), 2.0: Estimate(1, 0.1, 9, "")}, ValueError,
         "1 of the points have the error 0"),
    ):  # fmt: skip
        with pytest.raises(error, match=words):
            fit(wrong, "a")
    many = dict(enumerate(drawn(rng, 16, np.arange(30.0), common=True, correlation=0.1)))
    with pytest.raises(
        ValueError, match="covariance of 30 points cannot be estimated from 16 traj"
    ):
        fit(many, "a + b*x")
    fit(dict(enumerate(drawn(rng, 16, np.arange(30.0), common=False))), "a + b*x")


@pytest.mark.slow
@pytest.mark.parametrize("common", [True, False])
@pytest.mark.parametrize("count", [20, 60])
def test_intervals_cover_and_those_that_forget_the_noise_do_not(rng, common, count):
    x, hits, forgotten, low = np.linspace(1, 3, 5), np.zeros(3), np.zeros(2), 0
    for _ in range(400):
        means = drawn(rng, count, 2 * np.exp(0.3 * x), common=common)
        found = fit(dict(zip(x, means, strict=True)), "a*exp(b*x)")
        alone = {k: Estimate(m.value, m.stderr, m.n_eff, "") for k, m in zip(x, means, strict=True)}
        twin = fit(alone, "a*exp(b*x)")
        for k, (name, truth) in enumerate((("a", 2.0), ("b", 0.3))):
            inside, outside = found[name].interval(), twin[name].interval()
            hits[k] += inside.low < truth < inside.high
            forgotten[k] += outside.low < truth < outside.high
        end = found.predict(2.0).interval()
        hits[2] += end.low < 2 * np.exp(0.6) < end.high
        low += found.p_value < 0.05
    assert (hits / 400 > 0.915).all()
    assert (hits / 400 < 0.98).all()
    assert low / 400 < 0.09
    if common:
        assert forgotten[1] / 400 > 0.98

"""An estimate prints, brackets, adds up and judges as documented."""

import math

import numpy as np
import pytest
from scipy.special import ndtr, stdtrit

from driftscape.analysis import Estimate
from driftscape.theory import Theory


@pytest.mark.parametrize(
    ("value", "stderr", "text"),
    [
        (17.7691, 0.0081, "17.7691 ± 0.0081"),
        (1.7769e-3, 8.1e-7, "0.00177690 ± 0.00000081"),
        (-2.21e-5, 1.3e-6, "(-2.21 ± 0.13)e-05"),
        (123456.0, 89.0, "123456 ± 89"),
        (0.0, 0.25, "0.00 ± 0.25"),
        (1.5, 0.0, "1.5 ± 0"),
        (1.5, math.inf, "1.5 ± inf"),
    ],
)
def test_prints_both_numbers_to_two_digits_of_the_error(value, stderr, text):
    assert str(Estimate(value, stderr, 10, "")) == text
    assert str(Estimate(value, stderr, 10, "", "per step")) == text + " per step"


def test_interval_is_students():
    # t quantiles of a table: 97.5 % at 15 degrees of freedom is 2.1314, at infinity 1.9600
    low, high = Estimate(1.0, 0.1, 16, "").interval()
    assert (low, high) == pytest.approx((1 - 0.21314, 1 + 0.21314), abs=1e-5)
    assert Estimate(0.0, 1.0, 1e9, "").interval(0.95).high == pytest.approx(1.95996, abs=1e-5)
    with pytest.raises(ValueError, match="level=95"):
        Estimate(0.0, 1.0, 10, "").interval(95)


def test_intervals_cover_as_often_as_they_say(rng):
    draws = rng.standard_normal((2000, 4))
    stderr = draws.std(axis=1, ddof=1) / 2

    def covered(n_eff):
        pairs = zip(draws.mean(axis=1), stderr, strict=True)
        intervals = [Estimate(m, s, n_eff, "").interval(0.95) for m, s in pairs]
        return np.mean([low < 0 < high for low, high in intervals])

    error = math.sqrt(0.95 * 0.05 / 2000)
    assert abs(covered(4) - 0.95) < 4 * error
    assert covered(1e9) < 0.95 - 4 * error  # wrong twin: the normal quantile is too short


def test_compare_weighs_error_and_truncation():
    measured = Estimate(1.0, 0.01, 10**9, "")
    assert measured.compare(1.039).verdict == "agrees"
    assert measured.compare(1.041).verdict == "rejected"
    assert measured.compare(1.041, threshold=5).verdict == "agrees"
    loose = measured.compare(Theory(1.2, truncation=0.17))
    assert loose.verdict == "agrees"
    assert loose.by_truncation
    assert loose.z == pytest.approx(-20)
    assert loose.relative == pytest.approx(-0.2 / 1.2)
    assert "within its stated truncation" in str(loose)
    assert measured.compare(Theory(1.2, truncation=0.15)).verdict == "rejected"
    outside = measured.compare(Theory(1.0, regime="small eta", valid=False))
    assert outside.verdict == "outside its regime"
    assert "small eta" in str(outside)


def test_compare_with_another_estimate_adds_errors_in_quadrature():
    one, other = Estimate(1.0, 0.03, 100, ""), Estimate(1.1, 0.04, 100, "")
    assert one.compare(other).z == pytest.approx(-2)


def test_no_error_and_no_number_are_not_agreement():
    assert Estimate(1.0, 0.0, 5, "").compare(1.0).verdict == "agrees"
    assert Estimate(1.0, 0.0, 5, "").compare(1.1).z == -math.inf
    assert Estimate(math.nan, 0.1, 5, "").compare(1.0).verdict == "rejected"
    assert Estimate(1.0, math.nan, 5, "").compare(1.0).verdict == "rejected"
    with pytest.raises(ValueError, match="truncation=-1"):
        Theory(1.0, truncation=-1)
    with pytest.raises(ValueError, match="truncation=nan"):
        Theory(1.0, truncation=math.nan)


def test_arithmetic_propagates_errors():
    a, b = Estimate(3.0, 0.3, 50, "a", "per step"), Estimate(1.0, 0.4, 20, "b", "per step")
    for result, value, stderr in [
        (a + b, 4, 0.5), (a - b, 2, 0.5), (2 * a, 6, 0.6), (a / 3, 1, 0.1), (-a, -3, 0.3),
        (a + 1, 4, 0.3), (1 - a, -2, 0.3),
    ]:  # fmt: skip
        assert (result.value, result.stderr) == pytest.approx((value, stderr))
        assert result.unit == "per step"
    # degrees of freedom of Welch and Satterthwaite, here nearly those of b
    assert (a + b).n_eff - 1 == pytest.approx(0.5**4 / (0.3**4 / 49 + 0.4**4 / 19))
    exact = Estimate(2.0, 0.1, 1, "a grid")
    assert (b + exact).n_eff - 1 == pytest.approx((0.17 / 0.16) ** 2 * 19)
    assert (exact + exact).n_eff == 1


@pytest.mark.parametrize(
    ("value", "truncation"), [(math.inf, 0.0), (-math.inf, 1.0), (math.nan, 0.1), (1.0, math.inf)]
)
def test_what_is_not_finite_is_never_valid(value, truncation):
    theory = Theory(value, truncation=truncation)
    assert not theory.valid
    assert "outside its regime" in str(theory)
    assert Estimate(1.0, 0.1, 10, "").compare(theory).verdict == "outside its regime"
    assert Theory(1.0, truncation=0.1).valid


@pytest.mark.parametrize("count", [16, 30, 1000])
def test_compare_rejects_as_rarely_whatever_the_number_of_values(count):
    """4 errors of a normal law are 2 in 31,574; of 16 values they are 1 in 860."""
    rare = 2 * ndtr(-4.0)
    edge = -stdtrit(count - 1, rare / 2)
    measured = Estimate(0.0, 1.0, count, "")
    assert measured.compare(0.999 * edge).verdict == "agrees"
    assert measured.compare(1.001 * edge).verdict == "rejected"
    known = Estimate(0.0, 1.0, 1, "a numerical error is no scatter")
    assert known.compare(3.999).verdict == "agrees"
    assert known.compare(4.001).verdict == "rejected"
    assert measured.compare(Estimate(1.001 * edge, 0.0, 1, "")).verdict == "rejected"
    assert measured.compare(Estimate(0.999 * edge, 0.0, 1, "")).verdict == "agrees"


def test_right_predictions_are_rejected_as_often_as_three_errors_are_of_a_normal_law(rng):
    """400 000 samples of 16: 0.27 % beyond `threshold=3`, where 3 of their own errors say 0.9 %."""
    draws = rng.standard_normal((400_000, 16))
    t = draws.mean(axis=1) / draws.std(axis=1, ddof=1) * 4
    edge = Estimate(0.0, 1.0, 16, "").between(ndtr(-3.0)).high
    share, error = 2 * ndtr(-3.0), math.sqrt(2 * ndtr(-3.0) / 400_000)
    assert abs((np.abs(t) > edge).mean() - share) < 4 * error
    assert (np.abs(t) > 3).mean() > share + 50 * error


def test_skewness_is_carried_as_third_moments_are():
    a = Estimate(1.0, 0.3, 50, "a", skewness=0.4)
    b = Estimate(2.0, 0.4, 50, "b", skewness=-0.2)
    assert (2 * a).skewness == pytest.approx(0.4)
    assert (-a).skewness == pytest.approx(-0.4)
    third = 0.4 * 0.3**3 - 0.2 * 0.4**3
    assert (a + b).skewness == pytest.approx(third / 0.5**3)
    assert (a - b).skewness == pytest.approx((0.4 * 0.3**3 + 0.2 * 0.4**3) / 0.5**3)
    assert (a + 1).skewness == pytest.approx(0.4)
    low, high = a.interval()
    mirrored, plain = (-a).interval(), Estimate(1.0, 0.3, 50, "a").interval()
    assert (low, high) == pytest.approx((-mirrored.high, -mirrored.low))
    assert low == plain.low  # the farther end of the two laws on either side
    assert high > plain.high + 0.1


def test_an_infinite_error_says_nothing_and_is_no_nan():
    nothing = Estimate(math.inf, math.inf, 30, "")
    assert nothing.interval() == (-math.inf, math.inf)
    assert Estimate(1.0, math.inf, 1, "").interval() == (-math.inf, math.inf)
    assert nothing.compare(3.0).z == 0
    assert "nan" not in str(nothing.compare(3.0))


@pytest.mark.parametrize("wrong", ["1", None, [1.0, 2.0], 1j])
def test_what_is_no_number_is_not_compared(wrong):
    m = Estimate(1.0, 0.1, 20, "")
    with pytest.raises(TypeError, match="give a number, a Theory or an Estimate"):
        m.compare(wrong)
    with pytest.raises(TypeError):
        m > wrong  # noqa: B015
    with pytest.raises(TypeError):
        m - wrong
    with pytest.raises(TypeError, match="give a unit as text"):
        m.to(3)


def test_numbers_of_all_kinds_are_compared():
    import xarray as xr

    m = Estimate(1.0, 0.1, 20, "")
    for number in (1, np.float32(1), np.array(1.0), xr.DataArray(1.0), Theory(1.0), m):
        assert m.compare(number).verdict == "agrees"

"""An estimate as text: format codes, representations, and numbers of another package."""

import math

import numpy as np
import pytest

from driftscape import analysis
from driftscape.analysis import Estimate
from driftscape.theory import Theory

SPEED = Estimate(17.7691, 0.0081, 4000, "mean of 4000 displacements", "per 1e4 steps")


@pytest.mark.parametrize(
    ("value", "stderr", "spec", "text"),
    [
        (17.7691, 0.0081, "", "17.7691 ± 0.0081"),
        (17.7691, 0.0081, ".3f", "17.769 ± 0.008"),
        (17.7691, 0.0081, ".1u", "17.769 ± 0.008"),
        (17.7691, 0.0081, ".2uS", "17.7691(81)"),
        (17.7691, 0.0081, "S", "17.7691(81)"),
        (17.7691, 0.0081, ".2e", "(1.78 ± 0.00)e+01"),
        (17.7691, 0.0081, "L", r"17.7691 \pm 0.0081"),
        (17.7691, 0.0081, "+.2f", "+17.77 ± 0.01"),
        (17.7691, 0.0081, ">22.3f", "        17.769 ± 0.008"),
        (17.7691, 0.0081, "*<22.3f", "17.769 ± 0.008********"),
        (0.1234, 0.0056, ".1%", "(12.3 ± 0.6) %"),
        (1.234e-7, 5.6e-9, "", "(1.234 ± 0.056)e-07"),
        (1.234e-7, 5.6e-9, "S", "1.234(56)e-07"),
        (1.234e-7, 5.6e-9, ".3E", "(1.234 ± 0.056)E-07"),
        (1.234e-7, 5.6e-9, "L", r"(1.234 \pm 0.056) \times 10^{-7}"),
        (-123.4, 5.6, ".1uS", "-123(6)"),
        (12.34, 1.2, ".1f", "12.3 ± 1.2"),
        (12.34, 1.2, ".1fS", "12.3(1.2)"),
        (1.5, 0.0, ".2f", "1.50 ± 0.00"),
        (1.5, math.inf, ".2f", "1.5 ± inf"),
        (0.1234, 0.0056, ".3g", "0.123 ± 0.006"),
    ],
)
def test_format_codes(value, stderr, spec, text):
    assert format(Estimate(value, stderr, 10, ""), spec) == text
    assert format(Estimate(value, stderr, 10, "", "per step"), spec) == f"{text} per step"


def test_unknown_format_codes_are_refused():
    for spec in (".3d", "u", "x", ".2uSS"):
        with pytest.raises(ValueError, match="is unknown; give one as for a float"):
            format(SPEED, spec)


def test_representations():
    assert repr(SPEED) == ("<Estimate 17.7691 ± 0.0081 per 1e4 steps: mean of 4000 displacements>")
    assert "17.7691 ± 0.0081 per 1e4 steps</span>" in SPEED._repr_html_()
    assert "mean of 4000 displacements; 95 % within 17.75" in SPEED._repr_html_()
    assert SPEED._repr_latex_() == r"$17.7691 \pm 0.0081\ \text{per 1e4 steps}$"
    odd = Estimate(1e-9, 1e-10, 10, "a < b", "k_B * m^2")
    assert odd._repr_latex_() == (r"$(1.00 \pm 0.10) \times 10^{-9}\ \text{k\_B * m\^{}2}$")
    assert "a &lt; b" in odd._repr_html_()
    theory = Theory(17.77, truncation=0.01, regime="rate << 1", source="Tenka")
    assert repr(theory) == "<Theory 17.77 (truncation 0.01)  [rate << 1]: Tenka>"
    assert "rate &lt;&lt; 1" in theory._repr_html_()
    found = SPEED.compare(17.77)
    assert repr(found) == f"<Comparison {found} with 17.77  [exact]>"
    assert "agrees" in found._repr_html_()
    rate = analysis.Rate(0.03, 0.017, 3, "3 events", "per time", exposure=100)
    assert repr(rate).startswith("<Rate 0.030 ± 0.017 per time")


def test_numbers_of_uncertainties_keep_the_correlations(rng):
    pytest.importorskip("uncertainties", reason="the optional package is not installed")
    from driftscape.analysis.sample_mean import sample_mean

    x = rng.normal(3, 1, 200)
    one = sample_mean(x, "x", noise="seed 1")
    two = sample_mean(x + 0.1 * rng.normal(0, 1, 200), "y", noise="seed 1")
    other = sample_mean(rng.normal(2, 1, 100), "z", noise="seed 2")
    a, b, c = analysis.to_uncertainties(one, two, other)
    for ours, theirs in [
        (one - two, a - b), (one / two, a / b), (one * other, a * c), (np.log(one), None),
        (one**2 - two * other, a**2 - b * c),
    ]:  # fmt: skip
        if theirs is not None:
            assert ours.value == pytest.approx(theirs.n, rel=1e-9)
            assert ours.stderr == pytest.approx(theirs.s, rel=1e-6)
    assert (a - b).s < 0.2 * math.hypot(a.s, b.s)
    alone = one.to_uncertainties()
    assert (alone.n, alone.s) == pytest.approx((one.value, one.stderr))
    with pytest.raises(ValueError, match="no finite value"):
        analysis.to_uncertainties(one, Estimate(1.0, math.inf, 5, ""))
    assert analysis.covariance(one, two)[0, 1] == pytest.approx(
        np.cov(x, x + 0)[0, 1] / 200, rel=0.1
    )


def test_without_the_package_it_says_how_to_get_it(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "uncertainties", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'driftscape\[uncertainties\]'"):
        SPEED.to_uncertainties()

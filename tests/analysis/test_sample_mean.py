"""Intervals of means of skewed values cover as often as they say, or a warning names it."""

import warnings

import numpy as np
import pytest
from scipy.special import stdtrit

from driftscape import analysis
from driftscape.analysis.sample_mean import sample_mean

LAWS = {
    "normal": (lambda x: x, 0.0),
    "square": (lambda x: x**2, 1.0),
    "cube": (lambda x: x**3, 0.0),
    "fourth power": (lambda x: x**4, 3.0),
    "lognormal": (np.exp, np.exp(0.5)),
}


@pytest.mark.filterwarnings("ignore::driftscape.analysis.SkewnessWarning")
@pytest.mark.parametrize("count", [20, 200])
@pytest.mark.parametrize("law", LAWS)
def test_intervals_cover(law, count, rng):
    function, mean = LAWS[law]
    samples = function(rng.standard_normal((2000, count)))
    result = [sample_mean(sample, law) for sample in samples]
    ends = np.array([each.interval() for each in result])
    coverage = ((ends[:, 0] < mean) & (mean < ends[:, 1])).mean()
    error = np.sqrt(0.05 * 0.95 / 2000)
    assert 0.915 - 4 * error < coverage < 0.98 + 4 * error
    if law == "fourth power":  # the twin: Student's interval, 74 and 90 %
        width = stdtrit(count - 1, 0.975) * np.array([each.stderr for each in result])
        student = (np.abs([each.value - mean for each in result]) < width).mean()
        assert student < coverage - 8 * error


def test_few_and_skewed_values_warn_and_others_do_not(rng):
    x = rng.standard_normal((300, 20))

    def share(values):
        warned = 0
        for each in values:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                sample_mean(each, "made up")
            warned += len(caught)
        return warned / len(values)

    assert share(np.exp(2 * x)) > 0.65  # intervals cover 86 %: no interval knows what was not seen
    assert share(x**4) > 0.65
    assert share(x) == 0
    with pytest.warns(analysis.SkewnessWarning, match="made up: 20 values of skewness 4.5 make"):
        sample_mean(np.eye(20)[0], "made up")
    few = sample_mean(np.array([0.0, 0.0, 1.0]), "whoever asks refuses so few")
    assert few.n_eff == 3


def test_values_without_scatter_have_no_skewness():
    same = sample_mean(np.full(30, 0.1), "the same")
    assert same.stderr < 1e-16
    assert same.skewness == 0
    assert np.isnan(sample_mean(np.array([]), "none").value)
    assert sample_mean(np.array([2.0]), "one").interval() == (-np.inf, np.inf)

"""The campaigns of `benchmarks` can fail: each is given something wrong and must say so."""

import importlib.util
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from driftscape.analysis import Estimate, Theory

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True, scope="module")
def _benchmarks_are_importable():
    """Benchmarks are part of the checkout and not of the package."""
    if importlib.util.find_spec("benchmarks") is None:
        sys.path.append(str(ROOT))
        yield
        sys.path.remove(str(ROOT))
    else:
        yield


def _case(value, truncation, valid=True, inside=True, refuse=False):
    from benchmarks.validity.case import Case

    def predict():
        if refuse:
            raise ValueError("no")
        return Theory(value, truncation, valid=valid)

    return Case("made up", predict, lambda: (1.0, 0.0), inside)


def _validity(*cases):
    from benchmarks.validity.case import outcome
    from benchmarks.validity.summary import summary

    return summary("kind", [outcome("part", k, case) for k, case in enumerate(cases)], 0.3)


def test_validity_holds_for_right_predictions():
    row = _validity(_case(1.01, 0.01), _case(0.9, 0.1), _case(5.0, 0.1, valid=False, inside=False))
    assert row["verdict"] == "holds"
    assert row["worst"] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("cases", "word"),
    [
        ([_case, (1.5, 0.1)], "beyond its truncation"),
        ([_case, (float("nan"), 0.1)], "rarely valid"),  # never valid, and here it should be
        ([_case, (1.0, 0.1, False)], "rarely valid"),
        ([_case, (1.0, 0.1, True, True, True)], "refuses"),
        ([_case, (1.0, 0.5)], "coarse"),
    ],
)
def test_validity_names_what_is_wrong(cases, word):
    make, arguments = cases
    assert word in _validity(make(*arguments))["verdict"]


def _calibration(error, size=200, seeds=400, warn=False, wrong=None):
    from benchmarks.calibration.experiment import Experiment, repeat
    from benchmarks.calibration.summary import summary

    def measure(seed, n):
        values = np.random.default_rng([seed, n]).normal(size=n)
        if warn:
            warnings.warn("few and skewed", UserWarning, stacklevel=2)
        return Estimate(values.mean(), error * values.std(ddof=1) / np.sqrt(n), n, "mean")

    made = repeat(Experiment("mean", 0.0, measure, wrong=wrong), size, range(seeds))
    return summary("part", made)


def test_calibration_tells_right_errors_from_wrong_ones():
    right = _calibration(1.0, wrong=0.5)
    assert right["verdict"] == "holds"
    assert abs(right["sd_z"] - 1) < 0.15
    assert abs(right["mean_z"]) < 0.2
    assert _calibration(0.7)["verdict"] == "MISSED"
    assert _calibration(1.5)["verdict"] == "MISSED"
    assert _calibration(1.0, wrong=0.001)["verdict"] == "MISSED: no power"
    assert _calibration(0.7, size=30)["verdict"] == "MISSED"
    assert _calibration(0.7, size=30, warn=True)["verdict"] == "named"


def test_calibration_of_p_values():
    from benchmarks.calibration.experiment import Rejection, repeat
    from benchmarks.calibration.summary import summary

    def verdict(power):
        def p_value(seed, size):
            return np.random.default_rng(seed).uniform() ** power

        return summary("part", repeat(Rejection("test", p_value), 50, range(400)))["verdict"]

    assert verdict(1.0) == "holds"
    assert verdict(1.5) == "MISSED"
    assert verdict(0.7) == "MISSED"


def test_mutations_are_killed_survive_or_are_stale():
    from benchmarks.mutations.mutation import Mutation, Stale, outcome

    test = "tests/analysis/test_estimate.py"
    file, text = "analysis/estimate.py", "return replace(self, value=self.value + other)"
    less = "return replace(self, value=self.value - other)"
    assert outcome(Mutation(file, text, less, [test], "a sum is a difference"))[0] == "killed"
    same = "return replace(self, value=other + self.value)"
    assert outcome(Mutation(file, text, same, [test], "no fault at all"))[0] == "SURVIVED"
    with pytest.raises(Stale, match="0 times"):
        outcome(Mutation(file, "this text is nowhere", "", [test], "stale"))
    nothing = ["tests/analysis/test_estimate.py::no_such_test"]
    assert outcome(Mutation(file, text, less, nothing, "no test"))[0] == "BROKEN"

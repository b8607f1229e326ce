"""The campaigns of `benchmarks` can fail: each is given something wrong and must say so."""

import warnings
from pathlib import Path

import numpy as np
import pytest

from driftscape.analysis import Estimate
from driftscape.theory import Theory

ROOT = Path(__file__).resolve().parents[1]


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


def _calibration(error, size=200, seeds=400, warn=False, wrong=None, twin=False):
    from benchmarks.calibration.experiment import Experiment, repeat
    from benchmarks.calibration.summary import summary

    def measure(seed, n):
        values = np.random.default_rng([seed, n]).normal(size=n)
        if warn:
            warnings.warn("few and skewed", UserWarning, stacklevel=2)
        return Estimate(values.mean(), error * values.std(ddof=1) / np.sqrt(n), n, "mean")

    result = repeat(Experiment("mean", 0.0, measure, wrong=wrong, twin=twin), size, range(seeds))
    return summary("part", result)


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


def test_a_twin_must_be_outside_the_bounds():
    assert _calibration(1.5, twin=True)["verdict"] == "outside, as it must"
    assert _calibration(0.7, twin=True)["verdict"] == "outside, as it must"
    assert _calibration(1.0, twin=True)["verdict"] == "MISSED: twin holds"


def test_coverage_has_parts_whose_twins_forget_the_common_noise():
    from benchmarks.campaign import chosen

    parts = chosen("coverage", None)
    every = [each for module in parts.values() for each in module.experiments()]
    assert len({each.name for each in every}) == len(every)
    assert sum(getattr(each, "twin", False) for each in every) >= 6
    for name, part in parts.items():
        first = "level of" if name == "fits" else "difference of"
        measured = next(e for e in part.experiments() if e.name.startswith(first))
        assert np.isfinite(measured.truth)


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


def test_every_mutation_changes_text_that_is_there_once_and_names_tests_that_exist():
    from benchmarks.campaign import chosen

    for part, module in chosen("mutations", None).items():
        for mutation in module.MUTATIONS:
            text = (ROOT / mutation.file).read_text(encoding="utf-8")
            assert text.count(mutation.before) == 1, f"{part}: {mutation.file}: {mutation.why}"
            for test in mutation.tests:
                path, _, name = test.partition("::")
                assert (ROOT / path).exists(), test
                assert not name or f"def {name.partition('[')[0]}(" in (ROOT / path).read_text(
                    "utf-8"
                ), test


@pytest.mark.slow
def test_mutations_are_killed_survive_or_are_stale():
    from benchmarks.mutations.mutation import Mutation, Stale, outcome

    test = "tests/analysis/test_estimate.py"
    file, text = "driftscape/analysis/estimate/functions.py", "_two(x + y, (1.0, 1.0))"
    less = "_two(x - y, (1.0, 1.0))"
    assert outcome(Mutation(file, text, less, [test], "a sum is a difference"))[0] == "killed"
    same = "_two(y + x, (1.0, 1.0))"
    assert outcome(Mutation(file, text, same, [test], "no fault at all"))[0] == "SURVIVED"
    with pytest.raises(Stale, match="0 times"):
        outcome(Mutation(file, "this text is nowhere", "", [test], "stale"))
    nothing = ["tests/analysis/test_estimate.py::no_such_test"]
    assert outcome(Mutation(file, text, less, nothing, "no test"))[0] == "BROKEN"


# -- the gallery's checks -------------------------------------------------------------------------


def _draws(rng, stated, claims=40, repeats=8, tolerance=0.1, theory=1.0):
    """Rows as `benchmarks.gallery.drawn.draw` makes them: errors of .01 in truth, `stated` said."""
    return [
        {
            "figure": "made_1900_up",
            "repeat": repeat,
            "warned": [],
            "checks": [
                {
                    "hypothesis": f"claim {k}", "expect": "agrees", "passed": True,
                    "value": theory + 0.01 * rng.standard_normal(), "error": stated,
                    "theory": theory, "truncation": 0.0, "tolerance": tolerance,
                }
                for k in range(claims)
            ],
        }
        for repeat in range(repeats)
    ]  # fmt: skip


@pytest.mark.parametrize(("stated", "good"), [(0.01, True), (0.02, False), (0.005, False)])
def test_stated_errors_that_are_no_scatter_are_noticed(rng, stated, good):
    from benchmarks.gallery.summary import SPREAD, checks, pooled

    found = checks(_draws(rng, stated))
    assert len(found) == 40
    assert {each["kind"] for each in found} == {"sampled"}
    assert (SPREAD[0] <= pooled(found)["spread"] <= SPREAD[1]) is good


def test_a_check_that_cannot_fail_is_listed(rng):
    from benchmarks.gallery.command import verdict
    from benchmarks.gallery.summary import blind, checks, tables

    found = checks(_draws(rng, 0.01, claims=1, tolerance=2.0))
    assert [each["hypothesis"] for each in blind(found)] == ["claim 0"]
    assert "made_1900_up: claim 0" in verdict(found)
    assert "200 %" in tables(found)
    assert blind(checks(_draws(rng, 0.01, claims=1, tolerance=0.5))) == []


def test_what_no_seed_moves_is_not_counted_as_sampled(rng):
    from benchmarks.gallery.summary import checks, pooled

    rows = _draws(rng, 0.01, claims=1)
    for row in rows:
        row["checks"][0]["value"] = 1.0001
    found = checks(rows)
    assert found[0]["kind"] == "computed"
    assert pooled(found)["checks"] == 0


#: one line of the table of digests for each kind of kernel
DIGESTS = [
    ("archimedes", "SGD", 0, "run"),
    ("archimedes", "SGD", 2, "sweep"),
    ("double_well", "AType", 0, "sweep"),
    ("double_well", "Ito", 0, "first passage"),
    ("quartic_well", "Underdamped", 0, "run"),
    ("gaussian_fit", "RGD", 0, "run"),
    ("maier_stein", "GD", 0, "run"),
    ("logistic_regression", "SGD", 3, "first passage"),
]


@pytest.mark.parametrize("case", DIGESTS)
def test_the_bits_are_those_of_the_table(case):
    import json

    from benchmarks.digests.command import FILE, digest

    line, value = digest(case)
    assert json.loads(FILE.read_text(encoding="utf-8"))[line] == value


def test_other_random_numbers_have_another_digest(monkeypatch):
    from benchmarks.digests import command

    case = DIGESTS[0]
    _, value = command.digest(case)
    monkeypatch.setattr(command, "SEED", command.SEED + 1)
    assert command.digest(case)[1] != value

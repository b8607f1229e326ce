"""Rearranged datasets, resumed, repeated and analysed: the right number, or the reason why not."""

from __future__ import annotations

import dataclasses
import re
import traceback
import warnings

import numpy as np
import pytest
import xarray as xr

import driftscape
from driftscape import analysis, landscapes, simulate

from ..tiers import tiered
from .rearrangements import CHOSEN, EVEN, EVERY, FEW, OF_A_RUN, OF_PASSAGES, SAME

WELL = landscapes.double_well(rotation=1.5)
ITO = simulate.Ito(beta=1, dt=0.01)
KEPT = ["snapshots", simulate.Average("x1**2", discard_steps=4)]
TARGETS = {"left": "x1 < -1.2", "up": "x2 > 0.6"}


def run(trajectories=20, save_every=2):
    return simulate.run(
        WELL, ITO, steps=40, trajectories=trajectories, seed=7, save_every=save_every, keep=KEPT,
        start={"x1": landscapes.Normal(0, 1), "x2": landscapes.Normal(0, 1)},
    )  # fmt: skip


def passages(trajectories=20):
    return simulate.first_passage(
        WELL, ITO, start=(0.0, 0.0), target=TARGETS, trajectories=trajectories, seed=7, max_time=2.0
    )


@pytest.fixture(scope="module")
def runs():
    return {SAME: run(), EVEN: run(save_every=4), FEW: run(CHOSEN)}


@pytest.fixture(scope="module")
def exits():
    return {SAME: passages(), FEW: passages(CHOSEN)}


SIMULATIONS = {
    "resume": lambda d: simulate.run(resume=d, steps=10),
    "rerun": simulate.rerun,
}
PASSAGE_SIMULATIONS = {
    "resume": lambda d: simulate.first_passage(resume=d, max_time=3.0),
    "rerun": simulate.rerun,
}
#: name -> analysis; those of snapshots depend on how far apart they are
ANALYSES = {
    "kept average": lambda d: analysis.moment(d, "x1**2"),
    "moment": lambda d: analysis.moment(d, "x1*x2", discard_steps=5),
    "final moment": lambda d: analysis.moment(d, "x2", at="final"),
    "drift velocity": lambda d: analysis.drift_velocity(d, "x2", discard_steps=4),
    "displacement": lambda d: analysis.displacement(d, "x1"),
    "torque": lambda d: analysis.torque(d, discard_steps=4),
    "area rate": lambda d: analysis.area_rate(d, discard_steps=4),
    "winding": lambda d: analysis.winding(d, discard_steps=4),
    "circulation": lambda d: analysis.circulation_period(d, discard_steps=4),
    "entropy production": lambda d: analysis.entropy_production(d, discard_steps=4),
    "stationarity": lambda d: analysis.is_stationary(d, discard_steps=4),
    "correlation": lambda d: analysis.cross_correlation(d, "x1", "x2", discard_steps=4),
    "spectrum": lambda d: analysis.power_spectrum(d, "x1", discard_steps=4),
    "current": lambda d: analysis.current(d, bins=2, discard_steps=4),
    "potential": lambda d: analysis.potential(d, bins=2),
}
PASSAGE_ANALYSES = {
    "mean time": lambda d: analysis.mean_first_passage_time(d, method="restricted"),
    "restricted mean": lambda d: analysis.restricted_mean(d, up_to=1.5),
    "rate": analysis.escape_rate,
    "survival": analysis.survival,
    "side": lambda d: analysis.splitting_probability(d, "up"),
    "exits": lambda d: analysis.exit_law(d, "x1").mean(),
    "exponentiality": analysis.exponentiality,
}


def outcome(function, dataset):
    """Return the numbers of a result, or the error of the package."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return numbers(function(dataset))
        except (ValueError, TypeError) as error:
            return error


#: in every tier: resuming, an analysis of ends, one of paths, and one that needs even spacing
FAST = ("resume", "moment", "drift velocity", "area rate")
FAST_OF_PASSAGES = ("resume", "mean time", "rate")


def numbers(result):
    """Return every number in a result, by name."""
    if isinstance(result, xr.Dataset):
        values = {str(n): result[n] for n in (*result.data_vars, *result.coords)}
        return {n: np.asarray(v.values) for n, v in values.items() if v.dtype.kind in "biuf"}
    if isinstance(result, analysis.Estimate):
        return {"estimate": np.array([result.value, result.stderr, *result.interval()])}
    if dataclasses.is_dataclass(result):
        fields = {f.name: getattr(result, f.name) for f in dataclasses.fields(result)}
        return {f"{a} {b}": v for a, value in fields.items() for b, v in numbers(value).items()}
    if isinstance(result, dict):
        return {f"{k} {b}": v for k, value in result.items() for b, v in numbers(value).items()}
    array = np.asarray(result)
    return {"value": array} if array.dtype.kind in "biuf" else {}


def check(function, dataset, right, words, rounded):
    """Compare with the result that is right, or with the words of a refusal."""
    before = dataset.copy(deep=True) if isinstance(dataset, xr.Dataset) else None
    found = outcome(function, dataset)
    if before is not None:
        assert dataset.identical(before)
    if right is None:
        assert isinstance(found, Exception), f"a silent answer: {found}"
        check_sentence(found, words)
        return
    expected = outcome(function, right)
    if isinstance(expected, Exception):  # too few trajectories, whatever their order
        assert str(found) == str(expected)
        return
    if isinstance(found, Exception):
        raise found
    assert found.keys() >= expected.keys()
    for name, value in expected.items():
        tolerance = 1e-4 if rounded else 1e-9
        assert np.allclose(found[name], value, tolerance, tolerance, equal_nan=True), name


def check_sentence(error, words):
    """An error of the package itself, in one or two sentences."""
    frames = traceback.extract_tb(error.__traceback__)
    assert driftscape.__path__[0] in frames[-1].filename, f"raw: {error!r}"
    assert re.search(words, str(error)), str(error)
    assert str(error).endswith("."), str(error)
    assert len(str(error)) < 420


@pytest.mark.parametrize("name", [*SIMULATIONS, *ANALYSES])
def test_the_untouched_run_has_a_result(name, runs):
    assert isinstance(outcome((SIMULATIONS | ANALYSES)[name], runs[SAME]), dict)


@pytest.mark.parametrize("name", [*PASSAGE_SIMULATIONS, *PASSAGE_ANALYSES])
def test_the_untouched_passages_have_a_result(name, exits):
    assert 0 < exits[SAME].censored.sum() < 5
    assert isinstance(outcome((PASSAGE_SIMULATIONS | PASSAGE_ANALYSES)[name], exits[SAME]), dict)


@pytest.mark.parametrize("asked", tiered([*SIMULATIONS, *ANALYSES], FAST))
@pytest.mark.parametrize("name", [*EVERY, *OF_A_RUN])
def test_a_rearranged_run(name, asked, runs):
    case = (EVERY | OF_A_RUN)[name]
    expected = case.simulations if asked in SIMULATIONS else case.analyses
    function = (SIMULATIONS | ANALYSES)[asked]
    check(function, case.change(runs[SAME]), runs.get(expected), expected, case.rounded)


@pytest.mark.parametrize(
    "asked", tiered([*PASSAGE_SIMULATIONS, *PASSAGE_ANALYSES], FAST_OF_PASSAGES)
)
@pytest.mark.parametrize("name", [*EVERY, *OF_PASSAGES])
def test_rearranged_passages(name, asked, exits):
    case = (EVERY | OF_PASSAGES)[name]
    expected = case.simulations if asked in PASSAGE_SIMULATIONS else case.analyses
    function = (PASSAGE_SIMULATIONS | PASSAGE_ANALYSES)[asked]
    check(function, case.change(exits[SAME]), exits.get(expected), expected, case.rounded)

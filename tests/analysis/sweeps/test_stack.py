"""Results of any kind become one dataset: fields, arrays of unlike lengths, what a point lacks."""

import dataclasses

import numpy as np
import pytest
import xarray as xr

from driftscape import analysis
from driftscape.analysis import Estimate
from driftscape.analysis.sweeps.points import Sweep
from driftscape.analysis.sweeps.stack import collect
from driftscape.analysis.sweeps.table import table
from driftscape.theory.theory import Theory

RATE = Estimate(2.0, 0.1, 50, "counted", "per time")


@dataclasses.dataclass(frozen=True)
class Result:
    """A result of all kinds of fields."""

    rate: Estimate
    expected: Theory
    named: dict[str, Estimate]
    other: dict[str, float]
    pairs: tuple[float, ...]
    matrix: np.ndarray
    text: str
    count: int
    nothing: object = None
    function: object = print

    @property
    def twice(self) -> float:
        """A property."""
        return 2.0 * self.count

    def __bool__(self) -> bool:
        return self.count > 1


def result(count=2, rows=2):
    """One of them."""
    return Result(
        RATE, Theory(1.5, truncation=0.2), {"x": RATE, "y": RATE + 1}, {"u": 1.0},
        tuple(range(rows)), np.arange(2.0 * rows).reshape(rows, 2), "words", count,
    )  # fmt: skip


def sweep_of(count):
    """A sweep of so many points."""
    return Sweep({"beta": count}, {"beta": xr.Variable("beta", np.arange(count, dtype=float))})


def test_every_field_of_a_result_is_a_variable():
    found = table(result())
    assert found.rate.item() == 2.0
    assert (found.rate_low.item(), found.rate_high.item()) == RATE.interval()
    assert found.rate.attrs["units"] == found.rate_stderr.attrs["units"] == "per time"
    assert found.expected_truncation.item() == 0.2
    assert found.named.to_series().to_dict() == {"x": 2.0, "y": 3.0}
    assert found.named_stderr.values.tolist() == [0.1, 0.1]
    assert found.other.dims == ("other_name",)
    assert found.pairs.dims == ("row",)
    assert found.matrix.dims == ("row", "column")
    assert (found.text.item(), found["count"].item(), found.twice.item()) == ("words", 2, 4.0)
    assert found.verdict.item() is True
    assert "nothing" not in found
    assert "function" not in found


def test_points_of_unlike_length_are_padded_and_those_without_a_result_are_nan():
    results = [result(3, rows=2), None, result(1, rows=4)]
    found = collect(sweep_of(3), results, ["", "no data", ""])
    assert found.pairs.shape == (3, 4)
    assert found.pairs.values[0, :2].tolist() == [0, 1]
    assert np.isnan(found.pairs.values[0, 2:]).all()
    assert np.isnan(found.pairs.values[1]).all()
    assert found.verdict.values[[0, 2]].tolist() == [1, 0]
    assert np.isnan(found.verdict.values[1])
    assert found.text.values.tolist() == ["words", "", "words"]
    assert found.reason.values.tolist() == ["", "no data", ""]
    whole = collect(sweep_of(2), [result(3), result(1)], ["", ""])
    assert whole.verdict.values.tolist() == [True, False]
    assert whole.verdict.dtype == bool
    assert whole["count"].dtype.kind == "i"


def test_a_variable_that_a_point_lacks_is_nan_there():
    results = [{"a": 1.0}, {"a": 2.0, "b": RATE}]
    found = collect(sweep_of(2), results, ["", ""])
    assert found.a.values.tolist() == [1.0, 2.0]
    assert np.isnan(found.b.values[0])
    assert found.b.values[1] == 2.0


def test_coordinates_that_differ_have_the_dimensions_of_the_sweep():
    def curve(size, step):
        lags = step * np.arange(size)
        return xr.Dataset({"c": ("lag", np.exp(-lags))}, {"lag": lags}, {"n_eff": size, "of": "x"})

    found = collect(sweep_of(2), [curve(3, 0.5), curve(2, 1.0)], ["", ""])
    assert found.lag.dims == ("beta", "lag")
    assert np.array_equal(found.lag.values, [[0, 0.5, 1], [0, 1, np.nan]], equal_nan=True)
    assert found.n_eff.values.tolist() == [3, 2]
    assert found.attrs == {"of": "x"}
    same = collect(sweep_of(2), [curve(3, 0.5), curve(3, 0.5)], ["", ""])
    assert same.lag.dims == ("lag",)
    assert same.c.sel(lag=0.5).shape == (2,)
    assert same.attrs["n_eff"] == 3
    with pytest.raises(ValueError, match="have a dimension 'beta', which is swept too"):
        collect(sweep_of(1), [xr.Dataset({"c": ("beta", [1.0])})], [""])


def test_results_of_the_package_that_no_sweep_gives_are_tables_too():
    spectrum = table(analysis.diffusion_spectrum(np.random.default_rng(1).normal(size=(20, 3))))
    assert spectrum.eigenvalues.dims == ("row",)
    assert spectrum["rank"].item() == 3
    assert table(RATE.compare(2.1)).verdict.item() == "agrees"
    assert table(3).value.item() == 3
    assert table("text").value.item() == "text"

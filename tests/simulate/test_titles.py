"""What xarray writes above a picture and into a table of a run names no JSON and no hash."""

import matplotlib.pyplot as plt
import pytest

from driftscape import analysis, landscapes, simulate


@pytest.fixture(scope="module")
def swept():
    """Two learning rates on a screw."""
    return simulate.sweep(
        landscapes.archimedes(), simulate.SGD(learning_rate=0.1),
        over={"learning_rate": [0.05, 0.1]}, steps=200, trajectories=32, seed=1,
    )  # fmt: skip


def test_titles_name_the_selection(swept):
    path = swept.sel(learning_rate=0.1).state.isel(trajectory=3)
    _, axes = plt.subplots()
    path.plot.line(x="time", ax=axes)
    title = axes.get_title()
    assert "trajectory = 3" in title
    assert "provenance" not in title
    assert "fingerprint" not in title
    assert axes.get_xlabel() == "time [units of time]"
    plt.close("all")


def test_a_single_variable_carries_neither(swept):
    for dataset in (swept, swept.isel(learning_rate=0), swept.isel(trajectory=0)):
        for name in dataset.data_vars:
            assert {"provenance", "fingerprint"}.isdisjoint(dataset[name].coords)


def test_tables_of_estimates_have_their_own_columns(swept):
    found = analysis.drift_velocity(swept, "z", discard_steps=50)
    table = found[["value", "stderr"]].to_dataframe()
    assert {"provenance", "fingerprint"}.isdisjoint(table.columns)
    assert len(table) == 2
    assert found.value.attrs["long_name"] == "mean displacement of z from step 50 to 200"
    assert simulate.provenance(found.sel(learning_rate=0.1))["dynamics"]["learning_rate"] == 0.1

"""What users do to a dataset, and what `simulate` and an analysis then have to answer.

An answer is the name of the dataset whose result is right, "same" for the untouched one; or the
words of the refusal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

SAME, EVEN, FEW = "same", "every second snapshot", "some trajectories"
SHUFFLED = np.random.default_rng(3).permutation(20)
CHOSEN = np.array([1, 2, 3, 5, 7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 18, 19])


class Rearranged(NamedTuple):
    """A change of a dataset: what `resume` and `rerun` answer, and what an analysis does."""

    change: Callable[[xr.Dataset], Any]
    simulations: str
    analyses: str
    rounded: bool = False  # equal to single precision


def shuffled_labels(d: xr.Dataset) -> xr.Dataset:
    return d.assign_coords(trajectory=d.trajectory.values[SHUFFLED])


def filled(d: xr.Dataset) -> xr.Dataset:
    """What a join of unlike trajectories leaves."""
    return d.reindex(trajectory=np.arange(25))


def through_a_file(d: xr.Dataset) -> xr.Dataset:
    """A file in single precision, as decoded."""
    reals = [n for n in d.data_vars if d[n].dtype == np.float64]
    return d.assign({n: d[n].astype("float32").astype("float64") for n in reals})


def without(name: str) -> Callable[[xr.Dataset], xr.Dataset]:
    return lambda d: d.drop_vars(name)


def without_attributes(d: xr.Dataset) -> xr.Dataset:
    """As `drop_attrs` of newer versions of xarray."""
    bare = d.copy()
    for part in (bare, *bare.variables.values()):
        part.attrs = {}
    return bare


LOST = "has no"
CHANGED = "not as they were simulated"
LABELS = "has lost its coordinate"
FOREIGN = "has the dimension"
MISSING = "is missing"
TYPE = "is of type"
PRECISION = "single precision"

#: of every result: a run or first passages
EVERY = {
    # -- in another order, or selected: the answer is that of what is there
    "transposed": Rearranged(lambda d: d.transpose(), SAME, SAME),
    "trajectories shuffled": Rearranged(lambda d: d.isel(trajectory=SHUFFLED), SAME, SAME),
    "trajectories sorted backwards": Rearranged(
        lambda d: d.sortby("trajectory", ascending=False), SAME, SAME
    ),
    "coordinates sorted backwards": Rearranged(
        lambda d: d.sortby("coordinate", ascending=False), SAME, SAME
    ),
    "trajectories chosen": Rearranged(lambda d: d.isel(trajectory=CHOSEN), FEW, FEW),
    "trajectories by label": Rearranged(lambda d: d.sel(trajectory=CHOSEN), FEW, FEW),
    "two halves put together": Rearranged(
        lambda d: xr.concat(
            [d.isel(trajectory=slice(9, 20)), d.isel(trajectory=slice(9))],
            "trajectory",
            data_vars="minimal",
            coords="minimal",
            compat="override",
            join="outer",
        ),
        SAME,
        SAME,
    ),
    "a label of one's own": Rearranged(lambda d: d.assign_coords(colour="blue"), SAME, SAME),
    "attributes dropped": Rearranged(without_attributes, SAME, SAME),
    "copied": Rearranged(lambda d: d.copy(deep=True), SAME, SAME),
    "zero added": Rearranged(lambda d: d.where(d.diverged > -5), TYPE, SAME),
    # -- rounded
    "in single precision": Rearranged(lambda d: d.astype("float32"), TYPE, SAME, True),
    "reals in single precision": Rearranged(
        lambda d: d.assign({n: d[n].astype("float32") for n in d if d[n].dtype.kind == "f"}),
        TYPE,
        SAME,
        True,
    ),
    "through a file in single precision": Rearranged(through_a_file, PRECISION, SAME, True),
    "words as real numbers": Rearranged(
        lambda d: d.assign(words=d.words.astype("float64")), TYPE, SAME
    ),
    # -- doubled, filled, calculated
    "put together with itself": Rearranged(
        lambda d: xr.concat(
            [d, d],
            "trajectory",
            data_vars="minimal",
            coords="minimal",
            compat="override",
            join="outer",
        ),
        "more than once",
        "more than once",
    ),
    "one trajectory many times": Rearranged(
        lambda d: d.isel(trajectory=[0] * 20), "more than once", "more than once"
    ),
    "resampled": Rearranged(
        lambda d: d.isel(trajectory=np.random.default_rng(1).integers(0, 20, 20)),
        "more than once",
        "more than once",
    ),
    "filled": Rearranged(filled, TYPE, TYPE),
    "times two": Rearranged(lambda d: d * 2, TYPE + "|" + CHANGED, CHANGED + "|" + TYPE),
    "plus one": Rearranged(lambda d: d + 1, TYPE + "|" + CHANGED, CHANGED + "|" + TYPE),
    "centred": Rearranged(lambda d: d - d.mean("trajectory"), TYPE, CHANGED + "|" + TYPE),
    "masked": Rearranged(
        lambda d: d.where(d.start[:, 0] > d.start[:, 0] - (d.trajectory < 5)), TYPE, TYPE
    ),
    "averaged": Rearranged(lambda d: d.mean("trajectory"), LABELS, LABELS),
    "summed": Rearranged(
        lambda d: d.sum(), "no coordinate 'provenance'", "no coordinate 'provenance'|is missing"
    ),
    "squared": Rearranged(np.square, TYPE + "|" + CHANGED, CHANGED + "|" + TYPE),
    # -- labels that are not theirs, or lost
    "another temperature": Rearranged(
        lambda d: d.assign_coords(beta=99), "label beta=99", "label beta=99"
    ),
    "another temperature by its owner": Rearranged(
        lambda d: d.assign_coords({"dynamics.beta": 99}),
        "label dynamics.beta=99",
        "label dynamics.beta=99",
    ),
    "another seed": Rearranged(lambda d: d.assign_coords(seed="8"), "label seed=8", "label seed=8"),
    "the temperature it has": Rearranged(lambda d: d.assign_coords(beta=1), SAME, SAME),
    "labels shuffled": Rearranged(shuffled_labels, CHANGED, CHANGED),
    "labels of real numbers": Rearranged(
        lambda d: d.assign_coords(trajectory=d.trajectory + 0.5), "whole numbers", "whole numbers"
    ),
    "trajectories interpolated": Rearranged(
        lambda d: d.interp(trajectory=[0.5, 1.5]), "whole numbers", "whole numbers"
    ),
    "without numbers": Rearranged(without("trajectory"), LABELS, LABELS),
    "without names": Rearranged(without("coordinate"), LABELS, LABELS),
    "without fingerprint": Rearranged(without("fingerprint"), LABELS, LABELS),
    "without description": Rearranged(
        without("provenance"), "no coordinate 'provenance'", "no coordinate 'provenance'"
    ),
    "description edited": Rearranged(
        lambda d: d.assign_coords(
            provenance=d.provenance.item().replace('"seed": "7"', '"seed": "8"')
        ),
        CHANGED,
        CHANGED,
    ),
    "coordinate renamed": Rearranged(lambda d: d.rename(coordinate="axis"), LABELS, LABELS),
    "trajectory renamed": Rearranged(lambda d: d.rename(trajectory="walker"), LABELS, LABELS),
    "index reset": Rearranged(lambda d: d.reset_index("trajectory"), SAME, SAME),
    "stacked": Rearranged(
        lambda d: d.stack(all=("trajectory", "coordinate")),
        "more than once",
        "more than once|" + MISSING,
    ),
    "without start": Rearranged(without("start"), LOST, LOST),
    "without diverged": Rearranged(without("diverged"), LOST, LOST),
    "without words": Rearranged(without("words"), LOST, SAME),
    "two of four words": Rearranged(lambda d: d.isel(word=[0, 1]), "2 of 4", SAME),
    # -- no datasets
    "an array": Rearranged(lambda d: d.to_array(), "DataArray", "DataArray"),
    "a variable": Rearranged(lambda d: d["start"], "DataArray", "DataArray"),
    "a list": Rearranged(lambda d: [d], "list", "list"),
    "a dictionary": Rearranged(lambda d: d.to_dict(), "dict", "dict"),
    "a table": Rearranged(lambda d: d["start"].to_dataframe(), "DataFrame", "DataFrame"),
    "an empty dataset": Rearranged(
        lambda d: xr.Dataset(),
        "no coordinate 'provenance'",
        "no coordinate 'provenance'|there is no",
    ),
    "nothing left": Rearranged(
        lambda d: d.isel(trajectory=slice(0)), "no trajectories", "no trajectories"
    ),
}

#: of a run with snapshots and averages
OF_A_RUN = {
    "snapshots backwards": Rearranged(lambda d: d.isel(time=slice(None, None, -1)), SAME, SAME),
    "snapshots shuffled": Rearranged(
        lambda d: d.isel(time=np.random.default_rng(2).permutation(d.sizes["time"])), SAME, SAME
    ),
    "every second snapshot": Rearranged(
        lambda d: d.isel(time=slice(None, None, 2)), "11 of 21 snapshots", EVEN
    ),
    "without final": Rearranged(without("final"), LOST, LOST),
    "without hidden rows": Rearranged(without("hidden"), LOST, SAME),
    "hidden rows cut": Rearranged(lambda d: d.isel(row=slice(0)), "0 of 1", SAME),
    "one coordinate": Rearranged(lambda d: d.sel(coordinate=["x2"]), MISSING, MISSING),
    "one coordinate by name": Rearranged(lambda d: d.sel(coordinate="x2"), MISSING, MISSING),
    "names exchanged": Rearranged(
        lambda d: d.assign_coords(coordinate=["x2", "x1"]), CHANGED, CHANGED
    ),
    "a coordinate renamed": Rearranged(
        lambda d: d.assign_coords(coordinate=["x1", "y"]), MISSING, MISSING
    ),
    "times of another clock": Rearranged(
        lambda d: d.assign_coords(time=d.time * 10), "contradict", "contradict"
    ),
    "without times": Rearranged(without("time"), SAME, SAME),
    "without steps": Rearranged(without("step"), LABELS, LABELS),
    "interpolated in time": Rearranged(
        lambda d: d.interp(time=np.linspace(0.005, 0.395, 21)),
        "whole numbers|" + LABELS,
        "whole numbers|" + LABELS,
    ),
    "smoothed in time": Rearranged(
        lambda d: d.assign(state=d.state.rolling(time=3, min_periods=1).mean()),
        "snapshot of step",
        "snapshot of step",
    ),
    "snapshots of others": Rearranged(
        lambda d: d.assign(state=d.state.copy(data=d.state.values[SHUFFLED])),
        "snapshot of step",
        "snapshot of step",
    ),
    "snapshots doubled": Rearranged(
        lambda d: d.isel(time=np.repeat(np.arange(21), 2)), "one step twice", "one step twice"
    ),
    "averages scaled": Rearranged(lambda d: d.assign(average=2 * d.average), CHANGED, CHANGED),
    "without averages": Rearranged(without("average"), LOST, LOST),
}

#: of first passages
OF_PASSAGES = {
    f"without {name}": Rearranged(without(name), LOST, LOST)
    for name in ("passage_time", "target", "exit", "censored")
} | {
    "longer times": Rearranged(
        lambda d: d.assign(passage_time=d.passage_time + 1), CHANGED, CHANGED
    ),
    "none censored": Rearranged(lambda d: d.assign(censored=d.censored & False), CHANGED, CHANGED),
}

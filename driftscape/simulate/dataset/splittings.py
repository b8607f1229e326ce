"""Read the result of `simulate.splitting`, whose independent runs lie along `run`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..provenance import Metadata, described_points, table_of
from .changes import check_fingerprints
from .labels import in_sequence, numbers_of
from .variables import Shape, check_type, of_shape

if TYPE_CHECKING:
    import xarray as xr

_ALONG = ("run",)
_VARIABLES = {
    name: Shape(_ALONG, np.float64)
    for name in ("probability", "probability_at_home", "first_time", "survival", "loop_time")
} | {"reached_loops": Shape(_ALONG, np.int64)}


def read_splitting(dataset: xr.Dataset) -> tuple[xr.Dataset, Metadata]:
    """Return the estimates of each run, in the order of the runs, and the description.

    Raises
    ------
    TypeError
        Not a dataset.
    ValueError
        Not the result of `simulate.splitting`, or one in which something is missing, repeated or
        changed.
    """
    import xarray as xr

    check_type(dataset)
    over, texts, parsed = described_points(dataset)
    metadata = parsed[texts[0][0]]
    if metadata.get("kind") != "splitting":
        raise ValueError("this dataset was not made by simulate.splitting.")
    if over or len(texts[0]) > 1:
        raise ValueError("the dataset holds several results of simulate.splitting; select one.")
    numbers = numbers_of(dataset, "run")
    order = in_sequence("run", numbers, np.full(len(numbers), metadata["seed"]))
    data = {
        name: of_shape(dataset, name, shape).isel(run=order) for name, shape in _VARIABLES.items()
    }
    rows = metadata["landscape"].get("data")
    check_fingerprints(
        dataset, _ALONG, {"run": order}, texts[0], numbers[order],
        {name: variable.values for name, variable in data.items()},
        None if rows is None else table_of(dataset, rows),
    )  # fmt: skip
    return xr.Dataset(data, {"run": numbers[order]}), metadata

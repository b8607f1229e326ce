"""Read a dataset: the one way in for everything that continues, repeats or analyses a run.

A dataset that was sorted, thinned, selected, transposed or put together again is read in order; one
whose values are no longer those that were simulated is refused.  Nothing of the caller's changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...landscapes.landscape import Landscape
from ..provenance import COORDINATE, Described, check_version, described_points, problems_of
from .changes import NEEDED, check_unchanged
from .complete import check_alike, check_complete
from .contents import Contents
from .contradictions import check_labels, check_times
from .labels import in_sequence, numbers_of, order_of, steps_of
from .points import each_point, unpadded
from .variables import VARIABLES, check_type

if TYPE_CHECKING:
    import xarray as xr


def read_points(dataset: xr.Dataset, *, exact: bool = False) -> list[Contents]:
    """Read each point of a sweep, or the one of a run; the last dimension is the fastest.

    Arguments and errors are those of `read`; with `exact` points must have been run alike.
    """
    check_type(dataset)
    described = described_points(dataset)
    if exact:
        check_alike(described.each)
    known: dict[str, Landscape] = {}
    return [read(point, exact=exact, known=known) for point in each_point(dataset, described.over)]


def read(
    dataset: xr.Dataset, *, exact: bool = False, known: dict[str, Landscape] | None = None
) -> Contents:
    """Read a run, or first passages at one point, and check them.

    Parameters
    ----------
    dataset
        What `simulate` returned, however it was rearranged since.
    exact
        True for what continues or repeats a run: it needs every bit.  An analysis also reads values
        that were rounded to single precision, and trajectories of several seeds side by side.
    known
        Landscapes that were read before; see `problems_of`.

    Raises
    ------
    TypeError
        Not a dataset.
    ValueError
        Something is missing, repeated, rounded or changed; the message names it.
    """
    check_type(dataset)
    described = described_points(dataset)
    each = described.each
    if each[0].get("kind") not in NEEDED:
        raise ValueError(
            f"the dataset is a result of simulate.{each[0].get('kind')}, and neither a run nor "
            "first passages."
        )
    if described.over:
        raise ValueError(
            f"the dataset is a sweep over {', '.join(described.over)}; select a point of it, e.g. "
            f"dataset.isel({described.over[0]}=0)."
        )
    if exact:
        check_version(each)
    dataset = unpadded(dataset, each[0])
    problems = problems_of(dataset, each, known)
    landscape, dynamics = problems[0]
    numbers = numbers_of(dataset, "trajectory")
    seeds = _seeds(described, len(numbers), exact)
    order = in_sequence("trajectory", numbers, seeds)
    places = {
        "trajectory": order, "coordinate": order_of(dataset, "coordinate", landscape.coordinates)
    }  # fmt: skip
    steps = np.empty(0, dtype=np.int64)
    if "state" in dataset.data_vars:
        steps = steps_of(dataset)
        places["time"] = np.argsort(steps, kind="stable")
        steps = steps[places["time"]]
    averages = [part for part in each[0].get("keep", []) if "average" in part]
    if averages:
        places["expression"] = order_of(dataset, "expression", averages[0]["average"])
    if "training" in dataset.data_vars:
        names = [symbol.name for symbol in landscape.sample_laws]
        places["variable"] = order_of(dataset, "variable", names)
    contents = Contents(
        dataset, described, problems, exact, numbers[order], seeds[order], steps, places
    )
    check_labels(dataset, each[0])
    if "time" in dataset.coords and len(steps):
        time = np.atleast_1d(dataset["time"].values)
        check_times(time[places["time"]], steps, float(dynamics.time_step))
    if exact:
        check_complete(contents)
    check_unchanged(contents)
    return contents


def in_order(contents: Contents) -> xr.Dataset:
    """Return a dataset of its own of what continuing a run needs, all in order.

    It may share arrays with the caller's dataset: nothing must be written to them.
    """
    import xarray as xr

    dataset = contents.dataset
    names = [name for name in VARIABLES if name in contents]
    data: dict[str, Any] = {name: contents.variable(name) for name in names}
    data |= {n: dataset[n].variable for n in ("counts", "density", "outside") if n in dataset}
    bins = [str(n) for n in dataset.coords if str(n).startswith("bin_")]
    coords: dict[str, Any] = {n: dataset[n].variable for n in bins}
    coords |= {
        "trajectory": contents.numbers,
        "coordinate": list(contents.problems[0][0].coordinates),
        COORDINATE: dataset[COORDINATE].variable,
    }
    return xr.Dataset(data, coords)


def _seeds(described: Described, count: int, exact: bool) -> NDArray[Any]:
    """Return the seed of each trajectory, as the trajectories lie in the dataset."""
    seeds = [described.parsed[text]["seed"] for text in described.texts[0]]
    if any(len(row) > 1 for row in described.texts):
        if exact:
            raise ValueError(
                "the dataset holds trajectories of several seeds side by side; continue or repeat "
                "the runs one by one, before xr.concat."
            )
    return np.array(seeds if len(seeds) > 1 else seeds * count, dtype=object)

"""The description that a dataset carries of the run that made it, and reading it back.

It is a coordinate, `provenance`: a JSON text for each point, that of the point's own `run` or
`first_passage`.  A run has one text; a sweep has the dimensions of its parameters.  Selection,
`xarray.concat` and files therefore keep it, and a dataset is a sweep if its description has
dimensions, whoever put the points together.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from .. import __version__
from ..landscapes.landscape import Landscape
from ..typing import Float
from .dynamics import Dynamics, dynamics_from_dict

if TYPE_CHECKING:
    import xarray as xr

#: a description, as JSON
Metadata: TypeAlias = dict[str, Any]

ATTRIBUTE = "driftscape"  # of arrays on a grid
COORDINATE = "provenance"
FORMAT = 2


def provenance(dataset: xr.Dataset) -> Metadata:
    """Return the description of the run that gave a dataset.

    A point that is selected from a sweep has the description of its own `simulate.run` or
    `simulate.first_passage`.

    Parameters
    ----------
    dataset
        The result of `simulate.run`, `sweep`, `first_passage`, `splitting` or `refine`.

    Returns
    -------
    dict
        `kind` (the function that was called), `version`, `landscape`, `dynamics`, `seed`, `steps`,
        `requested` (steps that were asked for), and more for each kind.  For a sweep: the entries
        that all points share, and `over`, the names of its dimensions.

    Raises
    ------
    ValueError
        The dataset is not a result of `simulate`, or of another format.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> run = simulate.run(landscapes.archimedes(), simulate.GD(learning_rate=0.1), steps=3, seed=1)
    >>> description = simulate.provenance(run)
    >>> description["kind"], description["seed"], description["steps"]
    ('run', '1', 3)
    """
    over, each = descriptions(dataset)
    if not over:
        return each[0]
    first = each[0]
    shared = {
        name: entry
        for name, entry in first.items()
        if all(name in other and other[name] == entry for other in each)
    }
    return shared | {"over": list(over)}


def descriptions(dataset: xr.Dataset) -> tuple[tuple[str, ...], list[Metadata]]:
    """Return the dimensions of a sweep, () for a run, and the description of each point.

    The last dimension is the fastest.
    """
    if COORDINATE in getattr(dataset, "coords", {}):
        coordinate = dataset.coords[COORDINATE]
        over = tuple(str(name) for name in coordinate.dims)
        known: dict[str, Metadata] = {}
        texts = [str(text) for text in coordinate.values.ravel()]
        for text in texts:
            if text not in known:
                known[text] = _parsed(text)
        return over, [known[text] for text in texts]
    attribute = getattr(dataset, "attrs", {}).get(ATTRIBUTE)
    if attribute is None:
        raise ValueError(
            "this dataset has no coordinate 'provenance': it was not made by simulate.run, or it "
            "has lost its description; select points without drop=True."
        )
    return (), [_parsed(attribute)]


def _parsed(text: str) -> Metadata:
    metadata: Metadata = json.loads(text)
    if metadata.get("format") != FORMAT:
        raise ValueError(
            f"the dataset is of format {metadata.get('format')!r}; this version reads {FORMAT}."
        )
    return metadata


def landscape_of(dataset: xr.Dataset) -> Landscape:
    """Return the landscape of a run; its formulas are parsed, and never executed as code.

    Parameters
    ----------
    dataset
        As for `provenance`.

    Returns
    -------
    Landscape
        Equal to the one that was given.

    Raises
    ------
    ValueError
        The dataset is a sweep over landscapes or their parameters; select a point first.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> run = simulate.run(landscapes.archimedes(), simulate.GD(learning_rate=0.1), steps=3)
    >>> simulate.landscape_of(run) == landscapes.archimedes()
    True
    """
    return _landscape(_one(dataset, "landscape"), dataset)


def dynamics_of(dataset: xr.Dataset) -> Dynamics:
    """Return the dynamics of a run.

    Parameters
    ----------
    dataset
        As for `provenance`.

    Returns
    -------
    Dynamics
        Equal to the one that was given.

    Raises
    ------
    ValueError
        The dataset is a sweep over dynamics or their parameters; select a point first.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> run = simulate.run(landscapes.archimedes(), simulate.GD(learning_rate=0.1), steps=3)
    >>> simulate.dynamics_of(run)
    GD(learning_rate=0.1)
    """
    return dynamics_from_dict(_one(dataset, "dynamics"))


def problems_of(dataset: xr.Dataset, each: list[Metadata]) -> list[tuple[Landscape, Dynamics]]:
    """Return landscape and dynamics of each point; equal ones are one object."""
    landscapes: dict[str, Landscape] = {}
    result = []
    for metadata in each:
        key = json.dumps(metadata["landscape"])
        if key not in landscapes:
            landscapes[key] = _landscape(metadata["landscape"], dataset)
        result.append((landscapes[key], dynamics_from_dict(metadata["dynamics"])))
    return result


def check_version(each: list[Metadata]) -> None:
    """Raise an error where a point was computed by another version."""
    for metadata in each:
        if metadata["version"] != __version__:
            raise ValueError(
                f"the dataset was made by driftscape {metadata['version']}, this is {__version__}: "
                "the same bits cannot be promised. Install that version, or run anew from "
                "landscape_of(dataset)."
            )


def fold(dataset: xr.Dataset, names: tuple[str, ...]) -> xr.Dataset:
    """Return the trajectories of all points side by side; `names` are the dimensions of a sweep."""
    if not names:
        return dataset
    import xarray as xr

    data = {}
    for name, variable in dataset.data_vars.items():
        first = "trajectory" if "trajectory" in variable.dims else "point"
        if first == "point" and names[0] not in variable.dims:
            data[name] = variable.variable
            continue
        merged = (*names, "trajectory") if first == "trajectory" else names
        values = variable.transpose(*merged, ...)
        rest = len(merged)
        data[name] = xr.Variable(
            (first, *values.dims[rest:]), values.values.reshape(-1, *values.shape[rest:])
        )
    points = int(np.prod([dataset.sizes[name] for name in names]))
    coords: dict[str, Any] = {"trajectory": np.tile(dataset["trajectory"].values, points)}
    coords |= {k: dataset[k].variable for k in ("coordinate", "variable") if k in dataset.coords}
    return xr.Dataset(data, coords)


def _one(dataset: xr.Dataset, owner: str) -> dict[str, Any]:
    """Return the entry `owner` of the description; raise an error unless all points have one."""
    over, each = descriptions(dataset)
    entry: dict[str, Any] = each[0][owner]
    if any(metadata[owner] != entry for metadata in each):
        raise ValueError(
            f"the dataset is a sweep over {', '.join(over)}, of no single {owner}; select a "
            f"point first, e.g. dataset.isel({over[0]}=0)."
        )
    return entry


def _landscape(text: dict[str, Any], dataset: xr.Dataset) -> Landscape:
    if "data" in text:
        table: Float = dataset["data"].transpose("sample", "variable").values
        text = text | {"data": dict(zip(text["data"], table.T, strict=True))}
    return Landscape.from_dict(text)

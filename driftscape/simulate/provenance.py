"""The description that a dataset carries of the run that made it, and reading it back."""

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

ATTRIBUTE = "driftscape"
FORMAT = 1


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
        `requested` (steps that were asked for), and more for each kind.

    Raises
    ------
    ValueError
        The dataset is not a result of `simulate`, or of a later format; or it is a point of a sweep
        that has lost the value of a swept parameter.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> run = simulate.run(landscapes.archimedes(), simulate.GD(learning_rate=0.1), steps=3, seed=1)
    >>> description = simulate.provenance(run)
    >>> description["kind"], description["seed"], description["steps"]
    ('run', '1', 3)
    """
    text = getattr(dataset, "attrs", {}).get(ATTRIBUTE)
    if text is None:
        raise ValueError(
            "this dataset has no 'driftscape' attribute: it was not made by simulate.run."
        )
    metadata: Metadata = json.loads(text)
    if metadata.get("format") != FORMAT:
        raise ValueError(
            f"the dataset is of format {metadata.get('format')!r}; this version reads {FORMAT}."
        )
    return _selected(metadata, dataset) if "over" in metadata else metadata


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
        The dataset is a sweep over a parameter of the landscape; select a point first.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> run = simulate.run(landscapes.archimedes(), simulate.GD(learning_rate=0.1), steps=3)
    >>> simulate.landscape_of(run) == landscapes.archimedes()
    True
    """
    metadata = provenance(dataset)
    _refuse_swept(metadata, "landscape")
    return _landscape(metadata, dataset)


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
        The dataset is a sweep over a parameter of the dynamics; select a point first.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> run = simulate.run(landscapes.archimedes(), simulate.GD(learning_rate=0.1), steps=3)
    >>> simulate.dynamics_of(run)
    GD(learning_rate=0.1)
    """
    metadata = provenance(dataset)
    _refuse_swept(metadata, "dynamics")
    return dynamics_from_dict(metadata["dynamics"])


def first_of(dataset: xr.Dataset) -> tuple[Landscape, Dynamics]:
    """Return landscape and dynamics of a run, or of the first point of a sweep."""
    metadata = provenance(dataset)
    return _landscape(metadata, dataset), dynamics_from_dict(metadata["dynamics"])


def same_version(dataset: xr.Dataset) -> Metadata:
    """Return a dataset's description; raise an error if it is of another version."""
    metadata = provenance(dataset)
    if metadata["version"] != __version__:
        raise ValueError(
            f"the dataset was made by driftscape {metadata['version']}, this is {__version__}: the "
            "same bits cannot be promised. Install that version, or run anew from "
            "landscape_of(dataset)."
        )
    return metadata


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


def _selected(metadata: Metadata, dataset: xr.Dataset) -> Metadata:
    """Return the description of a sweep, with the values of the parameters that were selected.

    Where all were, the rest is the description of `simulate.run` or `simulate.first_passage`.
    """
    lost = [name for name in metadata["over"] if name not in dataset.coords]
    if lost:
        raise ValueError(
            f"the dataset is of a sweep over {', '.join(metadata['over'])}, and its coordinate "
            f"{lost[0]!r} is gone; select with .sel({lost[0]}=...) and without drop=True."
        )
    over = dict(metadata["over"])
    for name, (owner, parameter) in metadata["over"].items():
        if name in dataset.dims:
            continue
        del over[name]
        values = (
            metadata["dynamics"] if owner == "dynamics" else metadata["landscape"]["parameters"]
        )
        values[parameter] = dataset[name].item()
    if over:
        return metadata | {"over": over}
    seed = metadata["seed"] if metadata["common"] else str(dataset["seed"].item())
    kind = "run" if metadata["kind"] == "sweep" else metadata["kind"]
    point = metadata | {"seed": seed, "kind": kind}
    del point["over"], point["common"]
    return point


def _refuse_swept(metadata: Metadata, owner: str) -> None:
    """Raise an error where the dataset is of no single landscape, or of no single dynamics."""
    still = [name for name, (whose, _) in metadata.get("over", {}).items() if whose == owner]
    if still:
        raise ValueError(
            f"the dataset is a sweep over {', '.join(still)}, of no single {owner}; select a "
            f"point first, e.g. dataset.isel({still[0]}=0)."
        )


def _landscape(metadata: Metadata, dataset: xr.Dataset) -> Landscape:
    text = metadata["landscape"]
    if "data" in text:
        table: Float = dataset["data"].transpose("sample", "variable").values
        text["data"] = dict(zip(text["data"], table.T, strict=True))
    return Landscape.from_dict(text)

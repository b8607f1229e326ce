"""The description that a dataset carries of the run that made it, and reading it back.

It is a coordinate, `provenance`: a JSON text for each point, that of the point's own `run` or
`first_passage`.  A run has one text; a sweep has the dimensions of its parameters.  Selection,
`xarray.concat` and files therefore keep it, and a dataset is a sweep if its description has
dimensions, whoever put the points together.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from .. import __version__
from ..landscapes.landscape import Landscape
from ..typing import Float
from .dataset.labels import order_of
from .dataset.points import unpadded
from .dataset.variables import laid_out, without_call
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
        that all points share, and `over`, the names of its dimensions.  Where runs of several seeds
        lie side by side along `trajectory`, there is no `seed`.

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
    over, _, parsed = described_points(dataset)
    first, *others = parsed.values()
    if not over and not others:
        return first
    shared = {
        name: entry
        for name, entry in first.items()
        if all(name in other and other[name] == entry for other in others)
    }
    return shared | ({"over": list(over)} if over else {})


def descriptions(dataset: xr.Dataset) -> tuple[tuple[str, ...], list[Metadata]]:
    """Return the dimensions of a sweep, () for a run, and the description of each point.

    The last dimension is the fastest.  Where a point has trajectories of several seeds, the
    description is that of the first.
    """
    described = described_points(dataset)
    return described.over, described.each


class Described(NamedTuple):
    """The descriptions in a dataset.

    Attributes
    ----------
    over
        Dimensions of a sweep, () for a run; the last one is the fastest.
    texts
        Of each point its description as JSON: once, or where runs of several seeds lie side by side
        once for each trajectory.
    parsed
        Text -> description.
    """

    over: tuple[str, ...]
    texts: list[list[str]]
    parsed: dict[str, Metadata]

    @property
    def each(self) -> list[Metadata]:
        """The description of each point, of its first trajectory."""
        return [self.parsed[row[0]] for row in self.texts]


def described_points(dataset: xr.Dataset) -> Described:
    """Return the dimensions of a sweep, and the descriptions of its points.

    Raises
    ------
    ValueError
        No description; or trajectories side by side that differ in more than the seed.
    """
    if COORDINATE not in getattr(dataset, "coords", {}):
        attribute = getattr(dataset, "attrs", {}).get(ATTRIBUTE)
        if attribute is None:
            raise ValueError(
                "this dataset has no coordinate 'provenance': it was not made by simulate.run, or "
                "it has lost its description, as in a sum or a mean over everything."
            )
        return Described((), [[attribute]], {attribute: _parsed(attribute)})
    coordinate = without_call(dataset.coords[COORDINATE].variable).astype(str)
    parsed = {text: _parsed(text) for text in dict.fromkeys(coordinate.values.ravel().tolist())}
    if not parsed:
        raise ValueError("the dataset has no points: a selection has left nothing of it.")
    kind = next(iter(parsed.values())).get("kind")
    unit = "run" if kind == "splitting" else "trajectory"
    over = tuple(str(name) for name in coordinate.dims if name != unit)
    points = int(np.prod([dataset.sizes[name] for name in over]))
    rows = coordinate.transpose(*over, ...).values.reshape(points, -1).tolist()
    texts = []
    for row in rows:
        different = list(dict.fromkeys(row))
        for text in different[1:]:
            _check_pooled(parsed[different[0]], parsed[text], unit)
        texts.append(row if len(different) > 1 else different)
    return Described(over, texts, parsed)


def _check_pooled(first: Metadata, other: Metadata, unit: str) -> None:
    for name in first.keys() | other.keys():
        if name != "seed" and first.get(name) != other.get(name):
            raise ValueError(
                f"results of different {name} lie side by side along {unit!r} "
                f"({first.get(name)} and {other.get(name)}); give them a dimension of their own, "
                "e.g. xr.concat(runs, 'point')."
            )


def _parsed(text: str) -> Metadata:
    try:
        metadata: Metadata = json.loads(text)
    except ValueError:
        metadata = {}
    if not isinstance(metadata, dict) or not metadata:
        raise ValueError(f"the description of the dataset is no JSON of a run: {text[:40]!r}.")
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
    text = _one(dataset, "landscape")
    over, each = descriptions(dataset)
    return _landscape(text, dataset if over else unpadded(dataset, each[0]))


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


def problems_of(
    dataset: xr.Dataset, each: list[Metadata], known: dict[str, Landscape] | None = None
) -> list[tuple[Landscape, Dynamics]]:
    """Return landscape and dynamics of each point; equal landscapes are one object.

    `known` are the landscapes that were read before, by their descriptions.
    """
    known = {} if known is None else known
    result = []
    for metadata in each:
        text, key = metadata["landscape"], json.dumps(metadata["landscape"])
        if "data" in text:
            key += table_of(dataset, text["data"]).tobytes().hex()
        if key not in known:
            known[key] = _landscape(text, dataset)
        result.append((known[key], dynamics_from_dict(metadata["dynamics"])))
    return result


def table_of(dataset: xr.Dataset, names: list[str]) -> Float:
    """Return the rows of a landscape that is made of data, shape (rows, variables)."""
    if "data" not in dataset:
        raise ValueError(
            "the dataset has no 'data', the rows of its landscape; pass the whole of it."
        )
    table: Float = laid_out(dataset, "data", exact=False).values
    return table[:, order_of(dataset, "variable", names)]


def check_version(each: list[Metadata]) -> None:
    """Raise an error where a point was computed by another version."""
    for metadata in each:
        if metadata["version"] != __version__:
            raise ValueError(
                f"the dataset was made by driftscape {metadata['version']}, this is {__version__}: "
                "the same bits cannot be promised. Install that version, or run anew from "
                "landscape_of(dataset)."
            )


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
        table = table_of(dataset, text["data"])
        text = text | {"data": dict(zip(text["data"], table.T, strict=True))}
    return Landscape.from_dict(text)

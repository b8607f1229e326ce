"""Building datasets: the only place where the result of a run, of any kind, is put together.

Each group of points is one ensemble of points x trajectories.  Variables come with a leading
dimension `trajectory` (points x trajectories) or `point`, and get the dimensions of the sweep here;
`padding.each_point` is the way back.  A point that is selected from a sweep has the description of
a run, or a first passage, of its own.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import __version__
from ..labels import COMMON, STEPS, TIME, Label, labelled
from ..landscapes.derived import shared
from ..landscapes.landscape import Landscape
from ..typing import Float
from .dataset import fingerprint
from .dataset.variables import CALL
from .ensemble import Ensemble, Variables, described
from .groups import Group
from .padding import Part, gathered, union
from .points import Points
from .problem import Problem
from .provenance import COORDINATE, FORMAT
from .sampling import variables_of

if TYPE_CHECKING:
    import xarray as xr


class Piece(NamedTuple):
    """What a group of points gave in `done` steps; variables begin with trajectory or point."""

    group: Group
    done: int
    data: Variables
    coords: Variables
    metadata: dict[str, Any]


def piece(
    group: Group,
    ensemble: Ensemble,
    start: Float,
    done: int,
    data: Variables,
    coords: Variables,
    metadata: dict[str, Any],
) -> Piece:
    """Return what a group gave: the variables of this kind of run, and those of all kinds.

    They are the arrays of the ensemble themselves: nothing advances it any more.

    Parameters
    ----------
    start
        Starting points, shape (coordinates, points x trajectories).
    """
    hidden = ensemble.state[group.landscape.dim : group.rows]
    shared = described({
        "start": (("trajectory", "coordinate"), start.T, Label("start")),
        "diverged": (
            ("trajectory",), ensemble.diverged,
            Label("step at which the trajectory left the finite numbers, or -1", STEPS),
        ),
        "words": (
            ("trajectory", "word"), ensemble.words.T,
            Label("state of the trajectory's generator, for resuming"),
        ),
    })  # fmt: skip
    if len(hidden):
        label = Label("hidden rows of the state, such as a momentum or a sum")
        shared |= described({"hidden": (("trajectory", "row"), hidden.T, label)})
    samples = group.step.training_set
    shuffled = ensemble.ended_row is not None and samples is not None and samples.shuffles
    sets = variables_of(group.landscape, ensemble, ~ensemble.running if shuffled else None)
    left = {"words": len(ensemble.words), "hidden": len(hidden)}
    left |= {name: values.shape[1] for name, (_, values, _) in sets.items()}
    metadata = {"steps": done, "requested": group.total, **metadata, "left": left}
    return Piece(group, done, {**data, **shared, **data, **sets}, coords, metadata)


def build(problem: Problem, pieces: Sequence[Piece]) -> xr.Dataset:
    """Return the dataset of the pieces that all groups of points gave."""
    points, numbers = problem.points, problem.numbers
    metadata: dict[int, dict[str, Any]] = {}
    coords: Variables = {}
    parts = []
    for each in pieces:
        metadata |= dict.fromkeys(each.group.members, each.metadata)
        labels = {}
        if "training" in each.data:
            labels["variable"] = [symbol.name for symbol in each.group.landscape.sample_laws]
        parts.append(Part(each.group.members, each.data, labels))
        for name, coordinate in each.coords.items():  # the longest: snapshots of all points
            if name not in coords or len(coordinate[1]) > len(coords[name][1]):
                coords[name] = coordinate
    coords["trajectory"] = ("trajectory",), numbers.view(np.int64), {}
    if not problem.common:
        seeds = np.array([str(seed) for seed in problem.seeds]).reshape(points.shape)
        coords["seed"] = points.names, seeds, {}
    steps = np.array([metadata[number]["steps"] for number in range(len(points))])
    taus = np.array([point.dynamics.time_step for point in points])
    final = pieces[0].data.get("final")
    if final is not None:
        along, last = _along(points, steps * taus)
        if along:
            coords |= described({"final_time": (along, last, Label("last time", TIME))})
        else:
            final[2]["time"] = last.item()
    if "step" in coords:
        along, tau = _along(points, taus)
        coords["time"] = (*along, "time"), tau[..., None] * coords["step"][1], {}
    return dataset(problem, parts, coords, [metadata[number] for number in range(len(points))])


def dataset(
    problem: Problem, parts: Sequence[Part], coords: Variables, metadata: list[dict[str, Any]]
) -> xr.Dataset:
    """Return the dataset of these parts, with the description of each point's run."""
    import xarray as xr

    points, landscape = problem.points, problem.landscape
    parts = [*parts, *_tables(points)]
    texts = _described(problem, metadata)
    along = "run" if "run" in coords else "trajectory"
    coords |= {dim: ((dim,), names, {}) for dim, names in union(parts).items()}
    # an array of objects is short where points are many, and slow for xarray where there is one
    text = texts.reshape(*points.shape, 1) if points.axes else texts.astype(str)
    coords[COORDINATE] = (*points.names, CALL), text, {}
    hashes = _fingerprints(points, parts, texts, along, coords[along][1])
    coords[fingerprint.COORDINATE] = (*points.names, along, CALL), hashes[..., None], {}
    swept: Variables = {
        axis.name: ((axis.name,), axis.labels, {**axis.attributes}) for axis in points.axes
    }
    names: Variables = {"coordinate": (("coordinate",), list(landscape.coordinates), {})}
    data = gathered(points, len(problem.numbers), parts)
    result = xr.Dataset(data, swept | names | coords)
    return labelled(result, {name: swept_label(name, landscape) for name in points.names})


def _fingerprints(
    points: Points, parts: Sequence[Part], texts: NDArray[Any], along: str, numbers: NDArray[Any]
) -> NDArray[np.uint64]:
    """Return the fingerprint of each trajectory, or of each run of a splitting."""
    result = np.zeros((len(points), len(numbers)), dtype=np.uint64)
    for part in parts:
        arrays = {
            name: values.reshape(
                len(part.members), len(numbers), *values.shape[dims.index(along) + 1 :]
            )
            for name, (dims, values, _) in part.data.items()
            if along in dims[:2]
            and "replica" not in dims
            and name in (*fingerprint.READ, *fingerprint.KEPT)
        }
        tables: dict[int, list[int]] = {}  # points with the same rows of data
        for place, member in enumerate(part.members):
            data = points[member].landscape.data
            tables.setdefault(0 if data is None else id(points[member].landscape), []).append(place)
        for places in tables.values() if arrays else ():
            members = [part.members[place] for place in places]
            data = points[members[0]].landscape.data
            table = None if data is None else np.stack(list(data.values()), axis=1)
            own = arrays if len(tables) == 1 else {n: a[places] for n, a in arrays.items()}
            result[members] = fingerprint.fingerprints(
                texts[members], np.broadcast_to(numbers, (len(members), len(numbers))).reshape(-1),
                {name: a.reshape(-1, *a.shape[2:]) for name, a in own.items()}, table,
            ).reshape(len(members), -1)  # fmt: skip
    return result.reshape(*points.shape, len(numbers))


def _tables(points: Points) -> list[Part]:
    """Return the rows of landscapes that are data, which may be many, as variables."""
    found: list[tuple[list[str], Float, list[int]]] = []  # names, rows, and numbers of points
    known: dict[int, list[int]] = {}
    for number, point in enumerate(points):
        data = point.landscape.data
        if data is None:
            continue
        if id(point.landscape) not in known:
            names, table = list(data), np.stack(list(data.values()), axis=1)
            alike = (n for ns, t, n in found if ns == names and np.array_equal(t, table))
            numbers = next(alike, [])
            if not numbers:
                found.append((names, table, numbers))
            known[id(point.landscape)] = numbers
        known[id(point.landscape)].append(number)
    label, inner = Label("rows of the landscape's data"), ("sample", "variable")
    result = []
    for names, table, numbers in found:
        if len(numbers) == len(points):
            dims, rows = ("all", *inner), table[None]
        else:
            dims, rows = ("point", *inner), np.broadcast_to(table, (len(numbers), *table.shape))
        result.append(Part(numbers, described({"data": (dims, rows, label)}), {"variable": names}))
    return result


def swept_label(name: str, landscape: Landscape) -> Label:
    """Return the label of a swept parameter, from its name in `over`."""
    owner, _, parameter = name.rpartition(".")
    if owner == "landscape" or (not owner and parameter in landscape.parameters):
        return Label(f"{parameter.replace('_', ' ')} of {landscape.name}")
    return COMMON.get(parameter, Label(parameter.replace("_", " ")))


def _described(problem: Problem, metadata: list[dict[str, Any]]) -> NDArray[Any]:
    """Return the description of each point, that of a call of its own, as JSON."""
    kind = "run" if problem.kind == "sweep" else problem.kind
    texts = np.empty(len(problem.points), dtype=object)
    landscapes: dict[int, dict[str, Any]] = {}
    for i, (point, seed) in enumerate(zip(problem.points, problem.seeds, strict=True)):
        if id(point.landscape) not in landscapes:
            landscapes[id(point.landscape)] = _formulas(point.landscape)
        texts[i] = json.dumps({
            "format": FORMAT, "version": __version__, "kind": kind,
            "landscape": landscapes[id(point.landscape)], "dynamics": point.dynamics.to_dict(),
            "seed": str(seed), "generator": problem.generator, "backend": problem.backend.name,
            **metadata[i],
        })  # fmt: skip
    return texts


def _formulas(landscape: Landscape) -> dict[str, Any]:
    """Return what determines a landscape, without its rows of data."""
    kept = shared(landscape)
    if "described" not in kept:
        text = landscape.to_dict()
        if landscape.data is not None:
            text["data"] = list(landscape.data)
        kept["described"] = text
    described: dict[str, Any] = kept["described"]
    return {**described, "parameters": dict(landscape.parameters)}


def _along(points: Points, values: Float) -> tuple[tuple[str, ...], Float]:
    """Return a number of each point, along those axes on which it depends."""
    values = values.reshape(points.shape)
    along: list[str] = []
    for axis, name in reversed(list(enumerate(points.names))):
        if (values == values.take([0], axis)).all():
            values = np.asarray(values.take(0, axis))
        else:
            along.append(name)
    return tuple(reversed(along)), values

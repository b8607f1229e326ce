"""Building datasets: the only place where the result of a run, of any kind, is put together.

All points of a sweep are one ensemble of points x trajectories.  Variables come with a leading
dimension `trajectory` (points x trajectories) or `point`, and get the dimensions of the sweep here;
`provenance.fold` is the way back.  A point that is selected from a sweep has the description of a
run, or a first passage, of its own.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .. import __version__
from ..labels import COMMON, STEPS, TIME, Label, labelled
from ..landscapes.landscape import Landscape
from ..typing import Float
from .dataset import fingerprint
from .ensemble import Ensemble, Variables, described
from .points import Points
from .problem import Problem
from .provenance import COORDINATE, FORMAT
from .sampling import variables_of

if TYPE_CHECKING:
    import xarray as xr


def build(
    problem: Problem,
    ensemble: Ensemble,
    start: Float,
    done: int,
    data: Variables,
    coords: Variables,
    metadata: dict[str, Any],
) -> xr.Dataset:
    """Return the dataset of an ensemble after `done` steps.

    Parameters
    ----------
    start
        Starting points, shape (coordinates, points x trajectories).
    data, coords, metadata
        Variables, coordinates and description of this kind of run; those of all kinds are added.
    """
    points, numbers = problem.points, problem.numbers
    hidden = ensemble.state[problem.landscape.dim : problem.rows]
    shared = described({
        "start": (("trajectory", "coordinate"), start.T.copy(), Label("start")),
        "diverged": (
            ("trajectory",), ensemble.diverged.copy(),
            Label("step at which the trajectory left the finite numbers, or -1", STEPS),
        ),
        "words": (
            ("trajectory", "word"), ensemble.words.T.copy(),
            Label("state of the trajectory's generator, for resuming"),
        ),
    })  # fmt: skip
    if len(hidden):
        label = Label("hidden rows of the state, such as a momentum or a sum")
        shared |= described({"hidden": (("trajectory", "row"), hidden.T.copy(), label)})
    samples = problem.step.training_set
    shuffled = ensemble.ended_row is not None and samples is not None and samples.shuffles
    sets, names = variables_of(problem.landscape, ensemble, ~ensemble.running if shuffled else None)
    coords = coords | names | {"trajectory": (("trajectory",), numbers.astype(np.int64), {})}
    if not problem.common:
        seeds = np.array([str(seed) for seed in problem.seeds]).reshape(points.shape)
        coords["seed"] = points.names, seeds, {}
    along, time_step = _time_steps(points)
    if "final" in data and along:
        coords |= described({"final_time": (along, done * time_step, Label("last time", TIME))})
    elif "final" in data:
        data["final"][2]["time"] = done * problem.dynamics.time_step
    if "step" in coords:
        steps = coords["step"][1]
        times = time_step[..., None] * steps if along else steps * problem.dynamics.time_step
        coords["time"] = (*along, "time"), times, {}
    left = {"words": len(ensemble.words), "hidden": len(hidden)}
    left |= {name: values.shape[1] for name, (_, values, _) in sets.items()}
    metadata = {"steps": done, "requested": problem.total, **metadata, "left": left}
    return dataset(problem, {**data, **shared, **data, **sets}, coords, metadata)


def dataset(
    problem: Problem, data: Variables, coords: Variables, metadata: dict[str, Any]
) -> xr.Dataset:
    """Return the dataset of these variables, with the description of the run."""
    import xarray as xr

    points, landscape = problem.points, problem.landscape
    texts, table = _described(problem, metadata), None
    if landscape.data is not None:  # which may be long: a variable of the dataset
        table = np.stack(list(landscape.data.values()), axis=1)
    along = "run" if "run" in coords else "trajectory"
    numbers = coords[along][1]
    arrays = {name: values for name, (dims, values, _) in data.items() if dims[0] == along}
    coords[fingerprint.COORDINATE] = (
        (*points.names, along),
        fingerprint.fingerprints(texts.ravel(), np.tile(numbers, len(points)), arrays, table)
        .reshape(*points.shape, len(numbers)),
        {},
    )  # fmt: skip
    for name, (dims, values, attributes) in data.items():
        if dims[0] in ("trajectory", "point"):
            each = (len(problem.numbers),) if dims[0] == "trajectory" else ()
            kept = dims if dims[0] == "trajectory" else dims[1:]
            values = values.reshape(*points.shape, *each, *values.shape[1:])
            data[name] = (*points.names, *kept), values, attributes
    if table is not None:
        label = Label("rows of the landscape's data")
        data["data"] = ("sample", "variable"), table, {**label.attributes}
        coords["variable"] = ("variable",), [s.name for s in landscape.sample_laws], {}
    coords[COORDINATE] = points.names, texts, {}
    swept_values: Variables = {axis.name: ((axis.name,), axis.values, {}) for axis in points.axes}
    names: Variables = {"coordinate": (("coordinate",), list(landscape.coordinates), {})}
    result = xr.Dataset(data, swept_values | names | coords)
    return labelled(result, {name: swept_label(name, landscape) for name in points.names})


def swept_label(name: str, landscape: Landscape) -> Label:
    """Return the label of a swept parameter, from its name in `over`."""
    owner, _, parameter = name.rpartition(".")
    if owner == "landscape" or (not owner and parameter in landscape.parameters):
        return Label(f"{parameter.replace('_', ' ')} of {landscape.name}")
    return COMMON.get(parameter, Label(parameter.replace("_", " ")))


def _described(problem: Problem, metadata: dict[str, Any]) -> NDArray[Any]:
    """Return the description of each point, that of a call of its own, as JSON."""
    kind = "run" if problem.kind == "sweep" else problem.kind
    texts = np.empty(len(problem.points), dtype=object)
    landscapes: dict[int, dict[str, Any]] = {}
    for i, (point, seed) in enumerate(zip(problem.points, problem.seeds, strict=True)):
        if id(point.landscape) not in landscapes:
            text = point.landscape.to_dict()
            if point.landscape.data is not None:
                text["data"] = list(point.landscape.data)
            landscapes[id(point.landscape)] = text
        texts[i] = json.dumps({
            "format": FORMAT, "version": __version__, "kind": kind,
            "landscape": landscapes[id(point.landscape)], "dynamics": point.dynamics.to_dict(),
            "seed": str(seed), "generator": problem.generator, "backend": problem.backend.name,
            **metadata,
        })  # fmt: skip
    return texts.reshape(problem.points.shape)


def _time_steps(points: Points) -> tuple[tuple[str, ...], Float]:
    """Return the time steps, along those axes on which they depend."""
    tau = np.array([point.dynamics.time_step for point in points]).reshape(points.shape)
    along = []
    for axis, name in reversed(list(enumerate(points.names))):
        if (tau == tau.take([0], axis)).all():
            tau = tau.take(0, axis)
        else:
            along.append(name)
    return tuple(reversed(along)), tau

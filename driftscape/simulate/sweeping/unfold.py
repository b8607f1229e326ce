"""From the trajectories of all points side by side to the dimensions of a sweep, and back.

A sweep is run as one ensemble of points x trajectories; a point that is selected from its dataset
says of itself what a run, or a first passage, of its own would have said.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..density import Counter, Density
from ..points import Points


class Counters(Counter):
    """Densities of each point; stands where a run has one `Counter`."""

    def __init__(self, density: Density, points: Points) -> None:
        self.each = [Counter(density, landscape) for landscape, _ in points.nouns]
        self.counts = np.zeros((len(points), *density.bins), dtype=np.int64)
        for counter, counts in zip(self.each, self.counts, strict=True):
            counter.counts = counts  # a view: all are read and written as one array

    def add(self, states: Any, step: int) -> None:
        """Count states (coordinates, points x trajectories) of one sampled step."""
        for counter, part in zip(self.each, np.split(states, len(self.each), axis=1), strict=True):
            counter.add(part, step)

    def restore(self, flat: Any) -> None:
        """Go on from the counts of a folded dataset."""
        self.counts[...] = flat["counts"].values
        for counter, outside in zip(self.each, flat["outside"].values, strict=True):
            counter.outside = int(outside)

    def variables(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return data variables along `point` and coordinates for the dataset."""
        found = [counter.variables() for counter in self.each]
        data: dict[str, Any] = {
            name: (("point", *found[0][0][name][0]), np.stack([d[name][1] for d, _ in found]))
            for name in found[0][0]
        }
        data["outside"] = "point", np.array([counter.outside for counter in self.each])
        return data, found[0][1]


def unfold(flat: Any, points: Points, numbers: Any, done: int, seeds: list[int] | None) -> Any:
    """Return the dataset of a sweep from that of its trajectories side by side.

    `seeds` are those of the points, where they have different ones.
    """
    if not points.axes:
        return flat
    import xarray as xr

    names, shape = points.names, points.shape
    data: dict[str, Any] = {}
    for name, variable in flat.data_vars.items():
        dims, values = variable.dims, variable.values
        if dims[0] == "trajectory":
            dims = (*names, *dims)
            values = values.reshape(*shape, len(numbers), *values.shape[1:])
        elif dims[0] == "point":
            dims = (*names, *dims[1:])
            values = values.reshape(*shape, *values.shape[1:])
        data[name] = dims, values, dict(variable.attrs)
    coords: dict[str, Any] = {axis.name: axis.values for axis in points.axes}
    coords |= {k: v.variable for k, v in flat.coords.items() if k != "trajectory"}
    coords["trajectory"] = np.asarray(numbers, dtype=np.int64)
    if seeds is not None:
        coords["seed"] = names, np.array([str(s) for s in seeds]).reshape(shape)
    along, tau = _time_steps(points)
    if along and "final" in data:
        data["final"][2].pop("time")
        coords["final_time"] = along, done * tau
        if "time" in flat.coords:
            coords["time"] = (*along, "time"), tau[..., None] * flat["step"].values
    attributes = dict(flat.attrs)
    swept = f"a sweep over {' and '.join(names)}"
    before, kind = flat.title.removesuffix(str(points.nouns[0][1])), type(points.dynamics).__name__
    attributes["title"] = f"{before}{kind}, {swept}"
    if any(axis.owner == "landscape" for axis in points.axes):
        attributes["landscape"] += f", at the first point of {swept}"
    return xr.Dataset(data, coords, attributes)


def _time_steps(points: Points) -> tuple[tuple[str, ...], Any]:
    """Return the time steps, along those axes on which they depend."""
    tau = np.array([dynamics.time_step for _, dynamics in points.nouns]).reshape(points.shape)
    along = []
    for name in reversed(points.names):
        axis = points.names.index(name)
        if (tau == tau.take([0], axis)).all():
            tau = tau.take(0, axis)
        else:
            along.append(name)
    return tuple(reversed(along)), tau


def fold(dataset: Any, names: tuple[str, ...]) -> Any:
    """Return the trajectories of all points side by side; `names` are the dimensions of a sweep."""
    if not names:
        return dataset
    import xarray as xr

    data = {}
    for name, variable in dataset.data_vars.items():
        if "trajectory" in variable.dims:
            whole = variable.transpose(*names, "trajectory", ...)
            kept = len(names) + 1
            data[name] = ("trajectory", *whole.dims[kept:]), _merged(whole.values, kept)
        elif names[0] in variable.dims:
            whole = variable.transpose(*names, ...)
            data[name] = ("point", *whole.dims[len(names) :]), _merged(whole.values, len(names))
        else:
            data[name] = variable.variable
    coords: dict[str, Any] = {
        "trajectory": np.tile(dataset["trajectory"].values, _product(dataset, names))
    }
    coords |= {k: dataset[k].variable for k in ("coordinate", "variable") if k in dataset.coords}
    return xr.Dataset(data, coords)


def _merged(values: Any, axes: int) -> Any:
    return values.reshape(-1, *values.shape[axes:])


def _product(dataset: Any, names: tuple[str, ...]) -> int:
    return int(np.prod([dataset.sizes[name] for name in names]))

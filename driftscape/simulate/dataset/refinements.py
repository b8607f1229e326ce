"""Read the result of `simulate.refine`, whose step sizes lie along `level`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...landscapes.landscape import Landscape
from ...typing import Float, Index
from ..dynamics.refined import Refined
from ..provenance import described_points, problems_of, table_of
from .changes import check_fingerprints
from .labels import in_sequence, numbers_of, order_of
from .variables import Shape, check_type, of_shape

if TYPE_CHECKING:
    import xarray as xr

_BOTH = ("level", "trajectory")


@dataclass(frozen=True)
class Levels:
    """The step sizes of one refinement, from coarse to fine.

    Attributes
    ----------
    landscape, refined
        Those that were simulated.
    seed, generator
        Of the trajectories.
    numbers
        Numbers of the trajectories, ascending.
    dt
        Step sizes, shape (levels,).
    final
        Final states, shape (levels, trajectories, dim).
    average
        Observable -> averages, shape (levels, trajectories).
    diverged
        Step at which each trajectory diverged, or -1, shape (trajectories,).
    """

    landscape: Landscape
    refined: Refined
    seed: str
    generator: str
    numbers: Index
    dt: Float
    final: Float
    average: dict[str, Float]
    diverged: Index


def read_levels(dataset: xr.Dataset) -> Levels:
    """Read a refinement.

    Raises
    ------
    TypeError
        Not a dataset.
    ValueError
        Not the result of `simulate.refine`, or one in which something is missing, repeated or
        changed.
    """
    check_type(dataset)
    over, texts, parsed = described_points(dataset)
    (text,), metadata = texts[0][:1], parsed[texts[0][0]]
    if metadata.get("kind") != "refine":
        raise ValueError("this dataset is of one step size; give what simulate.refine returned.")
    if over or len(texts[0]) > 1:
        raise ValueError("the dataset holds several results of simulate.refine; select one.")
    ((landscape, refined),) = problems_of(dataset, [metadata])
    assert isinstance(refined, Refined)
    numbers, levels = numbers_of(dataset, "trajectory"), numbers_of(dataset, "level")
    places = {
        "trajectory": in_sequence("trajectory", numbers, np.full(len(numbers), metadata["seed"])),
        "level": np.argsort(levels, kind="stable"),
        "coordinate": order_of(dataset, "coordinate", landscape.coordinates),
    }
    numbers, levels = numbers[places["trajectory"]], levels[places["level"]]
    if len(levels) < 2 or (np.diff(levels) != 1).any():
        raise ValueError(
            f"the levels {levels.tolist()} of the dataset are not two or more that follow each "
            "other; the extrapolation needs each dt to be half of the one before."
        )
    shapes = {
        "final": Shape((*_BOTH, "coordinate"), np.float64),
        "diverged": Shape(("trajectory",), np.int64),
    }
    if refined.observables:
        places["expression"] = order_of(dataset, "expression", refined.observables)
        shapes["average"] = Shape((*_BOTH, "expression"), np.float64)
    data = {
        name: of_shape(dataset, name, shape).isel({d: places[d] for d in shape.dims}).values
        for name, shape in shapes.items()
    }
    count = len(levels) * len(numbers)
    arrays = {n: v.reshape(count, -1) for n, v in data.items() if n != "diverged"}
    arrays["diverged"] = np.tile(data["diverged"], len(levels))[:, None]
    rows = metadata["landscape"].get("data")
    check_fingerprints(
        dataset, _BOTH, places, [f"{text} {level}" for level in levels],
        np.tile(numbers, len(levels)), arrays, None if rows is None else table_of(dataset, rows),
    )  # fmt: skip
    average = {e: data["average"][..., i] for i, e in enumerate(refined.observables)}
    return Levels(
        landscape, refined, metadata["seed"], metadata["generator"], numbers,
        refined.time_step / 2.0**levels, data["final"], average, data["diverged"],
    )  # fmt: skip

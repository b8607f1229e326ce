"""What continuing a run needs: everything that was left, of the same bits and sizes."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from ..provenance import Metadata
from .contents import Contents

#: entries in which the points of a sweep may differ
_OWN = ("landscape", "dynamics", "seed", "steps", "requested", "bridge", "left")


def check_alike(each: list[Metadata]) -> None:
    """Raise an error unless all points were run alike: what was kept, targets, generator."""
    for first, other in pairwise(each):
        for name in first.keys() | other.keys():
            if name not in _OWN and first.get(name) != other.get(name):
                raise ValueError(
                    f"the points of the dataset differ in {name}: {first.get(name)!r} and "
                    f"{other.get(name)!r}; select one, or those that were run alike."
                )


def check_complete(contents: Contents) -> None:
    """Raise an error where something that was left for continuing is missing or cut.

    Raises
    ------
    ValueError
        The message names it.
    """
    metadata = contents.each[0]
    left = {name for point in contents.each for name, size in point["left"].items() if size}
    for name in left:
        contents.variable(name)  # refuses one that is missing or cut
    if "order" in left:
        order = np.sort(contents.array("order"), axis=-1)
        if not (order == np.arange(order.shape[-1])).all():
            raise ValueError("'order' should hold the number of every row of the data once.")
    if "snapshots" in metadata.get("keep", []):
        every = metadata["save_every"]
        contents.variable("state")
        expected = np.arange(metadata["steps"] // every + 1) * every
        if not np.array_equal(contents.steps, expected):
            raise ValueError(
                f"the dataset has {len(contents.steps)} of {len(expected)} snapshots; a run is "
                "continued or repeated with all of them, and thinned afterwards."
            )
    for part in metadata.get("keep", []):
        if isinstance(part, dict) and "density" in part:
            _check_counts(contents, part["density"])


def _check_counts(contents: Contents, density: dict[str, Any]) -> None:
    """Raise an error unless the counts are those of all trajectories, in the order of the bins."""
    dataset = contents.dataset
    axes = {
        f"bin_{name}": n for name, n in zip(density["coordinates"], density["bins"], strict=True)
    }
    if "counts" not in dataset.data_vars or set(dataset["counts"].dims) != set(axes):
        raise ValueError(
            f"the dataset should have 'counts' along {', '.join(axes)}; pass the whole of it."
        )
    counts = dataset["counts"]
    for axis, bins in axes.items():
        middles = dataset[axis].values if axis in dataset.coords else np.empty(0)
        if counts.sizes[axis] != bins or len(middles) != bins or not (np.diff(middles) > 0).all():
            raise ValueError(
                f"'counts' should have the {bins} bins of {axis!r} in ascending order; pass the "
                "whole of it."
            )
    outside = dataset["outside"] if "outside" in dataset else counts.attrs.get("outside", np.nan)
    samples = contents.each[0]["steps"] // density["every"]
    samples -= density["discard_steps"] // density["every"]
    total = counts.sum(dim=list(axes)) + outside
    if counts.dtype.kind != "i" or not (total == max(0, samples) * len(contents.numbers)).all():
        raise ValueError(
            "'counts' are not those of the trajectories in the dataset: counts cannot be divided "
            "among trajectories; pass the whole of what was returned."
        )

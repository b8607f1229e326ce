"""Labels, by which coordinates, trajectories and snapshots are found, whatever their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...typing import Index

if TYPE_CHECKING:
    import xarray as xr


def order_of(dataset: xr.Dataset, dim: str, names: Sequence[str]) -> Index:
    """Return where along a dimension these labels are.

    Raises
    ------
    ValueError
        A label is missing, or there twice.
    """
    labels = [str(label) for label in labels_of(dataset, dim)]
    missing = [name for name in names if name not in labels]
    if missing:
        raise ValueError(
            f"the {dim} {', '.join(map(repr, missing))} of the dataset is missing; it has "
            f"{', '.join(map(repr, labels))}. Pass the whole of it."
        )
    if len(labels) > len(names):
        more = next(n for i, n in enumerate(labels) if n not in names or n in labels[:i])
        raise ValueError(
            f"the dataset has the {dim} {more!r} too often: {', '.join(map(repr, labels))} are "
            f"given, and its description has {', '.join(map(repr, names))}."
        )
    return np.array([labels.index(name) for name in names], dtype=np.int64)


def labels_of(dataset: xr.Dataset, dim: str) -> NDArray[Any]:
    """Return the labels along a dimension, or the one that was selected."""
    if dim not in dataset.coords:
        raise ValueError(
            f"the dataset has lost its coordinate {dim!r}, the labels of what it holds; pass what "
            "was returned, without drop_vars, rename, reset_index(drop=True) or a mean."
        )
    labels: NDArray[Any] = np.atleast_1d(dataset[dim].values)
    if labels.ndim != 1:
        raise ValueError(f"the coordinate {dim!r} has the dimensions {dataset[dim].dims}.")
    return labels


def numbers_of(dataset: xr.Dataset, dim: str) -> Index:
    """Return the numbers along a dimension, such as those of the trajectories."""
    return _whole(dim, labels_of(dataset, dim))


def steps_of(dataset: xr.Dataset) -> Index:
    """Return the step of every snapshot, as they lie in the dataset.

    Raises
    ------
    ValueError
        The coordinate `step` is missing, is not whole, or repeats.
    """
    steps = _whole("step", labels_of(dataset, "step"))
    if steps.size and (np.unique(steps).size < steps.size or steps.min() < 0):
        raise ValueError(
            "the dataset has a snapshot of one step twice; every snapshot counts once."
        )
    return steps


def in_sequence(unit: str, numbers: Index, seeds: NDArray[Any]) -> Index:
    """Return the order of trajectories, or of runs of splitting, by seed and number.

    Raises
    ------
    ValueError
        There are none, or one is there twice.
    """
    if not len(numbers):
        plural = {"trajectory": "trajectories"}.get(unit, f"{unit}s")
        raise ValueError(f"the dataset has no {plural}: there is nothing to count or continue.")
    names, which = np.unique(seeds.astype(str), return_inverse=True)
    order: Index = np.lexsort((numbers, which))
    again = (np.diff(numbers[order]) == 0) & (np.diff(which[order]) == 0)
    if again.any():
        first = order[int(np.argmax(again))]
        raise ValueError(
            f"the dataset has {unit} {numbers[first]} of seed {names[which[first]]} more than "
            f"once, {again.sum()} of {len(numbers)} are repeated: copies are not independent. "
            "Resample the estimate and not what it is made of, and do not concat a run with itself."
        )
    return order


def _whole(name: str, labels: NDArray[Any]) -> Index:
    with np.errstate(invalid="ignore"):
        whole = labels.astype(np.int64) if labels.dtype.kind in "iuf" else np.empty(0, np.int64)
    if whole.shape != labels.shape or not (whole == labels).all():
        raise ValueError(
            f"the coordinate {name!r} should be whole numbers; it is of type {labels.dtype}, "
            f"{labels[:3].tolist()}, ..., as after interp, groupby or reindex."
        )
    return whole

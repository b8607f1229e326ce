"""The points of a sweep, each as its own run has it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...typing import Index

if TYPE_CHECKING:
    import xarray as xr

#: variables in which a sweep has room for the largest point
_PADDED = ("hidden", "training", "order", "data")


def each_point(dataset: xr.Dataset, over: Sequence[str]) -> list[xr.Dataset]:
    """Return the dataset of each point of a sweep over these dimensions, the last one fastest."""
    if not over:
        return [dataset]
    shape = [dataset.sizes[name] for name in over]
    return [dataset.isel(dict(zip(over, index, strict=True))) for index in np.ndindex(*shape)]


def unpadded(point: xr.Dataset, metadata: Mapping[str, Any]) -> xr.Dataset:
    """Return a point of a sweep without the room that other points needed.

    Left out are snapshots of later steps than its last, samples and variables of training sets
    that have no value, hidden rows behind its own, and variables that its run does not have.  A
    dataset without such padding is returned as it is.
    """
    steps = point.coords.get("step")
    if steps is not None and steps.dims == ("time",) and steps.dtype.kind in "iuf":
        known = ~(steps.values > metadata.get("steps", np.inf))
        if not known.all():
            point = point.isel(time=np.flatnonzero(known))
    inner = {name: point[name] for name in _PADDED if name in point.data_vars}
    own = {name: _own(array, name, metadata) for name, array in inner.items()}
    if all(own[name] is array for name, array in inner.items()):
        return point
    if not _fit(own.values()):
        return point  # which is not of this kind: reading says what is wrong
    bare = point.drop_vars([*inner, *(["variable"] if "variable" in point.coords else [])])
    return bare.assign({name: array for name, array in own.items() if array is not None})


def _fit(arrays: Iterable[xr.DataArray | None]) -> bool:
    """Return whether arrays have equal sizes along their common dimensions."""
    sizes: dict[Hashable, int] = {}
    return all(
        sizes.setdefault(dim, size) == size
        for array in arrays
        if array is not None
        for dim, size in array.sizes.items()
    )


def _own(array: xr.DataArray, name: str, metadata: Mapping[str, Any]) -> xr.DataArray | None:
    """Return a variable as a run of this description has it, None where it has none."""
    left = metadata.get("left", {})
    has = "data" in metadata.get("landscape", {}) if name == "data" else left.get(name)
    if array.dtype.kind not in "fi":
        return array
    filled = np.isnan(array.values) if array.dtype.kind == "f" else array.values < 0
    if not has:
        return None if filled.all() else array
    keep: dict[Any, Index] = {}
    for axis, dim in enumerate(array.dims):
        if dim in ("sample", "variable") or (dim == "row" and array.sizes[dim] > left[name]):
            others = tuple(i for i in range(array.ndim) if i != axis)
            keep[dim] = np.flatnonzero(~filled.all(axis=others))
        if dim == "row" and dim in keep:  # a row of its own may be NaN too
            keep[dim] = np.arange(max(left[name], keep[dim].max(initial=-1) + 1))
    if any(len(kept) < array.sizes[dim] for dim, kept in keep.items()):
        array = array.isel(keep)
    if name == "order" and array.dtype.kind == "f" and (array == array.astype(np.int64)).all():
        return array.astype(np.int64)  # filled by xr.concat, where another point has none
    return array

"""The results of all points as one dataset."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...labels import COMMON, Label, labelled
from ..estimate import Estimate
from .estimates import of_estimates
from .points import Sweep, same
from .table import table

if TYPE_CHECKING:
    import xarray as xr

REASON = "reason"
_LABELS = {REASON: Label("why a point has no result")}


def collect(sweep: Sweep, results: Sequence[object], reasons: Sequence[str]) -> xr.Dataset:
    """Return one dataset of the results of all points, None for a point without a result."""
    found = [result for result in results if result is not None]
    if all(isinstance(result, Estimate) for result in found):
        estimates = [result if isinstance(result, Estimate) else None for result in results]
        data = of_estimates(sweep, estimates)
    else:
        data = stacked(sweep, [None if result is None else table(result) for result in results])
    data[REASON] = (sweep.names, np.array(reasons, dtype=str).reshape(sweep.shape))
    names = {str(name): Label(str(name).replace("_", " ")) for name in data.data_vars}
    return labelled(data.assign_coords(sweep.coords), {**names, **COMMON, **_LABELS})


def stacked(sweep: Sweep, datasets: Sequence[xr.Dataset | None]) -> xr.Dataset:
    """Return the datasets of all points side by side, along the dimensions of the sweep first."""
    import xarray as xr

    own = {*sweep.names, *sweep.coords}
    parts = [None if d is None else _with_attributes(d.drop_vars(own, errors="ignore"), datasets)
             for d in datasets]  # fmt: skip
    found = [part for part in parts if part is not None]
    first = found[0]
    if clash := set(sweep.names) & {str(dim) for part in found for dim in part.dims}:
        raise ValueError(
            f"the results have a dimension {sorted(clash)[0]!r}, which is swept too; rename it."
        )
    names = dict.fromkeys(name for part in found for name in part.variables)
    variables: dict[str, xr.Variable] = {}
    for name in names:
        arrays = [None if p is None or name not in p.variables else p.variables[name]
                  for p in parts]  # fmt: skip
        known = [array for array in arrays if array is not None]
        shared = name in first.coords and all(same(array, known[0]) for array in known)
        variables[str(name)] = known[0] if shared else _filled(sweep, arrays, known)
    coords = {name: variables.pop(name) for name in map(str, first.coords) if name in variables}
    attrs = {k: v for k, v in first.attrs.items() if all(k in p.attrs for p in found)}
    return xr.Dataset(variables, coords, attrs)


def _with_attributes(dataset: xr.Dataset, all_of_them: Sequence[xr.Dataset | None]) -> xr.Dataset:
    """Return a dataset with the attributes that differ between points as variables."""
    differ = {
        name: value
        for name, value in dataset.attrs.items()
        if isinstance(value, (int, float, str)) and name not in dataset.variables
        and any(d is not None and d.attrs.get(name, value) != value for d in all_of_them)
    }  # fmt: skip
    result = dataset.assign({name: ((), np.asarray(value)) for name, value in differ.items()})
    result.attrs = {k: v for k, v in dataset.attrs.items() if k not in differ}
    return result


def _filled(
    sweep: Sweep, arrays: Sequence[xr.Variable | None], known: Sequence[xr.Variable]
) -> xr.Variable:
    """Return a variable of all points; it is padded by NaN, or "", where a point has less."""
    import xarray as xr

    dims, like = known[0].dims, known[0]
    if any(array.dims != dims for array in known):
        raise ValueError(f"the results have unlike dimensions: {dims} at one point, others later.")
    sizes = np.max([array.shape for array in known], axis=0, initial=0).astype(int)
    whole = len(known) == len(arrays) and all(array.shape == tuple(sizes) for array in known)
    values = _empty((*sweep.shape, *sizes), [array.values for array in known], whole)
    for index, array in zip(product(*map(range, sweep.shape)), arrays, strict=True):
        if array is not None:
            place: Any = (*index, *map(slice, array.shape))
            values[place] = array.values
    if values.dtype == object:
        values = values.astype(str)
    return xr.Variable((*sweep.names, *dims), values, like.attrs)


def _empty(shape: Sequence[int], parts: Sequence[NDArray[Any]], whole: bool) -> NDArray[Any]:
    """Return an array for all parts; numbers are real ones if some are missing."""
    kinds = {part.dtype.kind for part in parts}
    if kinds & set("USO"):
        return np.full(shape, "", dtype=object)
    dtype = np.result_type(*parts)
    if not whole and kinds <= set("biu"):
        dtype = np.dtype(float)
    return np.zeros(shape, dtype) if whole else np.full(shape, np.nan, dtype)

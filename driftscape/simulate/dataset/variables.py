"""What a dataset holds: the dimensions and the type of every variable that is read from it.

A variable is brought into its order of dimensions, and is refused where a dimension is missing or
foreign.  A dimension of which one entry was selected, as by `isel(trajectory=0)`, has left its
label as a coordinate: it is put back.  Kernels read memory: for them a variable must have the type
it was written with, and nothing may be rounded or filled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

if TYPE_CHECKING:
    import xarray as xr

CALL = "call"
"""A dimension of length 1 of `provenance` and `fingerprint`.

It keeps them in a dataset and away from its single variables, of which xarray would print them in
every plot title and table.
"""


class Shape(NamedTuple):
    """Dimensions of a variable and its type.

    One that is not `own` is shared by all trajectories, and `xr.concat` may repeat it for each.
    """

    dims: tuple[str, ...]
    dtype: DTypeLike
    own: bool = True


#: dimensions without labels, of which `squeeze` leaves no trace where they have one entry
_UNLABELLED = ("word", "row", "sample")

_FLOAT, _WHOLE, _WORDS, _TRUTH = np.float64, np.int64, np.uint64, np.bool_
_POINT = ("trajectory", "coordinate")

VARIABLES = {
    "start": Shape(_POINT, _FLOAT),
    "final": Shape(_POINT, _FLOAT),
    "exit": Shape(_POINT, _FLOAT),
    "state": Shape(("trajectory", "time", "coordinate"), _FLOAT),
    "average": Shape(("trajectory", "expression"), _FLOAT),
    "passage_time": Shape(("trajectory",), _FLOAT),
    "target": Shape(("trajectory",), _WHOLE),
    "censored": Shape(("trajectory",), _TRUTH),
    "diverged": Shape(("trajectory",), _WHOLE),
    "words": Shape(("trajectory", "word"), _WORDS),
    "hidden": Shape(("trajectory", "row"), _FLOAT),
    "training": Shape(("trajectory", "sample", "variable"), _FLOAT),
    "order": Shape(("trajectory", "sample"), _WHOLE),
    "data": Shape(("sample", "variable"), _FLOAT, own=False),
}


def check_type(dataset: object) -> None:
    """Raise an error unless this is a dataset."""
    import xarray as xr

    if not isinstance(dataset, xr.Dataset):
        room = type(dataset).__module__.split(".")[0]
        name = "" if room == "builtins" else f"{room}."
        raise TypeError(
            f"this is of type {name}{type(dataset).__name__}, and no xarray.Dataset; pass the "
            "dataset that simulate.run, sweep or first_passage returned."
        )


def laid_out(dataset: xr.Dataset, name: str, exact: bool) -> xr.Variable:
    """Return a variable in its order of dimensions and with its type.

    Raises
    ------
    ValueError
        A dimension is missing or foreign, a value is missing, or (with `exact`) the type is not the
        one that was written.
    """
    return of_shape(dataset, name, VARIABLES[name], exact)


def of_shape(dataset: xr.Dataset, name: str, shape: Shape, exact: bool = False) -> xr.Variable:
    """Return a variable with these dimensions and this type; see `laid_out`."""
    if name not in dataset.variables:
        raise ValueError(f"the dataset has no {name!r}; pass the whole of what was returned.")
    variable = restored(dataset, name, shape.dims, shape.own)
    dtype = np.dtype(shape.dtype)
    if variable.dtype != dtype:
        values = (_as_written if exact else _as_read)(name, variable.values, dtype)
        variable = variable.copy(data=values)
    return variable


def without_call(variable: xr.Variable) -> xr.Variable:
    """Return a variable without the dimension `CALL`, if it has that."""
    return variable.isel({CALL: 0}) if CALL in variable.dims else variable


def restored(
    dataset: xr.Dataset, name: str, dims: tuple[str, ...], own: bool = True
) -> xr.Variable:
    """Return a variable in this order of dimensions, those put back of which one was selected.

    `own=False` takes a variable that `xr.concat` has repeated along foreign dimensions.
    """
    import xarray as xr

    variable = without_call(dataset[name].variable)
    for dim in dims:
        if dim not in variable.dims:
            selected = dim in dataset.coords and not dataset[dim].ndim
            if not selected and dim not in _UNLABELLED:
                raise ValueError(
                    f"{name!r} has the dimensions {_listed(variable.dims)}, and {dim!r} is "
                    "missing; pass what was returned, without means or renamed dimensions."
                )
            variable = xr.Variable((dim, *variable.dims), variable.values[None], variable.attrs)
    for foreign in [str(dim) for dim in variable.dims if dim not in dims]:
        first = variable.isel({foreign: 0})
        if own or not (variable == first).all():
            raise ValueError(
                f"{name!r} has the dimension {foreign!r}, and should have {_listed(dims)}; select "
                f"one of it, e.g. dataset.isel({foreign}=0)."
            )
        variable = first
    return variable.transpose(*dims)


def _as_written(name: str, values: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return values whose bits are those that were written, in this machine's order of bytes."""
    same = values.dtype.kind == dtype.kind and values.dtype.itemsize == dtype.itemsize
    if not (same or (dtype.kind == "i" and values.dtype.kind == "i")):
        raise ValueError(
            f"{name!r} is of type {values.dtype} and was written as {dtype}: something rounded, "
            "filled or converted it (astype, a file's encoding, where, reindex); the same bits "
            "need the dataset as it was returned."
        )
    return values.astype(dtype)


def _as_read(name: str, values: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return the numbers; whole ones may be of any type that can hold them."""
    if values.dtype.kind not in "biuf":
        raise ValueError(f"{name!r} is of type {values.dtype}; it should be {dtype}.")
    with np.errstate(invalid="ignore"):
        read: NDArray[Any] = values.astype(dtype)
    if dtype.kind != "f" and not (read == values).all():
        raise ValueError(
            f"{name!r} is of type {values.dtype}, with values that are missing or not whole; it "
            f"should be {dtype}. Drop what was filled in, e.g. dataset.dropna('trajectory')."
        )
    return read


def _listed(dims: tuple[Any, ...]) -> str:
    return f"({', '.join(map(str, dims))})"

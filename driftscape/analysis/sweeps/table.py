"""The fields of any result as variables of a dataset."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...labels import Label, labelled
from ...theory.theory import Theory
from ..estimate import Estimate

if TYPE_CHECKING:
    import xarray as xr

VALUE = "value"
AXES = ("row", "column")
_PLAIN = (bool, int, float, str, np.generic)


def table(result: object) -> xr.Dataset:
    """Return a result as a dataset.

    Parameters
    ----------
    result
        A dataset or an array, a number or text; or a dataclass, a named tuple or a mapping, whose
        entries become variables.  Sequences lie along `row`, and mappings along a dimension `name`.

    Raises
    ------
    TypeError
        It has no entry that is a number, text, an array or an estimate.

    Examples
    --------
    >>> table({"speed": Estimate(1.0, 0.1, 20, "mean"), "turns": [1, 2]}).data_vars.keys()
    KeysView(Data variables:
        speed         float64 8B 1.0
        speed_stderr  float64 8B 0.1
        speed_low     float64 8B 0.7907
        speed_high    float64 8B 1.209
        turns         (row) int64 16B 1 2)
    """
    import xarray as xr

    if isinstance(result, xr.Dataset):
        return result
    if isinstance(result, xr.DataArray):
        named = result.rename(VALUE)
        if result.name is not None:
            named.attrs.setdefault("long_name", str(result.name))
        return named.to_dataset()
    dataset = xr.Dataset()
    if isinstance(result, (*_PLAIN, np.ndarray)):
        _add(dataset, VALUE, result)
    else:
        for name, value in _entries(result):
            _add(dataset, name, value)
    if not dataset.data_vars:
        raise TypeError(
            f"the function returned {type(result).__name__}, which has no numbers to collect; "
            "let it return an Estimate, a dataset, a number, or a dict of them."
        )
    return dataset


def _entries(result: object) -> Iterator[tuple[str, object]]:
    """Give the names and values of fields and properties, and the truth value."""
    if isinstance(result, Mapping):
        yield from ((str(name), value) for name, value in result.items())
        return
    if isinstance(result, tuple) and hasattr(result, "_asdict"):
        yield from result._asdict().items()
    if dataclasses.is_dataclass(result):
        yield from ((f.name, getattr(result, f.name)) for f in dataclasses.fields(result))
        for name, member in vars(type(result)).items():
            if isinstance(member, property) and not name.startswith("_"):
                yield name, getattr(result, name)
        if "__bool__" in vars(type(result)):
            yield "verdict", bool(result)


def _add(dataset: xr.Dataset, name: str, value: object) -> None:
    """Add the variables of one entry; leave out what is no number, text, array or estimate."""
    if isinstance(value, Mapping) and value:
        keys = [str(key) for key in value]
        dim = "name" if list(dataset.get("name", keys)) == keys else f"{name}_name"
        if _add_columns(dataset, name, (dim,), list(value.values())):
            dataset.coords[dim] = keys
    elif isinstance(value, (list, tuple)) and not hasattr(value, "_asdict"):
        _add_columns(dataset, name, (_axis(dataset, len(value), name),), value)
    elif isinstance(value, np.ndarray):
        if value.dtype.kind in "biufUS" and value.ndim <= len(AXES):
            dims = [_axis(dataset, n, name, axis) for n, axis in zip(value.shape, AXES)]  # noqa: B905
            dataset[name] = (dims, value)
    elif columns := _columns(value):
        for suffix, entry in columns.items():
            dataset[name + suffix] = ((), np.asarray(entry))
        if unit := getattr(value, "unit", ""):
            labelled(dataset, {name: Label(name.replace("_", " "), unit)})


def _add_columns(
    dataset: xr.Dataset, name: str, dims: tuple[str, ...], values: Sequence[object]
) -> bool:
    """Add a sequence of like entries; return whether they have columns."""
    rows = [_columns(value) for value in values]
    if not rows or not all(row and row.keys() == rows[0].keys() for row in rows):
        return False
    for suffix in rows[0]:
        dataset[name + suffix] = (dims, np.asarray([row[suffix] for row in rows]))
    return True


def _axis(dataset: xr.Dataset, size: int, name: str, axis: str = AXES[0]) -> str:
    """Return the name of a dimension: sequences of equal length lie along one."""
    return axis if dataset.sizes.get(axis, size) == size else f"{name}_{axis}"


def _columns(value: object) -> dict[str, Any]:
    """Return what is written of one entry, by suffix of its name; {} if nothing is."""
    if isinstance(value, _PLAIN):
        return {"": value}
    if isinstance(value, Estimate):
        low, high = value.interval()
        return {"": value.value, "_stderr": value.stderr, "_low": low, "_high": high}
    if isinstance(value, Theory):
        return {"": value.value, "_truncation": value.truncation}
    return {}

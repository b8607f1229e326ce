"""The points of a sweep: the dimensions of its description, and each point as a run of its own."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, NamedTuple, TypeGuard

import numpy as np

from ...simulate.dataset.variables import CALL
from ...simulate.provenance import COORDINATE

if TYPE_CHECKING:
    import xarray as xr


class Point(NamedTuple):
    """The position of a point along each dimension, and its name: "at beta=2: "."""

    at: dict[str, int]
    label: str


@dataclass(frozen=True, eq=False)
class Sweep:
    """The points that one or several datasets have, last dimension fastest.

    Attributes
    ----------
    sizes
        Dimension -> number of values.
    coords
        The coordinates of the points, their descriptions among them.
    """

    sizes: dict[str, int]
    coords: dict[str, xr.Variable]

    @classmethod
    def of(cls, arguments: Iterable[object]) -> Sweep | None:
        """Return the sweep that some arguments of an analysis are, None if there is none.

        Raises
        ------
        ValueError
            Two of them have other values of one swept parameter, or there is no point.
        """
        sizes: dict[str, int] = {}
        coords: dict[str, xr.Variable] = {}
        for dataset in arguments:
            if not is_dataset(dataset):
                continue
            names = swept_dimensions(dataset)
            for name in names:
                known = sizes.setdefault(name, dataset.sizes[name])
                values = dataset[name].variable
                if known != dataset.sizes[name] or not same(coords.get(name, values), values):
                    raise ValueError(
                        f"two of the datasets have other values of {name}; give sweeps over the "
                        "same points, or select them first."
                    )
                if not known:
                    raise ValueError(f"the sweep has no value of {name}: there is no point.")
            for label, coordinate in dataset.coords.items():
                if names and set(coordinate.dims) - {CALL} <= set(names):
                    coords.setdefault(str(label), coordinate.variable.copy(deep=False))
        return cls(sizes, coords) if sizes else None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the dimensions."""
        return tuple(self.sizes)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values along each."""
        return tuple(self.sizes.values())

    def __iter__(self) -> Iterator[Point]:
        for index in product(*map(range, self.shape)):
            at = dict(zip(self.names, index, strict=True))
            yield Point(at, f"at {', '.join(self._value(n, i) for n, i in at.items())}: ")

    def _value(self, name: str, index: int) -> str:
        if name not in self.coords or self.coords[name].ndim != 1:
            return f"{name} number {index}"
        return written(name, self.coords[name].values[index])


def is_dataset(value: object) -> TypeGuard[xr.Dataset]:
    """Return whether a value is an `xarray.Dataset`."""
    import xarray as xr

    return isinstance(value, xr.Dataset)


def same(one: xr.Variable, other: xr.Variable) -> bool:
    """Return whether two variables have equal dimensions and values; NaN equals NaN."""
    import xarray as xr

    return xr.DataArray(one).equals(xr.DataArray(other))


def swept_dimensions(dataset: xr.Dataset) -> tuple[str, ...]:
    """Return the dimensions of a sweep, () for a single run.

    They are those of the description of the run.  Points of one description that were put side by
    side, and passage times of another program, have them in what there is of each trajectory.
    """
    found: dict[Hashable, None] = {}
    for name in (COORDINATE, "diverged", "passage_time"):
        found |= dict.fromkeys(dataset[name].dims if name in dataset.variables else ())
    return tuple(str(name) for name in found if name not in ("trajectory", CALL))


def selected(value: object, at: dict[str, int]) -> object:
    """Return an argument at one point: a sweep there, and anything else as it is."""
    if not is_dataset(value):
        return value
    names = swept_dimensions(value)
    return value.isel({name: at[name] for name in names}) if names else value


def written(name: str, value: object) -> str:
    """Return "beta=2", "scheme=heun"."""
    number = isinstance(value, (float, np.floating))
    return f"{name}={value:g}" if number else f"{name}={value}"

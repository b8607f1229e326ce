"""The points of a sweep: a landscape and a dynamics for every choice of one value on each axis.

A run is a sweep of one point without axes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from ..landscapes.landscape import Landscape
from ..validate import check_flag
from .axes import NAMED, Axis, at_point, read_axes
from .dynamics import Dynamics
from .request import check_arguments

if TYPE_CHECKING:
    import xarray as xr

T = TypeVar("T")


class Point(NamedTuple):
    """A landscape and a dynamics, and the point as text: `"learning_rate=0.02, a=1"`."""

    landscape: Landscape
    dynamics: Dynamics
    label: str


@dataclass(frozen=True, eq=False)
class Points:
    """The outer product of the axes, last axis fastest; without axes the one point that is given.

    Attributes
    ----------
    each
        The points; those that share a landscape share the object.
    axes
        The swept parameters.
    """

    each: list[Point]
    axes: tuple[Axis, ...] = ()

    @staticmethod
    def read(landscape: Landscape | None, dynamics: Dynamics | None, over: object = None) -> Points:
        """Return the points of a checked `over=`; None is the one point that is given.

        Raises
        ------
        ValueError, TypeError
            No landscape or dynamics, or two; or a point that is not allowed, which is named.
        """
        check_arguments(landscape, dynamics, over if isinstance(over, Mapping) else {})
        axes = () if over is None else read_axes(landscape, dynamics, over)
        landscapes: dict[tuple[int, ...], Landscape] = {}
        each = []
        for numbers in product(*(range(len(axis.values)) for axis in axes)):
            label = _label(axes, numbers)
            its: dict[str, Any] = {"landscape": landscape, "dynamics": dynamics}
            changes: dict[str, dict[str, Any]] = {"landscape": {}, "dynamics": {}}
            for axis, number in zip(axes, numbers, strict=True):
                if axis.parameter:
                    changes[axis.owner][axis.parameter] = axis.values[number]
                else:
                    its[axis.owner] = axis.values[number]
            key = tuple(n for a, n in zip(axes, numbers, strict=True) if a.owner == "landscape")
            with at_point(label):
                if key not in landscapes:
                    own = changes["landscape"]
                    landscapes[key] = (
                        its["landscape"].with_parameters(**own) if own else its["landscape"]
                    )
                own = changes["dynamics"]
                here = replace(its["dynamics"], **own) if own else its["dynamics"]
                each.append(Point(landscapes[key], here.bound(landscapes[key]), label))
        return Points(each, axes)

    @staticmethod
    def of(
        problems: Iterable[tuple[Landscape, Dynamics]], over: Mapping[str, xr.DataArray]
    ) -> Points:
        """Return the points of a dataset: landscape and dynamics of each, and the dimensions."""
        axes = tuple(
            Axis(
                name,
                labels.values,
                attributes={k: labels.attrs[k] for k in NAMED if k in labels.attrs},
            )
            for name, labels in over.items()
        )
        numbers = product(*(range(len(axis.labels)) for axis in axes))
        each = [
            Point(landscape, dynamics, _label(axes, point))
            for (landscape, dynamics), point in zip(problems, numbers, strict=True)
        ]
        return Points(each, axes)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the dimensions."""
        return tuple(axis.name for axis in self.axes)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values along each."""
        return tuple(len(axis.labels) for axis in self.axes)

    def __len__(self) -> int:
        return len(self.each)

    def __iter__(self) -> Iterator[Point]:
        return iter(self.each)

    def __getitem__(self, number: int) -> Point:
        return self.each[number]

    def of_landscapes(self, make: Callable[[Landscape], T]) -> list[T]:
        """Return `make(landscape)` of each point; points of one landscape share the result."""
        first = {id(point.landscape): point for point in reversed(self.each)}
        results: dict[int, T] = {}
        for key, point in first.items():
            with at_point(point.label if len(first) > 1 else ""):
                results[key] = make(point.landscape)
        return [results[id(point.landscape)] for point in self]


def check_common(common: bool | None) -> bool:
    """Return whether the points share their random numbers; None means yes."""
    return True if common is None else check_flag("common", common)


def _label(axes: Iterable[Axis], numbers: Iterable[int]) -> str:
    """Return a point as text: `"learning_rate=0.02, a=1"`."""
    return ", ".join(axis.text(number) for axis, number in zip(axes, numbers, strict=True))
